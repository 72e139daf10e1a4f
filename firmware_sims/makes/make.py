"""What every make is made of: who a device is, what a sensor and a lamp of it must be able to say. Pure."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from firmware_sims.lamp import Lamp, Order
from firmware_sims.said import Said
from firmware_sims.sight import Habit, Sight
from gateway.clock import SECOND

MILLISECOND = SECOND // 1000

FOR_EVER = 10 * 365 * 86_400 * SECOND
"""How long an order holds for lamps that take no failure level by themselves."""


@dataclass(frozen=True, slots=True)
class Node:
    """Who a device is: `address` as its make calls it, and where its topics begin if that is not as usual.

    `timezone` is where it hangs, for makes whose clocks show local time.
    """

    id: str
    address: str
    base: str = ""
    topic: str = ""
    timezone: str = "UTC"
    site: str = ""


class Client:
    """A device that is a client of the broker: nothing said when it comes or goes unless its make does."""

    ears: tuple[str, ...] = ()
    """Topics that it listens to."""

    spoken: tuple[str, ...] = ()
    """Topics of which the gateway learns by what the device says of itself; nothing is said there before."""

    def __init__(self, node: Node) -> None:
        self.node = node

    def will(self) -> Said | None:
        """What the broker shall say when it vanishes; asked before each connection."""
        return None

    def births(self, clock: int) -> Sequence[Said]:
        """What it says first on each connection. `clock` is what its own clock shows (ns since 1970), as below."""
        del clock
        return ()

    def farewell(self, clock: int) -> Said | None:
        """What it says when it is switched off."""
        del clock
        return None


class SensorMake(Client):
    """A sensor of some make."""

    habit: Habit = Habit.LOOKS

    totals: bool = False
    """Whether it counts by running totals: the next one makes up for a message that was lost."""

    @property
    def numbered(self) -> tuple[str, int]:
        """The boot and the number of the last message, of makes that number theirs."""
        return "", -1

    def say(self, sight: Sight, clock: int) -> Sequence[Said]:
        """What it makes of a sight."""
        raise NotImplementedError

    def hear(self, topic: str, payload: bytes, clock: int) -> Sequence[Said]:
        """What it answers to what came on a topic of its ears."""
        del topic, payload, clock
        return ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a lamp is asked that is no order: to say these messages."""

    said: Sequence[Said] = ()


class LampMake(Client):
    """A lamp of some make."""

    born_whole: ClassVar[bool] = False
    """Whether its births say all that it knows, so that nothing need follow them."""

    failure_level: ClassVar[float | None] = None
    """What it takes when nobody speaks to it; None if it stays as it is."""

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self._orders = 0

    def understand(self, topic: str, payload: bytes, lamp: Lamp, clock: int) -> Order | Answer | None:
        """What it is told: an order, a question, or nothing that it understands."""
        raise NotImplementedError

    def state(self, lamp: Lamp, clock: int) -> Sequence[Said]:
        """What it says of itself."""
        raise NotImplementedError

    def order(self, level: float, ramp_seconds: float) -> Order:
        """An order of a make that numbers none."""
        self._orders += 1
        return Order(str(self._orders), level, round(ramp_seconds * SECOND), FOR_EVER)


def written(said: object) -> bytes:
    """JSON as firmware writes it, without spaces."""
    return json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode()


def read_object(payload: bytes) -> dict[str, object] | None:
    """A JSON object; None if it is none."""
    try:
        said = json.loads(payload)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def number(value: object) -> float | None:
    """A number; None if it is none."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def step(level: float, full: int) -> int:
    """The step of a scale that ends at `full` for a level in per cent; 0 is dark and nothing else is."""
    return max(round(level * full / 100), 1) if level > 0 else 0


def per_cent(value: float, full: float) -> float:
    """The level of a step."""
    return min(max(100 * value / full, 0.0), 100.0)


def local_time(clock: int, timezone: str) -> str:
    """What a wall clock at that place shows: ISO 8601 to the second, without a zone."""
    return datetime.fromtimestamp(clock // SECOND, ZoneInfo(timezone)).strftime("%Y-%m-%dT%H:%M:%S")


def zulu(clock: int) -> str:
    """RFC 3339 in UTC with nanoseconds."""
    return f"{local_time(clock, 'UTC')}.{clock % SECOND:09}Z"
