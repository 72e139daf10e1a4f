"""A spreadsheet saved as text: whatever its encoding and its separator, rows of cells with their line numbers."""

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO

from gateway.configuration.inventory.columns import HeadingError

LARGEST = 20_000_000
"""Bytes: no town has a longer list."""

SEPARATORS = (";", "\t", ",")

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The list: its headings, and the rows below that are not empty."""

    headings: tuple[str, ...]
    rows: tuple[Row, ...]


def read_table(data: bytes) -> Table:
    """The table that a file holds. Raises `HeadingError` where there is none."""
    if len(data) > LARGEST:
        raise HeadingError(f"the file is larger than {LARGEST} bytes: is it a list of lamps?")
    text = _decoded(data)
    rows = list(_rows(text))
    if not rows:
        raise HeadingError("the file is empty")
    head, *rest = rows
    return Table(head.cells, tuple(rest))


def _decoded(data: bytes) -> str:
    """UTF-8 with or without its mark, UTF-16 with it, else what Windows calls ANSI."""
    if data.startswith(_UTF16):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _rows(text: str) -> Iterator[Row]:
    first = text.split("\n", 1)[0].strip().strip('"')
    separator = first[4:5] if first.lower().startswith("sep=") and first[4:5] else _separator(text)
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    try:
        for cells in reader:
            stripped = tuple(cell.strip() for cell in cells)
            if any(stripped) and not (reader.line_num == 1 and stripped[0].lower().startswith("sep=")):
                yield Row(reader.line_num, stripped)
    except csv.Error as error:
        raise HeadingError(f"line {reader.line_num} cannot be read as a table: {error}") from error


def _separator(text: str) -> str:
    """What the first line that is not empty has most of."""
    head = next((line for line in text.splitlines() if line.strip()), "")
    return max(SEPARATORS, key=head.count)
