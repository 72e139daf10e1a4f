"""Builds the rooms of a site and lets them live together in one task group."""

import asyncio
from collections.abc import Callable
from importlib.metadata import version

import structlog

from devices.message import Message
from gateway.clock import Clock
from gateway.configuration.site import Site, TargetSettings
from gateway.control.door import answer
from gateway.daemon.commands import Commands
from gateway.daemon.health import Health
from gateway.daemon.intake import Intake
from gateway.daemon.lamplighter import Lamplighter
from gateway.daemon.notify import notify
from gateway.daemon.probe import probe
from gateway.daemon.routes import Routes
from gateway.daemon.status import Status
from gateway.daemon.wiring import health_topic, links, target
from gateway.export.forward import Forwarder
from gateway.lighting.engine import Engine
from gateway.lighting.lamps.supervisor import Lamps
from gateway.links.delivery import Link
from gateway.record.entry import Adopted
from gateway.record.errors import DamagedError, RecordError
from gateway.record.reader import Reader
from gateway.record.retention import Keep
from gateway.record.writer import Record
from gateway.study.replay import rebuild

TIDY_EVERY = 3600.0
"""Real seconds between two looks for what is old enough to be removed."""

LOCKED_OUT = 60.0
"""Real seconds between two tries to make a control socket that cannot be made."""

log = structlog.get_logger(__name__)


class Gateway:
    """One site's gateway, from the opened record to the last commit. `clock` is street time."""

    def __init__(self, site: Site, clock: Clock) -> None:
        self.site = site
        self._clock = clock
        self._links: dict[str, Link] = {}
        self._lamplighter: Lamplighter | None = None
        self._status: Status | None = None

    async def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Live until cancelled; `ready` is called when orders are on their way.

        What was learned is committed before it returns. Raises `RecordError` if the record cannot be opened.
        """
        kept = self.site.record
        keep = Keep(kept.keep_readings, kept.keep_hourly, kept.keep_decisions, kept.max_size)
        record = await asyncio.to_thread(Record, self.site.state, self.site.id, kept.commit_interval, keep)
        try:
            await self._live(record, ready)
        finally:
            notify("STOPPING=1")
            await record.drain()
            await asyncio.to_thread(record.close)

    async def _live(self, record: Record, ready: Callable[[], None]) -> None:
        # What reads files, imports conventions included, happens off the loop.
        engine, seen, routes, release = await asyncio.to_thread(
            lambda: (self._engine(record), record.seen(), Routes(self.site), version("reverbere"))
        )
        record.start()
        lamps = Lamps(self.site.refresh)
        lamplighter = Lamplighter(engine, lamps, self._clock, routes, self._send, record.append)
        intake = Intake(routes, lamplighter, record, seen)
        made = await asyncio.to_thread(
            lambda: list(links(self.site, self._clock, routes, record.identity, self._reconnected))
        )
        self._links = {link.name: link for link in made}
        forwarders = [await asyncio.to_thread(self._forwarder, settings, record) for settings in self.site.targets]
        for forwarder in forwarders:
            record.on_commit.append(forwarder.wake)
        self._lamplighter = lamplighter
        self._status = status = Status(
            self._clock, intake, lamplighter, record, tuple(self._links.values()), forwarders, release
        )
        commands = Commands(self.site, self._clock, lamplighter, record, status, forwarders)
        adopted = Adopted(self.site.plan, release)
        record.on_fresh.append(lambda: lamplighter.restate((adopted,)))
        lamplighter.begin((adopted,))
        try:
            async with asyncio.TaskGroup() as tasks:
                for name, link in self._links.items():
                    tasks.create_task(link.run(intake.receive), name=f"link.{name}")
                for forwarder in forwarders:
                    tasks.create_task(forwarder.run(), name=f"forward.{forwarder.status().target}")
                tasks.create_task(lamplighter.run(), name="lamplighter")
                tasks.create_task(record.watch(), name="record")
                tasks.create_task(self._tidy(record), name="tidy")
                tasks.create_task(status.run(health_topic(self.site.id), self._say), name="status")
                if self.site.metrics is not None:
                    tasks.create_task(probe(self.site.metrics.port, status), name="metrics")
                heard = asyncio.Event()
                tasks.create_task(self._control(commands, heard), name="control")
                await heard.wait()
                log.info("running", site=self.site.id, plan=self.site.plan.digest, state=str(self.site.state))
                notify("READY=1")
                ready()
        finally:
            lamplighter.end()
            for forwarder in forwarders:
                await asyncio.to_thread(forwarder.close)

    @property
    def engine(self) -> Engine:
        """The engine of a gateway that has begun to run, to look at."""
        if self._lamplighter is None:
            raise LookupError("expected a gateway that runs, found one that has not begun")
        return self._lamplighter.engine

    def health(self) -> Health:
        """The figures of a gateway that has begun to run."""
        if self._status is None:
            raise LookupError("expected a gateway that runs, found one that has not begun")
        return self._status.health()

    def connected(self) -> bool:
        """Whether every link reaches its other end."""
        return bool(self._links) and all(link.status()["connected"] for link in self._links.values())

    async def _tidy(self, record: Record) -> None:
        """Let the record remove what is old, now and then; a clock that may be wrong says nothing of age."""
        targets = tuple(settings.name for settings in self.site.targets)
        while True:
            now = self._clock.now()
            if now.sure:
                record.tidy(now.time, targets)
            await asyncio.sleep(TIDY_EVERY)

    async def _control(self, commands: Commands, heard: asyncio.Event) -> None:
        """Take orders at the control socket; a street whose socket cannot be made is lit all the same.

        `heard` is set as soon as whoever asks is answered, or cannot be.
        """
        while True:
            try:
                await answer(self.site.state, commands.perform, heard.set)
            except OSError as error:
                heard.set()
                log.error("no orders can be taken: the control socket cannot be made", found=str(error))  # noqa: TRY400 - words, no traceback
            await asyncio.sleep(LOCKED_OUT)

    def _engine(self, record: Record) -> Engine:
        """The engine as the record left it, under the present plan: a restart is no reason to change the light.

        Where nothing can be rebuilt, the street is lit all the same, by an engine that knows nothing yet.
        """
        now = self._clock.now().time
        reader = Reader(self.site.state)
        try:
            if reader.last_seq():
                now = max(now, reader.last_at())
                return rebuild(reader, reader.last_at(), self.site.plan)
        except DamagedError as error:
            record.begin_anew(str(error))
        except RecordError as error:
            log.error("the state before this start is not known", found=str(error))  # noqa: TRY400 - words, no traceback
        finally:
            reader.close()
        return Engine(self.site.plan, now)

    def _forwarder(self, settings: TargetSettings, record: Record) -> Forwarder:
        return Forwarder(target(settings), Reader(self.site.state), record, self.site.id)

    def _reconnected(self) -> None:
        """Whoever is behind the broker may have missed orders, and our last word."""
        if self._lamplighter is not None:
            self._lamplighter.resend()
        if self._status is not None:
            self._status.speak_soon()

    def _send(self, link: str, message: Message) -> None:
        self._links[link].send(message)

    def _say(self, message: Message) -> None:
        if self.site.mqtt is not None:
            self._send(self.site.mqtt.name, message)
