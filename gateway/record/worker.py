"""The writer's thread: gathers what waits, commits it, says what became of it."""

import sqlite3
import time
from asyncio import Future
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TypeAlias

from gateway.links.delivery import Outcome
from gateway.record.store import FOLD_SIZE, Append, Store, Work

BATCH = 2_000
"""Pieces of work in one transaction at most, so that nobody waits long behind a flood."""
HELD = 10_000
"""Entries without a way back that are kept for better days while the disk takes nothing; the oldest go first."""
PAUSE = 0.004
"""Seconds between two commits in a stream of work. What comes alone is committed at once; of a stream, a commit for
each few messages would take more of the processor than the messages do, and keep the loop from its lamps."""
RETRY = 1.0
"""Seconds after which a failed commit is tried again if nothing comes before."""
FOLD_DELAY = 30.0
"""Seconds that a reading waits at most before it goes into the history."""

Settle: TypeAlias = Callable[[Outcome], None]


@dataclass(frozen=True, slots=True)
class Drain:
    """Say when everything before this was tried."""

    done: "Future[None]"


@dataclass(frozen=True, slots=True)
class Stop:
    """Commit what came before this, and end."""


Job: TypeAlias = Work | Drain | Stop


@dataclass(frozen=True, slots=True)
class Report:
    """What one try came to, for the loop. `done` pieces of work wait no longer; `duration` in nanoseconds."""

    settled: Sequence[Settle] = ()
    outcome: Outcome = Outcome.ACCEPTED
    drained: Sequence["Future[None]"] = ()
    done: int = 0
    stored: int = 0
    seq: int = 0
    duration: int = 0
    dropped: int = 0
    trouble: str = ""


class Worker:
    """The one thread that writes. `interval` is how many seconds a commit may wait for company."""

    def __init__(self, store: Store, jobs: SimpleQueue[Job], interval: float, tell: Callable[[Report], None]) -> None:
        self._store = store
        self._jobs = jobs
        self._interval = interval
        self._tell = tell
        self._held: list[Work] = []
        self._fold_at = time.monotonic() + FOLD_DELAY
        self._rested_at = 0.0
        self.finished = False

    def run(self) -> None:
        """Work until told to stop. `finished` stays False if it ended otherwise."""
        stop = False
        while not stop:
            jobs = self._gather()
            stop = any(type(job) is Stop for job in jobs)
            works = [job for job in jobs if not isinstance(job, Drain | Stop)]
            if works or self._held:
                self._tell(self._write(works))
                self._rested_at = time.monotonic() + PAUSE
            drained = [job.done for job in jobs if isinstance(job, Drain)]
            if drained:
                self._tell(Report(drained=drained, seq=self._store.seq))
            self._fold_if_due(at_once=stop)
        self.finished = True

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
        if self._held:
            return RETRY
        if self._store.unfolded:
            return max(0.0, self._fold_at - time.monotonic())
        return None

    def _write(self, works: list[Work]) -> Report:
        batch = self._held + works
        start = time.monotonic_ns()
        try:
            stored = self._store.write(batch)
        except sqlite3.Error as error:
            return self._keep(batch, f"the record cannot be written: {error}")
        self._held = []
        settled = [work.settle for work in batch if type(work) is Append and work.settle]
        duration = time.monotonic_ns() - start
        return Report(settled, done=len(batch), stored=stored, seq=self._store.seq, duration=duration)

    def _keep(self, batch: list[Work], trouble: str) -> Report:
        """Let go of what its sender will send again; keep the rest, up to a bound."""
        released = [work.settle for work in batch if type(work) is Append and work.settle]
        kept = [work for work in batch if type(work) is not Append or not work.settle]
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
        except sqlite3.Error as error:
            self._tell(Report(seq=self._store.seq, trouble=f"the history cannot be written: {error}"))
