"""ESP32-Paxcounter: how many telephones are near, by the Wi-Fi and Bluetooth addresses that they send.

A device's address is its topic (`MQTT_OUTTOPIC`, "paxout" if unchanged). Its messages are a port, a slash and bytes in
its encoding PACKED, the default, or a JSON object with the same names; through The Things Stack or ChirpStack it is a
device of theirs.

One pedestrian: nobody counts here. What is said is how many radios were heard in the last cycle, and that is occupancy,
an estimate: somebody with two telephones is two, somebody without none, who waits is there in every cycle, and a
telephone that changes its address is another one. Channels `wifi` and `ble` are not the same people twice or once:
they overlap. What it cannot see: who passes, which way, and anybody whose telephone is silent. In France counting
telephones by radio is processing of personal data (CNIL, 24 February 2020; Conseil d'Etat 393714).

Source: cyberman54/ESP32-Paxcounter, README ("Payload format") and src/TTNv3/packed_decodeUplink.js.
"""

from collections.abc import Iterator, Sequence

from devices.convention import Convention, Heard, Malformed
from devices.device import Device
from devices.hearing import Hearing, announce
from devices.light import LightCommand
from devices.message import Message
from devices.payload import Tree, an_object, shown
from devices.reading import Quality, Quantity

NAME = "paxcounter"
COUNTS, STATUS, WEATHER, BATTERY = 1, 2, 7, 8
"""Ports; a status on the port of the counts is a fault that is known of old firmware."""

COUNTED: dict[int, tuple[int, ...]] = {2: (0,), 4: (0, 2), 8: (0, 2), 10: (8,), 12: (8, 10), 15: (0,), 17: (0, 2)}
"""Where counts of Wi-Fi and, behind it, Bluetooth begin, by the length of a message of counts."""

STATUS_LENGTH = 20
WEATHER_LENGTH = 8


def make(site: str, devices: Sequence[Device]) -> Convention:  # noqa: ARG001 - a counter of telephones knows no site
    """Build the convention for the counters behind one broker."""
    return Paxcounter(devices)


class Paxcounter:
    """Knows devices by their topics."""

    def __init__(self, devices: Sequence[Device]) -> None:
        self._devices = {device.address: device for device in devices}

    def topics(self) -> frozenset[str]:
        """Give the topics of the devices, and those of their ports."""
        return frozenset(self._devices) | frozenset(f"{address}/+" for address in self._devices)

    def decode(self, message: Message) -> Iterator[Heard]:
        """Say what a message means. Raises `Malformed` after the good parts."""
        address, port = _split(message.topic)
        if message.topic in self._devices:
            address, port = message.topic, None
        device = self._devices.get(address)
        if device is None:
            yield from announce(NAME, address, lambda stand_in: _hear(message, stand_in, port))
        else:
            yield from _hear(message, device, port)

    def encode(self, command: LightCommand) -> Sequence[Message]:
        """Raise `KeyError`: a counter is no lamp."""
        raise KeyError(command.lamp)


def _split(topic: str) -> tuple[str, int | None]:
    address, _, last = topic.rpartition("/")
    numbered = address and last.isascii() and last.isdigit() and len(last) < 4  # noqa: PLR2004 - a port is at most 255
    return (address, int(last)) if numbered else (topic, None)


def _hear(message: Message, device: Device, port: int | None) -> Iterator[Heard]:
    hearing = Hearing(message, device)
    payload = message.payload
    if payload.startswith(b"paxcounter-"):
        return  # it says its name when it connects
    if payload.lstrip().startswith(b"{"):
        _object(hearing, an_object(payload))
    elif port is not None:
        _packed(hearing, port, payload)
    elif payload[1:2] == b"/":
        _packed(hearing, payload[0] - ord("0") if payload[:1].isdigit() else payload[0], payload[2:])
    else:
        raise Malformed("a port, a slash and bytes, or a JSON object", shown(payload))
    yield from hearing.heard()


def _object(hearing: Hearing, said: dict[str, Tree]) -> None:
    if "wifi" not in said and "ble" not in said:
        hearing.say(Quantity.OCCUPANCY, said.get("pax"), "pax", quality=Quality.ESTIMATED)
    for channel in ("wifi", "ble"):
        hearing.say(Quantity.OCCUPANCY, said.get(channel), channel, channel=channel, quality=Quality.ESTIMATED)
    hearing.say(Quantity.VOLTAGE, said.get("voltage"), "voltage", factor=0.001)


def _packed(hearing: Hearing, port: int, data: bytes) -> None:
    if port == COUNTS:
        if len(data) not in COUNTED:
            lengths = ", ".join(map(str, COUNTED))
            raise Malformed(f"counts of {lengths} bytes", f"{len(data)} bytes: {shown(data)}", "port 1")
        for channel, at in zip(("wifi", "ble"), COUNTED[len(data)], strict=False):
            count = int.from_bytes(data[at : at + 2], "little")
            hearing.say(Quantity.OCCUPANCY, count, channel, channel=channel, quality=Quality.ESTIMATED)
    elif (port == STATUS and len(data) == STATUS_LENGTH) or (port == BATTERY and len(data) == 2):  # noqa: PLR2004 - a number
        hearing.say(Quantity.VOLTAGE, int.from_bytes(data[:2], "little"), f"port {port}", factor=0.001)
    elif port == WEATHER and len(data) == WEATHER_LENGTH:
        hearing.say(Quantity.TEMPERATURE, int.from_bytes(data[:2], "big", signed=True), "port 7", factor=0.01)
        hearing.say(Quantity.HUMIDITY, int.from_bytes(data[4:6], "little"), "port 7", factor=0.01)
