"""Batches of work on the record, one transaction each: what the writer's thread does, without the thread."""

import contextlib
import copy
import sqlite3
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeAlias

from devices.convention import Numbered, Rejected
from devices.device import DeviceId
from devices.totals import Standing
from gateway.lighting.decision import Decision, Snapshot
from gateway.lighting.facts import Cancel, ClockSet, Maintenance, Override, Proof
from gateway.links.delivery import Outcome
from gateway.record import bounds, bundle, doubt, history, increments, noted
from gateway.record.bundle import Row
from gateway.record.codec import SPOKEN, encode
from gateway.record.doubt import Doubt
from gateway.record.entry import Adopted, Declined, Entry
from gateway.record.retention import Keep, sweep
from gateway.record.schema import ADOPTIONS, DECISIONS, ORDERS, REJECTIONS, STARTS, identity, mark_clean
from gateway.record.tail import Tail
from gateway.record.window import Seen

FOLD_SIZE = 10_000
"""Readings that wait at most before they go into the history."""
_PAGE = 500
_REFUSE = (
    "INSERT INTO refused (target, seq, line, reason) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (target, seq, line) DO UPDATE SET reason = excluded.reason, again = 0"
)
_TAIL = f"SELECT {bundle.COLUMNS} FROM ledger WHERE seq > ? ORDER BY seq LIMIT ?"  # noqa: S608 - words of ours
_HOLDS = {
    Decision: DECISIONS,
    Rejected: REJECTIONS,
    Snapshot: STARTS,
    Adopted: STARTS | ADOPTIONS,
    **dict.fromkeys((Override, Cancel, Maintenance, Proof, Declined), ORDERS),
}


@dataclass(frozen=True, slots=True)
class Append:
    """Store an entry unless it was stored before, then take its way back."""

    entry: Entry
    settle: Callable[[Outcome], None] | None

    @property
    def comes_again(self) -> bool:
        """Whether its sender sends it again if it is released: not what came without an acknowledgement to give."""
        origin = self.entry.origin
        return self.settle is not None and (origin is None or origin.packet is not None)


@dataclass(frozen=True, slots=True)
class End:
    """The session of a link is over: forget its packets, behind all that came before."""

    link: str


@dataclass(frozen=True, slots=True)
class Advance:
    """A target has everything up to an entry."""

    target: str
    seq: int


@dataclass(frozen=True, slots=True)
class Refuse:
    """A target will never take this line of an entry; keep it, with the server's reason."""

    target: str
    seq: int
    line: str
    reason: str


@dataclass(frozen=True, slots=True)
class Requeue:
    """Let these refused lines, by their numbers, be sent again."""

    points: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Drop:
    """Forget these refused lines: they were given up, or taken after all."""

    points: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Describe:
    """Remember what was said on a topic of descriptions in place of what was said there before; b"" is nothing."""

    link: str
    topic: str
    payload: bytes


Work: TypeAlias = Append | End | Advance | Refuse | Requeue | Drop | Describe


@dataclass(slots=True)
class _Batch:
    """Rows of one transaction, in the making; `at` is the time of the last entry, None if there is none."""

    seq: int
    at: int | None
    totals: ChainMap[history.Series, Standing]
    ledger: list[tuple[Row, bool]] = field(default_factory=list)
    sessions: dict[str, int] = field(default_factory=dict)
    cursors: dict[str, int] = field(default_factory=dict)
    files: list[tuple[object, ...]] = field(default_factory=list)
    refused: list[tuple[str, tuple[object, ...]]] = field(default_factory=list)
    clock: dict[int, tuple[object, ...]] = field(default_factory=dict)
    turns: list[tuple[int, int, int]] = field(default_factory=list)
    meta: list[tuple[str, object]] = field(default_factory=list)
    described: dict[tuple[str, str], bytes] = field(default_factory=dict)
    rejections: int = 0

    def count(self, at: int) -> None:
        """Number one entry more, and note it if times go back with it."""
        self.seq += 1
        if self.at is not None and at < self.at:
            self.turns.append((self.seq, at, self.at))
        self.at = at

    def doubt(self, doubt: Doubt) -> None:
        """Note what a clock step changes."""
        self.clock |= {row[0]: row for row in doubt.rows()}
        self.meta.append(("doubted", doubt.waits))

    def write(self, database: sqlite3.Connection) -> None:
        """Write everything in one transaction. Raises `sqlite3.Error`."""
        ledger = list(bundle.rows(self.ledger))
        database.execute("BEGIN IMMEDIATE")
        for sql, rows in (
            ("INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?, ?)", ledger),
            ("INSERT OR REPLACE INTO sessions VALUES (?, ?)", self.sessions.items()),
            (increments.WRITE, increments.rows(self.totals.maps[0])),
            ("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)", self.files),
            ("INSERT OR REPLACE INTO cursors VALUES (?, ?)", self.cursors.items()),
            ("INSERT OR REPLACE INTO clock VALUES (?, ?, ?, ?, ?)", self.clock.values()),
            ("INSERT INTO turns VALUES (?, ?, ?)", self.turns),
            ("INSERT OR REPLACE INTO meta VALUES (?, ?)", self.meta),
            ("DELETE FROM described WHERE link = ? AND topic = ?", list(self.described)),
            ("INSERT INTO described VALUES (?, ?, ?)", [(*of, said) for of, said in self.described.items() if said]),
        ):
            if rows:
                database.executemany(sql, rows)
        for sql, row in self.refused:
            database.execute(sql, row)
        bounds.bound_refused(database, (str(row[0]) for sql, row in self.refused if sql is _REFUSE))
        database.execute("COMMIT")


