"""The street of a round: real servers, the real daemon, sensors that know whom they sensed, and how each breaks."""

import asyncio
import contextlib
import json
import os
import signal
import time
from asyncio import Lock
from collections import defaultdict
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
from tests.integration import day as a
from tests.integration.gateway_process import GatewayProcess
from tests.servers import Influxdb, Server, VictoriaMetrics
from tests.soak.cable import Cable
from tests.soak.faults import Fault, Kind, Round
from tests.soak.front import Front, Trouble
from tests.soak.plain import Plain
from tests.soak.servers import make_broker, pid
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
PLAIN = "plain"
"""Names of the counters: on MQTT with an outbox, behind the serial line, and on MQTT without memory or numbers."""

COMMIT_MARGIN = 2.0
"""Seconds before the end of a gateway or of a cable in which a line may have been read, or not yet, but not stored."""
RESUMED = 1.0
"""Seconds that a process may need to read on after it stood still."""

PATIENCE = 90.0
"""Seconds for anything to come back: a forwarder that failed six times waits up to a minute."""

_ANSWERS: dict[Kind, int | str] = {
    Kind.UNAUTHORIZED: 401,
    Kind.NOT_FOUND: 404,
    Kind.TOO_LARGE: 413,
    Kind.TOO_MANY: 429,
    Kind.UNAVAILABLE: 503,
    Kind.HANGING: "hang",
    Kind.RESET: "reset",
}


