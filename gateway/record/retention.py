"""How long the record keeps what, and how large it may become.

What is removed goes in small transactions between which messages come first. Never removed is what a server has not got
yet, what the history has not got yet, what waits for the clock to be set, and what a replay up to now begins with: the
last plan and the last snapshot.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from gateway.record import bounds
from gateway.record.history import MILLISECOND, folded
from gateway.record.hourly import HOUR

DAY: Final = 86_400_000_000_000
"""Nanoseconds."""
REJECTED: Final = 7 * DAY
"""How long messages that meant nothing are kept: their payloads may hold anything."""
ALARM: Final = 80
"""Per cent of the largest size at which somebody should look."""
_LAST = (1 << 63) - 1
ROWS = 1_000
"""Rows of one transaction, or entries of the ledger."""
PAGES = 1024
"""Pages of one transaction that are given back to the disk."""
_AT = "(at + coalesce((SELECT puts_right FROM clock WHERE clock.seq <= ledger.seq ORDER BY clock.seq DESC LIMIT 1), 0))"
"""When an entry was learned: its own time, put right if the clock was not believed then."""
_SLACK = 8
"""One in so many pages may be free: new rows take them, and moving pages wears a card."""


@dataclass(frozen=True, slots=True)
class Keep:
    """How long readings, what they came to in each hour, and decisions are kept (nanoseconds); the file's bytes."""

    readings: int = 90 * DAY
    hourly: int = 10 * 365 * DAY
    decisions: int = 5 * 365 * DAY
    max_size: int = 4_000_000_000


