"""How keys and values are written into a file: on one line where that can be read, quoted only where YAML needs it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

Written: TypeAlias = "str | Sequence[Written] | Mapping[str, Written]"
"""A value as it is to be written: a text with its unit, a list, or a block of keys."""

LONGEST_LINE = 130
"""Characters of a device on one line; a longer one gets a line for each key."""

_PLAIN = re.compile(r"[\w/](?:[\w/.%@+() -]*[\w/.%@+()-])?")
_NOTHING = ("null", "Null", "NULL")
_ESCAPED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}


def flow(value: Written) -> str:
    """A value on one line: a text, [a list] or {a: block}."""
    if isinstance(value, str):
        return scalar(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(key)}: {flow(inner)}" for key, inner in value.items()) + "}"
    return "[" + ", ".join(map(flow, value)) + "]"


def scalar(text: str) -> str:
    """A text, in double quotes if it would be something else without them (YAML 1.2, sections 5.7 and 7.3)."""
    if _PLAIN.fullmatch(text) and text not in _NOTHING and text.isprintable():
        return text
    return '"' + "".join(_ESCAPED.get(letter) or _printable(letter) for letter in text) + '"'


def lines(name: str, value: Written, indent: int) -> Iterator[str]:
    """A key and its value as lines of a block that is indented so far: one, or one for each key inside."""
    whole = f"{' ' * indent}{scalar(name)}: {flow(value)}"
    if len(whole) <= LONGEST_LINE or not isinstance(value, Mapping) or not value:
        yield whole
        return
    yield f"{' ' * indent}{scalar(name)}:"
    for key, inner in value.items():
        yield f"{' ' * (indent + 2)}{scalar(key)}: {flow(inner)}"


def plain(value: Written) -> object:
    """The same value as lists and dicts, as it is read again."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value]


def _printable(letter: str) -> str:
    if letter.isprintable():
        return letter
    code = ord(letter)
    return f"\\x{code:02x}" if code < 1 << 8 else f"\\u{code:04x}" if code < 1 << 16 else f"\\U{code:08x}"
