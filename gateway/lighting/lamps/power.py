"""Watts and watt-hours of a level. Estimates, never stored: measured energy comes as readings."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from gateway.lighting.plan import LampType

HOUR = 3600 * 1_000_000_000


def watts(lamp: LampType, level: float) -> float:
    """Expected power in watts at `level` per cent.

    Standby at 0, then straight lines: through the measured points where there are some, else from the lowest level up
    to nominal power at 100 %, as the fields of DALI part 251 and uCIFI 3416 (powers at minimum dim level and nominal)
    allow to say it. A lamp cannot shine less than at its lowest level.
    """
    if level <= 0:
        return lamp.standby
    points = _points(lamp)
    for (low, less), (high, more) in pairwise(points):
        if level < high:
            return less + (more - less) * max(0.0, level - low) / (high - low)
    return points[-1][1]


def _points(lamp: LampType) -> tuple[tuple[float, float], ...]:
    """The points (per cent, watts) between which power is a straight line, level rising."""
    return lamp.curve or ((lamp.minimum_level, lamp.minimum), (100.0, lamp.nominal))


@dataclass(frozen=True, slots=True)
class Held:
    """From `at` (ns) on a lamp is told `level` per cent and takes `ramp` ns to get there."""

    at: int
    level: float
    ramp: int = 0


def watt_hours(lamp: LampType, told: Iterable[Held], until: int) -> float:
    """Expected energy in Wh from the first word to `until` (ns), ramps included.

    Each word starts from where the one before has brought the lamp by then; the first finds it at its level. Power
    along a ramp is a chain of straight lines, so that the sum is exact.
    """
    return sum(_straight(lamp, *stretch) for stretch in _stretches(told, until)) / HOUR


def _stretches(told: Iterable[Held], until: int) -> Iterator[tuple[float, float, int]]:
    """The course of a lamp as straight changes: (from, to, nanoseconds)."""
    words = iter(told)
    first = next(words, None)
    if first is None or first.at >= until:
        return
    now, level = first.at, first.level
    word = Held(first.at, first.level)
    for following in (*words, Held(until, 0.0)):
        end = min(following.at, until)
        done = min(end, max(now, word.at + word.ramp))
        if done > now:
            reached = level + (word.level - level) * (done - now) / word.ramp
            yield level, reached, done - now
            level = reached
        if word.at + word.ramp <= end:
            level = word.level
        if end > done:
            yield level, level, end - done
        now, word = max(now, end), following


def _straight(lamp: LampType, start: float, end: float, duration: int) -> float:
    """Watt-nanoseconds of a straight change between two levels in per cent."""
    low, high = min(start, end), max(start, end)
    if low == high:
        return watts(lamp, low) * duration
    knees = [low, *(level for level, _ in _points(lamp) if low < level < high), high]
    # Just above 0 a lamp draws what it does at its lowest level: power leaps there, so each piece is met in its middle.
    energy = sum(watts(lamp, (a + b) / 2) * (b - a) for a, b in pairwise(knees))
    return energy * duration / (high - low)
