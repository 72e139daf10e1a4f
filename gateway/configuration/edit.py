"""devices.yaml changed by a program as its writer would: a few words of the text, and every other line as it stands.

Text in, text out. What was made is read again before it is given back: it must say what it said before, and the change.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, cast

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from gateway.configuration.source import Tree, parse
from gateway.configuration.writing import Written, flow, lines, plain, scalar

INCLUDE = "!include"
STEP = 2
"""Spaces of a step inwards, where nothing in the file says how many."""

_MARK = "\ufeff"


class EditError(ValueError):
    """A text cannot be changed as it was asked; it says why."""


def included(text: str, section: str) -> str | None:
    """The path of the file that a section is taken from; None if it stands in the text itself. Raises `EditError`."""
    found = _Text(text).section(section)
    return str(found.value.value) if found is not None and found.value.tag == INCLUDE else None


def add(text: str, section: str, name: str, block: Mapping[str, Written]) -> str:
    """Write a device at the end of a section, or of the whole file where the section is "". Raises `EditError`."""
    here = _Text(text)
    found = here.section(section)
    if found is None:
        return _checked(text, here.with_section(section, name, block), section, {name: plain(block)})
    if _entry(found.value, name) is not None:
        raise EditError(f'expected a name that is not there yet, found "{name}" in {section or "the file"}')
    return _checked(text, here.with_key(found, name, block), section, {name: plain(block)})


def set_key(text: str, section: str, name: str, key: str, value: Written) -> str:
    """Write a key of a device, over the value that it has or behind its other keys. Raises `EditError`."""
    here = _Text(text)
    device = here.device(section, name)
    before = _entry(device.value, key)
    made = here.with_key(device, key, value) if before is None else here.with_value(before, value)
    was = _tree(text, section).get(name)
    return _checked(text, made, section, {name: {**(was if isinstance(was, dict) else {}), key: plain(value)}})


def remove(text: str, section: str, name: str) -> str:
    """Take a device out, with the comments that are indented below it. Raises `EditError`."""
    here = _Text(text)
    here.device(section, name)
    return _checked(text, here.without(section, name), section, {}, gone=name)


class _Entry(NamedTuple):
    """A key and its value, as they stand in a text; the whole text is the value of no key."""

    key: Node | None
    value: Node


def _entry(node: Node | None, name: str) -> _Entry | None:
    """The entry of a block; None if it is not there."""
    if not isinstance(node, MappingNode):
        return None
    return next((_Entry(key, value) for key, value in node.value if key.value == name), None)


def _empty(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.style is None and node.value == ""


class _Text:
    """A text and where everything in it stands. What it gives back is the text with a change; it stays itself."""

    def __init__(self, text: str) -> None:
        self._mark = _MARK if text.startswith(_MARK) else ""
        self._text = text.removeprefix(_MARK)
        self._ending = "\r\n" if "\r\n" in text else "\n"
        self._root = _root(self._text)

    def section(self, section: str) -> _Entry | None:
        """A section of the file, or the whole file for ""; None if it is not there."""
        if section:
            return _entry(self._root, section)
        return None if self._root is None else _Entry(None, self._root)

    def device(self, section: str, name: str) -> _Entry:
        """A device of a section. Raises `EditError`."""
        found = self.section(section)
        device = None if found is None else _entry(found.value, name)
        if device is None:
            raise EditError(f'expected a device of {section or "the file"}, found no "{name}"')
        return device

    def with_section(self, section: str, name: str, block: Mapping[str, Written]) -> str:
        """One device more, in a section that is not there yet."""
        if not section or (self._root is not None and self._root.flow_style):
            more = {name: block} if section else block
            whole = self.section("")
            if whole is not None:
                return self.with_key(whole, section or name, more)
            return self._with_lines(len(self._text), lines(name, block, 0))
        return self._with_lines(len(self._text), [f"{section}:", *lines(name, block, STEP)])

    def with_key(self, entry: _Entry, name: str, value: Written) -> str:
        """One key more in a block, at its end."""
        node, said = entry.value, f"{scalar(name)}: {flow(value)}"
        if isinstance(node, MappingNode) and node.value and node.flow_style:
            end = self._end(node.value[-1][1], 0)
            return self._spliced(end, end, f", {said}")
        if isinstance(node, MappingNode) and node.value:
            key, last = node.value[-1]
            return self._with_lines(self._behind(key, last), lines(name, value, key.start_mark.column))
        if isinstance(node, MappingNode):
            return self._spliced(node.start_mark.index, node.end_mark.index, "{" + said + "}")
        if entry.key is None or not _empty(node):
            raise EditError(f"expected a block of keys in line {node.start_mark.line + 1}, found something else")
        start = entry.key.end_mark.index
        return self._with_lines(self._line_end(start), lines(name, value, entry.key.start_mark.column + STEP))

    def with_value(self, entry: _Entry, value: Written) -> str:
        """Another value behind a key."""
        key, before = entry
        if key is not None and _empty(before):
            colon = self._text.index(":", key.end_mark.index) + 1
            return self._spliced(colon, colon, f" {flow(value)}")
        column = 0 if key is None else key.start_mark.column
        return self._spliced(before.start_mark.index, self._end(before, column), flow(value))

    def without(self, section: str, name: str) -> str:
        """The text without an entry of a section."""
        found = self.section(section)
        node = None if found is None else found.value
        if not isinstance(node, MappingNode):
            return self._mark + self._text
        entries: list[tuple[Node, Node]] = list(node.value)
        at = next(index for index, (key, _) in enumerate(entries) if key.value == name)
        key, value = entries[at]
        if not node.flow_style:
            return self._spliced(self._text.rfind("\n", 0, key.start_mark.index) + 1, self._behind(key, value), "")
        start, end = key.start_mark.index, self._end(value, 0)
        if at + 1 < len(entries):
            end = entries[at + 1][0].start_mark.index
        elif at:
            start = self._end(entries[at - 1][1], 0)
        return self._spliced(start, end, "")

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

    # ------------------------------------------------------------------------------------------- what is given back
    def _with_lines(self, at: int, more: Iterable[str]) -> str:
        before = self._text[:at]
        if before and not before.endswith("\n"):
            before += self._ending
        return self._mark + before + "".join(line + self._ending for line in more) + self._text[at:]

    def _spliced(self, start: int, end: int, new: str) -> str:
        return self._mark + self._text[:start] + new + self._text[end:]


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


# ------------------------------------------------------------------------------------------------------------ the proof
def _checked(text: str, made: str, section: str, changed: Mapping[str, object], *, gone: str = "") -> str:
    """What was made, if it says what the text said and the change. Raises `EditError` if it does not."""
    kept = {name: value for name, value in _tree(text, section).items() if name != gone}
    expected: dict[str, object] = {**kept, **changed}
    whole = parse(text.encode(), "")[0].value
    after = parse(made.encode(), "")[0].value
    rest = {key: value for key, value in whole.items() if key != section} if section else {}
    left = {key: value for key, value in after.items() if key != section} if section else {}
    if _tree(made, section) != expected or rest != left:
        raise EditError("expected a file that a program can add to, found one that is written too unusually: by hand")
    return made


def _tree(text: str, section: str) -> dict[str, Tree]:
    value = parse(text.encode(), "")[0].value
    inner = value.get(section) if section else value
    return inner if isinstance(inner, dict) else {}
