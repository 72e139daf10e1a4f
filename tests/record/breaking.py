"""Ways to break a record's file."""

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

from gateway.record.schema import FILE, open_to_write
from gateway.record.store import Append, Store
from tests.record.builders import message


def filled(folder: Path, *, clean: bool = True, entries: int = 500) -> None:
    """Make a record with entries of which all are in the file itself; `clean` as after an orderly end."""
    store = Store(open_to_write(folder, "chalon"))
    store.write([Append(message(number), None) for number in range(entries)])
    store.fold()
    if clean:
        store.close()
    else:
        store.abandon()


def root_of(folder: Path, table: str) -> int:
    """The page of the file at which a table begins; the first is 1."""
    with contextlib.closing(sqlite3.connect(f"{(folder / FILE).as_uri()}?mode=ro", uri=True)) as database:
        (page,) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    return int(page)


def page_size(folder: Path) -> int:
    """Bytes of a page, as the file's header says (https://sqlite.org/fileformat2.html, section 1.3.2)."""
    with (folder / FILE).open("rb") as file:
        return int.from_bytes(file.read(18)[16:], "big")


def spoil(folder: Path, page: int) -> None:
    """Write over one page."""
    size = page_size(folder)
    with (folder / FILE).open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xa5" * size)


def spoil_table(folder: Path, table: str) -> None:
    """Make the first page of a table unreadable."""
    spoil(folder, root_of(folder, table))


def cut(folder: Path) -> None:
    """Take the file's second half away."""
    path = folder / FILE
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2 + 100)


def overwrite(folder: Path) -> None:
    """Put something else in the file's place."""
    (folder / FILE).write_bytes(b"no database at all " * 100)


def empty_schema(folder: Path) -> None:
    """Leave the file's header and zero the rest of its first page, where the tables are named."""
    rest = page_size(folder) - 100
    with (folder / FILE).open("r+b") as file:
        file.seek(100)
        file.write((b"\x0d").ljust(rest, b"\0"))


def empty(folder: Path) -> None:
    """Leave the name and nothing behind it."""
    (folder / FILE).write_bytes(b"")


def scramble_header(folder: Path) -> None:
    """Leave SQLite's sixteen first bytes, which say that it is a database, and spoil what follows them."""
    with (folder / FILE).open("r+b") as file:
        file.seek(16)
        file.write(b"\xa5" * 84)


def spoil_index(folder: Path) -> None:
    """Make a page of an index unreadable that no start asks for."""
    spoil_table(folder, "sqlite_autoindex_series_1")


WAYS: dict[str, Callable[[Path], None]] = {
    "cut short": cut,
    "no database": overwrite,
    "a torn page in the middle": lambda folder: spoil(folder, 20),
    "the tables' names are gone": empty_schema,
    "the ledger's first page is spoilt": lambda folder: spoil_table(folder, "ledger"),
    "the history's first page is spoilt": lambda folder: spoil_table(folder, "history"),
    "an index is spoilt": spoil_index,
    "no byte is left": empty,
    "the header is garbage": scramble_header,
}
