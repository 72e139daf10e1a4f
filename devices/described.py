"""What a value means that comes with a name, a datatype and a unit, as in Homie and Sparkplug. Pure.

The name says what it is and the unit must fit: a `brightness` in lux is light on a sensor, one in per cent is a lamp's.
What may be set is an order or a setting, never a measurement.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple

from devices.naming import LONGEST, OUR_OWN, Meant, meant, words_of
from devices.reading import Quantity

Sort = Literal["truth", "whole", "number", "word", "unknown", "other"]
"""What kind of value it is; "word" is one of few, "unknown" before anything described it, "other" none of ours."""

UNITS: Final[Mapping[str, tuple[Quantity, float, float]]] = {
    "lx": (Quantity.ILLUMINANCE, 1, 0),
    "lux": (Quantity.ILLUMINANCE, 1, 0),
    "klx": (Quantity.ILLUMINANCE, 1e3, 0),
    "°c": (Quantity.TEMPERATURE, 1, 0),
    "c": (Quantity.TEMPERATURE, 1, 0),
    "degc": (Quantity.TEMPERATURE, 1, 0),
    "℃": (Quantity.TEMPERATURE, 1, 0),
    "celsius": (Quantity.TEMPERATURE, 1, 0),
    "°f": (Quantity.TEMPERATURE, 5 / 9, -160 / 9),
    "f": (Quantity.TEMPERATURE, 5 / 9, -160 / 9),
    "degf": (Quantity.TEMPERATURE, 5 / 9, -160 / 9),
    "℉": (Quantity.TEMPERATURE, 5 / 9, -160 / 9),
    "fahrenheit": (Quantity.TEMPERATURE, 5 / 9, -160 / 9),
    "k": (Quantity.TEMPERATURE, 1, -273.15),
    "v": (Quantity.VOLTAGE, 1, 0),
    "mv": (Quantity.VOLTAGE, 1e-3, 0),
    "m": (Quantity.DISTANCE, 1, 0),
    "cm": (Quantity.DISTANCE, 1e-2, 0),
    "mm": (Quantity.DISTANCE, 1e-3, 0),
    "ft": (Quantity.DISTANCE, 0.3048, 0),
    "m/s": (Quantity.SPEED, 1, 0),
    "km/h": (Quantity.SPEED, 1 / 3.6, 0),
    "dbm": (Quantity.RSSI, 1, 0),
    "w": (Quantity.POWER, 1, 0),
    "kw": (Quantity.POWER, 1e3, 0),
    "j": (Quantity.ENERGY, 1 / 3600, 0),
    "wh": (Quantity.ENERGY, 1, 0),
    "kwh": (Quantity.ENERGY, 1e3, 0),
}
"""Units that tell the quantity, in lower case, with factor and offset to ours."""

COUNTED: Final = frozenset({"", "1", "#", "count", "counts", "people", "persons", "person", "pers"})
"""Units of a number of people."""

SETTINGS: Final = frozenset(
    {"target", "set", "setpoint", "threshold", "limit", "timeout", "interval", "sensitivity"}
) | {
    "max",
    "min",
    "rated",
    "calibration",
    "offset",
    "config",
    "setting",
    "settings",
    "raw",
    "average",
    "avg",
}
ELSEWHERE: Final = frozenset({"cpu", "esp", "chip", "board", "core", "mcu", "processor", "system", "dew", "water"})
"""Places whose temperature or voltage says nothing of the street."""

PEOPLE: Final = frozenset({Quantity.PEDESTRIANS, Quantity.PEDESTRIANS_TOTAL, Quantity.OCCUPANCY})
BY_THEIR_UNIT: Final = frozenset({Quantity.ILLUMINANCE, Quantity.RSSI, Quantity.POWER, Quantity.ENERGY, Quantity.SPEED})
"""Quantities for which the unit is enough, whatever the name."""

NO_DISTANCE: Final = frozenset({"altitude", "height", "level", "elevation", "depth", "length", "width", "travelled"})
OF_DISTANCE: Final = frozenset({"distance", "range", "away"})
OF_LUX: Final = frozenset({"lux", "illuminance"})

_NUMBERED = re.compile(r"[-_ ](\d{1,4})$")
_DIGITS = re.compile(r"\d+")


class Place(NamedTuple):
    """Where a value stands in its device: a node or a folder ("" for none), and its name."""

    place: str
    name: str


@dataclass(frozen=True, slots=True)
class Described:
    """What is known of a value: its datatype's sort, its unit, the words or limits that it may be, if it may be set."""

    sort: Sort = "unknown"
    unit: str = ""
    words: tuple[str, ...] = ()
    lowest: float | None = None
    highest: float | None = None
    step: float | None = None
    settable: bool = False


