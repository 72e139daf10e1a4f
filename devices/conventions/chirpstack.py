"""ChirpStack, versions 3 and 4: uplinks of LoRaWAN sensors over its MQTT integration (JSON).

A device's address is its DevEUI. One pedestrian, and what it cannot see: as for The Things Stack, since both pass on
what the same decoders make of the same bytes (`object`). The battery level of a device status is taken too.

Source: ChirpStack, "Events" and "MQTT integration".
"""

import re
from collections.abc import Iterator, Sequence

from devices.convention import Convention, Heard, Malformed
from devices.device import Device
from devices.hearing import Hearing, announce
from devices.light import LightCommand
from devices.lorawan.uplink import Uplink, hear_uplink
from devices.message import Message
from devices.payload import Tree, an_object, shown, tree
from devices.reading import Quantity

NAME = "chirpstack"
EVENT = re.compile(r"\W*(?P<name>[a-z]+)\b.*")


def make(site: str, devices: Sequence[Device]) -> Convention:  # noqa: ARG001 - a network server knows no site
    """Build the convention for the devices of the applications behind one broker."""
    return ChirpStack(devices)


class ChirpStack:
    """Knows devices by their DevEUIs."""

    def __init__(self, devices: Sequence[Device]) -> None:
        self._devices = {device.address.lower(): device for device in devices}

    def topics(self) -> frozenset[str]:
        """Give the topics of the devices' uplinks and statuses, in whichever application they are."""
        events = ("up", "status")
        return frozenset(f"application/+/device/{eui}/event/{event}" for eui in self._devices for event in events)

    def decode(self, message: Message) -> Iterator[Heard]:
        """Say what an event means. Raises `Malformed` after the good parts."""
        levels = message.topic.split("/")
        # application/ID/device/EUI/event/KIND, maybe below a prefix
        if len(levels) < 6 or levels[-6:-1:2] != ["application", "device", "event"]:  # noqa: PLR2004 - so many levels
            raise Malformed("application/ID/device/EUI/event/up", shown(message.topic), "topic")
        event = EVENT.fullmatch(levels[-1])
        if event is None or event["name"] not in ("up", "status"):
            return
        said = an_object(message.payload)
        address = levels[-3].lower()
        device = self._devices.get(address)
        if device is None:
            yield from announce(NAME, address, lambda stand_in: _hear(message, stand_in, said, event["name"]))
        else:
            yield from _hear(message, device, said, event["name"])

    def encode(self, command: LightCommand) -> Sequence[Message]:
        """Raise `KeyError`: no lamp is told over LoRaWAN."""
        raise KeyError(command.lamp)


def _hear(message: Message, device: Device, said: dict[str, Tree], event: str) -> Iterator[Heard]:
    if event == "up":
        yield from hear_uplink(message, device, _uplink(said))
        return
    time = said.get("time")
    hearing = Hearing(message, device, time if isinstance(time, str) else None)
    if not said.get("batteryLevelUnavailable") and not said.get("externalPowerSource"):
        hearing.say(Quantity.BATTERY, said.get("batteryLevel"), "batteryLevel")
    yield from hearing.heard()


def _uplink(said: dict[str, Tree]) -> Uplink:
    """Version 3 writes the decoded object as a text."""
    decoded = said.get("object")
    written = said.get("objectJSON")
    if decoded is None and isinstance(written, str) and written:
        decoded = tree(written.encode(errors="replace"))
    return Uplink(said.get("time"), said.get("data"), decoded, said.get("rxInfo"))
