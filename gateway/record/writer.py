"""The writer's end of the record: one a site, in the daemon."""

import asyncio
import contextlib
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import SimpleQueue

import structlog

from gateway.links.delivery import Outcome
from gateway.record import schema
from gateway.record.entry import Entry
from gateway.record.errors import RecordError
from gateway.record.opening import Heirloom, Opening
from gateway.record.retention import Keep
from gateway.record.store import Advance, Append, Describe, Drop, End, Refuse, Requeue, Store, Work
from gateway.record.wear import Commits, Fullness, Latency
from gateway.record.window import Seen
from gateway.record.worker import Drain, Job, Report, Settle, Stop, Tidy, Worker

log = structlog.get_logger(__name__)

FOR_LONG = Keep()
"""What is kept where nothing else is said."""
WAITING = 100_000
"""Pieces of work that may wait for the disk. What comes by a link with acknowledgements is bounded before that by the
link's receive maximum; beyond this, entries are turned away."""


@dataclass(frozen=True, slots=True)
class RecordStatus:
    """How the record fares since its start: `latency` of its commits, size in bytes.

    `entries` were stored, and in them `rows` readings; `written` are the bytes that the writer's thread has sent to the
    disk for it, None where the kernel counts none; `last_commit` is when by the wall clock (ns), None before the first.
    `seq` is the last durable entry, `pending` how many pieces of work wait, `dropped` how many entries without a way
    back were lost because the disk took nothing. `trouble` says in words why the last try failed, "" if it did not;
    `damage` says which file was set aside since the start. `used` are the bytes that hold something, of `max_size`;
    `alarm` says so in words from 80 per cent on.
    """

    seq: int
    commits: int
    pending: int
    latency: Latency
    last_commit: int | None
    entries: int
    rows: int
    written: int | None
    failures: int
    dropped: int
    size: int
    trouble: str
    damage: str
    used: int
    max_size: int
    alarm: str


