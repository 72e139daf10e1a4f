"""The writer's thread: gathers what waits, commits it, says what became of it."""

import sqlite3
import time
from asyncio import Future
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TypeAlias

from gateway.links.delivery import Outcome
from gateway.record.errors import DamagedError, RecordError, is_damage
from gateway.record.retention import Keep
from gateway.record.store import FOLD_SIZE, Append, Store, Work
from gateway.record.wear import Meter

BATCH = 2_000
"""Pieces of work in one transaction at most, so that nobody waits long behind a flood."""
HELD = 10_000
"""Entries without a way back that are kept for better days while the disk takes nothing; the oldest go first."""
PAUSE = 0.01
"""Seconds between two commits in a stream of work. What comes alone is committed at once; of a stream, a commit for
each few messages would take more of the processor than the messages do, and keep the loop from its lamps."""
RETRY = 1.0
"""Seconds after which a failed commit is tried again, whatever comes before: a try reads anew what the file has seen,
and one for every message would keep the loop from its lamps."""
SWEEP_PAUSE = 0.05
"""Seconds without work before each step of removing what is old."""
SWEEP_LATEST = 0.25
"""Seconds between two such steps where work never ends."""
FOLD_DELAY = 1_800.0
"""Seconds that a reading waits at most before it goes into the history."""

Settle: TypeAlias = Callable[[Outcome], None]


@dataclass(frozen=True, slots=True)
class Drain:
    """Say when everything before this was tried."""

    done: "Future[None]"


@dataclass(frozen=True, slots=True)
class Tidy:
    """Remove what is old at `now` and what all these targets have, between other work."""

    now: int
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stop:
    """Commit what came before this, and end."""


Job: TypeAlias = Work | Drain | Tidy | Stop


@dataclass(frozen=True, slots=True)
class Report:
    """What one try came to, for the loop. `done` pieces of work wait no longer; `duration` in nanoseconds.

    `used` are the bytes of the file that hold something, 0 if they are as before. `rows` are the readings in what was
    stored, and `written` the bytes that this thread has sent to the disk since it began, None where nobody counts them.
    `fresh` says that the file was damaged and that another one begins here, `news` that readers find more than before.
    """

    settled: Sequence[Settle] = ()
    outcome: Outcome = Outcome.ACCEPTED
    drained: Sequence["Future[None]"] = ()
    done: int = 0
    stored: int = 0
    seq: int = 0
    duration: int = 0
    dropped: int = 0
    trouble: str = ""
    fresh: bool = False
    used: int = 0
    rows: int = 0
    written: int | None = None
    news: bool = False


