"""One status of the living gateway: it feeds the watchdog, the health topic and whoever asks."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

import structlog

from devices.message import Message
from gateway.clock import Clock
from gateway.daemon.intake import Intake
from gateway.daemon.lamplighter import Lamplighter
from gateway.daemon.notify import notify, watchdog_interval
from gateway.export.forward import Forwarder, ForwardStatus
from gateway.links.delivery import Link
from gateway.record.writer import Record, RecordStatus

STALLED = 20.0
"""Real seconds without progress after which the watchdog is not fed any more."""

HEALTH_EVERY = 60.0
"""Real seconds between two words on the health topic."""

log = structlog.get_logger(__name__)


class Progress:
    """Whether something that has work gets on with it: not "connected", but "moved"."""

    def __init__(self, pending: Callable[[], int], done: Callable[[], int]) -> None:
        self._pending = pending
        self._done = done
        self._last = done()
        self._since = time.monotonic()

    def stalled(self) -> bool:
        """Whether there has been work and no progress for too long."""
        done = self._done()
        if done != self._last or not self._pending():
            self._last, self._since = done, time.monotonic()
        return time.monotonic() - self._since > STALLED


@dataclass(frozen=True, slots=True)
class Health:
    """The living gateway in figures, since its start: messages taken, of them rejected and come twice, orders sent."""

    messages: int
    rejected: int
    duplicates: int
    commands: int
    record: RecordStatus
    links: Mapping[str, Mapping[str, object]]
    targets: tuple[ForwardStatus, ...]


class Status:
    """What the gateway is doing, and whether it gets on with it."""

    def __init__(
        self,
        clock: Clock,
        intake: Intake,
        lamplighter: Lamplighter,
        record: Record,
        links: Sequence[Link],
        forwarders: Sequence[Forwarder],
    ) -> None:
        self._clock = clock
        self._intake = intake
        self._lamplighter = lamplighter
        self._record = record
        self._links = links
        self._forwarders = forwarders
        self._recording = Progress(lambda: record.status().pending, lambda: record.status().commits)
        self._lighting = Progress(self._overdue, lambda: lamplighter.passed)

    def _overdue(self) -> int:
        due = self._lamplighter.engine.next_change()
        return due is not None and due < self._clock.now().time

    def stalled(self) -> str:
        """What does not get on; empty when all is well. A full disk is no stall: the record then says so itself."""
        if self._lighting.stalled():
            return "the lamplighter"
        if self._recording.stalled() and not self._record.status().trouble:
            return "the record's writer"
        return ""

    def health(self) -> Health:
        """The figures of now."""
        return Health(
            messages=self._intake.messages,
            rejected=self._intake.rejected,
            duplicates=self._intake.duplicates,
            commands=self._lamplighter.commands,
            record=self._record.status(),
            links={link.name: link.status() for link in self._links},
            targets=tuple(forwarder.status() for forwarder in self._forwarders),
        )

    async def run(self, topic: str, send: Callable[[Message], None]) -> None:
        """Feed the watchdog while there is progress, follow the wall clock and speak on the health topic."""
        interval = min((watchdog_interval() or 20.0) / 2, 10.0)
        spoken = 0.0
        while True:
            self._lamplighter.set_clock()
            if stalled := self.stalled():
                log.error("no progress, the watchdog is not fed", stalled=stalled)
            else:
                notify("WATCHDOG=1")
            if time.monotonic() - spoken >= HEALTH_EVERY:
                spoken = time.monotonic()
                send(
                    Message(
                        topic, json.dumps({"v": 1, "state": "online", **asdict(self.health())}).encode(), retained=True
                    )
                )
            await asyncio.sleep(interval)
