"""What a lamp is told and what it says."""

from dataclasses import dataclass

from devices.device import DeviceId


@dataclass(frozen=True, slots=True)
class LightCommand:
    """Go to `level` (whole per cent of light output, 0-100) within `ramp` nanoseconds; void after `valid_for`.

    `id` names the order so that the lamp's answer can be matched to it. A lamp that hears no order for `valid_for`
    nanoseconds takes its own failure level.
    """

    lamp: DeviceId
    level: int
    ramp: int
    id: str
    valid_for: int


@dataclass(frozen=True, slots=True)
class LightState:
    """What a lamp says of itself: light output in per cent now, power in watts, energy in watt-hours since it was made.

    `target` is the level it is fading to and `confirms` the id of the order it follows, where it says so. `faults`
    are TALQ names such as `lampFailure`.
    """

    lamp: DeviceId
    level: float
    time: int
    power: float | None = None
    energy: float | None = None
    target: float | None = None
    confirms: str = ""
    faults: frozenset[str] = frozenset()
