"""Files of a site changed by a program: every line that it does not mean stays as it is, to the byte."""

from collections.abc import Mapping
from difflib import ndiff

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.configuration.edit import Change, EditError, add, edited, included, remove, set_key
from gateway.configuration.source import Tree, parse
from gateway.configuration.writing import Written, flow, lines, plain, scalar
from tests.configuration.files import EXAMPLE

DEVICES = (EXAMPLE / "devices.yaml").read_text(encoding="utf-8")
BLOCK = {"zone": "quai", "at": "30 m"}

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\r\x85\u2028\u2029\ufeff"), max_size=12)
KEYS = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
VALUES = st.recursive(
    TEXTS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=5
)
BLOCKS = st.dictionaries(KEYS, VALUES, min_size=1, max_size=4)
NAMES = st.from_regex(r"[a-z]{1,6}(-[0-9]{1,2})?", fullmatch=True).filter(lambda name: name != "null")
FEW = settings(max_examples=15)
"""Each reads a file with ruamel several times."""

COMMENTS = st.sampled_from(["", "# why", "    # deeper", "", "  # a remark"])


def value(text: str) -> Mapping[str, Tree]:
    source, problems = parse(text.encode(), "")
    assert not problems
    return source.value


@st.composite
def files(draw: st.DrawFn) -> tuple[str, dict[str, object]]:
    """A file as a person may have written it: sections and devices in any style, with remarks anywhere."""
    ending = draw(st.sampled_from(["\n", "\r\n"]))
    written, said = ["# What hangs where", "version: 1"], dict[str, object]()
    names = iter(draw(st.lists(NAMES, unique=True, min_size=6, max_size=6)))
    for section in draw(st.permutations(["sensors", "luminaires"])):
        devices = {next(names): draw(BLOCKS) for _ in range(draw(st.integers(0, 3)))}
        said[section] = {name: plain(block) for name, block in devices.items()} or None
        written += [draw(COMMENTS), f"{section}:"]
        if draw(st.booleans()) and devices:
            written[-1] += f" {flow(devices)}"
            continue
        indent = draw(st.integers(1, 4))
        for name, block in devices.items():
            written += [draw(COMMENTS)]
            if draw(st.booleans()):
                written += list(lines(name, block, indent))
            else:
                written += [f"{' ' * indent}{name}:  # hangs there"]
                written += [f"{' ' * (indent + 3)}{key}: {flow(inner)}" for key, inner in block.items()]
        written += [draw(COMMENTS)]
    return ending.join(written) + draw(st.sampled_from(["", ending])), said


def test_a_device_is_one_more_line_at_the_end_of_its_section() -> None:
    block = {"zone": "quai", "at": "10 m", "convention": "zigbee2mqtt", "address": "Détecteur: cour"}
    made = add(DEVICES, "sensors", "pir-1", block)
    line = '  pir-1: {zone: quai, at: 10 m, convention: zigbee2mqtt, address: "Détecteur: cour"}\n'
    before, after = made.split(line)
    assert before + after == DEVICES
    assert before.splitlines()[-1].startswith("  motion-quai-01..03:")
    assert after.startswith("\nluminaires:")


def test_a_long_device_has_a_line_for_each_key() -> None:
    block: dict[str, Written] = {"zone": "quai", "topic": "t" * 100, "reads": {"presence": "a"}}
    made = add("sensors:\n    a: {}\n", "sensors", "b", block)
    assert (
        made
        == f"sensors:\n    a: {{}}\n    b:\n      zone: quai\n      topic: {'t' * 100}\n      reads: {{presence: a}}\n"
    )


@FEW
@given(files(), NAMES, BLOCKS)
def test_what_is_added_leaves_every_other_line_alone(
    file: tuple[str, dict[str, object]], name: str, block: Mapping[str, str]
) -> None:
    text, said = file
    taken = said["sensors"] if isinstance(said["sensors"], dict) else {}
    if name in taken:
        with pytest.raises(EditError, match="not there yet"):
            add(text, "sensors", name, block)
        return
    made = add(text, "sensors", name, block)
    assert value(made) == {**value(text), "sensors": {**taken, name: plain(block)}}
    if "sensors: {" in text:
        return  # braces on one line: that line is changed
    left = made.splitlines(keepends=True)
    for line in text.splitlines(keepends=True):
        assert line.rstrip("\r\n") in [each.rstrip("\r\n") for each in left]
    start = next(at for at, (old, new) in enumerate(zip(text + "\0", made, strict=False)) if old != new)
    assert made.endswith(text[start:])


