"""A whole leap year of two streets, one for each shipped program, against what was promised of every instant of it."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from math import exp
from random import Random

import pytest
from astral import Observer
from astral.sun import dawn, dusk, elevation

from devices.reading import Quantity, Reading
from gateway.lighting.check import check
from gateway.lighting.decision import Decision, Rank
from gateway.lighting.engine import Engine
from gateway.lighting.plan import CLASSES, Counter, Zone
from tests.lighting.shipped import following
from tests.lighting.street import HOUR, MINUTE, SECOND, WEST, plan

CHALON = Observer(46.7806, 4.8528)
FIRST, LAST = date(2028, 1, 1), date(2028, 12, 31)
WINDOW = 10 * MINUTE


@dataclass(frozen=True, slots=True)
class Count:
    """What the counter said at `at`: people of the `period` before."""

    at: int
    period: int
    people: int


def at_midnight(day: date) -> int:
    return int(datetime.combine(day, datetime.min.time(), UTC).timestamp()) * SECOND


def counts(chance: Random) -> Iterator[Count]:
    """A year of a counter that speaks every eight to ten minutes, sleeps by day and is out of order now and then."""
    at, end = at_midnight(FIRST), at_midnight(LAST + timedelta(days=1))
    while at < end:
        period = chance.randrange(8 * 60, 10 * 60) * SECOND
        at += period if chance.random() > 0.0005 else period + 2 * HOUR
        if not 8 <= at // HOUR % 24 < 15:
            yield Count(at, period, crowd(chance, at, period))


def crowd(chance: Random, at: int, period: int) -> int:
    """Most people about six in the evening, few at night, and a feast once in a while."""
    hour = at // HOUR % 24
    rate = 80 * exp(-(((hour - 18) / 3) ** 2)) + 1 + (400 if at // HOUR % 500 == 3 else 0)
    return round(chance.gammavariate(rate * period / HOUR + 0.05, 1))


def alone(name: str) -> Zone:
    """The street with one counter and two lamps, one of them over a crossing."""
    zone = following(name)
    lamps = (zone.luminaires[0], replace(zone.luminaires[1], never_dim="crossing"))
    return replace(zone, luminaires=lamps, counters=(Counter(WEST, 0.0, WINDOW),))


class Sliding:
    """People per hour of the last ten minutes, each count spread over its period; all counts, simply added up."""

    def __init__(self) -> None:
        self._counts: deque[Count] = deque()

    def after(self, count: Count) -> float:
        self._counts.append(count)
        while self._counts[0].at <= count.at - WINDOW:
            self._counts.popleft()
        since = count.at - WINDOW
        people = (item.people * min(1.0, (item.at - since) / item.period) for item in self._counts)
        return sum(people) * HOUR / WINDOW


@pytest.mark.parametrize("name", ["ekz-urdorf", "en13201-by-flow"])
def test_a_year_has_no_dark_night_and_breaks_no_rule(name: str) -> None:
    zone = alone(name)
    rules = plan(zone)
    assert check(rules) == ()
    engine = Engine(rules, at_midnight(FIRST) - HOUR)
    sliding, spoken = Sliding(), at_midnight(FIRST) - HOUR
    timeline: list[Decision] = []
    for count in counts(Random(name)):
        reading = Reading(WEST, Quantity.PEDESTRIANS, count.people, count.at, period=count.period)
        made = [item for item in engine.advance(count.at, [reading]) if isinstance(item, Decision)]
        timeline += made
        flow = sliding.after(count)
        trusted = count.at - spoken < WINDOW
        spoken = count.at
        for lamp in zone.luminaires:
            standing = engine.standing(lamp.id)
            if standing.decided.rank is not Rank.INACTIVE:
                owed = 100.0 if lamp.never_dim else asked(zone, flow) if trusted else 100.0
                assert standing.level >= owed - 1e-6, (lamp.id, datetime.fromtimestamp(count.at / SECOND, UTC))
    assert {item.decided.rank for item in timeline} >= {Rank.COUNT, Rank.FAILSAFE, Rank.FLOOR, Rank.INACTIVE}
    for lamp in zone.luminaires:
        changes = [item for item in timeline if item.lamp == lamp.id]
        bounds(zone, changes, crossing=bool(lamp.never_dim))
        no_night_is_dark(changes)
        no_day_is_lit(changes)


def asked(zone: Zone, flow: float) -> float:
    """What the program promises for a flow: its straight line, or the light of the class."""
    if zone.program.name == "ekz-urdorf":
        return min(100.0, 40.0 + flow / 120 * 60)
    flow += 1e-9  # what floats may lose
    return 100 * CLASSES["P4" if flow >= 100 else "P5" if flow >= 20 else "P6"] / 5.0


def bounds(zone: Zone, changes: list[Decision], *, crossing: bool) -> None:
    """Never under P6 (2 lx of 5 lx), never dimmed over a crossing, all the light there is when nobody counts."""
    assert zone.design == 5.0
    levels = {item.level for item in changes if item.decided.rank is not Rank.INACTIVE}
    assert levels == {100} if crossing else min(levels) == 40
    assert max(levels) == 100
    assert {item.level for item in changes if item.decided.rank is Rank.FAILSAFE} <= {100}
    if zone.program.name == "en13201-by-flow" and not crossing:
        assert levels == {40, 60, 100}


def no_night_is_dark(changes: list[Decision]) -> None:
    """Between the dusk and the dawn that astral gives (sun at -6 degrees), no lamp is off at any time."""
    dark = [(item.time, after.time) for item, after in pairwise(changes) if item.level == 0]
    day = FIRST
    while day < LAST:
        begins = dusk(CHALON, day, depression=6).timestamp() * SECOND
        ends = dawn(CHALON, day + timedelta(days=1), depression=6).timestamp() * SECOND
        assert not [span for span in dark if span[0] < ends and span[1] > begins], day
        day += timedelta(days=1)
    assert len(dark) >= 365


def no_day_is_lit(changes: list[Decision]) -> None:
    """Each lamp goes out as the sun comes up, and on as it goes down."""
    for item, after in pairwise(changes):
        if (item.level == 0) != (after.level == 0):
            moment = datetime.fromtimestamp(after.time / SECOND, UTC)
            assert abs(elevation(CHALON, moment, with_refraction=False) + 0.833) < 0.1, moment