class Record:
    """The record of a site, open for writing: everything but `append` and its like may block.

    Opening it takes the folder's lock. A damaged file is set aside and a fresh one begun, now and while it runs.
    Raises `RecordError` if another process writes, or if the file is of a newer version or of another site, and
    `UnwritableError` if the disk takes nothing. `commit_interval` in seconds is how long a commit may wait for
    company: it spares the card and delays acknowledgements. `keep` is how long what is kept, and in how many bytes:
    a full record is like a full disk, it takes nothing until something is old enough to be removed. `identity` is
    drawn when the first file is made: a session at a broker belongs to one record.

    Each callable of `on_commit` is called on the loop after a commit that stored entries or put times right; each of
    `on_fresh` when a fresh file was begun while running: it holds nothing yet of where a replay could begin.
    """

    identity: str

    def __init__(self, folder: Path, site: str, commit_interval: float = 0.0, keep: Keep = FOR_LONG) -> None:
        self.folder = folder
        self.on_commit: list[Callable[[], None]] = []
        self.on_fresh: list[Callable[[], None]] = []
        self._lock = schema.lock(folder)
        try:
            self._opening = Opening(folder, site, keep.max_size)
            self._store = self._opening.store()
        except RecordError:
            os.close(self._lock)
            raise
        self._keep = keep
        self._used = self._store.used
        self._fullness = Fullness(keep.max_size)
        self._look_at_size()
        self._seen = self._store.seen()
        self._doubted_since = self._store.doubted_since
        self.identity = self._store.identity
        """Names this very record: a broker's session belongs to one record, which alone knows what it has of it."""
        self._interval = commit_interval
        self._jobs: SimpleQueue[Job] = SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._ended: asyncio.Future[None] | None = None
        self._closed = False
        self._cursors = self._store.cursors()
        self._seq = self._store.seq
        self._size = 0
        self._pending = 0
        self._commits = Commits()
        self._last_commit: int | None = None
        self._entries = 0
        self._rows = 0
        self._written: int | None = None
        self._failures = 0
        self._dropped = 0
        self._trouble = ""

    @property
    def doubted_since(self) -> int | None:
        """The last instant that was believed (nanoseconds), if the record ended in doubt when it was opened."""
        return self._doubted_since

    def seen(self) -> Seen:
        """What the record had seen when it was opened: the intake's own copy, to note in what it takes."""
        return self._seen

    def begin_anew(self, reason: str) -> None:
        """Set the file aside and begin a fresh one, before the start; `reason` is what a reader found damaged.

        Raises `RecordError` if the disk takes none.
        """
        self._anew(reason)
        self._seen = self._store.seen()
        self._doubted_since = self._store.doubted_since

    def start(self) -> None:
        """Start the writer's thread; called once, on the running loop."""
        self._loop = asyncio.get_running_loop()
        self._ended = self._loop.create_future()
        self._thread = threading.Thread(target=self._work, name="record", daemon=True)
        self._thread.start()

    async def watch(self) -> None:
        """Wait for the end of the writer's thread. Raises `RecordError` if it ended before it was told to."""
        if self._ended is not None:
            await asyncio.shield(self._ended)

    def append(self, entry: Entry, settle: Settle | None = None) -> None:
        """Store an entry, durably and in order; never blocks and never raises for what the disk does.

        `settle` is called on the loop in the order of appending: ACCEPTED when the entry is durable, or was before
        (the same message again), RELEASED when it could not be stored. An entry without items is not stored, only
        settled in its turn. When the disk takes nothing, entries without `settle` are kept and tried again, and so are
        those that came without an acknowledgement to give (QoS 0, serial), which are RELEASED as soon as they are kept.
        """
        work = Append(entry, settle)
        if self._closed or self._pending >= WAITING:
            if settle is not None and self._loop is not None:
                self._loop.call_soon(settle, Outcome.RELEASED)
            self._dropped += not work.comes_again
            return
        self._put(work)

    def end_session(self, link: str) -> None:
        """The broker has no session for this link: forget its packet ids, behind all that came before."""
        self._put(End(link))

    def describe(self, link: str, topic: str, payload: bytes) -> None:
        """Remember a description for the next start, before what is appended after it; b"" forgets the topic's."""
        self._put(Describe(link, topic, payload))

    def cursor(self, target: str) -> int:
        """The last entry that a target has; 0 for one that never got any."""
        return self._cursors.get(target, 0)

    def advance(self, target: str, seq: int) -> None:
        """Remember that a target has everything up to an entry."""
        self._cursors[target] = seq
        self._put(Advance(target, seq))

    def refuse(self, target: str, seq: int, line: str, reason: str) -> None:
        """Keep a line of an entry that a target will never take, with the server's words."""
        self._put(Refuse(target, seq, line, reason))

    def requeue(self, points: tuple[int, ...]) -> None:
        """Let refused lines, by their numbers, be sent again."""
        self._put(Requeue(points))

    def drop(self, points: tuple[int, ...]) -> None:
        """Forget refused lines: they were given up, or taken after all."""
        self._put(Drop(points))

    async def committed(self) -> bool:
        """Wait for what was given so far; whether it is durable. False where the disk takes nothing now.

        What has no way back is then kept and tried again.
        """
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def settle(outcome: Outcome) -> None:
            if not done.done():
                done.set_result(outcome is Outcome.ACCEPTED)

        self.append(Entry(0), settle)
        return await done

    def tidy(self, now: int, targets: tuple[str, ...] = ()) -> None:
        """Remove what is old, a little at a time between messages; `now` is by a clock that is believed (nanoseconds).

        `targets` are the servers that get a copy: what one of them has not got stays.
        """
        self._jobs.put(Tidy(now, targets))

    async def drain(self) -> None:
        """Wait until everything appended so far was tried: it is durable, released, or in `status`.

        Returns at once if the writer's thread has ended: nothing will be tried any more.
        """
        if self._closed or self._loop is None or self._ended is None:
            return
        done = self._loop.create_future()
        self._jobs.put(Drain(done))
        await asyncio.wait((done, self._ended), return_when=asyncio.FIRST_COMPLETED)

    def close(self) -> None:
        """Commit what waits, end the thread, give the lock back. Blocks: from a loop, call it in a thread."""
        if self._closed:
            return
        self._closed = True
        if self._thread is not None:
            self._jobs.put(Stop())
            self._thread.join()
        self._store.close()
        os.close(self._lock)

    def status(self) -> RecordStatus:
        """Say how the record fares."""
        return RecordStatus(
            seq=self._seq,
            commits=self._commits.count,
            pending=self._pending,
            latency=self._commits.latency(),
            last_commit=self._last_commit,
            entries=self._entries,
            rows=self._rows,
            written=self._written,
            failures=self._failures,
            dropped=self._dropped,
            size=self._size,
            trouble=self._trouble,
            damage=self._opening.damage,
            used=self._used,
            max_size=self._keep.max_size,
            alarm=self._fullness.alarm,
        )

    def _put(self, work: Work) -> None:
        self._pending += 1
        self._jobs.put(work)

    def _anew(self, reason: str) -> Store:
        """A fresh file in the place of a damaged one; called in the thread once that runs."""
        old = self._store
        heirloom = Heirloom(self.identity, old.seq, old.totals, old.doubted_since)
        self._store = self._opening.anew(reason, heirloom)
        old.abandon()
        return self._store

    def _work(self) -> None:
        """The thread: tells the loop what became of each try, and of itself."""
        worker = Worker(self._store, self._jobs, self._interval, self._tell, self._anew, self._keep)
        try:
            worker.run()
        finally:
            self._call(partial(self._finish, as_told=worker.finished))

    def _tell(self, report: Report) -> None:
        """Hand a report to the loop; called in the thread."""
        size = 0
        for name in (schema.FILE, f"{schema.FILE}-wal"):
            with contextlib.suppress(FileNotFoundError):  # SQLite takes the -wal away when it likes
                size += (self.folder / name).stat().st_size
        self._call(partial(self._told, report, size))

    def _call(self, function: Callable[[], None]) -> None:
        """Have something done on the loop. When that is gone, there is nobody left to tell."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(function)

    def _told(self, report: Report, size: int) -> None:
        """Take a report in; called on the loop, in the order of the tries."""
        self._seq = report.seq
        self._size = size
        self._pending -= report.done
        self._dropped += report.dropped
        self._note(report)
        if report.fresh:
            for call in self.on_fresh:
                call()
        for settle in report.settled:
            settle(report.outcome)
        for done in report.drained:
            if not done.done():
                done.set_result(None)
        if report.stored or report.news:
            for call in self.on_commit:
                call()

    def _note(self, report: Report) -> None:
        """Keep for `status` how the try went."""
        if report.used:
            self._used = report.used
            self._look_at_size()
        if report.written is not None:
            self._written = report.written
        if report.trouble:
            self._failures += 1
            if not self._trouble:
                log.error("the record takes nothing; nothing is acknowledged meanwhile", found=report.trouble)
            self._trouble = report.trouble
        elif report.duration:
            self._commits.note(report.duration)
            self._last_commit = time.time_ns()
            self._entries += report.stored
            self._rows += report.rows
            if self._trouble:
                log.warning("the record takes messages again", was=self._trouble)
            self._trouble = ""

    def _look_at_size(self) -> None:
        """Raise or end the alarm; it is logged once."""
        if not self._fullness.look(self._used):
            return
        if self._fullness.alarm:
            log.warning("the record is nearly full", used=self._used, max_size=self._keep.max_size)
        else:
            log.info("the record has room again", used=self._used, max_size=self._keep.max_size)

    def _finish(self, *, as_told: bool) -> None:
        """The thread is over; called on the loop."""
        if self._ended is None or self._ended.done():
            return
        if as_told:
            self._ended.set_result(None)
        else:
            self._ended.set_exception(RecordError("the record's writer ended by an error of its own; see the log"))
            self._ended.exception()  # whoever does not watch shall not be told twice
