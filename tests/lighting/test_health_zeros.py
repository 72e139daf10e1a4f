"""A counter that died and still says nobody, among the real counts of a city; nobody else is accused.

The counts are in data/, with their source and licence (CC BY 4.0). "107 Quay Street" counted until the morning of 1
April 2019, then said 0 for 28,997 hours; 44 % of all it said from 2019 to 2025 is 0.
"""

import csv
import gzip
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from random import Random
from typing import NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

import pytest

from devices.device import DeviceId
from devices.reading import Quantity, Reading
from gateway.lighting.health import Health
from gateway.lighting.plan import Counter, Limits
from tests.lighting.street import HOUR, SECOND, street

AUCKLAND = ZoneInfo("Pacific/Auckland")
DEAD = DeviceId("107 Quay Street")
DIED = int(datetime(2019, 4, 1, 6, tzinfo=AUCKLAND).timestamp()) * SECOND

Hours: TypeAlias = list[tuple[int, dict[DeviceId, float]]]
"""(end of an hour, what each counter counted in it)."""


class Alarm(NamedTuple):
    counter: DeviceId
    since: int
    delay: int


@pytest.fixture(scope="module")
def hours() -> Hours:
    with gzip.open(Path(__file__).parent / "data" / "auckland_2019.csv.gz", "rt") as file:
        rows = list(csv.reader(line for line in file if not line.startswith("#")))
    names = [DeviceId(name) for name in rows[0][1:]]
    return [
        (
            int(datetime.fromisoformat(row[0].replace("Z", ":00+00:00")).timestamp()) * SECOND + HOUR,
            {name: float(value) for name, value in zip(names, row[1:], strict=True) if value},
        )
        for row in rows[1:]
    ]


def watched(names: list[DeviceId], limits: Limits) -> Health:
    """The counters of one zone."""
    counters = tuple(Counter(name, 0.0, 12 * HOUR, limits=limits) for name in names)
    return Health(replace(street(), counters=counters, watches=()), AUCKLAND)


def alarms(hours: Hours, names: list[DeviceId], limits: Limits = Limits()) -> list[Alarm]:  # noqa: B008 - immutable
    """Every verdict of zeros, as the counts come in."""
    health = watched(names, limits)
    found = []
    for at, counts in hours:
        health.settle(at)
        for name in names:
            if name in counts:
                said, _ = health.observe(Reading(name, Quantity.PEDESTRIANS, counts[name], at, period=HOUR), at)
                found += [
                    Alarm(item.device, at - (item.period or 0), item.period or 0)
                    for item in said
                    if item.channel == "zeros"
                ]
    return found


@pytest.mark.parametrize("together", [True, False], ids=["in one zone", "each alone"])
def test_the_counter_that_died_is_caught_in_the_morning_and_no_other_is_accused(
    hours: Hours, *, together: bool
) -> None:
    names = list(hours[0][1])
    groups = [names] if together else [[name] for name in names]
    found = [alarm for group in groups for alarm in alarms(hours, group)]
    assert [alarm.counter for alarm in found] == [DEAD]
    assert found[0].since == DIED
    assert found[0].delay <= 5 * HOUR


def test_a_counter_that_the_operator_knows_to_count_nobody_is_believed(hours: Hours) -> None:
    assert alarms(hours, [DEAD], Limits(zeros=False)) == []


def test_counters_that_die_at_any_moment_are_caught_and_no_other_is_accused(hours: Hours) -> None:
    """Failures at random hours after eight weeks, each in a street of five counters."""
    chance = Random(2019)
    healthy = [name for name in hours[0][1] if name != DEAD]
    delays = []
    for _ in range(12):
        names = sorted(chance.sample(healthy, 5))
        broken = names[0]
        dies = chance.randrange(56 * 24, len(hours) - 48)
        cut = [
            (at, {**counts, broken: 0.0} if number >= dies else counts)
            for number, (at, counts) in enumerate(hours[: dies + 48])
        ]
        found = alarms(cut, names)
        assert {alarm.counter for alarm in found} == {broken}
        delays.append(found[0].delay // HOUR)
    assert max(delays) <= 14
    assert sorted(delays)[len(delays) // 2] <= 6


def test_a_counter_that_never_counted_is_held_to_what_the_others_count(hours: Hours) -> None:
    names = [name for name in hours[0][1] if name != DEAD][:3]
    dead = [(at, {**counts, names[0]: 0.0}) for at, counts in hours[: 4 * 24]]
    assert [alarm.counter for alarm in alarms(dead, names)] == [names[0]]


def test_a_quiet_day_in_all_the_street_accuses_nobody(hours: Hours) -> None:
    """A holiday: from one Wednesday on everybody counts a hundredth of what they use to, one of them nobody."""
    names = [name for name in hours[0][1] if name != DEAD][:4]
    quiet = [
        (at, {name: (people // 100 if number >= 57 * 24 else people) for name, people in counts.items()})
        for number, (at, counts) in enumerate(hours[: 58 * 24])
    ]
    narrow = [
        (at, {**counts, names[0]: 0.0} if number >= 57 * 24 else counts) for number, (at, counts) in enumerate(quiet)
    ]
    assert len(alarms(narrow, [names[0]])) == 1
    first = alarms(narrow[: 57 * 24 + 9], names)
    assert first == []


def test_it_is_believed_again_when_it_has_counted_people_three_times(hours: Hours) -> None:
    health = watched([DEAD], Limits())
    for at, counts in hours:
        health.settle(at)
        health.observe(Reading(DEAD, Quantity.PEDESTRIANS, counts[DEAD], at, period=HOUR), at)
    assert health.doubts(DEAD) == {"zeros": DIED}
    end = hours[-1][0]
    believed = []
    for number, people in enumerate([40, 0, 30, 35], 1):
        health.observe(
            Reading(DEAD, Quantity.PEDESTRIANS, people, end + number * HOUR, period=HOUR), end + number * HOUR
        )
        believed.append(health.believed(DEAD))
    assert believed == [False, False, False, True]
