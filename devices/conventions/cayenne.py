"""Cayenne LPP on a topic of its own: the bytes of an uplink, as a bridge passes them on.

A device's address is its topic. One pedestrian: nobody counts here; the type `presence` is presence, and a digital
input is only on a sensor that measures presence. What it cannot see: LPP has no type for a count of people, and does
not say what an analogue input or a percentage is of.
"""

from collections.abc import Iterator, Sequence

from devices.convention import Convention, Heard
from devices.device import Device
from devices.hearing import Hearing, announce
from devices.light import LightCommand
from devices.lorawan.cayenne import fields, hear_fields, time_in
from devices.message import Message

NAME = "cayenne"


def make(site: str, devices: Sequence[Device]) -> Convention:  # noqa: ARG001 - LPP knows no site
    """Build the convention for the devices behind one broker."""
    return Cayenne(devices)


class Cayenne:
    """Knows devices by their topics."""

    def __init__(self, devices: Sequence[Device]) -> None:
        self._devices = {device.address: device for device in devices}

    def topics(self) -> frozenset[str]:
        """Give the topics of the devices."""
        return frozenset(self._devices)

    def decode(self, message: Message) -> Iterator[Heard]:
        """Say what a payload means. Raises `Malformed` after the good parts."""
        device = self._devices.get(message.topic)
        if device is None:
            yield from announce(NAME, message.topic, lambda stand_in: _hear(message, stand_in))
        else:
            yield from _hear(message, device)

    def encode(self, command: LightCommand) -> Sequence[Message]:
        """Raise `KeyError`: no lamp speaks LPP."""
        raise KeyError(command.lamp)


def _hear(message: Message, device: Device) -> Iterator[Heard]:
    payload = fields(message.payload)
    hearing = Hearing(message, device, time_in(payload))
    measures = device.options.get("measures", ())
    hear_fields(hearing, payload, frozenset(measures) if isinstance(measures, tuple) else frozenset())
    yield from hearing.heard()
