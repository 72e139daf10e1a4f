"""Values as operators write them, with their unit beside them, and what they are inside.

Each reader takes what the YAML said, a text or something else, and returns the value or raises `Unreadable`.
"""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal

from devices.message import SECOND
from gateway.configuration import spellings
from gateway.lighting.plan import LampType, Moment

DAY = 86_400 * SECOND

_NUMBER = r"\d+(?:\.\d+)?"
_AMOUNT = re.compile(rf"\s*([+-]?{_NUMBER})\s*([^\d\s].*?)\s*")
_BARE = re.compile(rf"\s*[+-]?{_NUMBER}\s*")
_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+(\s*\D.*)?")
_FRACTION = re.compile(r"\s*0\.\d+\s*")
_PART = re.compile(rf"\s*({_NUMBER})\s*([a-z]+)\s*")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")
_OTHER_CLOCK = re.compile(r"(\d{1,2})\s*[hH.]\s*(\d{2})?")
_SUN = re.compile(r"(sunset|sunrise)\s*(?:([+-])\s*(.+))?")
_DIMMED = re.compile(r"(.+?)\s+at\s+(.+)")

_DURATIONS = {"ms": 1_000_000, "s": SECOND, "min": 60 * SECOND, "h": 3600 * SECOND, "d": 86_400 * SECOND}
_LONGEST = 1000 * 86_400 * SECOND
_LARGEST = 1_000_000
_LONGEST_KEPT = 36_500
_SMALLEST_RECORD = 10
_MOST_LAMPS = 50
_FARTHEST_FROM_SUN = 6 * 3600 * SECOND


class Unreadable(ValueError):  # noqa: N818 - it says what the value is; an error it is by its base
    """A value that cannot be understood: what was found, what was expected, and what may have been meant."""

    def __init__(self, found: str, expected: str, hint: str = "") -> None:
        super().__init__(found)
        self.found = found
        self.expected = expected
        self.hint = hint


def text(value: object, expected: str) -> str:
    """The text of a value; `expected` says what to write instead of a list, a block or nothing."""
    if isinstance(value, str):
        return value
    found = {type(None): "nothing is written here", list: "this is a list", dict: "this is a block of keys"}
    raise Unreadable(found.get(type(value), f"this is {value!r}"), expected)


def duration(value: object) -> int:
    """A length of time above 0 in nanoseconds: "45s", "10min", "1h 30min"."""
    expected = "A length of time with its unit: 45s, 10min, 2h or 1h 30min"
    written = text(value, expected)
    _refuse_number_alone(written, expected, "s", "min")
    total, rest = Decimal(0), written
    while part := _PART.match(rest):
        if part[2] not in _DURATIONS:
            meant = spellings.unit(part[2], _DURATIONS)
            hint = f"Did you mean  {part[1]}{meant} ?" if meant else ""
            raise Unreadable(f'"{part[2]}" is not a unit of time', expected, hint)
        total += Decimal(part[1]) * _DURATIONS[part[2]]
        rest = rest[part.end() :]
    if rest or not written.strip():
        raise Unreadable(f'"{written}" is not a length of time', expected)
    if total <= 0 or total != int(total):
        raise Unreadable(f'"{written}" is not a length of time above 0', expected)
    if total > _LONGEST:
        raise Unreadable(f'"{written}" is longer than 1000 days', expected)
    return int(total)


def span(value: object) -> int:
    """How long something is kept, in nanoseconds: "90 days", "5 years". A year has 365 days."""
    days = _amount(value, {"days": 1, "day": 1, "years": 365, "year": 365}, "Days or years: 90 days, 5 years")
    if not 1 <= days <= _LONGEST_KEPT:
        raise Unreadable(f'"{value}" is not between 1 day and 100 years', "Days or years: 90 days, 5 years")
    return round(days * 86_400) * SECOND


def size(value: object) -> int:
    """How much may be written, in bytes: "4 GB", "500 MB"."""
    expected = "Megabytes or gigabytes, from 10 MB: 500 MB, 4 GB"
    megabytes = _amount(value, {"GB": 1000, "MB": 1}, expected)
    if megabytes < _SMALLEST_RECORD:
        raise Unreadable(f'"{value}" is too little', expected)
    return round(megabytes * 1_000_000)


def duration_or_nothing(value: object) -> int:
    """A length of time in nanoseconds that may be none: "0s"."""
    written = text(value, "A length of time with its unit: 0s, 2s, 45s")
    return 0 if re.fullmatch(r"\s*0+(\.0+)?\s*(ms|s|min|h)\s*", written) else duration(value)


def metres(value: object) -> float:
    """A place or a length in metres, not below 0: "30 m", "1.2 km"."""
    return _amount(value, {"m": 1, "km": 1000, "cm": Decimal("0.01")}, "Metres with their unit: 30 m")


def signed_metres(value: object) -> float:
    """A distance in metres on either side: "-0.5 m"."""
    return _amount(value, {"m": 1, "cm": Decimal("0.01")}, "Metres with their unit: 2 m", lowest=None)


