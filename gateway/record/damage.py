"""A damaged file: how it is found out, and how it is put out of the way."""

import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

COMPANIONS: Final = ("", "-wal", "-shm")
"""What SQLite's files are called behind the name of the first."""

KEPT: Final = 3
"""Damaged files that are kept: what they hold may still be saved, but a card has an end."""

CHECKING = 0.5
"""Seconds that the check at a start takes at most: a large file is then checked in part, because the street waits."""
_OPERATIONS = 10_000
"""Of SQLite's virtual machine between two looks at the watch."""


def find_fault(database: sqlite3.Connection) -> str:
    """What SQLite finds wrong with a file within `CHECKING` seconds, "" if nothing. Raises `sqlite3.Error`."""
    deadline = time.monotonic() + CHECKING
    database.set_progress_handler(lambda: time.monotonic() > deadline, _OPERATIONS)
    try:
        (found,) = database.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            return ""
        raise
    finally:
        database.set_progress_handler(None, 0)
    return "" if found == "ok" else str(found)


def prune(path: Path, newest: Path, max_size: int) -> list[Path]:
    """Remove what was set aside beside `path` and is too much: beyond `KEPT` files or `max_size` bytes in all.

    `newest` stays, whatever its size: it is all there is of what was just lost. Says which went. Raises `OSError`.
    """
    found = path.parent.glob(f"{path.name}.damaged-*Z*")
    others = {aside for aside in found if not aside.name.endswith(COMPANIONS[1:])} - {newest}
    kept, size, gone = 1, _size(newest), list[Path]()
    for aside in sorted(others, key=_age, reverse=True):
        if kept < KEPT and size + _size(aside) <= max_size:
            kept, size = kept + 1, size + _size(aside)
            continue
        for companion in COMPANIONS:
            Path(f"{aside}{companion}").unlink(missing_ok=True)
        gone.append(aside)
    return gone


def _age(aside: Path) -> tuple[int, int, str]:
    """Later ones are greater. Files keep their own time when they are set aside: it is that of their last entry."""
    found = aside.stat()
    return found.st_mtime_ns, len(aside.name), aside.name


def _size(aside: Path) -> int:
    there = (Path(f"{aside}{companion}") for companion in COMPANIONS)
    return sum(file.stat().st_size for file in there if file.exists())


def set_aside(path: Path) -> Path:
    """Give a file and its companions a name with the time (UTC); say which. Raises `OSError`.

    Whoever has them open goes on with them under the new name: close them only afterwards, so that SQLite tidies up
    none of what may be needed to save what they hold.
    """
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    aside, number = path.with_name(f"{path.name}.damaged-{stamp}"), 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.damaged-{stamp}-{number}")
    for companion in COMPANIONS:
        there = Path(f"{path}{companion}")
        if there.exists():
            there.rename(f"{aside}{companion}")
    return aside
