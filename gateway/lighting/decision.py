"""What was decided and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from devices.device import DeviceId
from devices.reading import Reading
from gateway.lighting.facts import Override
from gateway.lighting.plan import Place


class Rank(Enum):
    """The reasons for light as they are printed, highest first, then the clamps."""

    OVERRIDE = "override"
    FAILSAFE = "failsafe"
    PRESENCE = "presence"
    COUNT = "count"
    DEFAULT = "default"
    CAP = "cap"
    FLOOR = "floor"
    STEADY = "steady"
    INACTIVE = "inactive"


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason and what it asks for: `level` in per cent.

    `figure` is what the layer made of its inputs: people per hour for COUNT, seconds of hold that are left for
    PRESENCE (None while somebody is there), lux for FLOOR, seconds that are left for STEADY. `because` are the readings
    or the order behind it and `note` says in words what no number says. `key` tells one reason of a rank from another
    (a step's number, an order's id).
    """

    rank: Rank
    level: float
    figure: float | None = None
    because: tuple[Reading | Override, ...] = ()
    note: str = ""
    key: str = ""
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Ask:
    """What one layer wants: for the whole zone, and for the few lamps it names."""

    zone: Cause | None = None
    lamps: Mapping[DeviceId, Cause] = field(default_factory=dict)

    def of(self, lamp: DeviceId) -> Cause | None:
        """What it wants of one lamp."""
        return self.lamps.get(lamp, self.zone)


@dataclass(frozen=True, slots=True)
class Decision:
    """One lamp's new target level (whole per cent) and ramp (nanoseconds).

    `time` is the instant it became due, not the instant somebody looked. `causes` begin with the one that decided, then
    come the others that spoke, highest rank first, the overruled too, then the clamps.
    """

    time: int
    lamp: DeviceId
    level: int
    ramp: int
    causes: tuple[Cause, ...]

    @property
    def decided(self) -> Cause:
        """The cause that made the level what it is."""
        return self.causes[0]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of an engine as JSON, the digest of the plan it belongs to and the version that made it."""

    digest: str
    version: str
    state: Mapping[str, object]
