"""The block `mqtt:` of a site.yaml, made to point at a broker; every other line stays as it is. Pure."""

import re
from collections.abc import Mapping, Sequence

from gateway.configuration.source import Tree, parse

_BLOCK = re.compile(r"mqtt:\s*(#.*)?")
_QUOTED = r""""(?:[^"\\]|\\.)*"|'(?:[^']|'')*'"""
_KEY = re.compile(rf"(?P<indent>\s+)(?P<key>\w+):(?:\s+(?P<value>{_QUOTED}|[^\s\"'#].*?))?(?:\s+#.*)?\s*")


def pointed(text: str, wishes: Mapping[str, str]) -> str | None:
    """The text with these keys below `mqtt:`, each once.

    None where that is no block of lines with a value on each, so that a person must do it.
    """
    lines = text.splitlines()
    start = next((number for number, line in enumerate(lines) if _BLOCK.fullmatch(line)), None)
    if start is None:
        return None
    end = _end(lines, start)
    before = lines[start + 1 : end]
    block, indent, missing = before.copy(), "  ", dict(wishes)
    for number, line in enumerate(block):
        match = _KEY.fullmatch(line)
        if match is None:
            continue
        indent = match["indent"]
        if match["key"] in missing:
            wish = missing.pop(match["key"])
            if match["value"] != wish:
                block[number] = f"{indent}{match['key']}: {wish}"
    block += [f"{indent}{key}: {wish}" for key, wish in missing.items()]
    said = _said(before)
    if said is None or _said(block) != {**said, **wishes}:
        return None
    return "\n".join([*lines[: start + 1], *block, *lines[end:]]) + "\n"


def _end(lines: Sequence[str], start: int) -> int:
    """Where a block ends: behind its last line that is indented; between such lines some may be empty, or comments."""
    end = start + 1
    for number, line in enumerate(lines[start + 1 :], start + 1):
        if line[:1] in (" ", "\t") and line.strip():
            end = number + 1
        elif line.strip() and not line.startswith("#"):
            break
    return end


def _said(block: Sequence[str]) -> dict[str, Tree] | None:
    """What the lines of a block say; None where they are not good."""
    source, wrong = parse("\n".join(["mqtt:", *block]).encode(), "site.yaml")
    said = source.tree(("mqtt",)) or {}
    return said if isinstance(said, dict) and not wrong else None
