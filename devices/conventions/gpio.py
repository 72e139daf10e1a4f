"""What hangs on the pins of a Raspberry Pi's own header: motion sensors, contacts and light beams; lamps.

A sensor's pin is `high` or `low`, and its option `active` says which of them means that somebody is there. A message is
that word, with how long ago it became so where it has just changed (`high 52ms`), or `restless` for a pin that does not
come to rest, or `lost` for one that cannot be read: the sensor is then offline, and the lamps it watches are on
failsafe. A pin is said again every ten seconds; `heartbeat` (ns) says how often that is to be a reading.

A lamp's pin is ordered a level in JSON and says what was written to it: `held` when it can be ordered, `lost` when it
cannot any more. What it says is what was written, not light that anybody measured.

One pedestrian: one break of a light beam (`measures: pedestrians`), counted when the beam is whole again, with the time
at which it was broken. A beam that is broken for longer than `BLOCKED` has something in it, or a cut wire: it counts
nobody, and is offline until it is whole. What it cannot see: which way they go, two side by side, and who breaks the
beam for less than the pin's debounce.
"""

import json
import re
from collections.abc import Iterator, Sequence

from devices.convention import Convention, Heard, Malformed
from devices.device import Device, DeviceId, Kind
from devices.hearing import announce
from devices.light import LightCommand, LightState
from devices.message import SECOND, Message
from devices.payload import an_object, shown, text
from devices.reading import Availability, Quality, Quantity, Reading
from devices.values import number

HIGH, LOW, RESTLESS, LOST, HELD = "high", "low", "restless", "lost", "held"
"""What is said of a pin."""

BLOCKED = 30 * SECOND
"""A beam that is broken for so long (ns) is no pedestrian."""

REPEAT = 20 * SECOND
"""Nanoseconds between two readings that somebody is there, at least: who says it once is believed for `max_on` only."""

_SENSED = re.compile(r"(high|low|restless|lost)(?: (\d{1,9})ms)?")
_MS = 1_000_000


def make(site: str, devices: Sequence[Device]) -> Convention:  # noqa: ARG001 - a pin knows no site
    """Build the convention for what hangs on pins; its address is the name of its pin, "GPIO17"."""
    return Gpio(devices)


class Gpio:
    """The sensors by their pins, each with what it said last, and the lamps."""

    def __init__(self, devices: Sequence[Device]) -> None:
        self._sensors = {each.address: Sensor(each) for each in devices if each.kind is Kind.SENSOR}
        self._lamps = {each.address: each.id for each in devices if each.kind is Kind.LUMINAIRE}
        self._pins = {lamp: pin for pin, lamp in self._lamps.items()}

    def topics(self) -> frozenset[str]:
        """Give the pins."""
        return frozenset((*self._sensors, *self._lamps))

    def decode(self, message: Message) -> Iterator[Heard]:
        """Say what a pin means. Raises `Malformed` for what is no word of one."""
        if message.topic in self._sensors:
            yield from self._sensors[message.topic].hear(message)
        elif message.topic in self._lamps:
            yield from _lamp(self._lamps[message.topic], message)
        else:
            yield from announce("gpio", message.topic, lambda device: _anybody(device, message))

    def encode(self, command: LightCommand) -> Sequence[Message]:
        """Order a level of a lamp's pin, within a ramp; raises `KeyError` for who is no lamp here."""
        order = {
            "level": command.level,
            "ramp": command.ramp / SECOND,
            "id": command.id,
            "valid_for": command.valid_for / SECOND,
        }
        return (Message(self._pins[command.lamp], json.dumps(order).encode()),)

    def inherit(self, before: Convention) -> None:
        """Know how the pins stood that are read as they were: nobody is counted twice or forgotten by a reload."""
        if not isinstance(before, Gpio):
            return
        for pin, sensor in self._sensors.items():
            if (known := before._sensors.get(pin)) is not None:  # noqa: SLF001 - one of its own kind
                sensor.inherit(known)


