"""YAML 1.2 read as the operator wrote it: every value as its text, with its place.

Values stay text, because each has its unit beside it and what a `0417` or a `22:30` means is not for YAML to say. What
people bring from spreadsheets and word processors gets a sentence of its own.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias, cast

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StringMark, YAMLError
from ruamel.yaml.events import AliasEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from gateway.configuration.including import Including, included
from gateway.configuration.notyaml import CURLY, diagnose
from gateway.configuration.units import Unreadable
from gateway.lighting.plan import Place, Problem

Tree: TypeAlias = "str | list[Tree] | dict[str, Tree] | None"
"""What a file says: texts, lists and blocks of keys; None where nothing is written."""

Route: TypeAlias = tuple[str | int, ...]
"""The keys and list indices that lead to a value."""

LARGEST = 1_000_000
"""Bytes: no street needs more, and a wrong file is not read to its end."""

_NOTHING = ("", "~", "null", "Null", "NULL")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_LINE_END = re.compile(r"\r\n|[\n\r]")
_CURLY_QUOTED = re.compile(r"[\u201c\u201d\u201e\u2018\u2019\u201a](.*)[\u201c\u201d\u2018\u2019]")
_INCLUDE = "!include"
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
    """The bytes of one file, or why there are none."""
    try:
        return bytes_of(path)
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        found = "the file is not there" if missing else f"the file cannot be read: {error.strerror}"
        expected = "A site is described by three files: site.yaml, devices.yaml and lighting.yaml"
        return Problem(Place(str(path), 0, 0), found, expected)


def read(path: Path) -> tuple[Source, list[Problem]]:
    """Read one file; what cannot be read comes back as problems and as a source that is not sound."""
    return understood(fetch(path), Including(path, path.parent, bytes_of))


def understood(text: bytes | Problem, where: Including) -> tuple[Source, list[Problem]]:
    """What was fetched from a path, as a source."""
    if isinstance(text, Problem):
        return Source(str(where.path), sound=False), [text]
    return parse(text, str(where.path), where)


def bytes_of(path: Path) -> bytes:
    """A file as far as it matters: a byte more than `LARGEST` is enough to know it wrong. Raises `OSError`."""
    with path.open("rb") as file:
        return file.read(LARGEST + 1)


def parse(data: bytes, file: str, including: Including | None = None) -> tuple[Source, list[Problem]]:
    """Understand the bytes of one file; `file` is the name that places carry. It includes none without `including`."""
    source, value, problems = _understand(data, file, including)
    if source.sound and not isinstance(value, dict | None):
        found = "the file is not a block of keys"
        return _unsound(source.values[()], found, "Begin it with  version: 1  on a line of its own")
    source.value = value if isinstance(value, dict) else {}
    return source, problems


def _understand(data: bytes, file: str, including: Including | None) -> tuple[Source, Tree, list[Problem]]:
    """The file with all places, what it says, and what is wrong with it."""
    text, problems = _decoded(data, file)
    if problems:
        return Source(file, sound=False), None, problems
    return _Reading(file, text, including).read()


def _decoded(data: bytes, file: str) -> tuple[str, list[Problem]]:
    if len(data) > LARGEST:
        found = f"the file is larger than {LARGEST} bytes"
        return "", [Problem(Place(file, 0, 0), found, "Is this the file of a site?")]
    if data.startswith(_UTF16) or b"\0" in data[:4]:
        found = "the file is saved as UTF-16, which Windows calls Unicode"
        return "", [Problem(Place(file, 0, 0), found, "Save it as UTF-8 (in Notepad: Save as, Encoding: UTF-8)")]
    try:
        return data.decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        found = f"the byte 0x{data[error.start]:02x} is not UTF-8"
        expected = "Save the file as UTF-8 (in Notepad: Save as, Encoding: UTF-8)"
        return "", [Problem(Place(file, line, column), found, expected)]


def _unsound(place: Place, found: str, expected: str, hint: str = "") -> tuple[Source, list[Problem]]:
    return Source(place.file, sound=False), [Problem(place, found, expected, hint)]


class _Reading:
    """One file on its way from text to a `Source`."""

    def __init__(self, file: str, text: str, including: Including | None) -> None:
        self._text = text
        self._lines = _LINE_END.split(text)
        self._including = including
        self._source = Source(file)
        self._problems: list[Problem] = []
        self._seen: set[int] = set()

    def read(self) -> tuple[Source, Tree, list[Problem]]:
        """Read the text whole; a problem inside one value leaves the rest readable."""
        self._problems += self._indented_by_other_than_spaces()
        root = None if self._problems else self._root()
        if self._problems:
            self._source.sound = False
            return self._source, None, self._problems
        self._refuse_aliases()
        value = self._tree(root, ()) if root is not None else None
        return self._source, value, self._problems

    def _root(self) -> Node | None:
        """The text as YAML has it; None where it is empty, or is not YAML, which is then a problem."""
        try:
            return cast("Node | None", YAML(typ="safe", pure=True).compose(self._text))
        except MarkedYAMLError as error:
            said = diagnose(error, self._lines)
            place = self._place_of(said.line, said.column)
            problem = Problem(place, said.found, said.expected, said.hint)
        except ReaderError as error:
            character = error.character if isinstance(error.character, int) else ord(error.character)
            found = f"the character U+{character:04X} cannot stand here"
            place = self._place_of_index(error.position)
            problem = Problem(place, found, "Delete it, or save the file as plain text")
        except (YAMLError, RecursionError) as error:
            place = Place(self._source.file, 0, 0)
            problem = Problem(place, f"this is not YAML: {error}", "Blocks of keys and values")
        self._problems.append(problem)
        return None

    def _tree(self, node: Node, path: Route) -> Tree:
        self._source.values[path] = self._place(node.start_mark)
        if id(node) in self._seen:
            return self._scalar(node) if isinstance(node, ScalarNode) else None
        self._seen.add(id(node))
        if node.tag == _INCLUDE and isinstance(node, ScalarNode):
            return self._included(node, path)
        if not _PLAIN_TAGS.fullmatch(str(node.tag)):
            self._report(node, f'the tag "{node.tag}" is not known', "Write the value without a tag")
            return None
        if isinstance(node, MappingNode):
            return self._block(node, path)
        if isinstance(node, SequenceNode):
            return [self._tree(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._scalar(node) if isinstance(node, ScalarNode) else None

    def _included(self, node: ScalarNode, path: Route) -> Tree:
        """What another file says, with its places; a file that cannot be had leaves this one not understood."""
        try:
            inner = included(self._including, str(node.value))
            data = inner.fetch(inner.path)
        except Unreadable as unreadable:
            self._report(node, unreadable.found, unreadable.expected)
            self._source.sound = False
            return None
        except OSError as error:
            missing = isinstance(error, FileNotFoundError)
            found = f'the file "{node.value}" {"is not there" if missing else f"cannot be read: {error.strerror}"}'
            self._report(node, found, "A path starts from the folder of the file that says !include")
            self._source.sound = False
            return None
        source, value, problems = _understand(data, str(inner.path), inner)
        self._problems += problems
        self._source.sound &= source.sound
        self._source.keys |= {(*path, *route): place for route, place in source.keys.items()}
        self._source.values |= {(*path, *route): place for route, place in source.values.items()}
        return value

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
        if node.style is None and text[:1] and text[0] in CURLY:
            self._report(node, "the quotes are curly", 'Write straight ones: "..."')
            inside = _CURLY_QUOTED.fullmatch(text)
            text = inside[1] if inside else text
        return None if node.style is None and text in _NOTHING else text

    @staticmethod
    def _is_half_a_number(key: ScalarNode, value: Node) -> bool:
        """Whether `{at: 0,6 m}` was read as `at: 0` and an empty key `6 m`."""
        empty = isinstance(value, ScalarNode) and value.style is None and value.value == ""
        return empty and str(key.value)[:1].isdigit()

    def _refuse_aliases(self) -> None:
        if "*" not in self._text:
            return
        for event in YAML(typ="safe", pure=True).parse(self._text):
            if isinstance(event, AliasEvent):
                found = f"the alias *{event.anchor} means what stands elsewhere"
                expected = "Write it out where it is needed, or use  like:  or a range"
                self._problems.append(Problem(self._place(event.start_mark), found, expected))

    def _indented_by_other_than_spaces(self) -> Iterator[Problem]:
        for number, line in enumerate(self._lines):
            indent = line[: len(line) - len(line.lstrip())]
            other = next((column for column, letter in enumerate(indent) if letter != " "), None)
            if other is None or not line.strip() or line.lstrip().startswith("#"):
                continue
            what = "a tab" if indent[other] == "\t" else "no-break spaces or the like"
            found = f"the line is indented with {what}"
            yield Problem(self._place_of(number, other), found, "YAML wants spaces: two for each step inwards")

    def _report(self, node: Node, found: str, expected: str) -> None:
        self._problems.append(Problem(self._place(node.start_mark), found, expected))

    def _place(self, mark: StringMark) -> Place:
        return self._place_of(mark.line, mark.column)

    def _place_of(self, line: int, column: int) -> Place:
        """A place counted from 0; the end of the last line for one behind it."""
        if line >= len(self._lines):
            line, column = len(self._lines) - 1, len(self._lines[-1])
        return Place(self._source.file, line + 1, min(column, len(self._lines[line])) + 1, self._lines[line])

    def _place_of_index(self, index: int) -> Place:
        before = _LINE_END.split(self._text[:index])
        return self._place_of(len(before) - 1, len(before[-1]))
