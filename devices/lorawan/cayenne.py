"""Cayenne LPP: bytes of (channel, type, data), numbers big-endian.

Source: myDevices, "Cayenne Low Power Payload", and CayenneLPP.h of ElectronicCats for the types that came later.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from devices.convention import Malformed
from devices.hearing import Hearing
from devices.payload import shown
from devices.reading import Quantity
from devices.values import value_of

SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 100: 4, 101: 2, 102: 1, 103: 2, 104: 1, 113: 6, 115: 2, 116: 2, 117: 2, 118: 4} | {
    120: 1,
    121: 2,
    122: 2,
    125: 2,
    128: 2,
    130: 4,
    131: 4,
    132: 2,
    133: 4,
    134: 6,
    135: 3,
    136: 9,
    142: 1,
}
"""Bytes of data of each type."""

UNIX_TIME = 133
DIGITAL_INPUT = 0
LONGEST = 512
"""Bytes; an uplink has at most 242."""


@dataclass(frozen=True, slots=True)
class Type:
    """What a type measures, in which part of our unit, and whether its number is signed."""

    quantity: Quantity
    factor: float = 1.0
    signed: bool = False


MEASURED = {
    101: Type(Quantity.ILLUMINANCE),
    102: Type(Quantity.PRESENCE),
    103: Type(Quantity.TEMPERATURE, 0.1, signed=True),
    104: Type(Quantity.HUMIDITY, 0.5),
    116: Type(Quantity.VOLTAGE, 0.01),
    128: Type(Quantity.POWER),
    130: Type(Quantity.DISTANCE, 0.001),
    131: Type(Quantity.ENERGY),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One value of a payload, as bytes."""

    channel: int
    type: int
    data: bytes


def fields(payload: bytes) -> list[Field]:
    """Take a payload apart. Raises `Malformed` if it does not end with the end of a value, or has an unknown type."""
    if len(payload) > LONGEST:
        raise Malformed(f"at most {LONGEST} bytes of Cayenne LPP", f"{len(payload)} bytes")
    return list(_fields(payload))


def _fields(payload: bytes) -> Iterator[Field]:
    at = 0
    while at < len(payload):
        if at + 2 > len(payload) or payload[at + 1] not in SIZES:
            raise Malformed("Cayenne LPP: channel, a known type, data", shown(payload[at:]), f"byte {at + 1}")
        end = at + 2 + SIZES[payload[at + 1]]
        if end > len(payload):
            raise Malformed(f"{SIZES[payload[at + 1]]} bytes of data", shown(payload[at + 2 :]), f"byte {at + 3}")
        yield Field(payload[at], payload[at + 1], payload[at + 2 : end])
        at = end


def time_in(payload: list[Field]) -> float | None:
    """The Unix time that a payload brings."""
    return next((float(struct.unpack(">I", field.data)[0]) for field in payload if field.type == UNIX_TIME), None)


def hear_fields(hearing: Hearing, payload: list[Field], measures: frozenset[str] = frozenset()) -> None:
    """Take the values, all or none: where one is impossible the bytes are another make's.

    A digital input is presence only where the operator said that the sensor measures that.
    """
    found = [(field, known) for field in payload if (known := _known(field, measures)) is not None]
    for field, known in found:
        if hearing.trying(partial(value_of, *_said(known, field)), f"channel {field.channel}") is None:
            return
    for field, known in found:
        quantity, raw, factor = _said(known, field)
        hearing.say(quantity, raw, f"channel {field.channel}", factor=factor, channel=str(field.channel))


def _known(field: Field, measures: frozenset[str]) -> Type | None:
    if field.type == DIGITAL_INPUT and "presence" in measures:
        return MEASURED[102]
    return MEASURED.get(field.type)


def _said(known: Type, field: Field) -> tuple[Quantity, object, float]:
    number = int.from_bytes(field.data, "big", signed=known.signed)
    return known.quantity, number > 0 if known.quantity is Quantity.PRESENCE else number, known.factor
