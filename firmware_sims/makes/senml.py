"""SenML: a counter that speaks JSON, and one that speaks CBOR.

Source: RFC 8428, sections 4 to 6; RFC 8949 for CBOR, of which only what is used is written here.
"""

import struct
from collections.abc import Mapping, Sequence

from firmware_sims.makes.make import SensorMake, written
from firmware_sims.said import Said
from firmware_sims.sight import Habit, Sight
from gateway.clock import SECOND

BASE_NAME, BASE_TIME, NAME, UNIT, VALUE = -2, -3, 0, 1, 2
"""Labels of SenML in CBOR (RFC 8428, table 6)."""

Cbor = int | float | str


class Json(SensorMake):
    """Says the people of each period, by direction, with absolute times."""

    habit = Habit.ROUNDS

    def say(self, sight: Sight, clock: int) -> Sequence[Said]:
        """Two records of people, and one of light a little before."""
        pack = [
            {"bn": f"urn:dev:{self.node.id}/", "bt": clock / SECOND, "n": "people_in", "v": sight.came},
            {"n": "people_out", "v": sight.went},
            {"n": "lux", "u": "lx", "v": 21, "t": -5},
        ]
        return (Said(self.node.address, written(pack)),)


class Packed(SensorMake):
    """Says running totals in CBOR, without a time: it has no clock."""

    habit = Habit.ROUNDS
    totals = True

    def say(self, sight: Sight, clock: int) -> Sequence[Said]:
        """Two records."""
        del clock
        pack: list[Mapping[int, Cbor]] = [
            {BASE_NAME: f"urn:dev:{self.node.id}/", NAME: "people_total_in", VALUE: sight.total_in},
            {NAME: "people_total_out", VALUE: sight.total_out},
        ]
        return (Said(self.node.address, cbor(pack)),)


class Presence(SensorMake):
    """Says whether somebody is there, as a truth, relative to now."""

    def say(self, sight: Sight, clock: int) -> Sequence[Said]:
        """One record."""
        del clock
        return (Said(self.node.address, written([{"n": f"{self.node.id}:presence", "vb": sight.near > 0}])),)


def cbor(pack: Sequence[Mapping[int, Cbor]]) -> bytes:
    """A list of maps as CBOR."""
    return _head(4, len(pack)) + b"".join(_map(record) for record in pack)


def _map(record: Mapping[int, Cbor]) -> bytes:
    return _head(5, len(record)) + b"".join(_item(key) + _item(value) for key, value in record.items())


def _item(value: Cbor) -> bytes:
    if isinstance(value, str):
        return _head(3, len(value.encode())) + value.encode()
    if isinstance(value, float):
        return b"\xfb" + struct.pack(">d", value)
    return _head(0, value) if value >= 0 else _head(1, -1 - value)


def _head(major: int, count: int) -> bytes:
    """A major type and its number, in as few bytes as it needs (RFC 8949, 3)."""
    if count < 24:  # noqa: PLR2004 - RFC 8949: it fits into the first byte
        return bytes([major << 5 | count])
    for more, code in ((24, ">B"), (25, ">H"), (26, ">I"), (27, ">Q")):
        if count < 1 << 8 * struct.calcsize(code):
            return bytes([major << 5 | more]) + struct.pack(code, count)
    raise ValueError(f"expected a number of 64 bits, found {count}")
