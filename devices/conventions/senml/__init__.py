"""SenML in JSON and CBOR (RFC 8428), on a topic of its own.

A device's address is its topic; one whose topic others share has their common topic in the option `topic`, and is known
by its address at the beginning of its records' names. A record is understood by its unit, and by the last word of its
name where the unit does not tell: "people", "pedestrians_total", "presence", "battery".

One pedestrian: one of a record named `pedestrians` or `pedestrians_total`, or by direction (`people_in`, `total_out`);
`people` without a direction is occupancy. What it cannot see: how long the period of a count was; links (`vd`), and
texts that are no presence. Times below 2^28 s are relative to the arrival, so a sensor needs no clock.
"""

from collections.abc import Iterator, Mapping, Sequence

from devices.convention import Convention, Heard, Malformed
from devices.conventions.senml.pack import Record, records
from devices.device import Device
from devices.hearing import Hearing, announce
from devices.light import LightCommand
from devices.message import SECOND, Message
from devices.naming import meant, words_of
from devices.payload import LONGEST, Tree, shown, tree
from devices.reading import Quantity
from devices.values import NO, YES

NAME = "senml"

UNITS: dict[str, tuple[Quantity, float, float]] = {
    "lx": (Quantity.ILLUMINANCE, 1, 0),
    "Cel": (Quantity.TEMPERATURE, 1, 0),
    "degC": (Quantity.TEMPERATURE, 1, 0),
    "K": (Quantity.TEMPERATURE, 1, -273.15),
    "%RH": (Quantity.HUMIDITY, 1, 0),
    "%EL": (Quantity.BATTERY, 1, 0),
    "V": (Quantity.VOLTAGE, 1, 0),
    "mV": (Quantity.VOLTAGE, 1e-3, 0),
    "m": (Quantity.DISTANCE, 1, 0),
    "cm": (Quantity.DISTANCE, 1e-2, 0),
    "mm": (Quantity.DISTANCE, 1e-3, 0),
    "km": (Quantity.DISTANCE, 1e3, 0),
    "m/s": (Quantity.SPEED, 1, 0),
    "km/h": (Quantity.SPEED, 1 / 3.6, 0),
    "dBm": (Quantity.RSSI, 1, 0),
    "W": (Quantity.POWER, 1, 0),
    "kW": (Quantity.POWER, 1e3, 0),
    "J": (Quantity.ENERGY, 1 / 3600, 0),
    "Wh": (Quantity.ENERGY, 1, 0),
    "kWh": (Quantity.ENERGY, 1e3, 0),
}
"""Units that tell the quantity (IANA, "SenML Units"), with factor and offset to ours; "degC" is used, not IANA's."""

NO_DISTANCE = ("altitude", "height", "level", "elevation", "depth")
OF_WIND = frozenset({"wind", "gust"})
SEPARATORS = "/:._-; "


def make(site: str, devices: Sequence[Device]) -> Convention:  # noqa: ARG001 - SenML knows no site
    """Build the convention for the devices behind one broker."""
    return SenMl(devices)


class SenMl:
    """Knows devices by their topics, and where several share one by the beginning of their names."""

    def __init__(self, devices: Sequence[Device]) -> None:
        self._devices: dict[str, list[Device]] = {}
        for device in devices:
            self._devices.setdefault(_topic(device), []).append(device)

    def topics(self) -> frozenset[str]:
        """Give the topics of the devices."""
        return frozenset(self._devices)

    def decode(self, message: Message) -> Iterator[Heard]:
        """Say what a pack means. Raises `Malformed` after the good parts."""
        pack = _read(message.payload)
        devices = self._devices.get(message.topic)
        if devices is None:
            yield from announce(NAME, message.topic, lambda stand_in: _hear(message, pack, stand_in, ""))
        for device in devices or ():
            yield from _hear(message, pack, device, "" if device.address == message.topic else device.address)

    def encode(self, command: LightCommand) -> Sequence[Message]:
        """Raise `KeyError`: SenML only measures."""
        raise KeyError(command.lamp)


def _topic(device: Device) -> str:
    topic = device.options.get("topic", device.address)
    return topic if isinstance(topic, str) else device.address