def sweep(database: sqlite3.Connection, keep: Keep, now: int, targets: Sequence[str]) -> Iterator[None]:
    """Remove what is old at `now`, one transaction a step; `targets` are the servers that get a copy.

    Raises `sqlite3.Error` and `RecordError`; what was done until then stands.
    """
    start, plan = _beginning(database)
    settled = _settled(database)
    yield from _rejected(database, now - REJECTED, settled)
    bound = min(start - 1, folded(database), settled, *(_cursor(database, target) for target in targets))
    yield from _entries(database, now - keep.readings, now, bound)
    kinds = (
        ("holds & 1 AND NOT holds & 8", bound),
        ("holds & 16 AND NOT holds & 9", bound),
        ("holds & 8", min(bound, plan - 1)),
    )
    for holds, last in kinds:
        yield from _decisions(database, holds, now - keep.decisions, last)
    yield from _files(database, now - keep.decisions, plan)
    for (series,) in database.execute("SELECT id FROM series").fetchall():
        yield from _history(database, series, (now - keep.readings) // MILLISECOND)
    yield from _hours(database, (now - keep.hourly) // MILLISECOND // HOUR)
    _forget_steps(database)
    yield from _give_back(database)


def _forget_steps(database: sqlite3.Connection) -> None:
    """Remove the clock steps of doubts that ended before the first entry that is left, and the turns before it."""
    with _transaction(database):
        database.execute("DELETE FROM turns WHERE seq <= (SELECT min(seq) FROM ledger)")
        database.execute(
            "DELETE FROM clock WHERE seq < "
            "(SELECT max(seq) FROM clock WHERE sure AND seq <= (SELECT min(seq) FROM ledger))"
        )


def trimmed(database: sqlite3.Connection) -> int:
    """The last entry up to which only decisions, orders of persons and plans are kept."""
    row = database.execute("SELECT value FROM meta WHERE key = 'trimmed'").fetchone()
    return 0 if row is None else int(row[0])


def _beginning(database: sqlite3.Connection) -> tuple[int, int]:
    """Where a replay up to now begins, and the entry with its plan; 0 where there is none, which protects all."""
    (start,) = database.execute("SELECT coalesce(max(seq), 0) FROM ledger WHERE holds & 4").fetchone()
    (plan,) = database.execute("SELECT coalesce(max(seq), 0) FROM ledger WHERE holds & 8").fetchone()
    return start, plan


def _settled(database: sqlite3.Connection) -> int:
    """The last entry in front of those that wait for the clock to be set."""
    row = database.execute("SELECT value FROM meta WHERE key = 'doubted'").fetchone()
    return _LAST if row is None else int(row[0]) - 1


def _cursor(database: sqlite3.Connection, target: str) -> int:
    row = database.execute("SELECT seq FROM cursors WHERE target = ?", (target,)).fetchone()
    return 0 if row is None else int(row[0])


@contextmanager
def _transaction(database: sqlite3.Connection) -> Iterator[None]:
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    except sqlite3.Error:
        if database.in_transaction:
            database.rollback()
        raise


def _rejected(database: sqlite3.Connection, before: int, bound: int) -> Iterator[None]:
    """Take rejected messages out of their entries; how they came stays, so that they stay known."""
    while True:
        rows = database.execute(
            f"SELECT seq, body FROM ledger WHERE holds & 2 AND {_AT} < ? AND seq <= ? ORDER BY seq LIMIT ?",  # noqa: S608 - words of ours
            (before, bound, ROWS),
        ).fetchall()
        if not rows:
            return
        bare = [(bounds.without_rejected(body), seq) for seq, body in rows]
        with _transaction(database):
            bounds.strip(database, bare)
        yield


def _entries(database: sqlite3.Connection, before: int, now: int, bound: int) -> Iterator[None]:
    """Remove entries without decisions, plans or orders of persons, in the order in which they came.

    The first one that is young enough ends it: the clock may have been wrong when those behind it came. For the same
    reason a time that is yet to come counts as old as soon as all before it is.
    """
    done = trimmed(database)
    while True:
        rows = database.execute(
            f"SELECT seq, {_AT}, entries FROM ledger WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?",  # noqa: S608 - words of ours
            (done, bound, ROWS),
        ).fetchall()
        old, together = done, 0
        for seq, at, entries in rows:
            together += entries
            if before <= at <= now + DAY or (together > ROWS and old > done):
                break
            old = seq
        if old == done:
            return
        with _transaction(database):
            database.execute("DELETE FROM ledger WHERE seq > ? AND seq <= ? AND NOT holds & 25", (done, old))
            database.execute("DELETE FROM runs WHERE last <= ?", (old,))
            database.execute("DELETE FROM rebased WHERE seq <= ?", (old,))
            database.execute("INSERT OR REPLACE INTO meta VALUES ('trimmed', ?)", (old,))
        done = old
        yield


def _decisions(database: sqlite3.Connection, holds: str, before: int, bound: int) -> Iterator[None]:
    """Remove old entries that hold decisions, orders or plans, among those that `_entries` went past."""
    sql = f"SELECT seq FROM ledger WHERE {holds} AND {_AT} < ? AND seq <= ? LIMIT ?"  # noqa: S608 - words of ours
    last = min(bound, trimmed(database))
    while rows := database.execute(sql, (before, last, ROWS)).fetchall():
        with _transaction(database):
            database.executemany("DELETE FROM ledger WHERE seq = ?", rows)
        yield


def _files(database: sqlite3.Connection, before: int, plan: int) -> Iterator[None]:
    """Remove the texts of plans that were last adopted long ago; those of the plan that holds stay."""
    if database.execute("SELECT 1 FROM files WHERE at < ? AND seq < ? LIMIT 1", (before, plan)).fetchone():
        with _transaction(database):
            database.execute("DELETE FROM files WHERE at < ? AND seq < ?", (before, plan))
        yield


def _history(database: sqlite3.Connection, series: int, before: int) -> Iterator[None]:
    """Remove the readings of one series up to a time in milliseconds."""
    while True:
        rows = database.execute(
            "SELECT time FROM history WHERE series = ? AND time < ? ORDER BY time LIMIT ?", (series, before, ROWS)
        ).fetchall()
        if not rows:
            return
        with _transaction(database):
            database.execute("DELETE FROM history WHERE series = ? AND time <= ?", (series, rows[-1][0]))
        yield


def _hours(database: sqlite3.Connection, before: int) -> Iterator[None]:
    """Remove what all series came to up to an hour."""
    while True:
        rows = database.execute("SELECT DISTINCT hour FROM hourly WHERE hour < ? ORDER BY hour LIMIT 10", (before,))
        if not (old := rows.fetchall()):
            return
        with _transaction(database):
            database.executemany("DELETE FROM hourly WHERE hour = ?", old)
        yield


def _give_back(database: sqlite3.Connection) -> Iterator[None]:
    """Give free pages back to the disk where there are many of them."""
    while True:
        (pages,) = database.execute("PRAGMA page_count").fetchone()
        (free,) = database.execute("PRAGMA freelist_count").fetchone()
        if free <= max(PAGES, pages // _SLACK):
            return
        database.execute(f"PRAGMA incremental_vacuum({PAGES})").fetchall()
        if database.execute("PRAGMA freelist_count").fetchone() == (free,):
            return
        yield
