"""The project's pages, read as their readers do: headings, tables and fenced blocks."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
_HEADING = re.compile(r"#+ (.*)")
_FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def page(name: str) -> str:
    """The text of a page, by its path in the project."""
    return (ROOT / name).read_text(encoding="utf-8")


def fenced(text: str, language: str) -> list[str]:
    """The contents of the fenced blocks of a language."""
    return [body for said, body in _FENCED.findall(text) if said == language]


def tables(text: str) -> dict[str, dict[str, list[str]]]:
    """Of each heading the rows of its table: the other cells by what is in code in the first one."""
    found: dict[str, dict[str, list[str]]] = {}
    heading = ""
    for line in text.splitlines():
        if match := _HEADING.fullmatch(line):
            heading = match[1].strip("`")
        elif line.startswith("| `"):
            first, *rest = (cell.strip() for cell in line.strip("|").split("|"))
            for key in re.findall(r"`([^`]+)`", first):
                found.setdefault(heading, {})[key] = rest
    return found