class Sensor:
    """One sensor: whether somebody is there when that changes, while it is so, and twice a heartbeat.

    Options: `active`, the level while somebody is there ("high" if nothing is said); `measures`, of `presence` and
    `pedestrians`; `heartbeat` in nanoseconds, None for one that says nothing while nobody is there.
    """

    def __init__(self, device: Device) -> None:
        measures = device.options.get("measures", ("presence",))
        heartbeat = device.options.get("heartbeat")
        self._id = device.id
        self._active = device.options.get("active", HIGH)
        self._sees = isinstance(measures, tuple) and "presence" in measures
        self._counts = isinstance(measures, tuple) and "pedestrians" in measures
        self._repeat = heartbeat // 2 if isinstance(heartbeat, int) else None
        self._there: bool | None = None
        self._since = 0
        """Since when somebody is there, or when that was heard first."""
        self._whole = False
        """Whether the break of the beam that is now was seen to begin."""
        self._online = True
        self._spoken = 0

    def hear(self, message: Message) -> Iterator[Heard]:
        """Say what is new with a word of the pin. Raises `Malformed`."""
        word, at = _sensed(message)
        if message.retained:
            yield from self._of_before(word, message)
        elif word == LOST:
            self._there, self._online, self._whole = None, False, False
            yield Availability(self._id, online=False, time=message.time)
        else:
            yield from self._stands(word in (RESTLESS, self._active), at, message.time, whole=word != RESTLESS)

    def inherit(self, before: "Sensor") -> None:
        """Go on where the one before was, if it is the same device and its pin means the same."""
        meaning, standing = before.stand()
        if meaning == self._meaning():
            self._there, self._since, self._whole, self._online, self._spoken = standing

    def stand(self) -> tuple[tuple[object, ...], tuple[bool | None, int, bool, bool, int]]:
        """Give what its pin means, and how it stands: for the sensor that goes on after a reload."""
        return self._meaning(), (self._there, self._since, self._whole, self._online, self._spoken)

    def _meaning(self) -> tuple[object, ...]:
        return self._id, self._active, self._sees, self._counts

    def _of_before(self, word: str, message: Message) -> Iterator[Heard]:
        """What somebody kept of a pin is no news."""
        if word == LOST:
            yield Availability(self._id, online=False, time=message.time, retained=True)
        elif self._sees:
            there = float(word != LOW if self._active == HIGH else word != HIGH)
            yield Reading(self._id, Quantity.PRESENCE, there, message.time, quality=Quality.RETAINED)

    def _stands(self, there: bool, at: int, now: int, *, whole: bool) -> Iterator[Heard]:  # noqa: FBT001 - a state
        before, self._there = self._there, there
        if there and not before:
            self._since, self._whole = at, before is False
        self._whole &= whole
        if there and self._counts and (not whole or now - self._since >= BLOCKED):
            yield from self._blocked(now, said=before is True)
            return
        if not self._online:
            self._online = True
            yield Availability(self._id, online=True, time=now)
        if before and not there and self._counts and self._whole and at - self._since < BLOCKED:
            self._spoken = now
            yield Reading(self._id, Quantity.PEDESTRIANS, 1.0, self._since)
        yield from self._said(there, changed=there is not before, at=at, now=now)

    def _blocked(self, now: int, *, said: bool) -> Iterator[Heard]:
        """Something is in the beam, or its wire is cut: somebody may be there, and nobody is counted."""
        self._whole = False
        if not self._online:
            return
        if self._sees and not said:
            yield Reading(self._id, Quantity.PRESENCE, 1.0, now)
        self._online = False
        yield Availability(self._id, online=False, time=now)

    def _said(self, there: bool, *, changed: bool, at: int, now: int) -> Iterator[Heard]:  # noqa: FBT001 - a state
        waited = now - self._spoken
        if self._sees:
            due = self._repeat if not there else min(REPEAT, self._repeat or REPEAT)
            if changed or waited < 0 or (due is not None and waited >= due):
                self._spoken = now
                yield Reading(self._id, Quantity.PRESENCE, float(there), at if changed else now)
        elif not there and self._repeat is not None and (waited < 0 or waited >= self._repeat):
            # A beam that nobody breaks says so, as any counter does.
            period = waited if 0 < waited <= 2 * self._repeat else None
            self._spoken = now
            yield Reading(self._id, Quantity.PEDESTRIANS, 0.0, now, period=period)


def _sensed(message: Message) -> tuple[str, int]:
    """The word of a sensor's pin, and since when it holds (ns). Raises `Malformed`."""
    written = text(message.payload, 64)
    found = _SENSED.fullmatch(written)
    if found is None:
        raise Malformed("high, low, restless or lost, and how long ago in ms", shown(written))
    return found[1], message.time - int(found[2] or 0) * _MS


def _lamp(lamp: DeviceId, message: Message) -> Iterator[Heard]:
    """What a lamp's pin says. Raises `Malformed`."""
    word = text(message.payload)
    if word in (HELD, LOST):
        yield Availability(lamp, online=word == HELD, time=message.time, retained=message.retained)
        return
    said = an_object(message.payload)
    level, target = _level(said.get("level")), said.get("target")
    if not message.retained:
        confirms = said.get("id")
        yield LightState(
            lamp,
            level,
            message.time,
            target=None if target is None else _level(target),
            confirms=confirms if isinstance(confirms, str) else "",
        )


def _level(value: object) -> float:
    level = number(value)
    if not 0 <= level <= 100:  # noqa: PLR2004 - per cent
        raise Malformed("a level from 0 to 100", shown(value), "level")
    return level


def _anybody(device: Device, message: Message) -> Iterator[Heard]:
    """What a pin says of which nobody wrote whether a sensor or a lamp hangs on it."""
    if _SENSED.fullmatch(text(message.payload)):
        yield from Sensor(device).hear(message)
    else:
        yield from _lamp(device.id, message)
