"""Which nights a line of the calendar means. A night has the date of its noon: that of its evening."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import TypeAlias

EVERY = 0
"""Of `Weekday.nth`: each one of the month."""

LAST = -1
"""Of `Weekday.nth`: the last one of the month."""

FARTHEST_FROM_EASTER = 70
"""Days: from Septuagesima to after Corpus Christi, and never into another year."""

_YEARS_KEPT = 64


@dataclass(frozen=True, slots=True)
class YearDays:
    """Each year from one (month, day) to another, both included; over the turn of the year where `until` is earlier."""

    since: tuple[int, int]
    until: tuple[int, int]

    def include(self, night: date) -> bool:
        """Whether a night is among them. 29 February is in a stretch around it in leap years and otherwise missed."""
        day = (night.month, night.day)
        if self.since <= self.until:
            return self.since <= day <= self.until
        return day >= self.since or day <= self.until


@dataclass(frozen=True, slots=True)
class Dates:
    """From one date to another, both included."""

    first: date
    last: date

    def include(self, night: date) -> bool:
        """Whether a night is among them."""
        return self.first <= night <= self.last


@dataclass(frozen=True, slots=True)
class EasterDays:
    """Each year from so many days after Easter Sunday (before it below 0) to so many, both included."""

    start: int
    end: int

    def include(self, night: date) -> bool:
        """Whether a night is among them."""
        return self.start <= (night - easter(night.year)).days <= self.end


@dataclass(frozen=True, slots=True)
class Weekday:
    """A day of the week, Monday 0, and which one of the month: 1 to 5, `LAST` or `EVERY`."""

    day: int
    nth: int = EVERY

    def include(self, night: date) -> bool:
        """Whether a night is one."""
        if night.weekday() != self.day:
            return False
        if self.nth == LAST:
            return night.day + 7 > monthrange(night.year, night.month)[1]
        return self.nth in {EVERY, (night.day - 1) // 7 + 1}


Stretch: TypeAlias = YearDays | Dates | EasterDays


@dataclass(frozen=True, slots=True)
class Nights:
    """Nights of any of the stretches that are also one of the weekdays; without any of a kind, all of that kind."""

    stretches: tuple[Stretch, ...] = ()
    weekdays: tuple[Weekday, ...] = ()

    def include(self, night: date) -> bool:
        """Whether a night is meant."""
        return (not self.stretches or any(stretch.include(night) for stretch in self.stretches)) and (
            not self.weekdays or any(weekday.include(night) for weekday in self.weekdays)
        )

    def dates(self) -> tuple[date, ...]:
        """The dates of a particular year that are written here, for those who look for nights that come but once."""
        written = [stretch for stretch in self.stretches if isinstance(stretch, Dates)]
        return tuple(day for stretch in written for day in (stretch.first, stretch.last))


@lru_cache(_YEARS_KEPT)
def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Meeus, Astronomical Algorithms, chapter 8)."""
    a = year % 19
    b, c = divmod(year, 100)
    d, e = divmod(b, 4)
    g = (b - (b + 8) // 25 + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    weekday = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * weekday) // 451
    month, day = divmod(h + weekday - 7 * m + 114, 31)
    return date(year, month, 1) + timedelta(days=day)
