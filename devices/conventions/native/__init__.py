"""The native convention: what a sensor or a lamp says whose firmware was written for this gateway (docs/native.md)."""

from collections.abc import Callable, Iterator, Sequence

from devices.convention import Announcement, Convention, Heard, Malformed
from devices.conventions.native.lamp import LAMP, hear_lamp, order
from devices.conventions.native.sensor import hear_sensor, offers
from devices.device import Device, Kind
from devices.light import LightCommand
from devices.message import Message
from devices.reading import Availability

Hear = Callable[[Message, Device], Iterator[Heard]]

SPOKEN = ("sensor/+", "sensor/+/availability", "lamp/+/state", "lamp/+/availability")
"""Where devices speak, under the site's root; no two of these match the same topic."""


def make(site: str, devices: Sequence[Device]) -> Convention:
    """Build the convention for the native devices of one site behind one link.

    Behind a serial link (`link` begins with "serial:") a device's address is its port; elsewhere it is the level of
    the topic that names the device.
    """
    return Native(site, devices)


class Native:
    """Knows its devices by the topics they speak on."""

    def __init__(self, site: str, devices: Sequence[Device]) -> None:
        self._root = f"reverbere/{site}"
        self._ports = {device.address: device for device in devices if device.link.startswith("serial:")}
        self._named = [device for device in devices if not device.link.startswith("serial:")]
        self._lamps = {device.id: device for device in self._named if device.kind is Kind.LUMINAIRE}
        self._speakers: dict[str, tuple[Hear, Device]] = {
            port: (hear_sensor, device) for port, device in self._ports.items()
        }
        for device in self._named:
            if device.kind is Kind.LUMINAIRE:
                topic = f"{self._root}/lamp/{device.address}"
                self._speakers[f"{topic}/state"] = (hear_lamp, device)
                self._speakers[f"{topic}/availability"] = (_hear_availability, device)
            else:
                topic = f"{self._root}/sensor/{device.address}"
                self._speakers[topic] = (hear_sensor, device)
                self._speakers[f"{topic}/availability"] = (_hear_availability, device)

    def topics(self) -> frozenset[str]:
        """Give the ports of serial devices; else the filters of the site, so that unknown devices are heard too."""
        if self._ports and not self._named:
            return frozenset(self._ports)
        return frozenset(f"{self._root}/{said}" for said in SPOKEN) | frozenset(self._ports)

    def decode(self, message: Message) -> Iterator[Heard]:
        """Say what a message means. Raises `Malformed` after the good parts."""
        speaker = self._speakers.get(message.topic)
        if speaker is None:
            return iter((self._announce(message),))
        hear, device = speaker
        return hear(message, device)

    def encode(self, command: LightCommand) -> Sequence[Message]:
        """Say an order on the lamp's `set` topic. Raises `KeyError` for a lamp that is not of this convention."""
        lamp = self._lamps[command.lamp]
        return (Message(f"{self._root}/lamp/{lamp.address}/set", order(command)),)

    def _announce(self, message: Message) -> Announcement:
        match message.topic.removeprefix(f"{self._root}/").split("/"):
            case ["sensor", address]:
                return Announcement("native", address, offers(message))
            case ["lamp", address, "state"]:
                LAMP.read(message)
                return Announcement("native", address, ("level",))
            case ["sensor" | "lamp", address, "availability"]:
                _online(message)
                return Announcement("native", address, ())
            case _:
                raise Malformed("a topic or port of a native device", message.topic)


def _online(message: Message) -> bool:
    match message.payload:
        case b"online":
            return True
        case b"offline":
            return False
        case other:
            raise Malformed("online or offline", repr(other[:40]), "availability")


def _hear_availability(message: Message, device: Device) -> Iterator[Heard]:
    yield Availability(device.id, _online(message), message.time, message.retained)
