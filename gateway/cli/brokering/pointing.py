"""The block `mqtt:` of a site.yaml, made to point at a broker; every other line stays as it is. Pure."""

import re
from collections.abc import Mapping

_BLOCK = re.compile(r"mqtt:\s*(#.*)?")
_KEY = re.compile(r"(?P<indent>\s+)(?P<key>\w+):\s*(?P<value>\S+)?(?P<comment>\s+#.*)?\s*")


def pointed(text: str, wishes: Mapping[str, str]) -> str | None:
    """The text with these keys below `mqtt:`; None where that is no block of lines, so that a person must do it."""
    lines = text.splitlines()
    start = next((number for number, line in enumerate(lines) if _BLOCK.fullmatch(line)), None)
    if start is None:
        return None
    end = start + 1
    while end < len(lines) and (lines[end][:1] in (" ", "\t")):
        end += 1
    block, indent, missing = lines[start + 1 : end], "  ", dict(wishes)
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
    return "\n".join([*lines[: start + 1], *block, *lines[end:]]) + "\n"