class Town:
    """Everything of one round. `open` starts it; `strike` breaks something and heals it again."""

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
        self.gateway = GatewayProcess(self.folder, self.clock)
        self.cable = Cable(self.folder / "line")
        self.plain = Plain(f"reverbere/{SITE}/sensor/{PLAIN}", self.clock, self.broker.port, PERIOD)
        self.deaf: list[tuple[float, float]] = []
        """From when to when (monotonic seconds) nobody listened at the serial line."""
        self._cast: Cast | None = None
        self._locks: defaultdict[str, Lock] = defaultdict(Lock)

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
            self._write_site()
            self._cast = self._make_cast()
            stack.enter_context(self._cast)
            await asyncio.to_thread(self.gateway.start)
            stack.push_async_callback(asyncio.to_thread, self.gateway.kill)
            await self._subscribed()
            await self._hears("serial", 0)
            # A broker that has never saved the gateway's session loses all of it when it is killed, and then throws
            # away what comes until the gateway has subscribed again. In a street that was once, long ago.
            await self._restart(self.broker.stop, self.broker, 0.0)
            playing = {
                asyncio.create_task(self._cast.run(), name="cast"),
                asyncio.create_task(self.plain.run(), name="plain"),
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
        self._cast.stop()
        async with asyncio.timeout(PATIENCE):
            await self._cast.drained()
        return self._cast.truth()

    async def strike(self, fault: Fault) -> None:
        """Break something when its moment comes, and heal it. Two faults of one part come one after the other."""
        await asyncio.sleep(fault.at)
        match fault.kind:
            case Kind.GATEWAY_KILLED:
                async with self._locks["gateway"]:
                    await self._kill_gateway(fault.seconds)
            case Kind.GATEWAY_FROZEN:
                async with self._locks["gateway"]:
                    await self._freeze_gateway(fault.seconds)
            case Kind.BROKER_KILLED:
                async with self._locks["broker"]:
                    await self._restart(self.broker.kill, self.broker, fault.seconds)
            case Kind.BROKER_STOPPED:
                async with self._locks["broker"]:
                    await self._restart(self.broker.stop, self.broker, fault.seconds)
            case Kind.BROKER_FROZEN:
                async with self._locks["broker"]:
                    await _freeze(pid(self.broker), fault.seconds)
            case Kind.UNPLUGGED:
                async with self._locks["serial"]:
                    await self._unplug(fault.seconds)
            case Kind.GATEWAY_CUT | Kind.GATEWAY_HALF_OPEN | Kind.GATEWAY_STALLED | Kind.SENSORS_CUT:
                await self._strike_wire(fault)
            case _:
                await self._strike_database(fault)

    async def _strike_wire(self, fault: Fault) -> None:
        wire = self.sensors_wire if fault.kind is Kind.SENSORS_CUT else self.gateway_wire
        async with self._locks[str(wire.port)]:
            match fault.kind:
                case Kind.GATEWAY_HALF_OPEN:
                    await wire.half_open(fault.seconds)
                case Kind.GATEWAY_STALLED:
                    await wire.stall(fault.seconds)
                case _:
                    await wire.cut(fault.seconds)

    async def _strike_database(self, fault: Fault) -> None:
        match fault.kind:
            case Kind.DATABASE_KILLED:
                async with self._locks["influxd"]:
                    await self._restart(self.influxdb.kill, self.influxdb, fault.seconds)
            case Kind.DATABASE_FROZEN:
                async with self._locks["influxd"]:
                    await _freeze(pid(self.influxdb), fault.seconds)
            case Kind.SECOND_STOPPED:
                # Never killed: VictoriaMetrics accepts what it writes to its disk only seconds later.
                async with self._locks["victoria-metrics"]:
                    await self._restart(self.victoria_metrics.stop, self.victoria_metrics, fault.seconds)
            case Kind.SECOND_FROZEN:
                async with self._locks["victoria-metrics"]:
                    await _freeze(pid(self.victoria_metrics), fault.seconds)
            case Kind.LINE_REFUSED | Kind.LINE_UNPROCESSABLE:
                status = 400 if fault.kind is Kind.LINE_REFUSED else 422
                self.front.doom(status, fault.detail, partial=fault.seconds > 2.0)
            case kind:
                async with self._locks["front"]:
                    self.front.break_down(Trouble(_ANSWERS[kind], int(fault.detail * 100)))
                    try:
                        await asyncio.sleep(fault.seconds)
                    finally:
                        self.front.heal()

    async def _kill_gateway(self, seconds: float) -> None:
        heard = self._heard("serial")
        begun = time.monotonic() - COMMIT_MARGIN
        status = await asyncio.to_thread(self.gateway.kill)
        assert status == -signal.SIGKILL, f"the gateway had ended by itself with status {status}"
        await asyncio.sleep(seconds)
        await asyncio.to_thread(self.gateway.start)
        await self._hears("serial", heard)
        self.deaf.append((begun, time.monotonic()))

    async def _freeze_gateway(self, seconds: float) -> None:
        begun = time.monotonic()
        await _freeze(self.gateway.pid, seconds)
        self.deaf.append((begun, time.monotonic() + RESUMED))

    async def _unplug(self, seconds: float) -> None:
        begun = time.monotonic() - COMMIT_MARGIN
        torn = self.cable.torn + self.cable.dropped
        self.cable.tear()
        await eventually(lambda: self.cable.torn + self.cable.dropped > torn)
        await asyncio.sleep(seconds)
        heard = self._heard("serial")
        self.cable.open()
        await self._hears("serial", heard)
        self.deaf.append((begun, time.monotonic()))

    async def _restart(self, end: Callable[[], None], server: Server, seconds: float) -> None:
        await asyncio.to_thread(end)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(server.start)

    async def _subscribed(self) -> None:
        """Wait until the gateway has said that it is there, which it does behind its subscriptions."""
        async with asyncio.timeout(PATIENCE), aiomqtt.Client("127.0.0.1", self.broker.port) as client:
            await client.subscribe(f"reverbere/{SITE}/gateway/health", qos=1)
            async for message in client.messages:
                assert isinstance(message.payload, bytes)
                if json.loads(message.payload)["state"] == "online":
                    return

    async def _hears(self, link: str, before: int) -> None:
        """Wait until the gateway has opened a link once more."""
        await eventually(lambda: self._heard(link) > before)

    def _heard(self, link: str) -> int:
        return sum(link in event["link"] for event in self.gateway.events("link up"))

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
        """The four streets of the real day, with our targets, the round's commit interval and one more counter."""
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
        file.write_text(json.dumps(devices, indent=1), encoding="utf-8")


async def eventually(condition: Callable[[], bool], every: float = 0.05) -> None:
    """Wait for what nobody tells of; the condition may block. Raises `TimeoutError`."""
    async with asyncio.timeout(PATIENCE):
        while not await asyncio.to_thread(condition):  # noqa: ASYNC110 - another process tells nobody
            await asyncio.sleep(every)


async def _freeze(process: int, seconds: float) -> None:
    """Let a process stand still for a while."""
    os.kill(process, signal.SIGSTOP)
    try:
        await asyncio.sleep(seconds)
    finally:
        os.kill(process, signal.SIGCONT)


def _end(server: Server) -> None:
    server.kill()
