"""`registers:` of a sensor of convention modbus: in which registers its quantities stand."""

from collections.abc import Mapping
from typing import Final

from devices.conventions.modbus.register import BITS, TABLES, TYPES, Register
from devices.reading import Quantity
from gateway.configuration import units
from gateway.configuration.fields import one_of
from gateway.configuration.problems import did_you_mean, suggest
from gateway.configuration.reads import QUANTITIES, factor
from gateway.configuration.units import Unreadable

EXPECTED: Final = "Quantities and their registers:  {illuminance: {at: 0, table: holding, type: uint16, factor: 0.1}}"
KEYS: Final = ("at", "table", "type", "factor", "channel", "words")
HIGHEST: Final = 65_535
ORDERS: Final = ("high-first", "low-first")


def registers(value: object) -> tuple[Register, ...]:
    """Understand the mapping. Raises `Unreadable`."""
    if not isinstance(value, dict) or not value:
        raise Unreadable("no quantities are listed here", EXPECTED)
    found: list[Register] = []
    for name, written in value.items():
        if name not in QUANTITIES:
            hint = did_you_mean(suggest(str(name), tuple(QUANTITIES)))
            raise Unreadable(f'"{name}" is no quantity', f"One of: {', '.join(QUANTITIES)}", hint)
        listed = written if isinstance(written, list) else [written]
        found += [_register(QUANTITIES[name], place) for place in listed]
    return tuple(found)


def _register(quantity: Quantity, place: object) -> Register:
    if not isinstance(place, dict):
        raise Unreadable(f"{quantity.value} has no register here", EXPECTED)
    for key in place:
        if key not in KEYS:
            hint = did_you_mean(suggest(str(key), KEYS))
            raise Unreadable(f'"{key}" is not known in {quantity.value}', f"Known here: {', '.join(KEYS)}", hint)
    table = one_of(*TABLES)(place.get("table", "holding"))
    if table in BITS and "type" in place:
        raise Unreadable(f"a {table} is one bit and has no type", "Leave  type:  out")
    return Register(
        quantity,
        _address(quantity, place),
        table,
        one_of(*TYPES)(place.get("type", "uint16")),
        factor(place.get("factor", 1)),
        units.text(place.get("channel", ""), "A channel, such as in or out"),
        one_of(*ORDERS)(place.get("words", ORDERS[0])) == ORDERS[1],
    )


def _address(quantity: Quantity, place: Mapping[object, object]) -> int:
    if "at" not in place:
        raise Unreadable(f"the register of {quantity.value} is missing", "{at: 0, ...}")
    expected = "0 to 65535: what a manual calls 40001 or 30001 is 0"
    written = units.text(place["at"], expected).strip()
    if not written.isdecimal() or int(written) > HIGHEST:
        raise Unreadable(f"there is no register {written}", expected)
    return int(written)
