"""Builds the rooms of a site and lets them live together in one task group."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from devices.device import DeviceId
from devices.message import Message
from devices.reading import Reading
from gateway.clock import Clock
from gateway.configuration.site import Site
from gateway.control.door import answer
from gateway.control.peer import Caller, Role
from gateway.control.words import Refused, ReloadRequest
from gateway.daemon import lapses
from gateway.daemon.assistance import Assistance
from gateway.daemon.commands import Commands
from gateway.daemon.edges import Children, Edges
from gateway.daemon.health import Health
from gateway.daemon.intake import Intake
from gateway.daemon.interpreter import stay_small
from gateway.daemon.keys import Keys
from gateway.daemon.lamplighter import Lamplighter
from gateway.daemon.notify import notify
from gateway.daemon.probe import probe
from gateway.daemon.reload import Reloader, Rooms, Standing
from gateway.daemon.routes import Routes
from gateway.daemon.status import Status
from gateway.daemon.vigil import Vigil
from gateway.daemon.wiring import MakeLink, fittings, health_topic
from gateway.daemon.wiring import link as real_link
from gateway.lighting.engine import Engine
from gateway.lighting.lamps.supervisor import Lamps
from gateway.links.delivery import Incoming
from gateway.links.mqtt import MqttLink
from gateway.record.entry import Adopted, Files
from gateway.record.errors import DamagedError, RecordError, UnwritableError
from gateway.record.latest import latest
from gateway.record.reader import Reader
from gateway.record.retention import Keep
from gateway.record.writer import Record
from gateway.study.faults import open_faults
from gateway.study.replay import rebuild

if TYPE_CHECKING:
    from gateway.daemon.homeassistant import HomeAssistant

TIDY_EVERY = 3600.0
"""Real seconds between two looks for what is old enough to be removed."""

LOCKED_OUT = 60.0
"""Real seconds between two tries to make a control socket that cannot be made."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Origin:
    """The folder whose files a site is read from anew, and the files that it was understood from this time.

    `by` and `note` say who starts with them and why, where that is known; `trouble` is why these are not the files as
    they stand there now, if they are not.
    """

    folder: Path
    files: Files
    by: str = ""
    note: str = ""
    trouble: str = ""


