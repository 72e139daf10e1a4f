"""The street of a round: real servers, the real daemon, sensors that know whom they sensed, and how each breaks."""

import asyncio
import contextlib
import json
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import aiomqtt

from firmware_sims.cast import Cast, Part
from firmware_sims.counter import CounterPart
from firmware_sims.luminaire import LuminairePart
from firmware_sims.post import Broker
from firmware_sims.presence import PresencePart
from firmware_sims.profile import steady
from firmware_sims.serial_counter import SerialCounter, SerialCounterPart
from firmware_sims.street import Street
from firmware_sims.truth import Truth
from gateway.clock import SECOND, ScaledClock
from gateway.record.errors import RecordError
from gateway.record.reader import Reader
from tests.integration import day as a
from tests.integration.gateway_process import GatewayProcess
from tests.servers import Influxdb, Server, VictoriaMetrics
from tests.soak.bounds import Excuses, Interval, Kills, Sighting
from tests.soak.cable import Cable
from tests.soak.faults import Kind, Round
from tests.soak.front import Front
from tests.soak.plain import Plain, Word, one_person, somebody
from tests.soak.servers import SteppedGateway, autosave, make_broker
from tests.soak.space import SizeLimit, SmallDisk, Space, small_disk
from tests.soak.wall import Wall
from tests.soak.wire import Wire

SPEED = 1200.0
PERIOD = 30 * SECOND
"""25 ms of real time: a counter makes 40 messages a second."""

PEOPLE = 1_000.0
"""An hour of street time, past each counter."""

SITE = "auckland"
DATABASE = "street"
FIRST, SECOND_TARGET = "one", "two"
"""Names of the targets: InfluxDB 1.x behind the front, and VictoriaMetrics."""

BY_MQTT = ("counter-0", "counter-1", "counter-2")
BY_SERIAL = "counter-3"
PLAIN, ALIKE = "plain", "alike"
"""Names of the sensors: on MQTT with an outbox, behind the serial line, and two on MQTT without memory or numbers: a
counter, and one that says the same words every time."""

PATIENCE = 180.0
"""Seconds for anything to come back: a forwarder that failed six times waits up to a minute, and machines are busy."""

SIGHTING = 0.25
"""Seconds between two looks at how far the record is."""