UNDESCRIBED: Final = Described()


@dataclass(frozen=True, slots=True)
class Meaning:
    """A quantity and its channel; a value * `factor` + `offset` is in our unit."""

    quantity: Quantity
    channel: str = ""
    factor: float = 1.0
    offset: float = 0.0


def meaning(place: str, name: str, known: Described) -> Meaning | None:
    """Say what a value means that has a name at a place (a node, a folder); None if that is nothing of ours."""
    words = {*words_of(name), *words_of(place)}
    if known.settable or known.sort == "other" or words & SETTINGS:
        return None
    named = _named(place, name)
    if named is not None and named.quantity is Quantity.TEMPERATURE and words & ELSEWHERE:
        return None
    if known.sort in ("truth", "word"):
        return _of_truth(named)
    unit = known.unit.strip().lower()
    if unit in UNITS:
        return _of_unit(named, words, *UNITS[unit])
    if named is None:
        return None
    if unit == "%":
        fits = named.quantity in (Quantity.HUMIDITY, Quantity.BATTERY)
    elif unit in COUNTED:
        fits = _without_unit(named, words, known)
    else:
        fits = False
    if not fits:
        return None
    if named.quantity is Quantity.PRESENCE and not _zero_or_one(known):
        return Meaning(Quantity.OCCUPANCY, named.channel) if "occupancy" in words else None
    return Meaning(named.quantity, named.channel)


def meanings(values: Mapping[Place, Described]) -> dict[Place, Meaning]:
    """Say what the values of a device mean. Two of one quantity and channel have their places for channels."""
    found = {at: means for at, known in values.items() if (means := meaning(at.place, at.name, known)) is not None}
    often = Counter((means.quantity, means.channel) for means in found.values())
    return {
        at: replace(means, channel=at.place.lower()) if often[means.quantity, means.channel] > 1 else means
        for at, means in found.items()
    }


def _named(place: str, name: str) -> Meant | None:
    """What the name says, with its place or without; a place that ends in a number makes that the channel."""
    number = _NUMBERED.search(place)
    whole = f"{_DIGITS.sub('', place)}_{name}"
    own = re.sub(r"[- ]", "_", name.lower())
    named = meant(own if own in OUR_OWN else name) or (meant(whole) if len(whole) <= LONGEST else None)
    if named is None or named.channel or number is None:
        return named
    return Meant(named.quantity, number[1], named.per_cent)


def _of_truth(named: Meant | None) -> Meaning | None:
    """A truth says that somebody is there, also where a name such as "person" would be a number of them."""
    if named is None or named.quantity not in (Quantity.PRESENCE, Quantity.OCCUPANCY):
        return None
    return Meaning(Quantity.PRESENCE, named.channel)


def _of_unit(named: Meant | None, words: set[str], quantity: Quantity, factor: float, offset: float) -> Meaning | None:
    channel = ""
    if named is not None:
        volts = quantity is Quantity.VOLTAGE and named.quantity is Quantity.BATTERY
        if named.quantity is not quantity and not volts:
            return None
        channel = named.channel
    elif quantity is Quantity.DISTANCE:
        if words & NO_DISTANCE or not words & OF_DISTANCE:
            return None
    elif quantity not in BY_THEIR_UNIT:
        return None
    return Meaning(quantity, channel, factor, offset)


def _without_unit(named: Meant, words: set[str], known: Described) -> bool:
    """Whether a number without a unit may be what its name says: a light in no unit is raw, and so is a distance."""
    if named.quantity is Quantity.ILLUMINANCE:
        return bool(words & OF_LUX)
    if known.unit:
        return named.quantity in PEOPLE or named.quantity is Quantity.PRESENCE
    return named.quantity not in (Quantity.DISTANCE, Quantity.SPEED, Quantity.POWER, Quantity.ENERGY, Quantity.LEVEL)


def _zero_or_one(known: Described) -> bool:
    """Whether a number of presence can only be a truth; nobody knows before it is described."""
    return known.sort == "unknown" or (known.highest == 1 and known.lowest == 0)