class Store:
    """The record's file in the hands of its one writer. `seq` is the last durable entry."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._stale = False
        self._wraps: dict[DeviceId, int] = {}
        self._at: int | None = None
        self.seq = 0
        self._load()
        (self._page,) = database.execute("PRAGMA page_size").fetchone()
        self.used = self._used()
        """Bytes of the file that hold something."""
        self.rows = 0
        """Readings in what the last `write` stored."""

    @property
    def unfolded(self) -> int:
        """Readings that are not in the history yet, or what else waits for the same transaction, if that is more."""
        return max(self._tail.size, self._noted.size)

    def write(self, works: Sequence[Work]) -> int:
        """Do all of it in one transaction and in this order; say how many entries were stored.

        Raises `sqlite3.Error` when none of it was done; what is known of the file is then read anew.
        """
        if self._stale:
            self._load()
        self._stale = True
        batch = _Batch(self.seq, self._at, ChainMap({}, self._totals))
        waiting = self._tail.size
        for work in works:
            self._do(work, batch)
        self._transact(batch.write)
        self.rows = self._tail.size - waiting
        self.seq, self._at, stored = batch.seq, batch.at, batch.seq - self.seq
        self._totals.update(batch.totals.maps[0])
        self._rejections += batch.rejections
        self._stale = False
        self.used = self._used()
        return stored

    def fold(self) -> None:
        """Put the readings that wait into the history. Raises `sqlite3.Error`: they wait on then."""
        if self._stale or not self.unfolded:
            return
        self._stale = True
        self._fold()
        self._stale = False

    @property
    def rebasing(self) -> bool:
        """Whether there are times to put right: the clock was set behind entries that waited for it."""
        return not self._stale and self._doubt.settled

    @property
    def busy(self) -> bool:
        """Whether there is upkeep to be done."""
        return self.rebasing or (not self._stale and self._rejections > bounds.REJECTED + bounds.ROWS)

    def upkeep(self) -> None:
        """Do a step of what is to be done between messages. Raises `sqlite3.Error` and `RecordError`."""
        if self.rebasing:
            self.rebase()
        else:
            self._stale = True
            self._transact(self._thin)
            self._stale = False

    def _thin(self, database: sqlite3.Connection) -> None:
        self._rejections = bounds.thin_rejected(database)

    def rebase(self) -> None:
        """Put the times of a page of entries right. Raises `sqlite3.Error` and `RecordError`: they wait on then."""
        self.fold()
        page = doubt.page(self._database, self._doubt)
        self._stale = True
        self._transact(partial(doubt.write, page=page, tail=self._tail))
        self._doubt.waits = page.waits
        self._stale = False
        self.used = self._used()

    @property
    def doubted_since(self) -> int | None:
        """The last instant that was believed (nanoseconds), if the record ends in time that was not; else None."""
        return self._doubt.since

    @property
    def identity(self) -> str:
        """What tells this record from any other."""
        return identity(self._database)

    @property
    def totals(self) -> Mapping[history.Series, Standing]:
        """Where each running total stands, as of the last durable entry."""
        return self._totals

    def seen(self) -> Seen:
        """What the file says was seen: a copy."""
        return copy.deepcopy(self._seen)

    def limit(self, size: int) -> None:
        """Let the file take so many bytes at most; what it has already it keeps. A full file is like a full disk."""
        self._database.execute(f"PRAGMA max_page_count = {size // self._page}")

    def sweep(self, keep: Keep, now: int, targets: Sequence[str]) -> Iterator[None]:
        """Remove what is old at `now`, as `retention.sweep` does."""
        for _ in sweep(self._database, keep, now, targets):
            self.used = self._used()
            yield

    def cursors(self) -> dict[str, int]:
        """How far each target has come."""
        return dict(self._database.execute("SELECT target, seq FROM cursors"))

    def close(self) -> None:
        """Close the file, which is whole."""
        with contextlib.suppress(sqlite3.Error):  # where the disk takes nothing, the next start looks the file through
            if not self._stale:
                mark_clean(self._database)
        self._database.close()

    def abandon(self) -> None:
        """Close a file that is not to be trusted."""
        self._database.close()

    def _used(self) -> int:
        (pages,) = self._database.execute("PRAGMA page_count").fetchone()
        (free,) = self._database.execute("PRAGMA freelist_count").fetchone()
        return (int(pages) - int(free)) * int(self._page)

    def _transact(self, write: Callable[[sqlite3.Connection], None]) -> None:
        try:
            write(self._database)
        except sqlite3.Error:
            if self._database.in_transaction:
                self._database.rollback()
            raise

    def _do(self, work: Work, batch: _Batch) -> None:
        match work:
            case Append():
                self._append(work.entry, batch)
            case End(link):
                self._seen.end(link)
                batch.sessions[link] = batch.seq
            case Advance(target, seq):
                batch.cursors[target] = seq
            case Refuse(target, seq, line, reason):
                batch.refused.append((_REFUSE, (target, seq, line, reason)))
            case Requeue(points):
                batch.refused += [("UPDATE refused SET again = 1 WHERE id = ?", (point,)) for point in points]
            case Describe(link, topic, payload):
                batch.described[link, topic] = payload
            case Drop(points):
                batch.refused += [("DELETE FROM refused WHERE id = ?", (point,)) for point in points]

    def _append(self, entry: Entry, batch: _Batch) -> None:
        """Store an entry that is no duplicate; note in order what was seen, as a restart would find it."""
        origin = entry.origin
        duplicate = self._seen.duplicate(origin, entry.learned)
        if origin is not None and self._seen.windows.note(origin):
            batch.sessions[origin.link] = batch.seq
        if duplicate or not (entry.learned or entry.made):
            return
        batch.count(entry.at)
        if people := increments.increments(entry.learned, batch.totals, self._wraps):
            entry = replace(entry, made=(*entry.made, *people))
        link = packet = digest = None
        if origin is not None:
            link, packet = origin.link, origin.packet
            digest = origin.digest if packet is not None and origin.digest else None
        holds = 0
        for item in (*entry.learned, *entry.made):
            holds |= _HOLDS.get(type(item), 0)
            if type(item) is Adopted and item.files is not None and item.files.packed:
                batch.files.append((item.files.digest, batch.seq, entry.at, item.files.packed))
            if type(item) is ClockSet:
                self._doubt.note(batch.seq, entry.at, item)
        doubted = self._doubt.covers(batch.seq)
        if doubted and any(type(item) is ClockSet for item in entry.learned):
            batch.doubt(self._doubt)
        batch.rejections += bool(holds & REJECTIONS)
        if origin is not None and digest:
            self._noted.message(origin, batch.seq)
        self._number(entry, batch.seq)
        learned, made = self._tail.settle(entry, batch.seq, doubted=doubted)
        row = Row(batch.seq, entry.at, holds, link, packet, digest, encode(learned, made))
        batch.ledger.append((row, not doubted and bundle.plain(entry)))

    def _number(self, entry: Entry, seq: int) -> None:
        """Note the senders' numbers of an entry that is stored."""
        for item in entry.learned:
            if type(item) is Numbered and (change := self._seen.numbers.note(item)):
                self._noted.number(item, change, seq)

    def _fold(self) -> None:
        self._transact(partial(history.write, fold=self._tail.fold(), beside=self._noted.write))
        self._tail.folded()
        self._noted.written()

    def _load(self) -> None:
        """Read what the file says is seen and what the history lacks."""
        database = self._database
        # A record that was begun in the place of a damaged one counts on from there (meta.base).
        (self.seq,) = database.execute(
            "SELECT coalesce((SELECT max(seq) FROM ledger), (SELECT value FROM meta WHERE key = 'base'), 0)"
        ).fetchone()
        newest = database.execute("SELECT at FROM ledger ORDER BY seq DESC LIMIT 1").fetchone()
        self._at = None if newest is None else int(newest[0])
        after = history.folded(database)
        since = noted.began(database)
        self._seen = noted.load(database)
        self._totals = increments.stored(database)
        self._rejections = bounds.rejections(database)
        self._doubt = Doubt(database)
        self._noted = noted.Noted(noted.newest_runs(database))
        self._tail = Tail(history.newest(database), partial(history.stored, database), after)
        while rows := database.execute(_TAIL, (after, _PAGE)).fetchall():
            for row in rows:
                for packed in bundle.packed(row):
                    self._catch_up(packed.entry(SPOKEN), since)
            after = rows[-1][0]
            if len(rows) == _PAGE and self.unfolded >= FOLD_SIZE:
                self._fold()

    def _catch_up(self, entry: Entry, since: Mapping[str, int]) -> None:
        """Take in an entry that is in the ledger and behind the last folded one, of a session that began at `since`."""
        self._tail.settle(entry, entry.seq, doubted=self._doubt.covers(entry.seq))
        self._number(entry, entry.seq)
        origin = entry.origin
        if origin is not None and origin.packet is not None and origin.digest:
            self._noted.message(origin, entry.seq)
            if entry.seq > since.get(origin.link, 0):
                self._seen.windows.of(origin.link).remember(origin.packet, origin.digest)
