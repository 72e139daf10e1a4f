"""`reads:` of a sensor of convention custom: which place of its payload is which quantity."""

from dataclasses import dataclass
from typing import Final

from devices.conventions.custom import Read
from devices.conventions.custom.path import Path, path_of
from devices.reading import Quantity
from gateway.configuration import units
from gateway.configuration.problems import did_you_mean, suggest
from gateway.configuration.units import Unreadable

EXPECTED: Final = "Quantities and where they stand:  {presence: motion, illuminance: data.lux}"
TIME: Final = "time"
QUANTITIES: Final = {
    quantity.value: quantity for quantity in Quantity if quantity not in (Quantity.FAULT, Quantity.TRUST)
}
MOST: Final = 1e9
KEYS: Final = ("path", "factor", "channel", "period", "on", "off")
"""Of one quantity, where more is to be said than its path."""


@dataclass(frozen=True, slots=True)
class Reads:
    """Where quantities stand, and where the device's own time does, if it says one."""

    quantities: tuple[Read, ...]
    time: Path | None = None


def places(value: object) -> Reads:
    """Understand the mapping. Raises `Unreadable`."""
    if not isinstance(value, dict) or not value:
        raise Unreadable("no quantities are listed here", EXPECTED)
    found: list[Read] = []
    time: Path | None = None
    for name, written in value.items():
        if name == TIME:
            time = _path(written)
            continue
        if name not in QUANTITIES:
            hint = did_you_mean(suggest(str(name), (*QUANTITIES, TIME)))
            raise Unreadable(f'"{name}" is no quantity', f"One of: {', '.join((*QUANTITIES, TIME))}", hint)
        listed = written if isinstance(written, list) else [written]
        found += [_read(QUANTITIES[name], place) for place in listed]
    if not found:
        raise Unreadable("a time alone is no reading", EXPECTED)
    return Reads(tuple(found), time)


def _read(quantity: Quantity, place: object) -> Read:
    if not isinstance(place, dict):
        return Read(quantity, _path(place))
    for key in place:
        if key not in KEYS:
            hint = did_you_mean(suggest(str(key), KEYS))
            raise Unreadable(f'"{key}" is not known in {quantity.value}', f"Known here: {', '.join(KEYS)}", hint)
    if "path" not in place:
        raise Unreadable(f"where {quantity.value} stands is missing", "{path: data.people, ...}")
    return Read(
        quantity,
        _path(place["path"]),
        factor(place.get("factor", 1)),
        units.text(place.get("channel", ""), "A channel, such as in or out"),
        units.duration(place["period"]) if "period" in place else None,
        _words(place.get("on", [])),
        _words(place.get("off", [])),
    )


def _path(written: object) -> Path:
    expected = "A path such as data.people or $.rooms[0].count"
    try:
        return path_of(units.text(written, expected))
    except Unreadable:
        raise
    except ValueError as error:
        raise Unreadable(f"this is no path: {error}", expected) from None


def factor(written: object) -> float:
    """By what a value is multiplied to be in our unit. Raises `Unreadable`."""
    expected = "A number other than 0, by which what stands there is multiplied: 0.001"
    try:
        factor = float(str(written))
    except ValueError as error:
        raise Unreadable(f'"{written}" is no number', expected) from error
    if not 0 < abs(factor) < MOST:
        raise Unreadable(f'"{written}" is no sensible factor', expected)
    return factor


def _words(written: object) -> tuple[str, ...]:
    listed = written if isinstance(written, list) else [written]
    return tuple(str(word).lower() if isinstance(word, bool) else str(word) for word in listed)
