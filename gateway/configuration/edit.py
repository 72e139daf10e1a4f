"""Files of a site changed by a program as their writer would: a few words of the text, every other line as it stands.

Text in, text out. What was made is read again before it is given back: it must say what it said before, and the change.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, cast

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from gateway.configuration.source import LARGEST, Tree, parse
from gateway.configuration.writing import Written, flow, lines, plain

INCLUDE = "!include"
STEP = 2
"""Spaces of a step inwards, where nothing in the file says how many."""

_MARK = "\ufeff"


class EditError(ValueError):
    """A text cannot be changed as it was asked; it says why."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is to become of a section, or of the whole file where it is "".

    `values` are keys of what stands there by its name: each is written over the value that it has, or behind the other
    keys. `entries` come to the end of the section, below the lines of a `remark`.
    """

    section: str
    values: Mapping[str, Mapping[str, Written]] = field(default_factory=dict)
    entries: Mapping[str, Mapping[str, Written]] = field(default_factory=dict)
    remark: Sequence[str] = ()


def included(text: str, section: str) -> str | None:
    """The path of the file that a section is taken from; None if it stands in the text itself. Raises `EditError`."""
    found = _Text(text).section(section)
    return str(found.value.value) if found is not None and found.value.tag == INCLUDE else None


def edited(text: str, changes: Sequence[Change]) -> str:
    """Make changes of sections, each of another one; no byte changes where none asks for anything.

    A section that is not there comes to the end of the file. Raises `EditError`.
    """
    wanted = [change for change in changes if change.values or change.entries]
    if not wanted:
        return text
    here = _Text(text)
    return _proved(here.applied(here.splices(wanted)), _after(_said(text), wanted))


def add(text: str, section: str, name: str, block: Mapping[str, Written]) -> str:
    """Write a device at the end of a section, or of the whole file where the section is "". Raises `EditError`."""
    return edited(text, [Change(section, entries={name: block})])


def set_key(text: str, section: str, name: str, key: str, value: Written) -> str:
    """Write a key of a device, over the value that it has or behind its other keys. Raises `EditError`."""
    return edited(text, [Change(section, values={name: {key: value}})])


def remove(text: str, section: str, name: str) -> str:
    """Take a device out, with the comments that are indented below it. Raises `EditError`."""
    here, said = _Text(text), _said(text)
    made = here.applied([here.without(section, name)])
    return _proved(made, _with(said, section, {each: it for each, it in _block(said, section).items() if each != name}))


class _Entry(NamedTuple):
    """A key and its value, as they stand in a text; the whole text is the value of no key."""

    key: Node | None
    value: Node


def _entries(node: Node) -> dict[str, _Entry]:
    """The entries of a block by their names; none if it is not one."""
    pairs = node.value if isinstance(node, MappingNode) else ()
    return {str(key.value): _Entry(key, value) for key, value in pairs}


def _entry(node: Node | None, name: str) -> _Entry | None:
    """The entry of a block; None if it is not there."""
    return None if node is None else _entries(node).get(name)


def _empty(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.style is None and node.value == ""


class _Splice(NamedTuple):
    """New text for what stands from `start` to before `end`."""

    start: int
    end: int
    new: str


class _Text:
    """A text and where everything in it stands. What it gives back are changes of it; it stays itself."""

    def __init__(self, text: str) -> None:
        self._mark = _MARK if text.startswith(_MARK) else ""
        bare = text.removeprefix(_MARK)
        self._ending = "\r\n" if "\r\n" in text else "\n"
        self._root = _root(bare)
        self._missing = self._ending if bare and not bare.endswith("\n") else ""
        self._text = bare + self._missing

    def section(self, section: str) -> _Entry | None:
        """A section of the file, or the whole file for ""; None if it is not there."""
        if section:
            return _entry(self._root, section)
        return None if self._root is None else _Entry(None, self._root)

    def applied(self, splices: Iterable[_Splice]) -> str:
        """The text with changes that do not overlap; those of one place stand in the order in which they come."""
        made, at = self._mark, 0
        for splice in sorted(splices, key=lambda splice: splice.start):
            made += self._text[at : splice.start] + splice.new
            at = splice.end
        return made + self._text[at:].removesuffix(self._missing)

    def splices(self, changes: Sequence[Change]) -> Iterator[_Splice]:
        """All that makes these changes. Raises `EditError`."""
        new: dict[str, Change] = {}
        for change in changes:
            found = self.section(change.section)
            if found is not None:
                yield from self._changed(found, change)
            elif change.values:
                raise _unknown(change.section, next(iter(change.values)))
            else:
                new[change.section] = change
        if new:
            yield self._grown(new)

    def without(self, section: str, name: str) -> _Splice:
        """The end of an entry of a section. Raises `EditError`."""
        found = self.section(section)
        if found is None or not isinstance(found.value, MappingNode) or _entry(found.value, name) is None:
            raise _unknown(section, name)
        node, entries = found.value, cast("list[tuple[Node, Node]]", found.value.value)
        at = next(index for index, (key, _) in enumerate(entries) if key.value == name)
        key, value = entries[at]
        if not node.flow_style:
            return _Splice(self._text.rfind("\n", 0, key.start_mark.index) + 1, self._behind(key, value), "")
        start, end = key.start_mark.index, self._end(value, 0)
        if at + 1 < len(entries):
            end = entries[at + 1][0].start_mark.index
        elif at:
            start = self._end(entries[at - 1][1], 0)
        return _Splice(start, end, "")

    # ------------------------------------------------------------------------------------------------ what is written
    def _changed(self, found: _Entry, change: Change) -> Iterator[_Splice]:
        """Other values of what a section has, and its new entries."""
        there = _entries(found.value)
        for name, keys in change.values.items():
            if name not in there:
                raise _unknown(change.section, name)
            yield from self._with_values(there[name], keys)
        taken = next((name for name in change.entries if name in there), None)
        if taken is not None:
            where = change.section or "the file"
            raise EditError(f'expected a name that is not there yet, found "{taken}" in {where}')
        if change.entries:
            yield self._with_keys(found, change.entries, change.remark)

    def _grown(self, new: Mapping[str, Change]) -> _Splice:
        """The end of a file with sections that it does not have."""
        whole = self.section("")
        if whole is not None and isinstance(whole.value, MappingNode) and whole.value.flow_style:
            return self._with_keys(whole, {section: change.entries for section, change in new.items()}, ())
        more: list[str] = []
        for section, change in new.items():
            if section:
                more += [""] if more or self._text[: -len(self._ending)].rpartition("\n")[2].strip() else []
                more.append(f"{section}:")
            more += _block_lines(change.entries, change.remark, STEP if section else 0)
        return self._lines(len(self._text), more)

    def _with_values(self, entry: _Entry, keys: Mapping[str, Written]) -> Iterator[_Splice]:
        """Other values of keys of an entry, where they stand; keys that it does not have, at its end."""
        there = _entries(entry.value)
        for key, value in keys.items():
            if key in there:
                yield self._with_value(there[key], value)
        new = {key: value for key, value in keys.items() if key not in there}
        if new:
            yield self._with_keys(entry, new, ())

    def _with_keys(self, entry: _Entry, block: Mapping[str, Written], remark: Sequence[str]) -> _Splice:
        """More keys of a block, at its end."""
        node, inner = entry.value, flow(block).removeprefix("{").removesuffix("}")
        line = node.start_mark.line + 1
        if isinstance(node, MappingNode) and node.flow_style:
            if remark:
                raise EditError(f"{_name(entry)}: expected a line for each entry, found braces in line {line}")
            end = self._end(node.value[-1][1], 0) if node.value else 0
            return _Splice(end, end, f", {inner}") if end else _Splice(*_span(node), "{" + inner + "}")
        if isinstance(node, MappingNode):
            key, last = node.value[-1]
            return self._lines(self._behind(key, last), _block_lines(block, remark, key.start_mark.column))
        if entry.key is None or not _empty(node):
            raise EditError(f"{_name(entry)}: expected a block of keys in line {line}, found something else")
        indent = entry.key.start_mark.column + STEP
        return self._lines(self._line_end(entry.key.end_mark.index), _block_lines(block, remark, indent))

    def _with_value(self, entry: _Entry, value: Written) -> _Splice:
        """Another value behind a key."""
        key, before = entry
        if key is not None and _empty(before):
            colon = self._text.index(":", key.end_mark.index) + 1
            return _Splice(colon, colon, f" {flow(value)}")
        column = 0 if key is None else key.start_mark.column
        return _Splice(before.start_mark.index, self._end(before, column), flow(value))

    def _lines(self, at: int, more: Iterable[str]) -> _Splice:
        return _Splice(at, at, "".join(line + self._ending for line in more))

    # ------------------------------------------------------------------------------------------ where a text ends
    def _end(self, node: Node, column: int) -> int:
        """Where the text of a value ends whose key stands in a column, without spaces and comments behind it."""
        if isinstance(node, ScalarNode) and node.style in ("|", ">"):
            return self._end_of_lines(node.start_mark.index, column)
        if isinstance(node, MappingNode) and not node.flow_style and node.value:
            key, value = node.value[-1]
            return max(self._end(value, key.start_mark.column), cast("int", key.end_mark.index))
        if isinstance(node, SequenceNode) and not node.flow_style and node.value:
            return self._end(node.value[-1], node.start_mark.column)
        return cast("int", (node.start_mark if _empty(node) else node.end_mark).index)

    def _end_of_lines(self, start: int, column: int) -> int:
        """The end of a text of several lines (| or >): of its last line that stands further in than its key."""
        end = at = self._line_end(start)
        while at < len(self._text):
            after = self._line_end(at)
            line = self._text[at:after]
            if line.strip() and _indent(line) <= column:
                break
            end, at = (after if line.strip() else end), after
        return len(self._text[:end].rstrip())

    def _behind(self, key: Node, value: Node) -> int:
        """Where the line after an entry begins, and after the comments that are indented below its key."""
        column = key.start_mark.column
        end = key.end_mark.index if _empty(value) else self._end(value, column)
        at = self._line_end(end)
        while at < len(self._text):
            after = self._line_end(at)
            line = self._text[at:after]
            if not line.lstrip(" ").startswith("#") or _indent(line) <= column:
                break
            at = after
        return at

    def _line_end(self, at: int) -> int:
        found = self._text.find("\n", at)
        return len(self._text) if found < 0 else found + 1


def _root(text: str) -> MappingNode | None:
    try:
        root: Node | None = YAML(typ="safe", pure=True).compose(text)
    except (YAMLError, RecursionError) as error:
        raise EditError(f"expected YAML, found something else (reverbere check): {error}") from None
    if root is not None and not isinstance(root, MappingNode):
        raise EditError("expected a block of keys, found something else (reverbere check)")
    return root


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _span(node: Node) -> tuple[int, int]:
    return node.start_mark.index, node.end_mark.index


def _name(entry: _Entry) -> str:
    return "the file" if entry.key is None else str(entry.key.value)


def _unknown(section: str, name: str) -> EditError:
    return EditError(f'expected a device of {section or "the file"}, found no "{name}"')


def _block_lines(block: Mapping[str, Written], remark: Sequence[str], indent: int) -> Iterator[str]:
    """Entries as lines that are indented so far, below a remark."""
    yield from (f"{' ' * indent}# {line}" for line in remark)
    for name, value in block.items():
        yield from lines(name, value, indent)


# ------------------------------------------------------------------------------------------------------------ the proof
def _proved(made: str, expected: Mapping[str, object]) -> str:
    """What was made, if it says what is expected. Raises `EditError` if it does not."""
    if (size := len(made.encode())) > LARGEST:
        raise EditError(f"expected a file of at most {LARGEST} bytes, found {size} with all that is added")
    if _comparable(_said(made)) != _comparable(expected):
        raise EditError("expected a file that a program can add to, found one that is written too unusually: by hand")
    return made


def _comparable(said: Mapping[str, object]) -> dict[str, object]:
    """The same, where a section without entries is as good as none."""
    return {name: None if value == {} else value for name, value in said.items()}


def _after(said: Mapping[str, object], changes: Iterable[Change]) -> Mapping[str, object]:
    """What a file says after changes."""
    for change in changes:
        block = _block(said, change.section)
        for name, keys in change.values.items():
            was = block[name]
            block[name] = {**(was if isinstance(was, dict) else {}), **{key: plain(it) for key, it in keys.items()}}
        entries = {name: plain(keys) for name, keys in change.entries.items()}
        said = _with(said, change.section, {**block, **entries})
    return said


def _with(said: Mapping[str, object], section: str, block: Mapping[str, object]) -> Mapping[str, object]:
    return {**said, section: block} if section else block


def _block(said: Mapping[str, object], section: str) -> dict[str, object]:
    """What a section says, or the whole file for ""."""
    inner = said.get(section) if section else said
    return dict(inner) if isinstance(inner, Mapping) else {}


def _said(text: str) -> dict[str, Tree]:
    return parse(text.encode(), "")[0].value
