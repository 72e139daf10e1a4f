"""All that an engine can learn."""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

from devices.convention import Numbered
from devices.device import DeviceId
from devices.reading import Availability, Quality, Quantity, Reading
from gateway.lighting.plan import ZoneId


@dataclass(frozen=True, slots=True)
class Override:
    """A person's order for a lamp or a zone from `start` until `expires` (nanoseconds): `level` per cent, by whom, why.

    `force` lets it go under the floor. `owner` answers for it and `caller` is the login it was given from. With
    `by_clock` the end was said as a moment of the wall clock; without, as a length of time. A `proving` one is to find
    out whether lamps dim as told: it goes below 100 % where that is not proven, and not below what a class asks.
    """

    id: str
    target: DeviceId | ZoneId
    level: int
    start: int
    expires: int
    owner: str
    reason: str
    force: bool = False
    caller: str = ""
    by_clock: bool = False
    proving: bool = False


@dataclass(frozen=True, slots=True)
class Cancel:
    """A person took an override back: `owner` answers for it, `caller` is the login it came from."""

    override: str
    owner: str
    caller: str = ""


@dataclass(frozen=True, slots=True)
class Maintenance:
    """People work on a lamp from `start` until `expires` (nanoseconds): it hears nothing and raises no alarm.

    A `Cancel` of its id ends it. `owner` answers for it, `caller` is the login it came from.
    """

    id: str
    lamp: DeviceId
    start: int
    expires: int
    owner: str
    reason: str
    caller: str = ""


class Measured(NamedTuple):
    """What was measured at a level (per cent) and what was expected there, both in watts or both in lux."""

    level: float
    expected: float
    found: float


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found out at `time` (ns) of whether a lamp, or the lamps of a zone, give the light of the level ordered.

    By `watts` of its own meter, or by `lux` that a person measured: `owner` answers for these, `caller` is the login.
    `void` takes back what was said before: the lamp turned out not to shine at all.
    """

    target: DeviceId | ZoneId
    time: int
    by: Literal["watts", "lux"]
    verdict: Literal["fits", "misfit", "void"]
    points: tuple[Measured, ...] = ()
    owner: str = ""
    caller: str = ""


@dataclass(frozen=True, slots=True)
class ClockSet:
    """Street time jumped by `shift` nanoseconds: timers keep what they had left, calendars look again.

    It stands at the old time on the tape; what follows it stands in the new. While the clock is not `sure`, it is
    night.
    """

    shift: int
    sure: bool


Fact: TypeAlias = Reading | Availability | Numbered | Override | Cancel | Maintenance | Proof | ClockSet


def packed(reading: Reading) -> list[object]:
    """A reading as a JSON array, for snapshots."""
    return [
        reading.device,
        reading.quantity.value,
        reading.value,
        reading.time,
        reading.channel,
        reading.period,
        reading.quality.value,
    ]


def unpacked(array: Any) -> Reading:
    """The reading that `packed` made an array of."""
    device, quantity, value, time, channel, period, quality = array
    return Reading(DeviceId(device), Quantity(quantity), value, time, channel, period, Quality(quality))


def order(fact: Fact) -> tuple[object, ...]:
    """Key by which the facts of one moment are learned, so that the order in which they came does not matter.

    What is known of lamps comes first, orders come before readings and a clock step comes last; of one series, the
    higher value is learned last, so that "on" wins over "off". The senders' numbers stand beside their readings and are
    no facts by themselves.
    """
    match fact:  # the commonest first, and `_value_` for `value`: a property of enums costs five calls
        case Reading():
            quantity, quality = fact.quantity._value_, fact.quality._value_
            return (4, fact.device, quantity, fact.channel, fact.value, fact.time, fact.period or 0, quality)
        case Numbered():
            return (3, fact.device, fact.boot, fact.seq)
        case Override():
            meant = fact.target, fact.level, fact.start, fact.expires, fact.force
            return (0, fact.id, *meant, fact.owner, fact.reason, fact.caller, fact.by_clock, fact.proving)
        case Maintenance():
            return (0, fact.id, fact.lamp, fact.start, fact.expires, fact.owner, fact.reason, fact.caller)
        case Cancel():
            return (1, fact.override, fact.owner, fact.caller)
        case Proof():
            return (-1, fact.target, fact.by, fact.verdict, fact.time, fact.points, fact.owner, fact.caller)
        case Availability():
            return (2, fact.device, fact.online)
        case ClockSet():
            return (5, fact.shift, fact.sure)