@FEW
@given(files(), NAMES, BLOCKS)
def test_what_was_added_and_is_removed_again_leaves_the_file_of_before(
    file: tuple[str, dict[str, object]], name: str, block: Mapping[str, str]
) -> None:
    text, said = file
    if not isinstance(said["luminaires"], dict) or name in said["luminaires"]:
        return
    made = remove(add(text, "luminaires", name, block), "luminaires", name)
    assert made in (text, text + "\n", text + "\r\n")


@FEW
@given(files(), KEYS, VALUES, st.data())
def test_a_key_that_is_set_changes_one_device(
    file: tuple[str, dict[str, object]], key: str, written: str, data: st.DataObject
) -> None:
    text, said = file
    for section, devices in said.items():
        if not isinstance(devices, dict):
            continue
        name = data.draw(st.sampled_from(sorted(devices)))
        made = set_key(text, section, name, key, written)
        expected = {**devices, name: {**devices[name], key: plain(written)}}
        assert value(made) == {**value(text), section: expected}


@FEW
@given(files(), st.data())
def test_a_device_that_is_removed_takes_no_other_along(
    file: tuple[str, dict[str, object]], data: st.DataObject
) -> None:
    text, said = file
    for section, devices in said.items():
        if not isinstance(devices, dict):
            continue
        name = data.draw(st.sampled_from(sorted(devices)))
        made = remove(text, section, name)
        left = {each: block for each, block in devices.items() if each != name}
        found = value(made)
        assert (found.get(section) or {}) == left
        assert {each: found[each] for each in found if each != section} == {
            each: block for each, block in value(text).items() if each != section
        }


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("", "sensors:\n  p: {at: 1 m}\n"),
        ("version: 1", "version: 1\n\nsensors:\n  p: {at: 1 m}\n"),
        ("version: 1\n\n", "version: 1\n\nsensors:\n  p: {at: 1 m}\n"),
        ("sensors:   # none\ntypes: {}\n", "sensors:   # none\n  p: {at: 1 m}\ntypes: {}\n"),
        ("version: 1\nsensors:\n# none\n", "version: 1\nsensors:\n  p: {at: 1 m}\n# none\n"),
        ("sensors: {}  # none\n", "sensors: {p: {at: 1 m}}  # none\n"),
        ("{version: 1}\n", "{version: 1, sensors: {p: {at: 1 m}}}\n"),
        ("\ufeffsensors:\r\n   a: {b: c}\r\n", "\ufeffsensors:\r\n   a: {b: c}\r\n   p: {at: 1 m}\r\n"),
        ("sensors:\n  a:\n    x: |\n      y\n\n# z\n", "sensors:\n  a:\n    x: |\n      y\n  p: {at: 1 m}\n\n# z\n"),
        (
            "sensors:\n  a:\n    x: 1\n      # of a\n  # of all\n",
            "sensors:\n  a:\n    x: 1\n      # of a\n  p: {at: 1 m}\n  # of all\n",
        ),
    ],
)
def test_there_are_many_ways_to_have_written_a_section(text: str, made: str) -> None:
    assert add(text, "sensors", "p", {"at": "1 m"}) == made


@pytest.mark.parametrize(
    "text",
    ["sensors: [", "- a\n", "sensors:\n- a\n", "sensors: many\n", "version: 1\n---\nversion: 1\n", "a: 1\n...\n"],
)
def test_what_cannot_be_changed_safely_is_left_to_its_writer(text: str) -> None:
    with pytest.raises(EditError):
        add(text, "sensors", "p", BLOCK)


def test_a_section_that_stands_in_another_file_is_told() -> None:
    assert included("sensors: !include sensors.yaml\nluminaires:\n", "sensors") == "sensors.yaml"
    assert included("sensors: !include sensors.yaml\nluminaires:\n", "luminaires") is None
    assert add("# ours\na: {at: 0 m}\n", "", "p", BLOCK) == "# ours\na: {at: 0 m}\np: {zone: quai, at: 30 m}\n"
    assert add("", "", "p", BLOCK) == "p: {zone: quai, at: 30 m}\n"


def test_a_device_that_is_not_there_is_neither_changed_nor_removed() -> None:
    with pytest.raises(EditError, match='found no "x"'):
        remove(DEVICES, "sensors", "x")
    with pytest.raises(EditError, match='found no "x"'):
        set_key(DEVICES, "types", "x", "full", "9 W")


