"""What was really wrong with a counter, told with hindsight: runs of nobody where the table says that somebody passed.

The gateway judges as it goes, by what it has learned so far; this looks at all years at once, and at the other sensors
of the city. The two share no line.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import groupby
from statistics import median
from typing import NamedTuple

from benchmarks.counts import HOUR, Counts
from devices.device import DeviceId
from devices.message import SECOND

MISSED = 100.0
"""People that a run of zeros must have missed to be an outage: no street is empty by chance where so many walk."""


class Outage(NamedTuple):
    """A counter that said nobody from `start` to `end` (ns), and how many people it missed, as a whole table has it."""

    sensor: DeviceId
    start: int
    end: int
    missed: float


def outages(counts: Counts) -> list[Outage]:
    """Every outage of a table, by sensor and time."""
    usual = {sensor: _medians(counts, sensor) for sensor in counts.sensors}
    found = []
    for sensor in counts.sensors:
        for run in _runs_of_nobody(counts.of(sensor)):
            expected = [usual[sensor][_slot(counts, at)] * _liveliness(counts, usual, at) for at in run]
            if sum(expected) >= MISSED:
                found.append(Outage(sensor, run[0] - HOUR, run[-1], sum(expected)))
    return found


def _runs_of_nobody(said: Iterable[tuple[int, float]]) -> Iterator[list[int]]:
    """The ends of the hours of each run."""
    for nobody, run in groupby(said, key=lambda item: not item[1]):
        if nobody:
            yield [at for at, _ in run]


def _slot(counts: Counts, at: int) -> int:
    """The hour of the week that ends at an instant, by the street's clock."""
    local = datetime.fromtimestamp((at - HOUR) // SECOND, UTC).astimezone(counts.zone)
    return local.weekday() * 24 + local.hour


def _medians(counts: Counts, sensor: DeviceId) -> dict[int, float]:
    slots: dict[int, list[float]] = {}
    for at, people in counts.of(sensor):
        slots.setdefault(_slot(counts, at), []).append(people)
    return {slot: median(said) for slot, said in slots.items()}


def _liveliness(counts: Counts, usual: dict[DeviceId, dict[int, float]], at: int) -> float:
    """How busy the city is in an hour beside what is usual, at most 1: on Christmas Day nobody is missed."""
    slot = _slot(counts, at)
    said = {sensor: people for sensor, people in counts.by_hour[at].items() if people}
    expected = sum(usual[sensor].get(slot, 0.0) for sensor in said)
    return min(1.0, sum(said.values()) / expected) if expected else 0.0