class Town:
    """Everything of one round. `open` starts it.

    `deaf` is when nobody listened at the serial line, `kills` when the broker was killed and back again, `stalls` when
    anything between broker and record stood still, `broker_frozen` when that was the broker itself, and `sightings` is
    how far the record was when.
    """

    def __init__(self, folder: Path, drawn: Round) -> None:
        self.folder = folder / "site"
        self.drawn = drawn
        self.broker = make_broker(drawn.broker, folder / "broker")
        self.influxdb = Influxdb(folder / "influxdb")
        self.victoria_metrics = VictoriaMetrics(folder / "victoria-metrics")
        self.front = Front(self.influxdb.port)
        self.gateway_wire = Wire(self.broker.port)
        self.sensors_wire = Wire(self.broker.port)
        self.clock = ScaledClock(a.MIDNIGHT, SPEED)
        self.wall = Wall(self.folder)
        self.space: Space | None = None
        self.gateway = self._make_gateway()
        self.cable = Cable(self.folder / "line")
        self.plain = self._plain(PLAIN, one_person)
        self.alike = self._plain(ALIKE, somebody)
        self.deaf: list[Interval] = []
        self.kills: list[Interval] = []
        self.stalls: list[Interval] = []
        self.broker_frozen: list[Interval] = []
        self.sightings: list[Sighting] = []
        self._cast: Cast | None = None
        self._speaking: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Let everything live while the body runs."""
        async with contextlib.AsyncExitStack() as stack:
            self.folder.mkdir(parents=True)
            for server in (self.broker, self.influxdb, self.victoria_metrics):
                await asyncio.to_thread(server.start)
                stack.push_async_callback(asyncio.to_thread, partial(_end, server))
            await asyncio.to_thread(a.make_database, self.influxdb.url, DATABASE)
            stack.enter_context(self.front)
            await stack.enter_async_context(self.gateway_wire)
            await stack.enter_async_context(self.sensors_wire)
            self._prepare(stack)
            self._write_site()
            self._cast = self._make_cast()
            stack.enter_context(self._cast)
            await asyncio.to_thread(self.gateway.start)
            stack.push_async_callback(asyncio.to_thread, self.gateway.kill)
            await self._subscribed()
            await self.hears("serial", 0)
            # A broker that has never saved the gateway's session loses all of it when it is killed, and then throws
            # away what comes until the gateway has subscribed again. In a street that was once, long ago.
            await asyncio.to_thread(self.broker.restart)
            self._speaking = {asyncio.create_task(each.run(), name="plain") for each in (self.plain, self.alike)}
            playing = {
                asyncio.create_task(self._cast.run(), name="cast"),
                asyncio.create_task(self._watch(), name="watch"),
                *self._speaking,
            }
            try:
                yield
            finally:
                for task in playing:
                    task.cancel()
                await asyncio.wait(playing)

    async def stop(self) -> Truth:
        """End all counting, wait until the last word of every sensor was taken, and say what they know."""
        assert self._cast is not None
        self.plain.stop()
        self.alike.stop()
        self._cast.stop()
        async with asyncio.timeout(PATIENCE):
            await asyncio.wait(self._speaking)
            await self._cast.drained()
        return self._cast.truth()

    async def hears(self, link: str, before: int) -> None:
        """Wait until the gateway has opened a link more than `before` times."""
        await eventually(lambda: self.heard(link) > before)

    def heard(self, link: str) -> int:
        """How often the gateway has opened a link."""
        return sum(link in event["link"] for event in self.gateway.events("link up"))

    def sight(self) -> Sighting:
        """How far the record is now. Raises `RecordError`."""
        at = time.monotonic()
        with contextlib.closing(Reader(self.folder / "state")) as reader:
            return Sighting(at, reader.last_seq())

    def empty_log(self) -> None:
        """Leave the record's write-ahead log no room of its own: a full disk is then met at the next commit."""
        with contextlib.closing(sqlite3.connect(self.folder / "state" / "record.db")) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def excuses(self, end: int) -> Excuses:
        """What mosquitto may have lost or repeated, in a record that ends with entry `end`; nats-server saves all."""
        if self.drawn.broker != "mosquitto":
            return Excuses()
        return Kills(self.kills, autosave(), self.broker_frozen, self.stalls, self.sightings, end).excuses()

    def _make_gateway(self) -> GatewayProcess:
        if self.drawn.has(Kind.CLOCK_STEPPED):
            return SteppedGateway(self.folder, self.clock)
        return GatewayProcess(self.folder, self.clock)

    def _prepare(self, stack: contextlib.AsyncExitStack) -> None:
        """What only some rounds need: a disk that can be filled, a clock that can be stepped."""
        if self.drawn.has(Kind.NO_SPACE):
            state = self.folder / "state"
            self.space = SmallDisk(state) if stack.enter_context(small_disk(state)) else SizeLimit(self.gateway.log)
        if self.drawn.has(Kind.CLOCK_STEPPED):
            self.gateway.environment |= self.wall.environment()

    def _plain(self, name: str, word: Word) -> Plain:
        return Plain(f"reverbere/{SITE}/sensor/{name}", word, self.clock, self.broker.port, PERIOD)

    async def _watch(self) -> None:
        """Note how far the record is, until cancelled."""
        while True:
            with contextlib.suppress(RecordError):
                self.sightings.append(await asyncio.to_thread(self.sight))
            await asyncio.sleep(SIGHTING)

    async def _subscribed(self) -> None:
        """Wait until the gateway has said that it is there, which it does behind its subscriptions."""
        async with asyncio.timeout(PATIENCE), aiomqtt.Client("127.0.0.1", self.broker.port) as client:
            await client.subscribe(f"reverbere/{SITE}/gateway/health", qos=1)
            async for message in client.messages:
                assert isinstance(message.payload, bytes)
                if json.loads(message.payload)["state"] == "online":
                    return

    def _make_cast(self) -> Cast:
        street = Street(a.LENGTH, steady(PEOPLE), "Pacific/Auckland", seed=self.drawn.seed, start=a.MIDNIGHT)
        parts: list[Part] = [CounterPart(name, 20.0 * n, PERIOD) for n, name in enumerate(BY_MQTT)]
        parts += [SerialCounterPart(BY_SERIAL, 60.0, self.cable.link, PERIOD), LuminairePart("lamp-0", 60.0)]
        parts.append(PresencePart("motion", 0.0, a.LENGTH, a.HEARTBEAT))
        cast = Cast(self.clock, Broker("127.0.0.1", self.sensors_wire.port), SITE, street, parts)
        for player in cast._serials:
            assert isinstance(player, SerialCounter)
            player.terminal = self.cable
        return cast

    def _write_site(self) -> None:
        """The four streets of the real day, with our targets, the round's commit interval and two more sensors."""
        (self.folder / "token").write_text("none", encoding="utf-8")
        second = {"version": 2, "url": self.victoria_metrics.url, "org": "o", "bucket": "b", "token_file": "token"}
        targets = [
            {"name": FIRST, "version": 1, "url": self.front.url, "database": DATABASE},
            {"name": SECOND_TARGET, **second},
        ]
        a.write_site(self.folder, f"mqtt://127.0.0.1:{self.gateway_wire.port}", self.drawn.broker, targets)
        file = self.folder / "site.yaml"
        site = json.loads(file.read_text(encoding="utf-8"))
        if self.drawn.commit_interval:
            site["record"] = {"commit_interval": f"{self.drawn.commit_interval:g} s"}
        file.write_text(json.dumps(site, indent=1), encoding="utf-8")
        file = self.folder / "devices.yaml"
        devices = json.loads(file.read_text(encoding="utf-8"))
        devices["sensors"][PLAIN] = devices["sensors"][BY_MQTT[0]]
        devices["sensors"][ALIKE] = devices["sensors"]["motion"]
        file.write_text(json.dumps(devices, indent=1), encoding="utf-8")


async def eventually(condition: Callable[[], bool], every: float = 0.05) -> None:
    """Wait for what nobody tells of; the condition may block. Raises `TimeoutError`."""
    async with asyncio.timeout(PATIENCE):
        while not await asyncio.to_thread(condition):  # noqa: ASYNC110 - another process tells nobody
            await asyncio.sleep(every)


def _end(server: Server) -> None:
    server.kill()
