"""A pure world: walkers of a street, known for all time from a seed. No clock and no I/O inside."""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from datetime import datetime
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

from firmware_sims.profile import Profile
from firmware_sims.walker import Walker
from gateway.clock import SECOND

HOUR = 3600 * SECOND

MEAN_SPEED = 1.4
"""Mean walking speed in m/s."""
SPREAD = 0.26
"""Standard deviation of walking speeds in m/s (Weidmann, Transporttechnik der Fussgaenger, 1993)."""
SLOWEST, FASTEST = 0.8, 2.0
"""Speeds are drawn again until they lie between these, in m/s; symmetric, so that the mean stays."""

LANES = (0.3, 1.5)
"""How far beside the sensors' line people walk, in metres, on either side."""

KEPT_HOURS = 24
"""Hours of walkers that are remembered; others are drawn again, the same, when asked for."""

Arrivals = Callable[[Random, float], list[float]]
"""Draws when people arrive, as rising fractions of an hour in [0, 1), from how many are expected."""


def poisson(random: Random, expected: float) -> list[float]:
    """Arrive independently of each other: exponential gaps, so that the number is Poisson-distributed."""
    arrivals: list[float] = []
    moment = random.expovariate(expected) if expected > 0 else 1.0
    while moment < 1.0:
        arrivals.append(moment)
        moment += random.expovariate(expected)
    return arrivals


def exactly(random: Random, expected: float) -> list[float]:
    """Arrive at random moments, but as many as expected (rounded): real counts played again."""
    return sorted(random.random() for _ in range(round(expected)))


class Passage(NamedTuple):
    """Somebody passes a position at `time` (nanoseconds UTC); `direction` is 1 towards higher metres, else -1."""

    time: int
    direction: int


class Stay(NamedTuple):
    """Somebody is in a section from `enter` to `leave` (nanoseconds UTC), both included."""

    enter: int
    leave: int
    walker: Walker


class Presence(NamedTuple):
    """Where somebody is (metres) and how fast they walk (m/s, above 0 towards higher metres)."""

    position: float
    speed: float


class Street:
    """People on a street of `length` metres, a function of its arguments alone.

    Within each whole hour of UTC, people arrive as `arrive` draws it from the profile's number for that hour in
    `timezone`; nobody enters before `start` (nanoseconds UTC). They walk from one end to the other, except for the
    fraction `doors` of them, whose way begins or ends at a door somewhere between. Loads the time zone from a file when
    it is made.
    """

    def __init__(
        self,
        length: float,
        profile: Profile,
        timezone: str,
        *,
        seed: int,
        start: int,
        doors: float = 0.0,
        arrive: Arrivals = poisson,
    ) -> None:
        if length <= 0:
            raise ValueError(f"expected a length above 0 m, found {length}")
        if not 0.0 <= doors <= 1.0:
            raise ValueError(f"expected a fraction of doors from 0 to 1, found {doors}")
        self.length = length
        self.start = start
        self._profile = profile
        self._zone = ZoneInfo(timezone)
        self._seed = seed
        self._doors = doors
        self._arrive = arrive
        self._longest = round(length / SLOWEST * SECOND)
        self._hours: dict[int, list[Walker]] = {}

    def passages(self, position: float, after: int, until: int) -> list[Passage]:
        """Everybody who passes `position` in the half-open interval (after, until], in the order of time."""
        found = []
        for walker in self._around(after, until):
            time = walker.passes(position)
            if time is not None and after < time <= until:
                found.append(Passage(time, walker.direction))
        found.sort()
        return found

    def stays(self, start: float, end: float, after: int, until: int) -> list[Stay]:
        """Everybody who is between two positions at some moment of (after, until], in the order of entering.

        The instants are those of the whole stay, also where they lie outside the interval.
        """
        found = []
        for walker in self._around(after, until):
            within = walker.within(start, end)
            if within is not None and within[0] <= until and within[1] > after:
                found.append(Stay(*within, walker))
        found.sort(key=lambda stay: stay.enter)
        return found

    def near(self, start: float, end: float, at: int) -> list[Presence]:
        """Everybody who is between two positions at an instant."""
        return [
            Presence(walker.position(at), walker.direction * walker.speed)
            for enter, leave, walker in self.stays(start, end, at - 1, at)
            if enter <= at <= leave
        ]

    def present(self, at: int) -> list[Presence]:
        """Everybody who is on the street at an instant."""
        return self.near(0.0, self.length, at)

    def _around(self, after: int, until: int) -> Iterator[Walker]:
        """Everybody who can be on the street in (after, until]: who entered by then, not too long before."""
        earliest = max(self.start, after - self._longest)
        for hour in range(earliest // HOUR, until // HOUR + 1):
            walkers = self._walkers(hour)
            first = bisect_right(walkers, earliest - 1, key=lambda walker: walker.entered)
            last = bisect_right(walkers, until, key=lambda walker: walker.entered)
            yield from walkers[first:last]

    def _walkers(self, hour: int) -> list[Walker]:
        walkers = self._hours.get(hour)
        if walkers is None:
            while len(self._hours) >= KEPT_HOURS:
                self._hours.pop(next(iter(self._hours)))
            walkers = self._hours[hour] = self._draw(hour)
        return walkers

    def _draw(self, hour: int) -> list[Walker]:
        random = Random(f"{self._seed}/{hour}")
        local = datetime.fromtimestamp(hour * HOUR // SECOND, self._zone)
        arrivals = self._arrive(random, self._profile.at(local))
        return [self._person(random, hour * HOUR + int(moment * HOUR)) for moment in arrivals]

    def _person(self, random: Random, entered: int) -> Walker:
        origin, goal = random.choice(((0.0, self.length), (self.length, 0.0)))
        if random.random() < self._doors:
            door = random.uniform(0.0, self.length)
            origin, goal = random.choice(((origin, door), (door, goal)))
        lane = random.choice((-1, 1)) * random.uniform(*LANES)
        return Walker(entered, origin, goal, _speed(random), lane)


def _speed(random: Random) -> float:
    while True:
        speed = random.gauss(MEAN_SPEED, SPREAD)
        if SLOWEST <= speed <= FASTEST:
            return speed