class Worker:
    """The one thread that writes. `interval` is how many seconds a commit may wait for company.

    `anew` takes what is wrong with a damaged file and gives a fresh one in its place, or raises `RecordError`.
    """

    def __init__(
        self,
        store: Store,
        jobs: SimpleQueue[Job],
        interval: float,
        tell: Callable[[Report], None],
        anew: Callable[[str], Store],
        keep: Keep,
    ) -> None:
        self._store = store
        self._anew = anew
        self._keeping = keep
        self._sweep: Iterator[None] | None = None
        self._swept_at = 0.0
        self._damage = ""
        self._jobs = jobs
        self._interval = interval
        self._tell = tell
        self._held: list[Work] = []
        self._fold_at = time.monotonic() + FOLD_DELAY
        self._rested_at = 0.0
        self._meter: Meter | None = None
        self._upkeep_at = 0.0
        self.finished = False

    def run(self) -> None:
        """Work until told to stop. `finished` stays False if it ended otherwise."""
        self._meter = Meter()
        try:
            self._work()
        finally:
            self._meter.close()
        self.finished = True

    def _work(self) -> None:
        stop = False
        while not stop:
            jobs = self._gather()
            stop = any(type(job) is Stop for job in jobs)
            works = [job for job in jobs if not isinstance(job, Drain | Tidy | Stop)]
            for job in jobs:
                if isinstance(job, Tidy):
                    self._sweep = self._store.sweep(self._keeping, job.now, job.targets)
            if works or self._held or self._damage:
                report = self._write(works)
                self._tell(report)
                self._rested_at = time.monotonic() + (RETRY if report.trouble else PAUSE)
            drained = [job.done for job in jobs if isinstance(job, Drain)]
            if drained:
                self._tell(Report(drained=drained, seq=self._store.seq))
            self._fold_if_due(at_once=stop)
            self._keep_up()
            if not jobs or time.monotonic() > self._swept_at + SWEEP_LATEST:
                self._tidy()

    def _gather(self) -> list[Job]:
        """Wait for work, then take what is there, and what comes within the interval."""
        jobs: list[Job] = []
        try:
            jobs.append(self._jobs.get(timeout=self._patience()))
            if not isinstance(jobs[0], (Drain, Stop)):
                time.sleep(max(0.0, self._rested_at - time.monotonic()))
            deadline = time.monotonic() + self._interval
            while len(jobs) < BATCH and not isinstance(jobs[-1], Drain | Stop):
                left = deadline - time.monotonic() if self._interval else 0.0
                jobs.append(self._jobs.get(timeout=left) if left > 0 else self._jobs.get_nowait())
        except Empty:
            return jobs
        return jobs

    def _patience(self) -> float | None:
        """Seconds until there is something to do even if no work comes; None for ever."""
        if self._held or self._damage:
            return RETRY
        if self._sweep is not None or self._store.busy:
            return SWEEP_PAUSE
        if self._store.unfolded:
            return max(0.0, self._fold_at - time.monotonic())
        return None

    def _write(self, works: list[Work]) -> Report:
        batch = self._held + works
        start = time.monotonic_ns()
        try:
            stored = self._commit(batch)
        except (sqlite3.Error, RecordError) as error:
            return self._keep(batch, f"the record cannot be written: {error}")
        self._held = []
        settled = [work.settle for work in batch if type(work) is Append and work.settle]
        duration = time.monotonic_ns() - start
        seq, used, rows = self._store.seq, self._store.used, self._store.rows
        return Report(
            settled,
            done=len(batch),
            stored=stored,
            seq=seq,
            duration=duration,
            used=used,
            rows=rows,
            written=self._written(),
        )

    def _written(self) -> int | None:
        return None if self._meter is None else self._meter.written()

    def _commit(self, batch: list[Work]) -> int:
        """Store a batch; where the file turns out to be damaged, in a fresh one. Raises as the disk has it."""
        if not self._damage:
            try:
                return self._store.write(batch)
            except (sqlite3.Error, DamagedError) as error:
                if not is_damage(error):
                    raise
                self._damage = str(error)
        self._store = self._anew(self._damage)
        self._damage = ""
        self._sweep = None
        self._tell(Report(seq=self._store.seq, fresh=True))
        return self._store.write(batch)

    def _keep(self, batch: list[Work], trouble: str) -> Report:
        """Let go of what its sender will send again; keep the rest, up to a bound, and give its permits back."""
        released = [work.settle for work in batch if type(work) is Append and work.settle]
        kept = [_kept(work) for work in batch if type(work) is not Append or not work.comes_again]
        dropped = 0
        self._held = []
        excess = len(kept) - HELD
        for work in kept:
            if dropped < excess and type(work) is Append:
                dropped += 1
            else:
                self._held.append(work)
        done = len(batch) - len(self._held)
        return Report(released, Outcome.RELEASED, done=done, seq=self._store.seq, dropped=dropped, trouble=trouble)

    def _fold_if_due(self, *, at_once: bool) -> None:
        """Feed the history when enough waits, when it waits long enough, and at the end."""
        if self._store.unfolded < FOLD_SIZE and time.monotonic() < self._fold_at and not at_once:
            return
        self._fold_at = time.monotonic() + FOLD_DELAY
        try:
            self._store.fold()
            self._tell(Report(seq=self._store.seq, used=self._store.used, written=self._written()))
        except sqlite3.Error as error:
            self._meet(error, "the history cannot be written")

    def _keep_up(self) -> None:
        """Take one step of upkeep, if there is some: times that waited for the clock, and what grows with trouble."""
        if not self._store.busy or time.monotonic() < self._upkeep_at:
            return
        self._upkeep_at = time.monotonic() + SWEEP_PAUSE
        try:
            self._store.upkeep()
            written = self._written()
            self._tell(Report(seq=self._store.seq, used=self._store.used, written=written, news=True))
        except (sqlite3.Error, RecordError) as error:
            self._upkeep_at = time.monotonic() + RETRY
            self._meet(error, "the record cannot be kept up")

    def _tidy(self) -> None:
        """Take one step of removing what is old, if there is something to remove and all times are right."""
        if self._sweep is None or self._store.rebasing:
            return
        self._swept_at = time.monotonic()
        try:
            next(self._sweep)
        except StopIteration:
            self._sweep = None
            self._tell(Report(seq=self._store.seq, used=self._store.used, written=self._written()))
        except (sqlite3.Error, RecordError) as error:
            self._sweep = None
            self._meet(error, "what is old cannot be removed")

    def _meet(self, error: Exception, what: str) -> None:
        """Tell of an error that no message waits for; where it is damage, begin anew at once."""
        self._tell(Report(seq=self._store.seq, trouble=f"{what}: {error}"))
        if is_damage(error):
            self._damage = str(error)
            self._tell(self._write([]))


def _kept(work: Work) -> Work:
    """What waits for better days no longer holds its link back: the bound on it is our own."""
    return Append(work.entry, None) if type(work) is Append else work
