"""BTHome: small Bluetooth sensors, as a gateway for Bluetooth passes their advertisements on.

A device's address is its topic. A payload is the service data of UUID FCD2 as bytes or in hexadecimal, or a JSON object
that has it as `servicedata` (Theengs, OpenMQTTGateway).

One pedestrian: one more of a `count`, which is a running total, because an advertisement is sent several times and a
total that is heard twice adds nothing. Counts that are signed are of something else and left out. `motion`,
`occupancy` and `presence` are presence. What it cannot see: encrypted advertisements; what was sent while no gateway
listened.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from devices.convention import Convention, Heard, Malformed
from devices.conventions.bthome.objects import MEASURED, TIMESTAMP, Measurement, measurements
from devices.device import Device
from devices.hearing import Hearing, announce
from devices.light import LightCommand
from devices.message import Message
from devices.payload import Tree, an_object, shown
from devices.reading import Quantity

NAME = "bthome"
HEX = re.compile(rb"\s*(?:0[xX])?((?:[0-9a-fA-F]{2})+)\s*")
UUID = "fcd2"
LONGEST_HEX = 520


def make(site: str, devices: Sequence[Device]) -> Convention:  # noqa: ARG001 - BTHome knows no site
    """Build the convention for the sensors behind one broker."""
    return BtHome(devices)


class BtHome:
    """Knows devices by their topics."""

    def __init__(self, devices: Sequence[Device]) -> None:
        self._devices = {device.address: device for device in devices}

    def topics(self) -> frozenset[str]:
        """Give the topics of the devices."""
        return frozenset(self._devices)

    def decode(self, message: Message) -> Iterator[Heard]:
        """Say what an advertisement means. Raises `Malformed` after the good parts."""
        device = self._devices.get(message.topic)
        if device is None:
            yield from announce(NAME, message.topic, lambda stand_in: _hear(message, stand_in))
        else:
            yield from _hear(message, device)

    def encode(self, command: LightCommand) -> Sequence[Message]:
        """Raise `KeyError`: BTHome only measures."""
        raise KeyError(command.lamp)


def _hear(message: Message, device: Device) -> Iterator[Heard]:
    data: bytes | None = message.payload
    level: Tree = None
    if message.payload.lstrip().startswith(b"{"):
        said = an_object(message.payload)
        data, level = _service_data(said), said.get("rssi")
    elif len(message.payload) <= LONGEST_HEX and (written := HEX.fullmatch(message.payload)):
        data = bytes.fromhex(written[1].decode())
    if data is None:
        return
    found = measurements(data)
    time = next((item.value for item in found if item.id == TIMESTAMP), None)
    hearing = Hearing(message, device, time)
    hearing.say(Quantity.RSSI, level, "rssi")
    _say(hearing, [item for item in found if item.id != TIMESTAMP])
    yield from hearing.heard()


def _service_data(said: dict[str, Tree]) -> bytes | None:
    """The bytes that an object brings; None if it is another make's advertisement."""
    uuid = said.get("servicedatauuid", UUID)
    data = said.get("servicedata")
    if not isinstance(uuid, str) or UUID not in uuid.lower() or data is None:
        return None
    written = HEX.fullmatch(data.encode(errors="replace")) if isinstance(data, str) else None
    if written is None:
        raise Malformed("servicedata in hexadecimal", shown(data), "servicedata")
    return bytes.fromhex(written[1].decode())


def _say(hearing: Hearing, found: list[Measurement]) -> None:
    several = Counter(MEASURED[item.id].quantity for item in found)
    numbers: Counter[Quantity] = Counter()
    for item in found:
        known = MEASURED[item.id]
        numbers[known.quantity] += 1
        channel = str(numbers[known.quantity]) if several[known.quantity] > 1 else ""
        value: object = item.value > 0 if known.quantity is Quantity.PRESENCE else item.value
        hearing.say(known.quantity, value, f"object {item.id:02X}", factor=known.factor, channel=channel)
