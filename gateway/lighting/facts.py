"""All that an engine can learn."""

from dataclasses import dataclass
from typing import TypeAlias

from devices.device import DeviceId
from devices.reading import Availability, Reading
from gateway.lighting.plan import ZoneId


@dataclass(frozen=True, slots=True)
class Override:
    """A person's order for a lamp or a zone from `start` until `expires` (nanoseconds): `level` per cent, by whom, why.

    `force` lets it go under the floor.
    """

    id: str
    target: DeviceId | ZoneId
    level: int
    start: int
    expires: int
    owner: str
    reason: str
    force: bool = False


@dataclass(frozen=True, slots=True)
class Cancel:
    """A person took an override back."""

    override: str
    owner: str


@dataclass(frozen=True, slots=True)
class ClockSet:
    """Street time jumped by `shift` nanoseconds: timers keep what they had left, calendars look again.

    It stands at the old time on the tape; what follows it stands in the new. While the clock is not `sure`, it is
    night.
    """

    shift: int
    sure: bool


Fact: TypeAlias = Reading | Availability | Override | Cancel | ClockSet