class Gateway:
    """One site's gateway, from the opened record to the last commit. `clock` is street time.

    `origin` says which files the site was understood from; without it they are not read anew. `make` makes its links.
    """

    def __init__(self, site: Site, clock: Clock, origin: Origin | None = None, make: MakeLink = real_link) -> None:
        self.site = site
        self._make = make
        self._origin = origin
        self._clock = clock
        self._asked_to_reload = asyncio.Event()
        self._edges: Edges | None = None
        self._lamplighter: Lamplighter | None = None
        self._status: Status | None = None

    async def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Live until cancelled; `ready` is called when orders are on their way.

        What was learned is committed before it returns. While the disk takes nothing, the street is lit without a
        record. Raises `RecordError` if the record cannot be opened for another reason.
        """
        kept = self.site.record
        keep = Keep(kept.keep_readings, kept.keep_hourly, kept.keep_decisions, kept.max_size)
        opening = partial(Record, self.site.state, self.site.id, kept.commit_interval, keep)
        try:
            record = await asyncio.to_thread(opening)
        except UnwritableError as error:
            record = await Vigil(self.site, self._clock, ready).keep(opening, error)
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
        lamps = Lamps(self.site.refresh, fittings(self.site))
        lamps.restore(await asyncio.to_thread(self._faults))
        lamplighter = Lamplighter(engine, lamps, self._clock, routes, self._send, record.append, self._cut)
        self._edges = edges = Edges(self._clock, record, self._reconnected, self._make)
        intake = Intake(routes, lamplighter, record, seen, edges.listen)
        intake.recall(await asyncio.to_thread(self._described), self._clock.now().time)
        intake.resume(await asyncio.to_thread(self._latest, intake.lapsing))
        wanted = await asyncio.to_thread(edges.prepare, self.site, routes)
        edges.adopt(wanted, routes)
        self._lamplighter = lamplighter
        self._status = status = Status(self._clock, intake, lamplighter, record, edges.links, edges.forwarders, release)
        standing = Standing(self.site, self._adopted(release), routes)
        try:
            async with asyncio.TaskGroup() as tasks:
                children, rooms, origin = Children(tasks), Rooms(lamplighter, intake, edges), self._origin
                folder, trouble = (self.site.state, "") if origin is None else (origin.folder, origin.trouble)
                reloader = Reloader(folder, standing, rooms, lambda new: edges.live(new, children, receive), trouble)
                reload = None if origin is None else reloader.reload
                commands = Commands(self.site, self._clock, lamplighter, record, status, edges.forwarders, reload)
                keys = Keys(self.site, self._clock, lamplighter, commands.number)
                rooms.commands, rooms.keys = commands, keys
                status.keys, status.files = keys.health, reloader.health
                rooms.assistance = assistance = Assistance(
                    self.site, intake, partial(self._assistant, lamplighter, commands, status, release)
                )

                def receive(incoming: Incoming) -> None:
                    commands.overhearing.hear(incoming)
                    if not keys.hears(incoming):
                        intake.receive(incoming)

                record.on_fresh += [lambda: lamplighter.restate((reloader.standing.adopted,)), intake.restate]
                lamplighter.begin((standing.adopted,), record.doubted_since)
                keys.begin()
                await edges.live(wanted, children, receive)
                tasks.create_task(lamplighter.run(), name="lamplighter")
                tasks.create_task(assistance.run(), name="assistance")
                tasks.create_task(lapses.watch(intake, self._clock), name="lapses")
                for name, chore in self._chores(record, status, reloader, commands):
                    tasks.create_task(chore, name=name)
                heard = asyncio.Event()
                tasks.create_task(self._control(commands, heard), name="control")
                await heard.wait()
                log.info("running", site=self.site.id, plan=self.site.plan.digest, state=str(self.site.state))
                notify("READY=1")
                ready()
        finally:
            lamplighter.end()
            await edges.close()

    def _chores(
        self, record: Record, status: Status, reloader: Reloader, commands: Commands
    ) -> Iterator[tuple[str, Coroutine[None, None, None]]]:
        """What goes on beside the lights, by name."""
        yield "record", record.watch()
        yield "tidy", self._tidy(record, reloader)
        yield "memory", stay_small()
        yield "status", status.run(health_topic(self.site.id), self._say)
        yield "reload", self._reload_when_asked(commands)
        if self.site.metrics is not None:
            yield "metrics", probe(self.site.metrics.port, status)

    def ask_to_reload(self) -> None:
        """Read the files anew soon, as SIGHUP asks; what comes of it is in the log."""
        self._asked_to_reload.set()

    async def _reload_when_asked(self, commands: Commands) -> None:
        while True:
            await self._asked_to_reload.wait()
            self._asked_to_reload.clear()
            try:
                await commands.perform(ReloadRequest(), Caller("SIGHUP", Role.STEWARD))
            except Refused as refused:
                log.error("the files were not taken", found=refused.found, hint=refused.hint)  # noqa: TRY400 - words, no traceback

    def _assistant(
        self, lamplighter: Lamplighter, commands: Commands, status: Status, release: str, site: Site
    ) -> "HomeAssistant":
        """What tells Home Assistant of a site. Imports it, and reads the broker's secret."""
        from gateway.daemon.homeassistant import HomeAssistant

        return HomeAssistant(site, self._clock, lamplighter, commands.perform, status.health, release)

    def _adopted(self, release: str) -> Adopted:
        """The plan of the start, and what is known of where it comes from."""
        if self._origin is None:
            return Adopted(self.site.plan, release)
        return Adopted(self.site.plan, release, self._origin.by, self._origin.note, self._origin.files)

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
        links = [] if self._edges is None else self._edges.links
        return bool(links) and all(link.status()["connected"] for link in links)

    def hears(self, topic: str) -> bool:
        """Whether a broker has granted what brings the messages of a topic: devices may name theirs as they run."""
        links = [] if self._edges is None else self._edges.links
        return any(isinstance(link, MqttLink) and link.hears(topic) for link in links)

    async def _tidy(self, record: Record, reloader: Reloader) -> None:
        """Let the record remove what is old, now and then; a clock that may be wrong says nothing of age."""
        while True:
            targets = tuple(settings.name for settings in reloader.standing.site.targets)
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
        """The engine as the record left it, which adopts the present plan when it begins: a restart changes no light.

        Where nothing can be rebuilt, the street is lit all the same, by an engine that knows nothing yet.
        """
        now = self._clock.now().time
        reader = Reader(self.site.state)
        try:
            if reader.last_seq():
                now = max(now, reader.last_at())
                return rebuild(reader, reader.last_at())
        except DamagedError as error:
            record.begin_anew(str(error))
        except RecordError as error:
            log.error("the state before this start is not known", found=str(error))  # noqa: TRY400 - words, no traceback
        finally:
            reader.close()
        return Engine(self.site.plan, now)

    def _faults(self) -> list[Reading]:
        """The lamp faults that stood when the record ended. A record that cannot say it has been complained of."""
        reader = Reader(self.site.state)
        try:
            return open_faults(reader)
        except RecordError:
            return []
        finally:
            reader.close()

    def _described(self) -> list[tuple[str, str, bytes]]:
        """What devices said of themselves before this process. A record that cannot say it has been complained of."""
        reader = Reader(self.site.state)
        try:
            return reader.described()
        except RecordError:
            return []
        finally:
            reader.close()

    def _latest(self, devices: frozenset[DeviceId]) -> list[Reading]:
        """What these said last before this process. A record that cannot say it has been complained of."""
        if not devices:
            return []
        reader = Reader(self.site.state)
        try:
            return latest(reader, devices)
        except RecordError:
            return []
        finally:
            reader.close()

    def _cut(self) -> frozenset[str]:
        """The links that do not reach their other end."""
        links = () if self._edges is None else self._edges.links
        return frozenset(link.name for link in links if not link.status()["connected"])

    def _reconnected(self) -> None:
        """Whoever is behind the broker may have missed orders, and our last word."""
        if self._lamplighter is not None:
            self._lamplighter.resend()
        if self._status is not None:
            self._status.speak_soon()

    def _send(self, link: str, message: Message) -> None:
        if self._edges is not None:
            self._edges[link].send(message)

    def _say(self, message: Message) -> None:
        if self._edges is not None and self.site.mqtt is not None:
            for link in self._edges.links:
                if link.name == self.site.mqtt.name:
                    link.send(message)
