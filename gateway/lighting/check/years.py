"""The nights that each program of a zone may have, over all the years that can differ."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from gateway.lighting.plan import Line, Zone

YEAR = 2028
"""The year whose nights are looked at: a leap year, so that each day of any year is among them."""

CYCLE = 28
"""Years after which weekdays and leap days come again in the same order, until 2100."""


@dataclass(frozen=True, slots=True)
class Use:
    """What some year makes of a zone's calendar.

    `nights` are the nights of each program, by its name, as days of `YEAR`; `idle` are the lines that never decide,
    with whether they mean any night at all.
    """

    nights: Mapping[str, frozenset[date]]
    idle: tuple[tuple[Line, bool], ...]


def nights_of_year() -> Iterator[date]:
    """Each night of `YEAR`."""
    day = date(YEAR, 1, 1)
    while day.year == YEAR:
        yield day
        day += timedelta(days=1)


@cache
def _each_night() -> frozenset[date]:
    return frozenset(nights_of_year())


def use_of(zone: Zone) -> Use:
    """Which nights of a year each program of a zone may have."""
    if not zone.calendar:
        return Use({zone.program.name: _each_night()}, ())
    nights: dict[str, set[date]] = {program.name: set() for program in zone.programs()}
    deciding: set[int] = set()
    meaning: set[int] = set()
    for night in _all_nights(zone.calendar):
        meant = [index for index, line in enumerate(zone.calendar) if line.nights.include(night)]
        meaning.update(meant)
        deciding.update(meant[:1])
        program = zone.calendar[meant[0]].program if meant else zone.program
        nights[program.name].add(night.replace(year=YEAR))
    idle = ((line, index in meaning) for index, line in enumerate(zone.calendar) if index not in deciding)
    return Use({name: frozenset(days) for name, days in nights.items()}, tuple(idle))


def _all_nights(lines: tuple[Line, ...]) -> Iterator[date]:
    """Every night of a whole cycle of years, and of the years that the lines name."""
    years = set(range(YEAR, YEAR + CYCLE))
    for line in lines:
        for written in line.nights.dates():
            years.add(written.year)
    for year in sorted(years):
        day = date(year, 1, 1)
        while day.year == year:
            yield day
            day += timedelta(days=1)
