"""When an override begins and ends, as people say it. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from gateway.configuration.site import OverrideSettings
from gateway.configuration.units import Unreadable, duration, moment, say_duration
from gateway.control.words import OverrideRequest, Refused

FAR = 366 * 86_400 * 1_000_000_000
"""An override begins within so much time, in nanoseconds."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OF_DAY = re.compile(r"\d{1,2}:\d{2}")
_EXAMPLES = 'a moment like 23:30 or "2026-11-22 06:00"'


@dataclass(frozen=True, slots=True)
class Term:
    """From when until when, in nanoseconds; `by_clock` if the end was said as a moment of the wall clock."""

    start: int
    expires: int
    by_clock: bool


def term(request: OverrideRequest, rules: OverrideSettings, now: int, zone: tzinfo) -> Term:
    """When an override that is asked for at `now` begins and ends. Raises `Refused` in words.

    A time of day is the next one in the street's own time: for the end, the next one behind the beginning.
    """
    if request.lasts and request.until:
        raise Refused("both a length of time and an end are given", "one of them: --for 2h, or --until 23:30")
    start = _instant(request.begins, now, zone) if request.begins else now
    if not now <= start <= now + FAR:
        raise Refused(f'"{request.begins}" is past, or more than a year away', "a moment to come")
    if request.until:
        expires = _instant(request.until, start, zone)
    else:
        expires = start + (_length(request.lasts) if request.lasts else rules.lasts)
    if expires <= start:
        raise Refused(f'"{request.until}" is past, or before the beginning', "an end behind the beginning")
    if expires - start > rules.at_most:
        found = f"the override would last {say_duration((expires - start) // 1_000_000_000 * 1_000_000_000)}"
        longest = say_duration(rules.at_most)
        raise Refused(found, f"at most {longest}", "overrides: at_most: in lighting.yaml says how long one may last")
    return Term(start, expires, by_clock=bool(request.until))


def maintenance_length(text: str, rules: OverrideSettings) -> int:
    """How long maintenance lasts, in nanoseconds; under the same bounds as an override. Raises `Refused` in words."""
    length = _length(text) if text else rules.lasts
    if length > rules.at_most:
        found = f"the maintenance would last {say_duration(length)}"
        hint = "overrides: at_most: in lighting.yaml says how long one may last"
        raise Refused(found, f"at most {say_duration(rules.at_most)}", hint)
    return length


def _length(text: str) -> int:
    try:
        return duration(text)
    except Unreadable as unreadable:
        raise Refused(unreadable.found, unreadable.expected, unreadable.hint) from None


def _instant(text: str, after: int, zone: tzinfo) -> int:
    """A time of day as the next moment behind `after`, a date and time as that moment."""
    try:
        if _OF_DAY.fullmatch(text):
            return _next(moment(text).offset, after, zone)
        said = datetime.fromisoformat(text)
        return _nanoseconds(said if said.tzinfo else said.replace(tzinfo=zone))
    except Unreadable as unreadable:
        raise Refused(unreadable.found, _EXAMPLES, unreadable.hint) from None
    except (ValueError, OverflowError):
        raise Refused(f'"{text}" is no moment', _EXAMPLES) from None


def _next(offset: int, after: int, zone: tzinfo) -> int:
    """The next time of day behind `after`, `offset` ns after midnight by the wall clock."""
    day = (_EPOCH + timedelta(microseconds=after // 1000)).astimezone(zone).date()
    minutes = offset // 60_000_000_000
    of_day = time(minutes // 60, minutes % 60)
    days = (day + timedelta(days=ahead) for ahead in range(3))
    return next(at for each in days for at in _moments(datetime.combine(each, of_day, zone)) if at > after)


def _moments(wall: datetime) -> Iterator[int]:
    """When the wall clock shows a time: twice where it is set back; where it leaps over it, right behind the leap."""
    first, second = _nanoseconds(wall), _nanoseconds(wall.replace(fold=1))
    yield first
    if second > first:
        yield second


def _nanoseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta(microseconds=1) * 1000
