"""What a value of another make means as a value of one of our quantities: its type, and that it is possible at all.

What says nothing (`null`, "", "unknown", "None") changes nothing; what is neither a value nor nothing is refused.
"""

import math
from collections.abc import Mapping
from typing import Final

from devices.convention import Malformed
from devices.payload import shown
from devices.reading import Quantity

NOTHING: Final = frozenset({"", "none", "null", "nil", "unknown", "unavailable", "undefined", "nan", "n/a", "na", "-"})
"""Words that say that there is no value."""

YES: Final = frozenset({"on", "true", "yes", "1", "detected", "occupied", "presence", "present", "motion", "active"})
NO: Final = frozenset(
    {"off", "false", "no", "0", "clear", "cleared", "vacant", "absent", "absence", "unoccupied", "inactive", "idle"}
)
"""Words for somebody and for nobody, in lower case."""

MOST_THERE: Final = 10_000
"""People at one place, or counted in one message: more is another number taken for a count."""

MOST_COUNTED: Final = 2**53
"""A running total; beyond it a float no longer tells two of them apart."""

POSSIBLE: Final[Mapping[Quantity, tuple[float, float]]] = {
    Quantity.PEDESTRIANS: (0, MOST_THERE),
    Quantity.PEDESTRIANS_TOTAL: (0, MOST_COUNTED),
    Quantity.OCCUPANCY: (0, MOST_THERE),
    Quantity.ILLUMINANCE: (0, 1e6),
    Quantity.DISTANCE: (0, 1e5),
    Quantity.SPEED: (-1e3, 1e3),
    Quantity.TEMPERATURE: (-100, 200),
    Quantity.HUMIDITY: (0, 100),
    Quantity.BATTERY: (0, 100),
    Quantity.VOLTAGE: (-1e5, 1e5),
    Quantity.RSSI: (-200, 50),
    Quantity.LEVEL: (0, 100),
    Quantity.POWER: (-1e6, 1e6),
    Quantity.ENERGY: (0, 1e12),
    Quantity.OPERATING_TIME: (0, 1e11),
    Quantity.DIMMING_CURVE: (0, 1),
}
"""Lowest and highest value of a quantity in its unit that is a measurement and no mistake.

Of temperatures -127 and 999 are what sensors say that have failed.
"""


LONGEST_NUMBER: Final = 64
"""Characters of a number; Python reads longer ones, slowly."""


def says_nothing(value: object) -> bool:
    """Whether a value is left out, in any of the ways in which makes write that."""
    return value is None or (isinstance(value, str) and value.strip().lower() in NOTHING)


def number(value: object) -> float:
    """Read a finite number, also one that is written as text. Raises `Malformed`."""
    read = math.nan
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        try:
            read = float(value if not isinstance(value, str) or len(value) <= LONGEST_NUMBER else math.nan)
        except (ValueError, OverflowError):
            read = math.nan
    if not math.isfinite(read):
        raise Malformed("a number", shown(value))
    return read


def whole(value: object) -> int:
    """Read a whole number. Raises `Malformed`."""
    read = number(value)
    if read != math.floor(read):
        raise Malformed("a whole number", shown(value))
    return int(read)


def truth(value: object) -> bool:
    """Read whether it is so: true, 1, "ON", "occupied" and their opposites. Raises `Malformed`."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower() if isinstance(value, int | str) else ""
    if word in YES or word in NO:
        return word in YES
    raise Malformed("true or false, ON or OFF", shown(value))


def value_of(quantity: Quantity, raw: object, factor: float = 1.0) -> float:
    """Read a value that is said in 1/`factor` of the quantity's unit. Raises `Malformed`, also for the impossible."""
    if quantity.kind == "bool":
        return float(truth(raw))
    read = float(whole(raw)) if quantity.kind == "int" else round(number(raw) * factor, 9)
    lowest, highest = POSSIBLE[quantity]
    if not lowest <= read <= highest:
        unit = "" if quantity.unit == "1" else f" {quantity.unit}"
        raise Malformed(f"{quantity.value} from {lowest:g} to {highest:g}{unit}", shown(raw))
    return read
