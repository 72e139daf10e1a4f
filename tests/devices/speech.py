"""What devices of other makes say and are told, in a form that a test can compare."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from devices.convention import Announcement, Convention, Heard, Rejected, find, hear
from devices.device import Device, DeviceId, Kind
from devices.light import LightCommand, LightState
from devices.message import SECOND, Message
from devices.reading import Availability, Reading

NOON = 1_790_000_000 * SECOND
"""Some noon in September 2026."""

Said = tuple[str, str, float]
"""A quantity, its channel, and its value."""


def sensor(convention: str, address: str, **options: object) -> Device:
    """A sensor that is called "sensor"."""
    return Device(DeviceId("sensor"), Kind.SENSOR, "mqtt", convention, address, "", options)


def lamp(convention: str, address: str, **options: object) -> Device:
    """A lamp that is called "lamp"."""
    return Device(DeviceId("lamp"), Kind.LUMINAIRE, "mqtt", convention, address, "", options)


def convention(*devices: Device) -> Convention:
    """The convention of some devices."""
    return find(devices[0].convention)("lab", devices)


def message(topic: str, payload: str | bytes, *, retained: bool = False, time: int = NOON) -> Message:
    """A message that came at noon."""
    return Message(topic, payload.encode() if isinstance(payload, str) else payload, time, retained)


def heard(device: Device, topic: str, payload: str | bytes, *, retained: bool = False) -> list[Heard]:
    """All that a device says by one message."""
    return hear(convention(device), message(topic, payload, retained=retained))


def said(items: Sequence[Heard]) -> set[Said]:
    """The readings and levels in it."""
    return set(_said(items))


def _said(items: Sequence[Heard]) -> Iterator[Said]:
    for item in items:
        if isinstance(item, Reading):
            yield item.quantity.value, item.channel, item.value
        elif isinstance(item, LightState):
            yield "level", "", round(item.level, 1)
            if item.power is not None:
                yield "power", "", item.power
            if item.energy is not None:
                yield "energy", "", item.energy


def refused(items: Sequence[Heard]) -> list[str]:
    """What was wrong."""
    return [f"{item.where}: {item.expected}, found {item.found}" for item in items if isinstance(item, Rejected)]


def online(items: Sequence[Heard]) -> list[bool]:
    """Whether the device came or went."""
    return [item.online for item in items if isinstance(item, Availability)]


def announced(items: Sequence[Heard]) -> Mapping[str, tuple[str, ...]]:
    """Who described itself, and what it offers."""
    return {item.address: item.offers for item in items if isinstance(item, Announcement)}


def command(level: int, ramp: float = 0.0) -> LightCommand:
    """An order to "lamp"."""
    return LightCommand(DeviceId("lamp"), level, round(ramp * SECOND), "c-1", 180 * SECOND)


def later(came: Message, seconds: float) -> Message:
    """The same message again."""
    return replace(came, time=came.time + round(seconds * SECOND))


def states(items: Sequence[Heard]) -> list[Any]:
    """Level and target of the lamp."""
    return [(item.level, item.target) for item in items if isinstance(item, LightState)]