def test_keys_are_changed_where_they_stand() -> None:
    text = "sensors:\n  a:\n    at: 1 m   # measured\n    label:\n  b: {at: 2 m}   # too\n"
    assert set_key(text, "sensors", "a", "at", "3 m") == text.replace("at: 1 m", "at: 3 m")
    assert set_key(text, "sensors", "a", "label", "PL 7") == text.replace("label:", "label: PL 7")
    assert set_key(text, "sensors", "b", "sees", "7 m") == text.replace("2 m}", "2 m, sees: 7 m}")
    assert set_key(text, "sensors", "a", "sees", "7 m") == text.replace("label:\n", "label:\n    sees: 7 m\n")


def difference(before: str, after: str) -> list[str]:
    return [line for line in ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]


def test_values_change_where_they_stand_and_their_comments_stay_to_the_byte() -> None:
    made = edited(
        DEVICES,
        [Change("luminaires", {"lamp-07": {"label": "PL 0555"}}), Change("sensors", {"counter-west": {"at": "3 m"}})],
    )
    assert "lamp-07: {label: PL 0417}" in DEVICES
    assert "    at: 0 m\n" in DEVICES
    assert made == DEVICES.replace("{label: PL 0417}", "{label: PL 0555}").replace("    at: 0 m\n", "    at: 3 m\n", 1)


def test_values_and_new_keys_of_many_devices_are_written_at_once() -> None:
    text = "sensors:\n  a:\n    at: 1 m   # measured\n  b: {at: 2 m, sees: }\n  c:"
    keys = {"at": "5 m", "sees": "7 m", "label": "B"}
    made = edited(text, [Change("sensors", dict.fromkeys("abc", keys), {"d": {"at": "9 m"}})])
    assert made == (
        "sensors:\n  a:\n    at: 5 m   # measured\n    sees: 7 m\n    label: B\n"
        "  b: {at: 5 m, sees: 7 m, label: B }\n"
        "  c:\n    at: 5 m\n    sees: 7 m\n    label: B\n  d: {at: 9 m}\n"
    )


def test_sections_that_are_not_there_come_to_the_end_one_below_the_other() -> None:
    changes = [
        Change("zones", entries={"a": {"length": "5 m"}}, remark=("from a list:", "look at it")),
        Change("types", entries={"t": {"full": "9 W"}}),
    ]
    grown = "zones:\n  # from a list:\n  # look at it\n  a: {length: 5 m}\n\ntypes:\n  t: {full: 9 W}\n"
    assert edited("", changes) == grown
    assert edited("version: 1\n", changes) == "version: 1\n\n" + grown


def test_the_indentation_the_line_ends_and_the_mark_of_the_file_stay() -> None:
    before = "\ufeffzones:\r\n    a: {at: 1 m}\r\n\r\n# end"
    assert edited(before, [Change("zones", {"a": {"at": "3 m"}})]) == before.replace("1 m", "3 m")
    made = edited(before, [Change("zones", entries={"b": {"at": "2 m"}}, remark=("new",))])
    assert made == before.replace("\r\n\r\n", "\r\n    # new\r\n    b: {at: 2 m}\r\n\r\n")


@pytest.mark.parametrize("section", ["{a: {b: c}}", "!include zones.yaml", "[]", "many"])
def test_a_remark_and_its_entries_need_a_block_of_lines(section: str) -> None:
    with pytest.raises(EditError, match=r"zones: expected a .* in line 2"):
        edited(f"version: 1\nzones: {section}\n", [Change("zones", entries={"b": BLOCK}, remark=("why",))])


def test_a_file_that_would_be_larger_than_is_read_is_not_made() -> None:
    with pytest.raises(EditError, match="at most 1000000 bytes"):
        edited("", [Change("zones", entries={"a": {"label": "x" * 1_000_000}})])


def test_nothing_to_write_changes_no_byte() -> None:
    assert edited(DEVICES, [Change("luminaires"), Change("lanterns", remark=("why",))]) == DEVICES


@settings(max_examples=10)
@given(st.lists(st.from_regex(r"[a-z]{1,8}-[0-9]{1,4}", fullmatch=True), unique=True, min_size=1, max_size=9))
def test_whatever_is_added_is_read_again_and_takes_nothing_away(names: list[str]) -> None:
    made = edited(
        DEVICES, [Change("types", entries={name: {"full": "1 W"} for name in names}, remark=("from a list",))]
    )
    assert [line[0] for line in difference(DEVICES, made)] == ["+"] * (1 + len(names))
    types = value(DEVICES)["types"]
    assert isinstance(types, dict)
    assert value(made) == {**value(DEVICES), "types": {**types, **{name: {"full": "1 W"} for name in names}}}


@given(TEXTS)
def test_a_text_is_read_again_as_it_was_written(text: str) -> None:
    assert value(f"a: {scalar(text)}\nb: [{scalar(text)}]\n") == {"a": text, "b": [text]}
