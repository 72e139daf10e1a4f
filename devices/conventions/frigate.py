"""Frigate: how many persons a camera sees now, or a zone of it.

A device's address is the name of the camera or of the zone; option `base` is Frigate's `topic_prefix`, "frigate" if
left out. Only `.../person` is asked for: of a picture nothing is ever taken.

One pedestrian: nobody counts here. The number of persons in view is occupancy; who stands is in it as long as he
stands, and nobody is counted by passing. What it cannot see: which way people go; people whom the detector does not
find in the dark or behind each other; a camera that has frozen still says its last number. `motion` is movement of
anything, leaves too, and is left out.

Source: docs.frigate.video, "MQTT".
"""

from collections.abc import Iterator, Sequence

from devices.convention import Convention, Heard, Malformed
from devices.device import Device
from devices.hearing import Hearing, announce
from devices.light import LightCommand
from devices.message import Message
from devices.payload import shown, text
from devices.reading import Availability, Quantity

NAME = "frigate"


def make(site: str, devices: Sequence[Device]) -> Convention:  # noqa: ARG001 - Frigate knows no site
    """Build the convention for the cameras and zones behind one broker."""
    return Frigate(devices)


class Frigate:
    """Knows cameras and zones by base topic and name."""

    def __init__(self, devices: Sequence[Device]) -> None:
        self._devices = {(_base(device), device.address): device for device in devices}
        self._bases = {base for base, _ in self._devices} or {NAME}

    def topics(self) -> frozenset[str]:
        """Give the counts of persons, and whether Frigate runs."""
        counts = frozenset(f"{base}/{address}/person" for base, address in self._devices)
        return counts | frozenset(f"{base}/available" for base in self._bases)

    def decode(self, message: Message) -> Iterator[Heard]:
        """Say what a message means; what speaks of no number of persons means nothing here. Raises `Malformed`."""
        base = next((base for base in self._bases if message.topic.startswith(f"{base}/")), None)
        if base is None:
            raise Malformed(f"a topic below {' or '.join(sorted(self._bases))}", shown(message.topic), "topic")
        match message.topic.removeprefix(f"{base}/").split("/"):
            case ["available"]:
                yield from self._hear_availability(message, base)
            case [address, "person"] if message.payload:
                device = self._devices.get((base, address))
                if device is None:
                    yield from announce(NAME, address, lambda stand_in: _hear(message, stand_in))
                else:
                    yield from _hear(message, device)
            case _:
                return

    def encode(self, command: LightCommand) -> Sequence[Message]:
        """Raise `KeyError`: a camera is no lamp."""
        raise KeyError(command.lamp)

    def _hear_availability(self, message: Message, base: str) -> Iterator[Heard]:
        """Frigate that stops takes its cameras along; that it runs says nothing of a camera."""
        word = text(message.payload)
        if word not in ("online", "offline", "stopped"):
            raise Malformed("online, offline or stopped", shown(word), "available")
        if word == "online":
            return
        for (of, _), device in self._devices.items():
            if of == base:
                yield Availability(device.id, online=False, time=message.time, retained=message.retained)


def _base(device: Device) -> str:
    base = device.options.get("base", NAME)
    return base if isinstance(base, str) else NAME


def _hear(message: Message, device: Device) -> Iterator[Heard]:
    hearing = Hearing(message, device)
    hearing.say(Quantity.OCCUPANCY, text(message.payload), "person")
    yield from hearing.heard()