def percent(value: object) -> float:
    """A light output from 0 to 100: "60%"."""
    expected = "Per cent of light output, 0% to 100%, with the sign: 60%"
    if isinstance(value, str) and _FRACTION.fullmatch(value):
        meant = f"{float(value) * 100:g}%"
        raise Unreadable(f'"{value}" has no unit', f"Write the unit. {expected}", f"Did you mean  {meant} ?")
    level = _amount(value, {"%": 1}, expected)
    if level > 100:  # noqa: PLR2004 - per cent end at 100
        raise Unreadable(f'"{value}" is more than all the light', "Per cent of light output, 0% to 100%")
    return level


def lux(value: object) -> float:
    """An illuminance above 0 in lux: "5.0 lx"."""
    light = _amount(value, {"lx": 1}, "Lux with their unit: 5.0 lx")
    if light == 0:
        raise Unreadable("no light at all", "The maintained average in lux at 100%: 5.0 lx")
    return light


def flow(value: object) -> float:
    """People per hour: "20/h", "2/min"."""
    return _amount(value, {"/h": 1, "/min": 60}, "People per hour: 20/h")


def most(value: object) -> float:
    """People per hour, above 0, that can pass: "300/min"."""
    expected = "The most people that can walk past, above 0/h: 300/min"
    people = _amount(value, {"/h": 1, "/min": 60}, expected)
    if people == 0:
        raise Unreadable("nobody could ever walk past", expected)
    return people


def changes(value: object) -> float:
    """Changes per hour, above 0: "900/h"."""
    expected = "The most changes that are believed, above 0/h: 900/h"
    often = _amount(value, {"/h": 1, "/min": 60}, expected)
    if often == 0:
        raise Unreadable("no change would ever be believed", expected)
    return often


def speed(value: object) -> float:
    """How fast somebody goes, in metres a second: "1.4 m/s", "50 km/h"."""
    return _amount(value, {"m/s": 1, "km/h": 1 / Decimal("3.6")}, "A speed with its unit: 1.4 m/s, 50 km/h")


def rate(value: object) -> float:
    """How fast light changes, above 0, in per cent a second: "5%/s"."""
    expected = "Per cent of light output a second, above 0%/s: 5%/s"
    fast = _amount(value, {"%/s": 1}, expected)
    if fast == 0:
        raise Unreadable("no light could ever change", expected)
    return fast


def hertz(value: object) -> float:
    """How often in a second, above 0: "1500 Hz", "1.5 kHz"."""
    expected = "A frequency with its unit, above 0 Hz: 1500 Hz, 1.5 kHz"
    often = _amount(value, {"Hz": 1, "kHz": 1000}, expected)
    if often == 0:
        raise Unreadable("nothing happens 0 times a second", expected)
    return often


def lamps(value: object) -> int:
    """A number of lamps: "2"."""
    expected = "A number of lamps, 0 to 50"
    written = text(value, expected).strip()
    if not re.fullmatch(r"\d{1,2}", written) or int(written) > _MOST_LAMPS:
        raise Unreadable(f'"{written}" is not a number of lamps', expected)
    return int(written)


def watts(value: object) -> float:
    """Power in watts: "28 W"."""
    return _amount(value, {"W": 1, "mW": Decimal("0.001"), "kW": 1000}, "Watts with their unit: 28 W")


def watts_at_level(value: object) -> tuple[float, float]:
    """Power and the light output (per cent) it belongs to: "4 W at 10%"."""
    expected = "Watts at the lowest level the lamp can be dimmed to: 4 W at 10%"
    match = _DIMMED.fullmatch(text(value, expected).strip())
    if match is None:
        raise Unreadable(f'"{value}" does not say at which level', expected)
    return watts(match[1]), percent(match[2])


def yes_no(value: object) -> bool:
    """A choice of two: "true", "false"."""
    written = text(value, "true or false").strip()
    if written not in ("true", "false"):
        raise Unreadable(f'"{written}" is neither true nor false', "true or false")
    return written == "true"


def lamp_type(
    full: float,
    dimmed: tuple[float, float],
    standby: float,
    curve: Mapping[float, float] | None = None,
    tolerance: float = 20.0,
    *,
    fades: bool = True,
) -> LampType:
    """What a make of lamp draws, which must fall with its light, and what it can do."""
    power, level = dimmed
    if not standby <= power <= full or full == 0:
        found = f"standby {standby:g} W, dimmed {power:g} W, full {full:g} W do not rise"
        raise Unreadable(found, "standby is at most dimmed, and dimmed at most full")
    if not 0 < level < 100:  # noqa: PLR2004 - per cent end at 100
        raise Unreadable(f"dimmed at {level:g} % is not between off and full", "A level such as 4 W at 10%")
    points = tuple(sorted((curve or {}).items()))
    drawn = [standby, *(drawn for _, drawn in points)]
    if points and (drawn != sorted(drawn) or not 0 < points[0][0] < points[-1][0] == 100 or points[-1][1] == 0):  # noqa: PLR2004 - per cent
        found = f"curve: {', '.join(f'{at:g} % {drawn:g} W' for at, drawn in points)}"
        raise Unreadable(
            found, "Measured from the lowest level up to 100%, never falling: {10%: 4 W, 50%: 13 W, 100%: 28 W}"
        )
    if not tolerance:
        raise Unreadable("tolerance: 0% fits no lamp", "How far power may be from what is expected: 20%")
    return LampType(full, power, level, standby, points, tolerance, fades)


