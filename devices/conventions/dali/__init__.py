"""Lamps on a DALI line (IEC 62386): levels as arc power on the curve of the gear, and what gear says of itself.

A gear's address is its short address, 0 to 63; groups and scenes are not used, since each lamp has a level of its own.
The link asks (`gateway.links.dali`) and writes down the raw answers; what they mean is said here.

Gear knows no order by name and says no target: an order is confirmed by the arc power that was ordered, or by a fade
that runs after it. Which curve gear has, is asked. Until it has said it, and where it was declared otherwise, levels
are sent on the logarithmic curve, which is the brighter one on all gear: doubt lights the lamp. Gear on another curve
than declared has the fault `wrongDimmingCurve`.

One pedestrian: nobody counts here. What it cannot see: whether light comes out; gear knows of its lamp that a circuit
is open or short, and nothing of dirt on the glass. Operating time is that of the gear, lit or not.

Sources: IEC 62386-102:2014 and -207:2009; DiiA specifications part 252 (energy) and 253 (diagnostics), 2019.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from devices.convention import Announcement, Convention, Heard, Malformed
from devices.conventions.dali.answers import Nature, State, read
from devices.conventions.dali.curve import CURVES, MASK, Curve, contradicted, followed
from devices.device import Device, DeviceId
from devices.light import LightCommand, LightState
from devices.message import SECOND, Message
from devices.payload import shown
from devices.reading import Availability, Quality, Quantity, Reading

ADDRESS = re.compile(r"[1-5]?[0-9]|6[0-3]")
"""A short address as text (IEC 62386-102:2014, 7.2): 64 gear on a line."""

LAMP_FAILURE, GEAR_FAILURE, WRONG_CURVE = "lampFailure", "controlGearFailure", "wrongDimmingCurve"
"""Faults that gear names, the first in TALQ's word; the last is our own for a curve that is not the declared one."""


def make(site: str, devices: Sequence[Device]) -> Convention:  # noqa: ARG001 - gear knows no site
    """Build the convention for the lamps on one line. Options: `dimming_curve` as declared."""
    return Dali(devices)


@dataclass(slots=True)
class Gear:
    """One lamp's gear: what was declared, what it said of itself, and the level and arc power that it was told last."""

    lamp: DeviceId
    declared: Curve | None
    nature: Nature | None = None
    ordered: tuple[int, int] | None = None
    power_cycled: bool = False

    @property
    def curve(self) -> Curve:
        """The curve to go by."""
        found = None if self.nature is None else self.nature.curve
        return followed(self.declared, found, asked=self.nature is not None)

    @property
    def wrong(self) -> bool:
        """Whether it says another curve than was declared."""
        return self.nature is not None and contradicted(self.declared, self.nature.curve)

    def arc(self, level: int) -> int:
        """The arc power of a level, within its bounds: what is ordered under its minimum is its minimum, never off."""
        arc = self.curve.arc(level)
        if not arc or self.nature is None:
            return arc
        return min(max(arc, self.nature.minimum), self.nature.maximum)


class Dali:
    """The lamps of one line by their short addresses."""

    def __init__(self, devices: Sequence[Device]) -> None:
        self._gear = {
            device.address: Gear(device.id, CURVES.get(str(device.options.get("dimming_curve")))) for device in devices
        }
        self._addresses = {device.id: device.address for device in devices}

    def topics(self) -> frozenset[str]:
        """Give the short addresses."""
        return frozenset(self._gear)

    def decode(self, message: Message) -> Iterator[Heard]:
        """Say what gear answered. Raises `Malformed`."""
        gear = self._gear.get(message.topic)
        said = read(message.payload)
        if gear is None:
            yield _unknown(message.topic)
        elif isinstance(said, Nature):
            yield from _introduced(gear, said, message)
        else:
            yield from _state(gear, said, message)

    def encode(self, command: LightCommand) -> Sequence[Message]:
        """Say an order as arc power, and the ramp in seconds. Raises `KeyError` for a lamp of another line."""
        address = self._addresses[command.lamp]
        gear = self._gear[address]
        arc = gear.arc(command.level)
        gear.ordered = command.level, arc
        return (Message(address, json.dumps({"arc": arc, "ramp": command.ramp / SECOND}).encode()),)

    def inherit(self, before: Convention) -> None:
        """Know what gear said to the convention before: the line goes on, and is not asked again."""
        if not isinstance(before, Dali):
            return
        for address, gear in self._gear.items():
            if (known := before._gear.get(address)) is not None:  # noqa: SLF001 - one of its own kind
                gear.nature, gear.power_cycled = known.nature, known.power_cycled


def _unknown(address: str) -> Announcement:
    """Gear that nobody has configured. Raises `Malformed` for what is no short address."""
    if not ADDRESS.fullmatch(address):
        raise Malformed("a short address, 0 to 63", shown(address))
    return Announcement("dali", address, (Quantity.LEVEL.value,))


def _introduced(gear: Gear, nature: Nature, message: Message) -> Iterator[Heard]:
    """Gear says what it is. If its orders are others now, it is told anew: as a lamp is that has just come."""
    before = gear.curve, gear.nature
    gear.nature = nature
    quality = Quality.RETAINED if message.retained else Quality.GOOD
    if nature.curve is not None:
        value = float(nature.curve.value)
        yield Reading(gear.lamp, Quantity.DIMMING_CURVE, value, message.time, quality=quality)
    for channel, arc in (("minimum", nature.minimum), ("maximum", nature.maximum)):
        light = round(gear.curve.light(arc), 2)
        yield Reading(gear.lamp, Quantity.LEVEL, light, message.time, channel, quality=quality)
    if (gear.curve, gear.nature) != before:
        yield Availability(gear.lamp, online=True, time=message.time, retained=message.retained)


def _state(gear: Gear, said: State, message: Message) -> Iterator[Heard]:
    """Gear says what it does. An answer that is retained says what was, and is no state."""
    quality = Quality.RETAINED if message.retained else Quality.GOOD
    if said.status.power_cycled and not gear.power_cycled:
        yield Availability(gear.lamp, online=True, time=message.time, retained=message.retained)
    gear.power_cycled = said.status.power_cycled
    if said.operating_time is not None:
        yield Reading(gear.lamp, Quantity.OPERATING_TIME, said.operating_time, message.time, quality=quality)
    failed = {
        LAMP_FAILURE: said.status.lamp_failure,
        GEAR_FAILURE: said.status.gear_failure,
        WRONG_CURVE: gear.wrong,
    }
    faults = frozenset(name for name, is_so in failed.items() if is_so)
    # While it ignites and when its lamp is gone, gear has no arc power: without a lamp there is no light.
    lit = said.arc if said.arc != MASK else 0
    if message.retained or (said.arc == MASK and not said.status.lamp_failure):
        return
    yield LightState(
        gear.lamp,
        round(gear.curve.light(lit), 2),
        message.time,
        said.power,
        said.energy,
        _target(gear, lit, said),
        faults=faults,
    )


def _target(gear: Gear, arc: int, said: State) -> float | None:
    """The level that was ordered, where gear does as it was told; None where that cannot be said."""
    if gear.ordered is None:
        return None
    level, _ = gear.ordered
    does = arc == gear.arc(level) or (said.status.fading and gear.arc(level) == gear.ordered[1])
    return float(level) if does else None
