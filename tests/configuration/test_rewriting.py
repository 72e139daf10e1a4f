"""Files that people wrote, with lines added and values changed: all else stays as it was."""

from difflib import ndiff

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.configuration.rewriting import NotABlockError, added, changed
from gateway.configuration.source import parse
from tests.configuration.files import EXAMPLE

DEVICES = (EXAMPLE / "devices.yaml").read_bytes()


def difference(before: bytes, after: bytes) -> list[str]:
    lines = ndiff(before.decode().splitlines(), after.decode().splitlines())
    return [line for line in lines if line[0] in "+-"]


def test_lines_come_to_the_end_of_their_section_before_what_belongs_to_the_next() -> None:
    grown = added(DEVICES, "luminaires", ["lamp-99: {zone: quai}"])
    assert difference(DEVICES, grown) == ["+   lamp-99: {zone: quai}"]
    assert list(parse(grown, "devices.yaml")[0].value["luminaires"])[-1] == "lamp-99"  # type: ignore[arg-type]


def test_a_section_that_is_not_there_comes_to_the_end() -> None:
    assert added(b"version: 1", "zones", ["a: {length: 5 m}"]) == b"version: 1\n\nzones:\n  a: {length: 5 m}\n"
    assert added(b"", "zones", ["a:\n  length: 5 m"]) == b"zones:\n  a:\n    length: 5 m\n"


def test_an_empty_section_is_filled() -> None:
    assert added(b"zones:   # none\ntypes: {}\n", "zones", ["a: 1"]) == b"zones:   # none\n  a: 1\ntypes: {}\n"


def test_the_indentation_the_line_ends_and_the_mark_of_the_file_stay() -> None:
    before = "\ufeffzones:\r\n    a: 1\r\n\r\n# end\r\n".encode()
    assert added(before, "zones", ["b: 2"]) == "\ufeffzones:\r\n    a: 1\r\n    b: 2\r\n\r\n# end\r\n".encode()
    assert changed(before, {("zones", "a"): "3 m"}) == before.replace(b"a: 1", b"a: 3 m")


@pytest.mark.parametrize("line", ["zones: {a: 1}", "zones: !include zones.yaml", "zones: []"])
def test_a_section_that_is_no_block_is_left_alone(line: str) -> None:
    with pytest.raises(NotABlockError, match="zones"):
        added(line.encode(), "zones", ["b: 2"])


def test_a_changed_value_leaves_comments_and_order() -> None:
    after = changed(DEVICES, {("luminaires", "lamp-07", "label"): "PL 0555", ("sensors", "counter-west", "at"): "3 m"})
    lines = difference(DEVICES, after)
    assert [line for line in lines if line.startswith("+")] == [
        "+     at: 3 m",
        "+   lamp-07: {label: PL 0555}       # the number on the pole; every command finds the lamp by it too",
    ]


def test_nothing_to_write_changes_no_byte() -> None:
    assert added(DEVICES, "luminaires", []) == changed(DEVICES, {}) == DEVICES


@settings(max_examples=20)
@given(st.lists(st.from_regex(r"[a-z]{1,8}-[0-9]{1,4}", fullmatch=True), unique=True, min_size=1, max_size=9))
def test_whatever_is_added_is_read_again_and_takes_nothing_away(names: list[str]) -> None:
    grown = added(DEVICES, "types", [f"{name}: {{full: 1 W}}" for name in names])
    before, after = (parse(text, "devices.yaml")[0].value for text in (DEVICES, grown))
    types = after.pop("types")
    assert isinstance(types, dict)
    assert list(types)[-len(names) :] == names
    before.pop("types")
    assert after == before
