"""Sun, clock and noon-to-noon days: which step of a program holds, and when the next change is due.

A night belongs to the day at whose noon it begins, so that 22:30 and 05:30 of one list of steps lie in one night. Times
of the clock belong to the 24 hours from local noon; sunset and sunrise are those of the solar night nearest to the
local midnight in between, so that a site whose clock is far from its sun loses no night.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache, partial
from math import acos, cos, degrees, pi, radians, sin
from typing import Literal
from zoneinfo import ZoneInfo

from astral.julian import julianday_to_juliancentury
from astral.sun import eq_of_time, sun_declination

from devices.message import SECOND
from gateway.lighting.plan import CLASSES, Active, Dark, Moment, Program, Rules, Step

DAY = 86_400
"""Seconds of a mean solar day."""

HORIZON = -0.833
"""Degrees of the sun's centre at sunrise and sunset: its radius and the mean refraction (NOAA solar calculator)."""

CIVIL = -6.0
"""Degrees of the sun's centre where civil twilight ends."""

_UNIX_EPOCH = 2_440_587.5  # as a Julian day
_NEAREST_POLE = 89.8  # at a pole the hour angle is undefined; beside it the sun stands as high
_ROUNDS = 3  # the sun moves little within a day: two corrections settle an event to the second
_NIGHTS_KEPT = 1024
_LINES_KEPT = 4096
_LOOK_AHEAD = 4  # days searched for the next change before saying "ask again"

Doubt = Literal["earliest", "latest"]
"""Which instant to take for a clock time that exists twice or not at all."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds now: the program of this night, whether lamps may be lit, and which of its steps counts from 0.

    `dark` is legal darkness: lamps may be lit then too, and need not where nobody is. `until` is the next instant
    (nanoseconds) at which any of it changes. Where nothing changes for days, as under the midnight sun, it is an
    instant at which to ask again.
    """

    active: bool
    step: int
    until: int
    program: Program
    dark: bool = False


@dataclass(frozen=True, slots=True)
class _Night:
    """A solar night: when the sun goes under an elevation and comes back, in seconds UTC."""

    down: int
    up: int


@dataclass(frozen=True, slots=True)
class _State:
    """What a `Standing` says, but for how long."""

    active: bool
    step: int
    program: Program
    dark: bool


@dataclass(frozen=True, slots=True)
class _Nightly:
    """What the program of one night makes of it: (start, end) of active and dark, and when each step begins."""

    program: Program
    active: tuple[int, int] | None
    dark: tuple[int, int] | None
    starts: tuple[int, ...]

    def instants(self) -> tuple[int, ...]:
        return (*(self.active or ()), *(self.dark or ()), *self.starts)

    def owns(self, instant: int) -> bool:
        """Whether lamps may be lit at an instant by this night's program."""
        return _within(self.active, instant) or _within(self.dark, instant)


@dataclass(frozen=True, slots=True)
class _Line:
    """One noon-to-noon day of some rules: what holds from each instant on, the first of them noon."""

    rules: Rules
    instants: tuple[int, ...]
    standings: tuple[Standing, ...]
    end: int


