"""One status of the living gateway: it collects the figures that feed watchdog, health topic and whoever asks."""

import asyncio
import contextlib
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from zoneinfo import ZoneInfo

import structlog

from devices.device import DeviceId
from devices.message import SECOND, Message
from gateway.clock import Clock
from gateway.daemon.figures import Today, fault_health, light_health, record_health, target_health
from gateway.daemon.health import VERSION, ClockHealth, FilesHealth, Health, KeyHealth, MachineHealth
from gateway.daemon.intake import Intake
from gateway.daemon.lamplighter import Lamplighter
from gateway.daemon.machine import Machine, look
from gateway.daemon.notify import notify, watchdog_interval
from gateway.export.forward import Forwarder
from gateway.links.delivery import Link
from gateway.record.writer import Record

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


class Status:
    """What the gateway is doing, and whether it gets on with it. `release` is the version of the software."""

    def __init__(
        self,
        clock: Clock,
        intake: Intake,
        lamplighter: Lamplighter,
        record: Record,
        links: Sequence[Link],
        forwarders: Sequence[Forwarder],
        release: str,
    ) -> None:
        self._clock = clock
        self._intake = intake
        self._lamplighter = lamplighter
        self._record = record
        self._links = links
        self._forwarders = forwarders
        self._release = release
        self.keys: Callable[[], tuple[KeyHealth, ...]] = tuple
        """How the key switches stand, for who follows them to say."""
        self.files: Callable[[], FilesHealth] = FilesHealth
        """What came of the files when they were read last, for who reads them to say."""
        self._started = time.time()
        self._today = Today(ZoneInfo(lamplighter.engine.plan.timezone))
        self._machine = Machine()
        self._fed: float | None = None
        self._news = asyncio.Event()
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
        """The figures of now; those of the machine are at most a minute old."""
        now, record, engine = self._clock.now(), self._record.status(), self._lamplighter.engine
        return Health(
            version=self._release,
            plan=engine.plan.digest,
            start_time_seconds=self._started,
            stalled=self.stalled(),
            messages=self._intake.messages,
            rejected=self._intake.rejected,
            duplicates=self._intake.duplicates,
            commands=self._lamplighter.commands,
            record=record_health(record, self._today.of(record.written, now.time)),
            links={link.name: link.status() for link in self._links},
            targets=tuple(target_health(forwarder.status()) for forwarder in self._forwarders),
            light=light_health(engine, self._lamplighter.lamps, now.time),
            clock=ClockHealth(now.sure, self._lamplighter.clock_steps, self._lamplighter.last_clock_step / SECOND),
            machine=self._machine_health(),
            keys=self.keys(),
            faults=fault_health(self._lamplighter.lamps),
            files=self.files(),
        )

    def levels(self) -> Mapping[DeviceId, int]:
        """The level that each lamp is ordered to have, in per cent."""
        return {decision.lamp: decision.level for decision in self._lamplighter.engine.decisions()}

    def speak_soon(self) -> None:
        """Speak on the health topic at once: whoever listens there may have missed what was said before."""
        self._news.set()

    async def run(self, topic: str, send: Callable[[Message], None]) -> None:
        """Feed the watchdog while there is progress, follow the wall clock and speak on the health topic."""
        interval = min((watchdog_interval() or 20.0) / 2, 10.0)
        spoken = float("-inf")
        while True:
            self._lamplighter.set_clock()
            self._feed()
            if self._news.is_set() or time.monotonic() - spoken >= HEALTH_EVERY:
                self._news.clear()
                spoken = time.monotonic()
                self._machine = await asyncio.to_thread(look, self._record.folder)
                send(Message(topic, spoken_of(self.health()), retained=True))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(interval):
                    await self._news.wait()

    def _feed(self) -> None:
        if stalled := self.stalled():
            log.error("no progress, the watchdog is not fed", stalled=stalled)
            return
        notify("WATCHDOG=1")
        if watchdog_interval() is not None:
            self._fed = time.monotonic()

    def _machine_health(self) -> MachineHealth:
        found = self._machine
        fed = None if self._fed is None else round(time.monotonic() - self._fed, 1)
        return MachineHealth(os.getpid(), found.memory, found.temperature, found.disk, found.disk_free, fed)


def spoken_of(health: Health) -> bytes:
    """The figures as the health topic has them (docs/health.md)."""
    return json.dumps({"v": VERSION, "state": "online", **asdict(health)}).encode()
