"""How each fault is done to a town, and undone."""

import asyncio
import os
import signal
import time
from asyncio import Lock
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from tests.servers import Server
from tests.soak.bounds import Interval
from tests.soak.faults import Fault, Kind, step_of
from tests.soak.front import Trouble
from tests.soak.servers import pid
from tests.soak.town import Town, eventually

COMMIT_MARGIN = 2.0
"""Seconds before the end of a gateway or of a cable in which a line may have been read, or not yet, but not stored."""
RESUMED = 1.0
"""Seconds that a process may need to read on after it stood still."""

_ANSWERS: dict[Kind, int | str] = {
    Kind.UNAUTHORIZED: 401,
    Kind.NOT_FOUND: 404,
    Kind.TOO_LARGE: 413,
    Kind.TOO_MANY: 429,
    Kind.UNAVAILABLE: 503,
    Kind.HANGING: "hang",
    Kind.RESET: "reset",
}


class Strikes:
    """Breaks what is in a town and heals it. Two faults of one part come one after the other."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._locks: defaultdict[str, Lock] = defaultdict(Lock)

    async def strike(self, fault: Fault) -> None:
        """Break something when its moment comes, and heal it."""
        await asyncio.sleep(fault.at)
        match fault.kind:
            case Kind.GATEWAY_KILLED | Kind.GATEWAY_FROZEN | Kind.NO_SPACE:
                async with self._locks["gateway"], self._stalling():
                    await self._strike_gateway(fault)
            case Kind.BROKER_KILLED | Kind.BROKER_STOPPED | Kind.BROKER_FROZEN:
                async with self._locks["broker"], self._stalling():
                    await self._strike_broker(fault)
            case Kind.UNPLUGGED:
                async with self._locks["serial"]:
                    await self._unplug(fault.seconds)
            case Kind.GATEWAY_CUT | Kind.GATEWAY_HALF_OPEN | Kind.GATEWAY_STALLED:
                async with self._locks["gateway's wire"], self._stalling():
                    await self._strike_wire(fault)
            case Kind.SENSORS_CUT:
                async with self._locks["sensors' wire"]:
                    await self._town.sensors_wire.cut(fault.seconds)
            case Kind.CLOCK_STEPPED:
                async with self._locks["clock"]:
                    await self._step_clock(fault)
            case Kind.DATABASE_KILLED | Kind.DATABASE_FROZEN | Kind.SECOND_STOPPED | Kind.SECOND_FROZEN:
                await self._strike_database(fault)
            case _:
                await self._strike_front(fault)

    @asynccontextmanager
    async def _stalling(self) -> AsyncIterator[None]:
        """Note that what goes to and fro between gateway and broker may stand still meanwhile."""
        start = time.monotonic()
        try:
            yield
        finally:
            self._town.stalls.append(Interval(start, time.monotonic() + RESUMED))

    async def _strike_gateway(self, fault: Fault) -> None:
        match fault.kind:
            case Kind.GATEWAY_KILLED:
                await self._kill_gateway(fault.seconds)
            case Kind.GATEWAY_FROZEN:
                # What it has not read by now is gone if the cable is pulled out meanwhile.
                begun = time.monotonic() - COMMIT_MARGIN
                await freeze(self._town.gateway.pid, fault.seconds)
                await self._note_deaf(begun)
            case _:
                await self._fill_disk(fault)

    async def _fill_disk(self, fault: Fault) -> None:
        """Leave no space; every other time the gateway is killed before there is some again."""
        town, space = self._town, self._town.space
        assert space is not None
        process, heard = town.gateway.pid, town.heard("serial")
        # What comes by the serial line meanwhile waits in memory, which a kill ends.
        begun = time.monotonic() - COMMIT_MARGIN
        killed = fault.detail > 0.5
        if int(fault.detail * 100) % 2:
            await asyncio.to_thread(town.empty_log)
        await asyncio.to_thread(space.fill, process)
        try:
            await asyncio.sleep(fault.seconds)
            if killed:
                await self._end_gateway()
        finally:
            await asyncio.to_thread(space.free, process)
        if killed:
            await self._start_gateway(heard, begun)
        else:
            # With its next commit the record has all that waited.
            end = await asyncio.to_thread(town.sight)
            await eventually(lambda: town.sight().seq > end.seq)

    async def _kill_gateway(self, seconds: float) -> None:
        heard = self._town.heard("serial")
        begun = time.monotonic() - COMMIT_MARGIN
        await self._end_gateway()
        await asyncio.sleep(seconds)
        await self._start_gateway(heard, begun)

    async def _end_gateway(self) -> None:
        status = await asyncio.to_thread(self._town.gateway.kill)
        assert status == -signal.SIGKILL, f"the gateway had ended by itself with status {status}"

    async def _start_gateway(self, heard: int, deaf_since: float) -> None:
        """Start it and wait until it has opened the serial line, as it had `heard` times before."""
        town = self._town
        await asyncio.to_thread(town.gateway.start)
        await town.hears("serial", heard)
        await self._note_deaf(deaf_since)

    async def _strike_broker(self, fault: Fault) -> None:
        town = self._town
        match fault.kind:
            case Kind.BROKER_KILLED:
                begun = time.monotonic()
                await restart(town.broker.kill, town.broker, fault.seconds)
                town.kills.append(Interval(begun, time.monotonic()))
            case Kind.BROKER_STOPPED:
                await restart(town.broker.stop, town.broker, fault.seconds)
            case _:
                begun = time.monotonic()
                await freeze(pid(town.broker), fault.seconds)
                town.broker_frozen.append(Interval(begun, time.monotonic() + RESUMED))

    async def _strike_wire(self, fault: Fault) -> None:
        wire = self._town.gateway_wire
        match fault.kind:
            case Kind.GATEWAY_HALF_OPEN:
                await wire.half_open(fault.seconds)
            case Kind.GATEWAY_STALLED:
                await wire.stall(fault.seconds)
            case _:
                await wire.cut(fault.seconds)

    async def _strike_database(self, fault: Fault) -> None:
        first, second = self._town.influxdb, self._town.victoria_metrics
        async with self._locks[fault.kind.value.partition(" ")[0]]:
            match fault.kind:
                case Kind.DATABASE_KILLED:
                    await restart(first.kill, first, fault.seconds)
                case Kind.DATABASE_FROZEN:
                    await freeze(pid(first), fault.seconds)
                case Kind.SECOND_STOPPED:
                    # Never killed: VictoriaMetrics accepts what it writes to its disk only seconds later.
                    await restart(second.stop, second, fault.seconds)
                case _:
                    await freeze(pid(second), fault.seconds)

    async def _strike_front(self, fault: Fault) -> None:
        front = self._town.front
        if fault.kind in {Kind.LINE_REFUSED, Kind.LINE_UNPROCESSABLE}:
            status = 400 if fault.kind is Kind.LINE_REFUSED else 422
            front.doom(status, fault.detail, partial=fault.seconds > 2.0)
            return
        async with self._locks["front"]:
            front.break_down(Trouble(_ANSWERS[fault.kind], 1 + int(fault.detail * 100)))
            try:
                await asyncio.sleep(fault.seconds)
            finally:
                front.heal()

    async def _step_clock(self, fault: Fault) -> None:
        step = step_of(fault)
        self._town.wall.step(step.by)
        await asyncio.sleep(fault.seconds)
        if step.righted:
            self._town.wall.step(-step.by)

    async def _unplug(self, seconds: float) -> None:
        town, cable = self._town, self._town.cable
        begun = time.monotonic() - COMMIT_MARGIN
        torn = cable.torn + cable.dropped
        cable.tear()
        await eventually(lambda: cable.torn + cable.dropped > torn)
        await asyncio.sleep(seconds)
        heard = town.heard("serial")
        cable.open()
        await town.hears("serial", heard)
        await self._note_deaf(begun)

    async def _note_deaf(self, since: float) -> None:
        """Nobody listened at the serial line; what was said since is behind us when all that waits has been read."""
        await self._town.cable.read_out()
        self._town.deaf.append(Interval(since, time.monotonic()))


async def restart(end: Callable[[], None], server: Server, seconds: float) -> None:
    """End a server and start it again after some seconds."""
    await asyncio.to_thread(end)
    await asyncio.sleep(seconds)
    await asyncio.to_thread(server.start)


async def freeze(process: int, seconds: float) -> None:
    """Let a process stand still for a while."""
    os.kill(process, signal.SIGSTOP)
    try:
        await asyncio.sleep(seconds)
    finally:
        os.kill(process, signal.SIGCONT)
