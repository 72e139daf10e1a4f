"""The small street of the engine's tests as a whole gateway without links: a hand-moved clock, and what was sent."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from devices.device import Device, DeviceId, Kind
from devices.message import Message
from devices.reading import Quantity, Reading
from gateway.configuration.site import Site
from gateway.daemon.lamplighter import Lamplighter
from gateway.daemon.routes import Routes
from gateway.lighting.decision import Decision
from gateway.lighting.engine import Engine
from gateway.lighting.facts import Fact
from gateway.lighting.lamps.supervisor import Lamps
from gateway.record.entry import Entry, Made
from tests.daemon.hand_clock import HandClock
from tests.lighting.street import DUSK, EAST, HOUR, MINUTE, MOTION, WEST, plan

NIGHT = DUSK + 2 * HOUR
"""An hour at which the street is lit and no step of its program begins."""

LAMPS = tuple(DeviceId(f"lamp-{number}") for number in (1, 2, 3))
ROOT = "reverbere/chalon"
EMPTY, FULL = 60, 100
"""Levels of the street when nobody is there, and for people (step 1 of its program)."""


def site(state: Path = Path("state")) -> Site:
    """The street of `tests.lighting.street` with native devices behind one broker."""
    sensors = [Device(name, Kind.SENSOR, "mqtt", "native", name) for name in (WEST, EAST, *MOTION)]
    lamps = [Device(name, Kind.LUMINAIRE, "mqtt", "native", name) for name in LAMPS]
    return Site("chalon", "Chalon", plan(), (*sensors, *lamps), state, None, refresh=MINUTE)


def essence(decision: Decision) -> tuple[object, ...]:
    """What of a decision a restart must not change; the figures of its causes are those of the present."""
    return decision.lamp, decision.time, decision.level, decision.ramp, decision.decided.rank, decision.decided.key


# What is read from files (a time zone, the module of a convention) is read here, before there is a loop to block.
ROUTES = Routes(site())
TIMEZONE = Engine(plan(), NIGHT)


class CountingEngine(Engine):
    """An engine that knows how often it was asked."""

    calls = 0

    def advance(self, now: int, facts: Iterable[Fact] = ()) -> list[Made]:  # type: ignore[override] # Made is wider than what it returns
        self.calls += 1
        return list(super().advance(now, facts))


class House:
    """A lamplighter that lives, what it sent and what it kept."""

    def __init__(self, clock: HandClock, engine: Engine | None = None, routes: Routes = ROUTES) -> None:
        self.clock = clock
        self.engine = engine if engine is not None else CountingEngine(plan(), clock.now().time)
        self.sent: list[tuple[int, DeviceId, int]] = []
        """(when, lamp, level) of every order."""
        self.kept: list[Entry] = []
        self.lamplighter = Lamplighter(self.engine, Lamps(MINUTE), clock, routes, self._send, self.kept.append)

    def _send(self, link: str, message: Message) -> None:
        assert link == "mqtt"
        lamp = DeviceId(message.topic.removeprefix(f"{ROOT}/lamp/").removesuffix("/set"))
        self.sent.append((self.clock._time, lamp, json.loads(message.payload)["level"]))

    @asynccontextmanager
    async def living(self) -> AsyncIterator[None]:
        """Begin, and run while the body runs."""
        self.lamplighter.begin(())
        task = asyncio.create_task(self.lamplighter.run(), name="lamplighter")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])
            assert task.cancelled()

    def decisions(self, lamp: DeviceId) -> list[Decision]:
        """What was decided for a lamp by timers."""
        return [item for entry in self.kept for item in entry.made if isinstance(item, Decision) and item.lamp == lamp]


async def quiet(house: House) -> int:
    """Nobody is there, and nobody was over two whole windows; says what time it is then."""
    for _ in range(8):
        at = house.clock.now().time
        counts = [Reading(name, Quantity.PEDESTRIANS, 0, at, period=3 * MINUTE) for name in (WEST, EAST)]
        house.lamplighter.learn(at, [*counts, *(Reading(name, Quantity.PRESENCE, 0, at) for name in MOTION)])
        await house.clock.pass_to(at + 3 * MINUTE)
    at = house.clock.now().time
    house.lamplighter.learn(at, [Reading(name, Quantity.PRESENCE, 0, at) for name in MOTION])
    assert levels(house) == [EMPTY] * 3
    house.sent.clear()
    return house.clock.now().time


def levels(house: House) -> list[int]:
    return [house.engine.standing(lamp).level for lamp in LAMPS]
