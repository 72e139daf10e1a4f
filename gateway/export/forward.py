"""A copy of the record for a server: read by cursor, retried for ever, never dropped because a server is away."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import SystemRandom
from typing import Protocol

from gateway.export.again import Again, Notebook
from gateway.export.rows import Line
from gateway.export.threads import to_its_end
from gateway.export.verdict import Verdict
from gateway.record.entry import Entry
from gateway.record.errors import RecordError
from gateway.record.reader import Reader

PAGE = 1_000
"""Entries of one step."""
GAP = 1.0
"""Seconds between two steps while entries trickle in, so that a server gets few requests and not one a reading."""
LONGEST_DELAY = 60.0
_FIRST_DELAY = 1.0


class Target(Protocol):
    """A server that takes a copy. `write` blocks and never raises for what the server does."""

    name: str

    def write(self, entries: Sequence[Entry], site: str) -> Verdict:
        """Write what the entries have of points; the site's id is stamped on each."""
        ...

    def write_again(self, lines: Sequence[Line]) -> Verdict:
        """Write lines that were made before; like `write` it never raises for what the server does."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


class Progress(Notebook, Protocol):
    """Who remembers how far a target has come, durably."""

    def cursor(self, target: str) -> int:
        """The last entry that the target has."""
        ...

    def advance(self, target: str, seq: int) -> None:
        """The target has everything up to this entry."""
        ...


@dataclass(frozen=True, slots=True)
class ForwardStatus:
    """How a target fares: the last entry it has, how far it is behind, and what keeps it from taking more.

    `behind` is in entries and `late` in nanoseconds, between the entry it has and the newest, as of the last step.
    `last_accepted` is when it last took a point since the start, by the wall clock in nanoseconds.
    `doubted` entries of these wait until the wall clock is set: only then is it known when they were.
    """

    target: str
    cursor: int
    behind: int
    late: int
    accepted: int
    rejected: int
    trouble: str
    last_accepted: int | None = None
    doubted: int = 0


@dataclass(frozen=True, slots=True)
class _Step:
    """What one hop into a thread came to."""

    read: int
    seq: int
    at: int
    last_seq: int
    last_at: int
    waits: int
    verdict: Verdict


class Forwarder:
    """Keeps one target up with the record. Its reader is its own: it is used in threads, one at a time.

    `gap` is the seconds between steps while little comes; `jitter` draws a delay from 0 to its argument.
    """

    def __init__(
        self,
        target: Target,
        reader: Reader,
        progress: Progress,
        site: str,
        *,
        gap: float = GAP,
        jitter: Callable[[float], float] | None = None,
    ) -> None:
        self._target = target
        self._reader = reader
        self._progress = progress
        self._site = site
        self._gap = gap
        self._jitter = jitter or _full_jitter
        self._again = Again(target, reader, progress)
        self._news = asyncio.Event()
        self._cursor = progress.cursor(target.name)
        self._behind = 0
        self._late = 0
        self._has_at = 0
        self._accepted = 0
        self._rejected = 0
        self._trouble = ""
        self._last_accepted: int | None = None
        self._doubted = 0

    def wake(self) -> None:
        """Say that there is something new; cheap, to be called on the loop after each commit."""
        self._news.set()

    def status(self) -> ForwardStatus:
        """Say how the target fares."""
        return ForwardStatus(
            target=self._target.name,
            cursor=self._cursor,
            behind=self._behind,
            late=self._late,
            accepted=self._accepted,
            rejected=self._rejected,
            trouble=self._trouble,
            last_accepted=self._last_accepted,
            doubted=self._doubted,
        )

    async def run(self) -> None:
        """Forward until cancelled. The server need not be there, now or ever."""
        failures = 0
        while True:
            self._news.clear()
            begun = time.monotonic()
            again = await self._again.step()
            step = await to_its_end(self._step, self._cursor)
            self._take(step)
            hindered = step.verdict if step.verdict.trouble else again.verdict
            if hindered.trouble:
                self._trouble = hindered.trouble
                await asyncio.sleep(self._delay(failures, hindered.retry_after))
                failures += 1
                continue
            failures = 0
            if step.read < PAGE and not again.more:
                await self._news.wait()
                await asyncio.sleep(max(0.0, begun + self._gap - time.monotonic()))

    def close(self) -> None:
        """Close reader and connection, when `run` has ended. Blocks."""
        self._reader.close()
        self._target.close()

    def _delay(self, failures: int, retry_after: float | None) -> float:
        """Seconds until the next try: full jitter, but not before the server wants to be asked again."""
        delay = self._jitter(min(LONGEST_DELAY, _FIRST_DELAY * 2.0 ** min(failures, 10)))
        return delay if retry_after is None else delay + retry_after

    def _step(self, cursor: int) -> _Step:
        """Read a page and write it; called in a thread."""
        try:
            if self._reader.set_aside():
                self._reader.reopen()
            entries = self._reader.for_servers(cursor, PAGE)
            last_seq, last_at, waits = self._reader.last_seq(), self._reader.last_at(), self._reader.waits()
        except RecordError as error:
            return _Step(0, cursor, 0, cursor, 0, 0, Verdict(trouble=str(error)))
        if not entries:
            return _Step(0, cursor, last_at, last_seq, last_at, waits, Verdict())
        verdict = self._target.write(entries, self._site)
        return _Step(len(entries), entries[-1].seq, entries[-1].at, last_seq, last_at, waits, verdict)

    def _take(self, step: _Step) -> None:
        verdict = step.verdict
        self._trouble = verdict.trouble
        self._doubted = step.waits
        if not verdict.trouble:
            self._accepted += verdict.accepted
            self._rejected += len(verdict.rejected)
            if verdict.accepted:
                self._last_accepted = time.time_ns()
            for refused in verdict.rejected:
                self._progress.refuse(self._target.name, refused.line.seq, refused.line.text, refused.reason)
            if step.read:
                self._cursor = step.seq
                self._progress.advance(self._target.name, step.seq)
            self._has_at = step.at
        self._behind = max(0, step.last_seq - self._cursor)
        self._late = max(0, step.last_at - self._has_at) if self._behind and self._has_at else 0


def _full_jitter(most: float) -> float:
    """Spread retries so that many gateways do not come back to a server in one moment."""
    return SystemRandom().uniform(0.0, most)