def moment(value: object) -> Moment:
    """A moment of each night: "22:30", "sunset", "sunrise - 30min"."""
    expected = "A time such as 22:30, or  sunset  or  sunrise, perhaps with an offset: sunset + 15min"
    written = text(value, expected).strip()
    if match := _CLOCK.fullmatch(written):
        hours, minutes = int(match[1]), int(match[2])
        if hours > 23 or minutes > 59:  # noqa: PLR2004 - hours and minutes of a day
            expected = "Times go from 00:00 to 23:59; midnight is 00:00"
            raise Unreadable(f'"{written}" is no time of day', expected, _write(spellings.moment(written)))
        return Moment("clock", (hours * 60 + minutes) * 60 * SECOND)
    if match := _OTHER_CLOCK.fullmatch(written):
        raise Unreadable(f'"{written}" is not written as a time', expected, f"Write  {match[1]}:{match[2] or '00'}")
    if match := _SUN.fullmatch(written):
        offset = duration_or_nothing(match[3]) if match[3] else 0
        if offset > _FARTHEST_FROM_SUN:
            raise Unreadable(f'"{written}" is more than 6 h from the sun', expected)
        offset = -offset if match[2] == "-" else offset
        return Moment("sunset", offset) if match[1] == "sunset" else Moment("sunrise", offset)
    raise Unreadable(f'"{written}" is no moment of a day', expected, _write(spellings.moment(written)))


def say_moment(said: Moment) -> str:
    """A moment as operators write it; `moment` reads it back."""
    if said.event == "clock":
        minutes = said.offset // (60 * SECOND)
        return f"{minutes // 60:02}:{minutes % 60:02}"
    if said.offset == 0:
        return said.event
    return f"{said.event} {'+' if said.offset > 0 else '-'} {say_duration(abs(said.offset))}"


def say_duration(nanoseconds: int) -> str:
    """A length of time as operators write it; `duration` reads it back."""
    parts = []
    for unit in ("h", "min", "s", "ms"):
        count, nanoseconds = divmod(nanoseconds, _DURATIONS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts) or "0s"


def degrees(value: object) -> float:
    """Degrees as a decimal number: "46.7806"."""
    expected = "Degrees as a decimal number, north and east above 0: 46.7806"
    written = text(value, expected).strip()
    if _DECIMAL_COMMA.fullmatch(written):
        raise Unreadable(f'"{written}" has a decimal comma', expected, f"Write  {written.replace(',', '.')}")
    if not _BARE.fullmatch(written):
        meant = spellings.plain(written)
        hint = _write(meant) if _BARE.fullmatch(meant) else ""
        raise Unreadable(f'"{written}" is not a decimal number', expected, hint)
    return float(written)


def whole(value: object) -> int:
    """A whole number above 0."""
    expected = "A whole number above 0"
    written = text(value, expected).strip()
    if not re.fullmatch(r"\d{1,9}", written) or int(written) == 0:
        raise Unreadable(f'"{written}" is not a whole number above 0', expected)
    return int(written)


def _amount(value: object, units: Mapping[str, int | Decimal], expected: str, *, lowest: int | None = 0) -> float:
    """A number and its unit, in the first unit of the table."""
    written = text(value, expected)
    _refuse_number_alone(written, expected, *units)
    match = _AMOUNT.fullmatch(written)
    if match is None or match[2] not in units:
        raise Unreadable(f'"{written}" is not understood', expected, _respelt(written, units))
    amount = float(Decimal(match[1]) * units[match[2]])
    if lowest is not None and amount < lowest:
        raise Unreadable(f'"{written}" is below {lowest}', expected)
    if abs(amount) > _LARGEST:
        raise Unreadable(f'"{written}" is more than any street has', expected)
    return amount


def _respelt(written: str, units: Iterable[str]) -> str:
    """The question whether another spelling of a number and its unit was meant."""
    match = _AMOUNT.fullmatch(spellings.plain(written))
    meant = spellings.unit(match[2], units) if match else ""
    if match is None or not meant:
        return ""
    return f"Did you mean  {match[1]}{' ' if meant[0].isalpha() else ''}{meant} ?"


def _write(meant: str) -> str:
    return f"Write  {meant}" if meant else ""


def _refuse_number_alone(written: str, expected: str, *units: str) -> None:
    """Write the unit: a bare number means one thing to its writer and another to its reader."""
    if _BARE.fullmatch(written):
        meant = f"{written.strip()} {units[0]}" if units[0].isalpha() and units[0] != "s" else f"{written}{units[0]}"
        raise Unreadable(f'"{written}" has no unit', f"Write the unit. {expected}", f"Did you mean  {meant} ?")
    if _DECIMAL_COMMA.fullmatch(written):
        raise Unreadable(f'"{written}" has a decimal comma', expected, f"Write  {written.replace(',', '.')}")