class Calendar:
    """The sun and the clock of one place: degrees north, degrees east, and an IANA time zone.

    Raises `zoneinfo.ZoneInfoNotFoundError` for an unknown time zone.
    """

    def __init__(self, latitude: float, longitude: float, timezone: str) -> None:
        self.zone = ZoneInfo(timezone)
        self._solar_night = lru_cache(_NIGHTS_KEPT)(partial(_solar_night, latitude, longitude, self.zone))
        self._lines: dict[int, _Line] = {}

    def standing(self, rules: Rules, at: int) -> Standing:
        """Say what holds at an instant (nanoseconds UTC). The instant of a change belongs to what begins there.

        The step that holds is the last in the program's list that has begun this night, the first one before that.
        """
        line = self._lines.get(id(rules))
        if line is None or line.rules is not rules or not line.instants[0] <= at < line.end:
            line = self._line(rules, self.night_of(at))
            if len(self._lines) >= _LINES_KEPT:
                self._lines.clear()
            self._lines[id(rules)] = line
        return line.standings[bisect_right(line.instants, at) - 1]

    def span(self, active: Active, day: date) -> tuple[int, int] | None:
        """When an active period begins and ends in the night of `day`, in nanoseconds: [start, end).

        None where it is empty, and for a period bound to the sun on a day whose sun does not set. In a polar night,
        when the sun does not rise, it lasts from one solar noon to the next.
        """
        start = self._moment(active.start, day, "earliest")
        end = self._moment(active.end, day, "latest", closes=True)
        if start is None or end is None or end <= start:
            return None
        return start, end

    def dark(self, dark: Dark | None, day: date) -> tuple[int, int] | None:
        """When legal darkness begins and ends in the night of `day`, in nanoseconds: [start, end). None without any.

        Only the night can be dark by law: what is written before sunset or after sunrise is left out. A clock time
        that exists twice or not at all makes it shorter, not longer.
        """
        night = self._solar_night(day, HORIZON)
        if dark is None or night is None:
            return None
        start = self._moment(dark.start, day, "latest")
        end = self._moment(dark.end, day, "earliest", closes=True)
        if start is None or end is None:
            return None
        start, end = max(start, night.down * SECOND), min(end, night.up * SECOND)
        return (start, end) if start < end else None

    def night(self, day: date) -> tuple[int, int] | None:
        """When the sun is more than 6 degrees below the horizon in the night of `day`, in nanoseconds."""
        night = self._solar_night(day, CIVIL)
        return None if night is None else (night.down * SECOND, night.up * SECOND)

    def night_of(self, at: int) -> date:
        """The date of the night that an instant (nanoseconds UTC) belongs to: that of the noon before it."""
        local = datetime.fromtimestamp(at // SECOND, self.zone)
        day = local.date() if local.time() >= time(12) else local.date() - timedelta(days=1)
        # Where the date line moved, a date is left out, and so is its noon.
        return day if self._noon(day) <= at else day - timedelta(days=1)

    def _line(self, rules: Rules, day: date) -> _Line:
        states = self._states(rules, day)
        end = self._noon(day + timedelta(days=1))
        untils = [instant for instant, _ in states[1:]]
        untils.append(self._change_after(rules, day, states[-1][1]))
        return _Line(
            rules,
            tuple(instant for instant, _ in states),
            tuple(
                Standing(state.active, state.step, until, state.program, state.dark)
                for (_, state), until in zip(states, untils, strict=True)
            ),
            end,
        )

    def _change_after(self, rules: Rules, day: date, state: _State) -> int:
        """The first change after the end of a day that ended in `state`."""
        for ahead in range(1, _LOOK_AHEAD + 1):
            for instant, then in self._states(rules, day + timedelta(days=ahead)):
                if then != state:
                    return instant
        return self._noon(day + timedelta(days=_LOOK_AHEAD + 1))

    def _states(self, rules: Rules, day: date) -> list[tuple[int, _State]]:
        """Each instant of a noon-to-noon day from which on another state holds."""
        noon, next_noon = self._noon(day), self._noon(day + timedelta(days=1))
        # A solar night may begin before noon or end after it; the day's own night goes first.
        nights = [self._nightly(rules.on(near), near) for near in _near(day)]
        instants = {noon}
        for night in nights:
            instants.update(instant for instant in night.instants() if noon < instant < next_noon)
        states: list[tuple[int, _State]] = []
        for instant in sorted(instants):
            owner = next((night for night in nights if night.owns(instant)), None)
            night = owner or nights[0]
            dark = owner is not None and _within(owner.dark, instant)
            state = _State(owner is not None, _last_begun(night.starts, instant), night.program, dark)
            if not states or states[-1][1] != state:
                states.append((instant, state))
        return states

    def _nightly(self, program: Program, day: date) -> _Nightly:
        starts = self._starts(program.steps, day)
        return _Nightly(program, self.span(program.active, day), self.dark(program.dark, day), starts)

    def _starts(self, steps: tuple[Step, ...], day: date) -> tuple[int, ...]:
        """When each step begins in the night of a day; far in the future what does not begin."""
        starts = []
        for before, step in zip((steps[-1:] + steps)[: len(steps)], steps, strict=True):
            doubt: Doubt = "earliest" if _light(step) >= _light(before) else "latest"
            start = self._moment(step.start, day, doubt)
            starts.append(self._noon(day + timedelta(days=3)) if start is None else start)
        return tuple(starts)

    def _moment(self, moment: Moment, day: date, doubt: Doubt, *, closes: bool = False) -> int | None:
        """The instant of a moment in the night of a day; noon is the day's end for what `closes` it."""
        if moment.event == "clock":
            return self._clock(moment.offset // SECOND, day, doubt, closes=closes)
        night = self._solar_night(day, HORIZON)
        if night is None:
            return None
        return (night.down if moment.event == "sunset" else night.up) * SECOND + moment.offset

    def _clock(self, since_midnight: int, day: date, doubt: Doubt, *, closes: bool) -> int:
        afternoon = since_midnight > DAY // 2 or (since_midnight == DAY // 2 and not closes)
        local = datetime.combine(day if afternoon else day + timedelta(days=1), time(), self.zone)
        local += timedelta(seconds=since_midnight)
        # A time that exists twice has two folds; of one that was skipped the folds lie around the gap.
        folds = [int(local.replace(fold=fold).timestamp()) for fold in (0, 1)]
        return (min(folds) if doubt == "earliest" else max(folds)) * SECOND

    def _noon(self, day: date) -> int:
        return int(datetime.combine(day, time(12), self.zone).timestamp()) * SECOND


def _near(day: date) -> Iterator[date]:
    """A day, and its neighbours."""
    yield day
    yield day - timedelta(days=1)
    yield day + timedelta(days=1)


def _within(span: tuple[int, int] | None, instant: int) -> bool:
    return span is not None and span[0] <= instant < span[1]


def _last_begun(starts: tuple[int, ...], instant: int) -> int:
    return max((index for index, start in enumerate(starts) if start <= instant), default=0)


def _light(step: Step) -> tuple[float, float, float, float]:
    """How bright a step is, to compare it with another: doubt about the clock is decided for the brighter."""
    return CLASSES[step.owed], CLASSES[step.empty], step.default, step.max


def _days_between_clock_and_sun(longitude: float, zone: ZoneInfo, day: date) -> int:
    """Whole days to add to mean solar midnight so that it lies nearest to the clock's; mostly 0.

    Summer time is left out, lest a clock half a day from its sun loses a night when it changes.
    """
    noon = datetime.combine(day, time(12), zone)
    offset = (noon.utcoffset() or timedelta()) - (noon.dst() or timedelta())
    return round((longitude / 360 * DAY - offset.total_seconds()) / DAY)


def _solar_night(latitude: float, longitude: float, zone: ZoneInfo, day: date, elevation: float) -> _Night | None:
    """When the sun goes below an elevation (degrees) after the noon of a day and comes back; None if it does not.

    Where it never comes up to the elevation, the night lasts from solar noon to solar noon.
    """
    shift = _days_between_clock_and_sun(longitude, zone, day)
    midnight = datetime.combine(day, time(), UTC).timestamp() + DAY * (1 + shift) - longitude / 360 * DAY
    down = _crossing(latitude, midnight - DAY / 2, elevation, 1)
    up = _crossing(latitude, midnight + DAY / 2, elevation, -1)
    return None if down is None or up is None else _Night(down, up)


def _crossing(latitude: float, mean_noon: float, elevation: float, side: Literal[1, -1]) -> int | None:
    """When the sun passes an elevation before (side -1) or after (1) a mean solar noon, in whole seconds UTC.

    Solar noon itself where it stays below all day, None where it stays above. The hour angle follows from
    sin(elevation) = sin(latitude) sin(declination) + cos(latitude) cos(declination) cos(angle).
    """
    north = radians(max(-_NEAREST_POLE, min(_NEAREST_POLE, latitude)))
    instant, angle = mean_noon, 0.0
    for _ in range(_ROUNDS):
        century = julianday_to_juliancentury(instant / DAY + _UNIX_EPOCH)
        declination = radians(sun_declination(century))
        cosine = (sin(radians(elevation)) - sin(north) * sin(declination)) / (cos(north) * cos(declination))
        angle = acos(max(-1.0, min(1.0, cosine)))
        instant = mean_noon - eq_of_time(century) * 60 + side * degrees(angle) / 360 * DAY
    return None if angle == pi else round(instant)
