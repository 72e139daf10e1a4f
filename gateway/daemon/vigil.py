"""The street while its record cannot be opened to be written: lamps on failsafe, nothing taken from sensors.

A file system that can only be read, or a full one, keeps no street dark. Nothing may be acknowledged that is not on the
disk, so the session at the broker is left alone: what sensors say to it waits there. (Of devices that are known by
descriptions alone it is refused at the start, as after any time without a gateway: it comes before these.) Lamps are
told their levels over a connection of their own, or on their pins, and once the record can be opened the gateway starts
as ever.
"""

import asyncio
import json
import os
import random
from collections.abc import Callable
from dataclasses import replace

import structlog

from devices.convention import hear
from devices.device import Kind
from devices.light import LightState
from devices.message import Message
from devices.reading import Availability
from gateway.clock import Clock
from gateway.configuration.site import Site
from gateway.daemon.health import VERSION
from gateway.daemon.lamplighter import Lamplighter
from gateway.daemon.notify import notify, watchdog_interval
from gateway.daemon.routes import Routes
from gateway.daemon.status import Progress
from gateway.daemon.wiring import fittings, health_topic, lamp_lines, lamps_only
from gateway.lighting.engine import Engine
from gateway.lighting.lamps.supervisor import Lamps
from gateway.links.backoff import Backoff
from gateway.links.delivery import Delivery, Incoming, Link, Outcome
from gateway.links.mqtt import MqttLink
from gateway.record import schema
from gateway.record.entry import Adopted, Entry
from gateway.record.errors import RecordError, UnwritableError
from gateway.record.reader import Reader
from gateway.record.writer import Record
from gateway.study.replay import rebuild

FIRST = 1.0
"""Real seconds, at most, until the record is tried for the second time; doubled with each failure."""
SELDOM = 30.0
"""Real seconds between two tries at most."""

log = structlog.get_logger(__name__)


