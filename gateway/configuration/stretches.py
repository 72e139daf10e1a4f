"""Nights as operators write them in the calendar: stretches of the year, dates, days around Easter, weekdays."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import TypeVar

from gateway.configuration.units import Unreadable, text
from gateway.lighting.nights import (
    EVERY,
    FARTHEST_FROM_EASTER,
    LAST,
    Dates,
    EasterDays,
    Stretch,
    Weekday,
    YearDays,
)

_EXPECTED = (
    "Nights by the date of their evening: 12-24..01-01 (each year), 07-14, 2026-12-31, 2026-12-24..2027-01-02, or "
    "easter, easter - 47d"
)
_YEAR_DAY = re.compile(r"(\d{2})-(\d{2})")
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_EASTER = re.compile(r"easter\s*(?:([+-])\s*(\d{1,3})\s*d)?")
_LEAP_YEAR = 2028

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WHICH = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": LAST}
_WEEKDAYS = "Weekdays, of the evening: fri, [fri, sat], first fri, last sun"

T = TypeVar("T")


def stretches(value: object) -> tuple[Stretch, ...]:
    """One stretch of nights or a list of them. Raises `Unreadable`."""
    return _each(value, _stretch, _EXPECTED)


def weekdays(value: object) -> tuple[Weekday, ...]:
    """One weekday or a list of them. Raises `Unreadable`."""
    return _each(value, _weekday, _WEEKDAYS)


def _each(value: object, read: Callable[[object], T], expected: str) -> tuple[T, ...]:
    listed = value if isinstance(value, list) else [value]
    if not listed:
        raise Unreadable("nothing is listed here", expected)
    return tuple(dict.fromkeys(read(item) for item in listed))


def _stretch(value: object) -> Stretch:
    written = text(value, _EXPECTED).strip()
    first, dots, last = (part.strip() for part in written.partition(".."))
    ends = (first, last if dots else first)
    for read in (_year_days, _dates, _easter_days):
        found = read(*ends)
        if found is not None:
            return found
    raise Unreadable(f'"{written}" are no nights', _EXPECTED, _reordered(written))


def _year_days(first: str, last: str) -> Stretch | None:
    if not (_YEAR_DAY.fullmatch(first) and _YEAR_DAY.fullmatch(last)):
        return None
    since, until = (_day(f"{_LEAP_YEAR}-{end}", end) for end in (first, last))
    return YearDays((since.month, since.day), (until.month, until.day))


def _dates(first: str, last: str) -> Stretch | None:
    if not (_DATE.fullmatch(first) and _DATE.fullmatch(last)):
        return None
    start, end = _day(first, first), _day(last, last)
    if end < start:
        raise Unreadable(f'"{first}..{last}" ends before it begins', "The earlier date first: 2026-12-24..2027-01-02")
    return Dates(start, end)


def _easter_days(first: str, last: str) -> Stretch | None:
    ends = list(_from_easter(first, last))
    if len(ends) < 2:  # noqa: PLR2004 - a stretch has two ends
        return None
    start, end = ends
    if max(-start, end, -end, start) > FARTHEST_FROM_EASTER:
        raise Unreadable("this is far from Easter", f"At most {FARTHEST_FROM_EASTER} days before or after it")
    if end < start:
        raise Unreadable(f'"{first}..{last}" ends before it begins', "The earlier night first: easter - 2d..easter")
    return EasterDays(start, end)


def _from_easter(*ends: str) -> Iterator[int]:
    for end in ends:
        if match := _EASTER.fullmatch(end):
            days = int(match[2] or 0)
            yield -days if match[1] == "-" else days


def _day(iso: str, written: str) -> date:
    try:
        return date.fromisoformat(iso)
    except ValueError as error:
        raise Unreadable(f'"{written}" is no day of the calendar', _EXPECTED) from error


def _reordered(written: str) -> str:
    """What was probably meant by a day written before its month."""
    match = re.fullmatch(r"(\d{1,2})[./](\d{1,2})\.?", written)
    return f"Write the month first:  {int(match[2]):02}-{int(match[1]):02}" if match else ""


def _weekday(value: object) -> Weekday:
    written = text(value, _WEEKDAYS).strip().lower()
    which, _, name = written.rpartition(" ")
    day = next((index for index, known in enumerate(_DAYS) if name in {known, known[:3]}), None)
    if day is None or (which and which.strip() not in _WHICH):
        raise Unreadable(f'"{value}" is no weekday', _WEEKDAYS)
    return Weekday(day, _WHICH[which.strip()] if which else EVERY)
