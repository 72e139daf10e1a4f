"""YAML 1.2 read as the operator wrote it: every value as its text, with its place.

Values stay text, because each has its unit beside it and what a `0417` or a `22:30` means is not for YAML to say. What
people bring from spreadsheets and word processors gets a sentence of its own.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StringMark, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from gateway.lighting.plan import Place, Problem

Tree: TypeAlias = "str | list[Tree] | dict[str, Tree] | None"
"""What a file says: texts, lists and blocks of keys; None where nothing is written."""

Route: TypeAlias = tuple[str | int, ...]
"""The keys and list indices that lead to a value."""

LARGEST = 1_000_000
"""Bytes: no street needs more, and a wrong file is not read to its end."""

_NOTHING = ("", "~", "null", "Null", "NULL")
_CURLY = "\u201c\u201d\u201e\u2018\u201a"
_PLAIN_TAGS = re.compile(r"tag:yaml\.org,2002:(str|int|float|bool|null|timestamp|map|seq|merge|value)")


@dataclass(slots=True)
class Source:
    """One file: its value and where each key and each value of it stands. `sound` is False if it could not be read."""

    file: str
    value: dict[str, Tree] = field(default_factory=dict)
    keys: dict[Route, Place] = field(default_factory=dict)
    values: dict[Route, Place] = field(default_factory=dict)
    sound: bool = True

    def key(self, path: Route) -> Place:
        """The place of the key that leads to a value, or of the nearest one around it."""
        return self._nearest(self.keys, path)

    def at(self, path: Route) -> Place:
        """The place of a value, or of the nearest key around it."""
        return self.values[path] if path in self.values else self.key(path)

    def tree(self, route: Route) -> Tree:
        """What is written at a route; None where nothing is."""
        tree: Tree = self.value
        for step in route:
            if isinstance(tree, dict) and isinstance(step, str):
                tree = tree.get(step)
            elif isinstance(tree, list) and isinstance(step, int):
                tree = tree[step]
            else:
                return None
        return tree

    def _nearest(self, places: dict[Route, Place], path: Route) -> Place:
        for length in range(len(path), 0, -1):
            if path[:length] in places:
                return places[path[:length]]
            if path[:length] in self.values:
                return self.values[path[:length]]
        return Place(self.file, 0, 0)


def fetch(path: Path) -> bytes | Problem:
    """The bytes of one file, or why there are none. One byte more than `LARGEST` is enough to know that it is wrong."""
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        found = "the file is not there" if missing else f"the file cannot be read: {error.strerror}"
        expected = "A site is described by three files: site.yaml, devices.yaml and lighting.yaml"
        return Problem(Place(str(path), 0, 0), found, expected)


def read(path: Path) -> tuple[Source, list[Problem]]:
    """Read one file; what cannot be read comes back as problems and as a source that is not sound."""
    return understood(fetch(path), path)


def understood(text: bytes | Problem, path: Path) -> tuple[Source, list[Problem]]:
    """What was fetched from a path, as a source."""
    if isinstance(text, Problem):
        return Source(str(path), sound=False), [text]
    return parse(text, str(path))


def parse(data: bytes, file: str) -> tuple[Source, list[Problem]]:
    """Understand the bytes of one file; `file` is the name that places carry."""
    if len(data) > LARGEST:
        found = f"the file is larger than {LARGEST} bytes"
        return _unsound(Place(file, 0, 0), found, "Is this the file of a site?")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        found = f"the byte 0x{data[error.start]:02x} is not UTF-8"
        return _unsound(
            Place(file, line, column), found, "Save the file as UTF-8 (in Notepad: Save as, Encoding: UTF-8)"
        )
    return _Reading(file, text).parse()


def _unsound(place: Place, found: str, expected: str, hint: str = "") -> tuple[Source, list[Problem]]:
    return Source(place.file, sound=False), [Problem(place, found, expected, hint)]


class _Reading:
    """One file on its way from text to a `Source`."""

    def __init__(self, file: str, text: str) -> None:
        self._text = text
        self._lines = text.split("\n")
        self._source = Source(file)
        self._problems: list[Problem] = []
        self._seen: set[int] = set()

    def parse(self) -> tuple[Source, list[Problem]]:
        """Read the text whole; a problem inside one value leaves the rest readable."""
        if tabs := list(self._tabs()):
            return Source(self._source.file, sound=False), tabs
        try:
            root = YAML(typ="safe", pure=True).compose(self._text)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = self._place(mark) if mark else Place(self._source.file, 0, 0)
            told = error.problem or error.context or "this is not YAML"
            return _unsound(place, f"this is not YAML: {told}", *self._kindly(place))
        except ReaderError as error:
            character = error.character if isinstance(error.character, int) else ord(error.character)
            found = f"the character U+{character:04X} cannot stand here"
            return _unsound(self._place_of_index(error.position), found, "Delete it, or save the file as plain text")
        except (YAMLError, RecursionError) as error:
            return _unsound(Place(self._source.file, 0, 0), f"this is not YAML: {error}", "Blocks of keys and values")
        value = self._tree(root, ()) if root is not None else {}
        if value is None:
            value = {}
        if not isinstance(value, dict):
            place = self._place(root.start_mark)
            return _unsound(place, "the file is not a block of keys", "Begin it with  version: 1  on a line of its own")
        self._source.value = value
        return self._source, self._problems

    def _tree(self, node: Node, path: Route) -> Tree:
        self._source.values[path] = self._place(node.start_mark)
        if id(node) in self._seen:
            self._report(
                node, "this is used a second time by an alias", "Write it out where it is needed, or use  like:"
            )
            return None
        self._seen.add(id(node))
        if not _PLAIN_TAGS.fullmatch(str(node.tag)):
            self._report(node, f'the tag "{node.tag}" is not known', "Write the value without a tag")
            return None
        if isinstance(node, MappingNode):
            return self._block(node, path)
        if isinstance(node, SequenceNode):
            return [self._tree(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._scalar(node) if isinstance(node, ScalarNode) else None

    def _block(self, node: MappingNode, path: Route) -> dict[str, Tree]:
        block: dict[str, Tree] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self._report(key, "a list or a block stands where a key should be", "Write a word and a colon")
                continue
            name = self._scalar(key) or ""
            if node.flow_style and block and self._is_half_a_number(key, value):
                before = next(reversed(block))
                block[before] = f"{block[before]}.{name}"
                self._report(key, "the comma ends the value before it", f"Write a decimal point: {block[before]}")
                continue
            if name in block:
                first = self._source.keys[*path, name].line
                self._report(key, f'"{name}" is already there, in line {first}', "Write each key once")
                continue
            self._source.keys[*path, name] = self._place(key.start_mark)
            block[name] = self._tree(value, (*path, name))
        return block

    def _scalar(self, node: ScalarNode) -> str | None:
        text = str(node.value)
        if node.style is None and text[:1] and text[0] in _CURLY:
            self._report(node, "the quotes are curly", 'Write straight ones: "..."')
        return None if node.style is None and text in _NOTHING else text

    @staticmethod
    def _is_half_a_number(key: ScalarNode, value: Node) -> bool:
        """Whether `{at: 0,6 m}` was read as `at: 0` and an empty key `6 m`."""
        empty = isinstance(value, ScalarNode) and value.style is None and value.value == ""
        return empty and str(key.value)[:1].isdigit()

    def _tabs(self) -> Iterator[Problem]:
        for number, line in enumerate(self._lines, start=1):
            indent = line[: len(line) - len(line.lstrip())]
            if "\t" in indent and line.strip() and not line.lstrip().startswith("#"):
                place = Place(self._source.file, number, indent.index("\t") + 1, line.rstrip("\r"))
                yield Problem(place, "the line is indented with a tab", "YAML wants spaces: two for each step inwards")

    def _kindly(self, place: Place) -> tuple[str, str]:
        """What to try on a line that is not YAML."""
        if any(curly in place.text for curly in _CURLY):
            return 'There are curly quotes in this line: write straight ones, "..."', ""
        if "\t" in place.text:
            return "There is a tab in this line: write spaces", ""
        return "Write  key: value  with a space after the colon; close every { [ and quote", ""

    def _report(self, node: Node, found: str, expected: str) -> None:
        self._problems.append(Problem(self._place(node.start_mark), found, expected))

    def _place(self, mark: StringMark) -> Place:
        line = min(mark.line, len(self._lines) - 1)
        return Place(self._source.file, line + 1, mark.column + 1, self._lines[line].rstrip("\r"))

    def _place_of_index(self, index: int) -> Place:
        before = self._text[:index]
        line = before.count("\n")
        return Place(self._source.file, line + 1, index - before.rfind("\n"), self._lines[line].rstrip("\r"))
