"""A damaged file: how it is found out, and how it is put out of the way."""

import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

COMPANIONS: Final = ("", "-wal", "-shm")
"""What SQLite's files are called behind the name of the first."""

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
