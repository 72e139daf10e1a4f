"""Reading YAML with the place of everything, from whatever editor it comes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.configuration.source import LARGEST, parse


def said(data: bytes) -> str:
    _, problems = parse(data, "x.yaml")
    return " | ".join(f"{p.place.line}:{p.place.column} {p.found}. {p.expected}" for p in problems)


def test_values_stay_as_written() -> None:
    source, problems = parse(b"a: 22:30\nb: 0417\nc: no\nd: '30'\ne:\nf: [1, {g: 2}]\n", "x.yaml")
    assert problems == []
    assert source.value == {"a": "22:30", "b": "0417", "c": "no", "d": "30", "e": None, "f": ["1", {"g": "2"}]}


def test_every_key_and_value_knows_its_place_and_its_line() -> None:
    source, _ = parse(b"a: 1\nb:\n  - {c: 22:30}\n", "x.yaml")
    key, value = source.key(("b", 0, "c")), source.at(("b", 0, "c"))
    assert (key.line, key.column) == (3, 6)
    assert (value.line, value.column, value.text) == (3, 9, "  - {c: 22:30}")
    assert source.at(("b", 0, "missing")).line == 3


@pytest.mark.parametrize(
    "data", [b"\xef\xbb\xbfa: 1\r\nb: x y\r\n", b"a: 1\nb: x y", b"%YAML 1.1\n---\na: 1\nb: x y\n"]
)
def test_byte_order_marks_and_line_ends_of_windows_change_nothing(data: bytes) -> None:
    source, problems = parse(data, "x.yaml")
    assert problems == []
    assert source.value == {"a": "1", "b": "x y"}
    assert not source.at(("b",)).text.endswith("\r")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"a: 1\nb: 2\na: 3\n", '3:1 "a" is already there, in line 1'),
        (b"a:\n\tb: 1\n", "2:1 the line is indented with a tab"),
        ("a: \u201cx\u201d\n".encode(), "1:4 the quotes are curly"),
        (b"a: {at: 0,6 m}\n", "1:11 the comma ends the value before it. Write a decimal point: 0.6 m"),
        (b"a: caf\xe9\n", "1:7 the byte 0xe9 is not UTF-8"),
        (b"a: {b: 1\nc: 2\n", "1:4 the { that opens here is not closed"),
        (b"a: x\x01y\n", "1:5 the character U+0001 cannot stand here"),
        (b"- 1\n", "1:1 the file is not a block of keys"),
        (b"a: &x [*x]\n", "1:8 the alias *x means what stands elsewhere"),
        (b"a: !!python/name:os.system x\n", "the tag"),
        (b"[" * 5_000, "this is not YAML"),
        (b"#" * (LARGEST + 1), "larger than"),
    ],
)
def test_each_trap_of_the_format_gets_a_sentence_with_its_place(data: bytes, words: str) -> None:
    assert words in said(data)


def test_apostrophes_and_accents_inside_a_text_are_welcome() -> None:
    source, problems = parse("label: Rue de l\u2019\u00c9glise\n".encode(), "x.yaml")
    assert problems == []
    assert source.value == {"label": "Rue de l\u2019\u00c9glise"}


@given(st.one_of(st.binary(), st.text(alphabet="ab:-{}[],'\"#&*! \n\t\r%@|>?").map(str.encode)))
def test_any_bytes_are_read_or_refused_in_words(data: bytes) -> None:
    source, problems = parse(data, "x.yaml")
    assert source.sound or problems