def _read(payload: bytes) -> Tree:
    if payload.lstrip()[:1] in (b"[", b"{"):
        return tree(payload)
    if len(payload) > LONGEST:
        raise Malformed(f"at most {LONGEST} bytes", f"{len(payload)} bytes")
    if not payload or not (0x80 <= payload[0] <= 0x9F or 0xA0 <= payload[0] <= 0xBF):  # noqa: PLR2004 - RFC 8949, 3.1
        raise Malformed("SenML in JSON or CBOR", shown(payload) if payload else "an empty payload")
    return _cbor(payload)


def _cbor(payload: bytes) -> Tree:
    import cbor2  # only those who have CBOR pay for it

    try:
        pack = cbor2.loads(payload)
    except (cbor2.CBORError, ValueError, EOFError, RecursionError, TypeError, OverflowError, MemoryError) as error:
        raise Malformed("SenML in CBOR", f"{shown(payload)}: {type(error).__name__}") from None
    if not (isinstance(pack, list) and all(isinstance(record, dict) and _plain(record) for record in pack)):
        raise Malformed("SenML in CBOR: a list of records of texts and numbers", shown(payload))
    return pack


def _plain(record: Mapping[object, object]) -> bool:
    """Whether a record is as JSON might have it. CBOR can say more: lists in themselves, numbers without end."""
    return all(_scalar(part) for part in (*record, *record.values()))


def _scalar(value: object) -> bool:
    if isinstance(value, int):
        return abs(value) < 1 << 64
    return value is None or isinstance(value, (str, bytes, float))


def _hear(message: Message, pack: Tree, device: Device, prefix: str) -> Iterator[Heard]:
    hearing = Hearing(message, device)
    try:
        for record in records(pack, message.time):
            if record.name.startswith(prefix):
                _say(hearing, record)
    except Malformed as malformed:
        hearing.complain(malformed, "pack")
    yield from hearing.heard()


def _say(hearing: Hearing, record: Record) -> None:
    at = record.time / SECOND
    known = meant(_last(record.name))
    value = record.value
    if isinstance(value, bool) or (isinstance(value, str) and value.lower() in YES | NO):
        if known is not None and known.quantity is Quantity.PRESENCE:
            hearing.say(known.quantity, value, record.name, channel=known.channel, at=at)
        return
    if known is not None and known.quantity is Quantity.PEDESTRIANS and record.total is not None:
        hearing.say(Quantity.PEDESTRIANS_TOTAL, record.total, record.name, channel=known.channel, at=at)
    if value is None or isinstance(value, str):
        return
    unit = UNITS.get(record.unit)
    if unit is not None:
        quantity, factor, offset = unit
        if not _of_something_else(quantity, record.name):
            hearing.say(quantity, round(value * factor + offset, 9), record.name, at=at)
    elif known is not None and (
        record.unit in ("", "1", "count", "/", "%", "/100") or known.quantity is Quantity.PRESENCE
    ):
        _by_name(hearing, known.quantity, value, known.channel, record, at)


def _of_something_else(quantity: Quantity, name: str) -> bool:
    """Whether a length is of no way to somebody, and a speed of the air."""
    if quantity is Quantity.DISTANCE:
        return name.lower().endswith(NO_DISTANCE)
    return quantity is Quantity.SPEED and bool(OF_WIND & set(words_of(name)))


def _by_name(hearing: Hearing, quantity: Quantity, value: float, channel: str, record: Record, at: float) -> None:
    if quantity is Quantity.PRESENCE and record.unit == "count" and "occupancy" in words_of(_last(record.name)):
        hearing.say(Quantity.OCCUPANCY, value, record.name, channel=channel, at=at)
    elif quantity is Quantity.PRESENCE:
        hearing.say(quantity, value > 0, record.name, channel=channel, at=at)
    elif record.unit == "/" and quantity in (Quantity.BATTERY, Quantity.HUMIDITY):
        hearing.say(quantity, value, record.name, factor=100.0, channel=channel, at=at)
    else:
        hearing.say(quantity, value, record.name, channel=channel, at=at)


def _last(name: str) -> str:
    """The last part of a name that can mean something: of "urn:dev:mac:0024befffe804ff1/people" its end."""
    end = name.rstrip(SEPARATORS)
    for separator in ("/", ":", ";", " "):
        end = end.rpartition(separator)[2]
    return end.rpartition(".")[2] if meant(end) is None else end
