"""BTHome's objects: which measurement an id is, how long it is, and in which part of its unit.

Source: bthome.io, "Format" (version 2) and "BTHome v1 format".
"""

from collections.abc import Iterator
from dataclasses import dataclass

from devices.convention import Malformed
from devices.payload import shown
from devices.reading import Quantity

VERSION_2 = 2
ENCRYPTED = 0x01
LONGEST = 255
"""Bytes of an advertisement with extensions; usual ones have 31."""

TEXT, RAW = 0x53, 0x54
SIZES = (
    dict.fromkeys((0x00, 0x01, 0x09, 0x2E, 0x2F, 0x3A, 0x46, 0x57, 0x58, 0x59, 0x60), 1)
    | dict.fromkeys(range(0x0F, 0x12), 1)
    | dict.fromkeys(range(0x15, 0x2E), 1)
    | dict.fromkeys((0x02, 0x03, 0x06, 0x07, 0x08, 0x0C, 0x0D, 0x0E, 0x12, 0x13, 0x14, 0x3C, 0x3D, 0x3F), 2)
    | dict.fromkeys((0x40, 0x41, 0x43, 0x44, 0x45, 0x47, 0x48, 0x49, 0x4A, 0x51, 0x52, 0x56, 0x5A, 0x5D), 2)
    | dict.fromkeys((0x5E, 0x5F, 0x61, 0xF0), 2)
    | dict.fromkeys((0x04, 0x05, 0x0A, 0x0B, 0x42, 0x4B, 0xF2), 3)
    | dict.fromkeys((0x3E, 0x4C, 0x4D, 0x4E, 0x4F, 0x50, 0x55, 0x5B, 0x5C, 0x62, 0x63, 0xF1), 4)
)
"""Bytes of data of each object of version 2."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What an object measures, in which part of our unit, and whether its number is signed."""

    quantity: Quantity
    factor: float = 1.0
    signed: bool = False


COUNT = Kind(Quantity.PEDESTRIANS_TOTAL)
MEASURED: dict[int, Kind] = {
    0x01: Kind(Quantity.BATTERY),
    0x02: Kind(Quantity.TEMPERATURE, 0.01, signed=True),
    0x03: Kind(Quantity.HUMIDITY, 0.01),
    0x05: Kind(Quantity.ILLUMINANCE, 0.01),
    0x09: COUNT,
    0x0A: Kind(Quantity.ENERGY, 1.0),
    0x0B: Kind(Quantity.POWER, 0.01),
    0x0C: Kind(Quantity.VOLTAGE, 0.001),
    0x21: Kind(Quantity.PRESENCE),
    0x23: Kind(Quantity.PRESENCE),
    0x25: Kind(Quantity.PRESENCE),
    0x2E: Kind(Quantity.HUMIDITY),
    0x3D: COUNT,
    0x3E: COUNT,
    0x40: Kind(Quantity.DISTANCE, 0.001),
    0x41: Kind(Quantity.DISTANCE, 0.1),
    0x44: Kind(Quantity.SPEED, 0.01),
    0x45: Kind(Quantity.TEMPERATURE, 0.1, signed=True),
    0x4A: Kind(Quantity.VOLTAGE, 0.1),
    0x4D: Kind(Quantity.ENERGY, 1.0),
    0x57: Kind(Quantity.TEMPERATURE, 1.0, signed=True),
    0x58: Kind(Quantity.TEMPERATURE, 0.35, signed=True),
    0x5C: Kind(Quantity.POWER, 0.01, signed=True),
}
"""Energy is in 0.001 kWh, which is our watt-hour."""

TIMESTAMP = 0x50


@dataclass(frozen=True, slots=True)
class Measurement:
    """One object: its id and its number, as it stands there."""

    id: int
    value: float


def measurements(data: bytes) -> list[Measurement]:
    """Take service data apart, of version 2 or 1. Raises `Malformed`, also for what is encrypted.

    Objects stand in the order of their ids: from one that is not known on the rest is newer than this reader, and left.
    """
    if not 1 < len(data) <= LONGEST:
        raise Malformed(f"service data of 2 to {LONGEST} bytes", f"{len(data)} bytes")
    if data[0] >> 5 != VERSION_2:
        return list(_version_1(data))
    if data[0] & ENCRYPTED:
        raise Malformed("service data that is not encrypted", "an encrypted one", "device information")
    return list(_version_2(data))


def _version_2(data: bytes) -> Iterator[Measurement]:
    at = 1
    while at < len(data):
        kind = data[at]
        if kind in (TEXT, RAW) and at + 1 < len(data):
            at += 2 + data[at + 1]
            continue
        if kind not in SIZES:
            return
        end = at + 1 + SIZES[kind]
        if end > len(data):
            raise Malformed(f"{SIZES[kind]} bytes of object {kind:02X}", shown(data[at + 1 :]), f"byte {at + 2}")
        known = MEASURED.get(kind)
        if known is not None or kind == TIMESTAMP:
            signed = known is not None and known.signed
            yield Measurement(kind, int.from_bytes(data[at + 1 : end], "little", signed=signed))
        at = end


def _version_1(data: bytes) -> Iterator[Measurement]:
    """Version 1: length and format in one byte, then the id and the number."""
    at = 0
    while at < len(data):
        length, form = data[at] & 0x1F, data[at] >> 5
        end = at + 1 + length
        if length < 2 or end > len(data) or form > 3:  # noqa: PLR2004 - an id and a byte; unsigned, signed, float, text
            raise Malformed("BTHome of version 2, or 1", shown(data[at:]), f"byte {at + 1}")
        kind, number = data[at + 1], data[at + 2 : end]
        if kind in MEASURED and form in (0, 1):
            yield Measurement(kind, int.from_bytes(number, "little", signed=form == 1))
        at = end