class Vigil:
    """Keeps a street lit until its record can be opened. `ready` is called when orders are on their way.

    Overrides and maintenance hold as the record has them, where that can be read; no sensor is believed.
    """

    def __init__(self, site: Site, clock: Clock, ready: Callable[[], None] = lambda: None) -> None:
        self._site = site
        self._clock = clock
        self._ready = ready
        self._backoff = Backoff(random.random, first=FIRST, ceiling=SELDOM)
        self._trouble = ""
        self._routes: Routes | None = None
        self._link: MqttLink | None = None
        self._lines: tuple[Link, ...] = ()
        self._lamplighter: Lamplighter | None = None

    async def keep(self, opening: Callable[[], Record], trouble: UnwritableError) -> Record:
        """Light the street and try again and again; give the record that was opened, with all else ended.

        `opening` opens it in a thread, `trouble` is what it raised the first time. Raises `RecordError` if the record
        cannot be used for another reason once the disk takes something.
        """
        self._say(trouble)
        lamplighter = self._lamplighter = await asyncio.to_thread(self._prepared)
        lamplighter.begin((Adopted(self._site.plan, ""),))
        async with asyncio.TaskGroup() as tasks:
            living = [tasks.create_task(lamplighter.run(), name="vigil.lamplighter")]
            living.append(tasks.create_task(self._feed(lamplighter), name="vigil.watchdog"))
            living += [tasks.create_task(link.run(self._receive), name=f"vigil.{link.name}") for link in self._links()]
            log.warning("the street is lit without a record: lamps are on failsafe", state=str(self._site.state))
            notify("READY=1")
            self._ready()
            try:
                record = await self._opened(opening)
            except asyncio.CancelledError:
                notify("STOPPING=1")
                raise
            for task in living:
                task.cancel()
        if isinstance(record, RecordError):
            raise record
        log.info("the record can be written: the gateway starts as ever", state=str(self._site.state))
        notify("STATUS=")
        return record

    def _prepared(self) -> Lamplighter:
        """Who lights the lamps, by an engine that believes no sensor, and the links to them. Reads files."""
        site = self._site
        lamps = tuple(device for device in site.devices if device.kind is Kind.LUMINAIRE)
        routes = self._routes = Routes(replace(site, devices=lamps))
        self._link = lamps_only(site, routes, self._clock, self._connected)
        self._lines = lamp_lines(site, self._clock, self._resend)
        supervision = Lamps(site.refresh, fittings(site))
        return Lamplighter(self._engine(), supervision, self._clock, routes, self._send, _forget, self._cut)

    def _engine(self) -> Engine:
        """The engine as the record has it, if that can be read; else one that knows nothing but the plan."""
        try:
            reader = Reader(self._site.state)
            try:
                engine = rebuild(reader, reader.last_at())
            finally:
                reader.close()
            engine.adopt(self._site.plan, engine.now)
        except (OSError, RecordError) as error:
            log.warning("overrides and maintenance of before are not known", found=str(error))
            engine = Engine(self._site.plan, self._clock.now().time)
        sensors = {sensor for zone in engine.plan.zones for sensor, _ in zone.sensors()}
        engine.advance(engine.now, [Availability(sensor, online=False, time=engine.now) for sensor in sorted(sensors)])
        return engine

    async def _opened(self, opening: Callable[[], Record]) -> Record | RecordError:
        """Try until it opens, or is known not to be of use. In between, the folder's lock is held, if there is one."""
        while True:
            lock = await asyncio.to_thread(schema.reserve, self._site.state)
            try:
                await asyncio.sleep(FIRST / 2 + self._backoff.wait(0.0))
            finally:
                if lock is not None:
                    os.close(lock)
            try:
                return await asyncio.to_thread(opening)
            except UnwritableError as error:
                self._say(error)
            except RecordError as error:
                return error

    async def _feed(self, lamplighter: Lamplighter) -> None:
        """Feed the watchdog while no change of light is overdue, and follow the wall clock."""

        def overdue() -> int:
            due = lamplighter.engine.next_change()
            return due is not None and due < self._clock.now().time

        interval = min((watchdog_interval() or 20.0) / 2, 10.0)
        lighting = Progress(overdue, lambda: lamplighter.passed)
        while True:
            lamplighter.set_clock()
            if lighting.stalled():
                log.error("no progress, the watchdog is not fed", stalled="the lamplighter")
            else:
                notify("WATCHDOG=1")
            await asyncio.sleep(interval)

    def _receive(self, incoming: Incoming) -> None:
        """Take what lamps say of themselves. It is kept nowhere: for the record it waits in the gateway's session."""
        if not isinstance(incoming, Delivery) or self._lamplighter is None or self._routes is None:
            return
        message = incoming.message
        convention = self._routes.convention(incoming.origin.link, message.topic)
        heard = hear(convention, message) if convention is not None else []
        if self._link is not None and self._routes.grown(self._link.name):
            self._link.listen(self._routes.topics(self._link.name))
        if said := [item for item in heard if isinstance(item, LightState)]:
            self._lamplighter.learn(message.time, said)
        incoming.settle(Outcome.ACCEPTED)

    def _connected(self) -> None:
        """Whoever is behind the broker may have missed orders, and our last word."""
        self._resend()
        self._speak()

    def _resend(self) -> None:
        """Lamps may have missed orders."""
        if self._lamplighter is not None:
            self._lamplighter.resend()

    def _say(self, trouble: UnwritableError) -> None:
        """Tell of a trouble wherever somebody may look, once."""
        if str(trouble) == self._trouble:
            return
        self._trouble = str(trouble)
        log.error("the record cannot be written; nothing is taken from sensors meanwhile", found=self._trouble)
        notify(f"STATUS=no record, lamps on failsafe: {self._trouble}")
        self._speak()

    def _speak(self) -> None:
        if self._link is not None:
            said = {"v": VERSION, "state": "unrecorded", "trouble": self._trouble}
            self._link.send(Message(health_topic(self._site.id), json.dumps(said).encode(), retained=True))

    def _send(self, link: str, message: Message) -> None:
        for each in self._links():
            if each.name == link:
                each.send(message)

    def _cut(self) -> frozenset[str]:
        """The links that reach nobody."""
        return frozenset(link.name for link in self._links() if not link.status()["connected"])

    def _links(self) -> tuple[Link, ...]:
        return self._lines if self._link is None else (self._link, *self._lines)


def _forget(_entry: Entry) -> None:
    """There is no record to keep it in."""
