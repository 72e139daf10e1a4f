"""A copy of the record for bad days, taken while its writer goes on."""

import contextlib
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

from gateway.record import schema
from gateway.record.errors import DamagedError, RecordError

PAGES = 1_000
"""Pages between two words about how far it is."""


def back_up(folder: Path, to: Path, progress: Callable[[int, int], None] = lambda _left, _all: None) -> None:
    """Copy the record of a folder as it is at this moment to a file that must not be there yet, and check the copy.

    The copy is one file. The packets of a broker's session are forgotten in it: by the time it is restored their ids
    stand for other messages. `progress` is told how many pages are left, and of how many. Raises `RecordError`.
    """
    try:
        os.close(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o660))
    except FileExistsError as error:
        raise RecordError(f"{to} is there already: a backup overwrites nothing; name another file") from error
    except OSError as error:
        raise RecordError(f"{to} cannot be written: {error.strerror}") from error
    part = to.with_name(f"{to.name}.part")
    with contextlib.ExitStack() as undoing:
        undoing.callback(to.unlink, missing_ok=True)
        undoing.callback(part.unlink, missing_ok=True)
        try:
            _copy(folder, part, progress)
            part.rename(to)
        except (sqlite3.Error, OSError) as error:
            raise RecordError(f"the record in {folder} cannot be copied to {to}: {error}") from error
        undoing.pop_all()


def _copy(folder: Path, part: Path, progress: Callable[[int, int], None]) -> None:
    part.unlink(missing_ok=True)
    with contextlib.closing(schema.open_to_read(folder)) as source, contextlib.closing(_to_write(part)) as copy:
        # One view of the source from the first page to the last: each commit would otherwise begin the copy anew.
        source.execute("BEGIN")
        source.execute("SELECT 1 FROM meta").fetchone()
        source.backup(copy, pages=PAGES, progress=lambda _status, left, of: progress(left, of))
        source.execute("COMMIT")
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, without companions
        copy.execute("PRAGMA synchronous = FULL")
        copy.execute(
            "INSERT OR REPLACE INTO sessions SELECT link, (SELECT max(seq) FROM ledger) FROM ("
            "SELECT link FROM runs UNION SELECT link FROM ledger WHERE digest IS NOT NULL AND "
            "seq > coalesce((SELECT value FROM meta WHERE key = 'folded'), 0))"
        )
        copy.execute("DELETE FROM meta WHERE key = 'clean'")
        (found,) = copy.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise DamagedError(f"the record in {folder} is damaged, so that there is no copy of it: {found}")


def _to_write(part: Path) -> sqlite3.Connection:
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o660))
    return sqlite3.connect(part, isolation_level=None)
