"""Payloads of other makes: one reader of JSON for all of them, tolerant of manners and bounded in everything.

Firmware is forgiven a byte order mark, zero bytes after the end, numbers that are none (NaN and infinities count as
left out) and a key that is written twice with one value. It is not forgiven what could mean two things, or could cost
memory or time without bound.
"""

import json
from typing import Any, TypeAlias

from pydantic_core import from_json

from devices.convention import Malformed

Tree: TypeAlias = Any
"""A JSON value: dict, list, str, int, float, bool or None."""

LONGEST = 65_536
"""Bytes of a payload that says what a device measures; the longest known, a gateway's summary, has some thousands."""

LONGEST_DESCRIPTION = 4 * 1024 * 1024
"""Bytes of a payload in which a bridge describes all of its devices; some hundred devices make half a megabyte."""

DEEPEST = 24
"""Objects and lists inside each other."""

LONGEST_SHOWN = 60
"""Characters of a wrong value that an error repeats."""


def tree(payload: bytes, longest: int = LONGEST) -> Tree:
    """Read JSON. Raises `Malformed` for what is none, is too long or too deep, or says one key in two ways."""
    written = text(payload, longest)
    try:
        if "\\u" in written:
            from_json(written)  # refuses halves of characters, which could be neither stored nor shown
        value = json.loads(written, object_pairs_hook=_object, parse_constant=_no_number)
    except Malformed:
        raise
    except (ValueError, RecursionError) as error:
        raise Malformed("JSON", f"{shown(written)}: {error}" if written else "an empty payload") from None
    _measure(value)
    return value


def an_object(payload: bytes, longest: int = LONGEST) -> dict[str, Tree]:
    """Read a JSON object. Raises `Malformed` for anything else."""
    value = tree(payload, longest)
    if not isinstance(value, dict):
        raise Malformed("a JSON object", shown(value))
    return value


def text(payload: bytes, longest: int = LONGEST) -> str:
    """Read text in UTF-8, without what surrounds it. Raises `Malformed` for other bytes and for more than `longest`."""
    if len(payload) > longest:
        raise Malformed(f"at most {longest} bytes", f"{len(payload)} bytes")
    try:
        return payload.decode("utf-8-sig").strip("\0 \t\r\n")
    except UnicodeDecodeError as error:
        raise Malformed("text in UTF-8", f"invalid UTF-8 at byte {error.start + 1}") from None


def shown(value: object) -> str:
    """A wrong value as an error repeats it: short, and without halves of characters."""
    if isinstance(value, bytes):
        return value[: LONGEST_SHOWN // 3].hex(" ").upper() + ("..." if len(value) > LONGEST_SHOWN // 3 else "")
    written = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=repr)
    short = written if len(written) <= LONGEST_SHOWN else f"{written[:LONGEST_SHOWN]}..."
    return short.encode(errors="replace").decode() or "nothing"


def _object(pairs: list[tuple[str, Tree]]) -> dict[str, Tree]:
    made = dict(pairs)
    if len(made) < len(pairs):
        for key, value in pairs:
            if made[key] != value:
                raise Malformed("each key once", f'"{shown(key)}" twice, with two values', shown(key))
    return made


def _no_number(_name: str) -> None:
    """Take NaN and the infinities, which are no JSON, for a value that is left out."""


def _measure(value: Tree) -> None:
    level, depth = [value], 0
    while level:
        if depth > DEEPEST:
            raise Malformed(f"at most {DEEPEST} objects and lists inside each other", "more")
        inner: list[Tree] = []
        for item in level:
            if isinstance(item, dict):
                inner.extend(item.values())
            elif isinstance(item, list):
                inner.extend(item)
        level, depth = inner, depth + 1
