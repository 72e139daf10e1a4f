"""Files of a site written by a program: what people wrote in them stays, with its comments and its order."""

import re
from collections.abc import Mapping, Sequence
from io import StringIO

from ruamel.yaml import YAML

from gateway.configuration.source import Route

_BOM = "\ufeff"


class NotABlockError(ValueError):
    """A section is written in a way that nothing can be added to; says what to do."""


def added(text: bytes, section: str, entries: Sequence[str]) -> bytes:
    """The file with lines at the end of a section, or with the section at its end; every other byte stays.

    An entry is one line, or several that are indented further. Raises `NotABlockError`.
    """
    if not entries:
        return text
    whole = text.decode("utf-8")
    ending = "\r\n" if "\r\n" in whole else "\n"
    lines = whole.removeprefix(_BOM).splitlines()
    start = next((at for at, line in enumerate(lines) if re.match(rf"{section}\s*:", line)), None)
    if start is None:
        lines += [*([""] if lines and lines[-1].strip() else []), f"{section}:", *_indented(entries, "  ")]
    else:
        if re.sub(r"^[^:]*:\s*(#.*)?$", "", lines[start]):
            raise NotABlockError(f"{section}: is not a block of its own here, so nothing can be added to it")
        last, indent = _end(lines, start)
        lines[last + 1 : last + 1] = _indented(entries, indent)
    mark = _BOM if whole.startswith(_BOM) else ""
    return (mark + "".join(f"{line}{ending}" for line in lines)).encode()


def changed(text: bytes, values: Mapping[Route, str]) -> bytes:
    """The file with other values at some routes, whose blocks are there; comments and order stay."""
    if not values:
        return text
    whole = text.decode("utf-8")
    yaml = YAML(typ="rt")
    yaml.width = 100_000
    yaml.preserve_quotes = True
    step = _step(whole)
    yaml.indent(mapping=step, sequence=step + 2, offset=step)
    tree = yaml.load(whole.removeprefix(_BOM).replace("\r\n", "\n"))
    for (*way, key), value in values.items():
        block = tree
        for inner in way:
            block = block[inner]
        block[key] = value
    out = StringIO()
    yaml.dump(tree, out)
    again = out.getvalue().replace("\n", "\r\n") if "\r\n" in whole else out.getvalue()
    return ((_BOM if whole.startswith(_BOM) else "") + again).encode()


def _end(lines: Sequence[str], start: int) -> tuple[int, str]:
    """The last line that a section says something in, and how its entries are indented."""
    last, indent = start, ""
    for at in range(start + 1, len(lines)):
        line = lines[at]
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if not line[0].isspace():
            break
        last, indent = at, indent or line[: len(line) - len(line.lstrip())]
    return last, indent or "  "


def _step(whole: str) -> int:
    """By how many spaces the first block of the file is indented."""
    found = re.search(r"^( +)[^\s#]", whole, re.MULTILINE)
    return len(found[1]) if found else 2


def _indented(entries: Sequence[str], indent: str) -> list[str]:
    return [f"{indent}{line}" for entry in entries for line in entry.splitlines()]
