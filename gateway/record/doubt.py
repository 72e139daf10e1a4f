"""Which entries were learned by a clock that was not believed, and the writing of what they came to once it was set."""

import sqlite3
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from operator import itemgetter
from typing import Final, NamedTuple

from devices.reading import Reading
from gateway.lighting.facts import ClockSet
from gateway.record import hourly
from gateway.record.codec import decode, encode
from gateway.record.entry import Entry
from gateway.record.history import MILLISECOND, Series, name
from gateway.record.hourly import RETAINED, Part
from gateway.record.rebase import Correction, Step, covers, decisions, moved, puts_right
from gateway.record.tail import Tail

ENTRIES: Final = 500
"""Entries that are put right in one transaction."""
_SEQ = itemgetter(0)


class Doubt:
    """The times of doubt that the record knows of, each from the step that began it to the one that ended it.

    `waits` is the first entry whose times are not put right, None if there is none: servers get what is before it.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        rows = database.execute("SELECT seq, at, shift, sure FROM clock ORDER BY seq")
        self._steps = [Step(seq, at, shift, bool(sure)) for seq, at, shift, sure in rows]
        self._rights = puts_right(self._steps)
        row = database.execute("SELECT value FROM meta WHERE key = 'doubted'").fetchone()
        self.waits: int | None = None if row is None else int(row[0])

    @property
    def since(self) -> int | None:
        """The last instant that was believed, in nanoseconds; None if the clock is believed."""
        return None if not self._steps or self._steps[-1].sure else self._steps[-1].at

    @property
    def settled(self) -> bool:
        """Whether what waits can be put right: the clock was set."""
        return self.waits is not None and self.correction(self.waits) is not None

    def note(self, seq: int, at: int, step: ClockSet) -> None:
        """Learn that entry `seq` steps the clock. A step from one believed time to another puts nothing right."""
        since = self.since
        if step.sure and since is None:
            return
        self._steps.append(Step(seq, at if since is None else since, step.shift, step.sure))
        self._rights = puts_right(self._steps)
        if self.waits is None:
            self.waits = seq

    def rows(self) -> list[tuple[int, int, int, bool, int | None]]:
        """The steps of the latest time of doubt, as the table has them."""
        ended = [at for at, step in enumerate(self._steps[:-1]) if step.sure]
        first = ended[-1] + 1 if ended else 0
        return [(*step, right) for step, right in zip(self._steps[first:], self._rights[first:], strict=True)]

    def covers(self, seq: int) -> bool:
        """Whether an entry belongs to a time of doubt, be it as its first or last."""
        return covers(self._steps, seq)

    def correction(self, seq: int) -> Correction | None:
        """How the times of an entry are put right; None as long as nobody can know."""
        parts = [find(self._steps, seq, key=_SEQ) - 1 for find in (bisect_left, bisect_right)]
        if any(at >= 0 and self._rights[at] is None for at in parts):
            return None
        before, behind = (None if at < 0 or self._steps[at].sure else self._rights[at] for at in parts)
        return Correction(before, behind)

    def following(self, seq: int) -> int | None:
        """The first entry of doubt behind one that belongs to it."""
        if self.covers(seq + 1):
            return seq + 1
        return next((step.seq for step in self._steps[bisect_right(self._steps, seq, key=_SEQ) :]), None)


class Page(NamedTuple):
    """Entries that are put right together, and the first that waits behind them."""

    entries: tuple[tuple[Entry, Correction], ...]
    waits: int | None


def page(database: sqlite3.Connection, doubt: Doubt) -> Page:
    """The next entries that can be put right. Raises `sqlite3.Error` and `RecordError`."""
    found: list[tuple[Entry, Correction]] = []
    waits = doubt.waits
    rows = database.execute(
        "SELECT seq, at, body FROM ledger WHERE seq >= ? ORDER BY seq LIMIT ?", (doubt.waits, ENTRIES)
    ).fetchall()
    for seq, at, body in rows:
        correction = doubt.correction(seq) if doubt.covers(seq) else None
        if correction is None:
            break
        found.append((Entry(at, *decode(body), seq=seq), correction))
        waits = doubt.following(seq)
        if waits != seq + 1:
            break
    return Page(tuple(found), waits)


def write(database: sqlite3.Connection, page: Page, tail: Tail) -> None:
    """Move what the history has of these entries, sum it by the hour, and keep it for the servers; in one transaction.

    The history has all of them already. `tail` gives each reading a millisecond that is free. Raises `sqlite3.Error`.
    """
    ids = _ids(database)
    sums: dict[int, dict[int, Part]] = {}
    database.execute("BEGIN IMMEDIATE")
    changes = [(entry, correction, tuple(moved(entry, correction))) for entry, correction in page.entries]
    database.executemany(
        "DELETE FROM history WHERE series = ? AND time = ?",
        [(ids[name(old)], old.time // MILLISECOND) for _, _, pairs in changes for old, _ in pairs],
    )
    for entry, correction, pairs in changes:
        there = [tail.place(new) for _, new in pairs]
        for reading in there:
            _insert(database, ids[name(reading)], reading)
        _add(sums, ids, there)
        decided = tuple(decisions(entry, correction))
        if there or decided:
            database.execute("INSERT OR REPLACE INTO rebased VALUES (?, ?)", (entry.seq, encode(there, decided)))
    hourly.add(database, sums)
    if page.waits is None:
        database.execute("DELETE FROM meta WHERE key = 'doubted'")
    else:
        database.execute("INSERT OR REPLACE INTO meta VALUES ('doubted', ?)", (page.waits,))
    database.execute("COMMIT")


def _ids(database: sqlite3.Connection) -> dict[Series, int]:
    found = database.execute("SELECT device, quantity, channel, id FROM series")
    return {(device, quantity, channel): number for device, quantity, channel, number in found}


def _insert(database: sqlite3.Connection, series: int, reading: Reading) -> None:
    database.execute(
        "INSERT INTO history VALUES (?, ?, ?, ?, ?)",
        (series, reading.time // MILLISECOND, reading.value, reading.period, reading.quality.value),
    )


def _add(sums: dict[int, dict[int, Part]], ids: dict[Series, int], there: Sequence[Reading]) -> None:
    """Count readings in the hours in which they were, but for what a broker merely repeated."""
    for reading in there:
        if not reading.quality.value & RETAINED:
            hours = sums.setdefault(ids[name(reading)], {})
            for hour, part in hourly.parts([(reading.time // MILLISECOND, reading.value)]).items():
                hours[hour] = hours[hour] + part if hour in hours else part
