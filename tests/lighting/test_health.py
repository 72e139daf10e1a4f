"""Who is believed: each way in which a sensor lies, and that people on a street are none of them."""

import json
from collections.abc import Iterator
from dataclasses import replace
from math import inf, nan
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.device import DeviceId
from devices.reading import Availability, Quantity, Reading
from gateway.lighting.decision import Decision, Rank
from gateway.lighting.engine import Engine
from gateway.lighting.facts import ClockSet, Fact
from gateway.lighting.plan import Counter, Limits, Watch
from tests.lighting.street import DUSK, EAST, HOUR, MINUTE, MOTION, SECOND, WEST, plan, street

PIR = MOTION[0]
LAMP = DeviceId("lamp-1")


def lasting(limits: Limits = Limits()) -> Engine:  # noqa: B008 - immutable
    """The street with sensors that may be silent for three hours, so that silence plays no part."""
    zone = street()
    watches = tuple(Watch(watch.sensor, watch.start, watch.end, 3 * HOUR, limits=limits) for watch in zone.watches)
    counters = tuple(Counter(counter.sensor, counter.at, 3 * HOUR, limits=limits) for counter in zone.counters)
    return Engine(plan(replace(zone, watches=watches, counters=counters)), DUSK - 30 * MINUTE)


def says(sensor: DeviceId, quantity: Quantity, value: float, at: int, period: int | None = None) -> Reading:
    return Reading(sensor, quantity, value, at, period=period)


def verdicts(made: list[Decision | Reading]) -> list[tuple[DeviceId, float, str]]:
    return [(item.device, item.value, item.channel) for item in made if isinstance(item, Reading)]


# ------------------------------------------------------------------------------------------------------- impossible
@pytest.mark.parametrize(
    "said",
    [
        says(WEST, Quantity.PEDESTRIANS, 31_401, DUSK, MINUTE),
        says(WEST, Quantity.PEDESTRIANS, -1, DUSK, MINUTE),
        says(WEST, Quantity.PEDESTRIANS, 301, DUSK),
        says(WEST, Quantity.PEDESTRIANS_TOTAL, nan, DUSK),
        says(PIR, Quantity.OCCUPANCY, 31_401, DUSK),
        says(PIR, Quantity.PRESENCE, 2, DUSK),
        says(PIR, Quantity.TEMPERATURE, inf, DUSK),
    ],
)
def test_what_cannot_be_moves_no_lamp_and_costs_the_sensor_its_trust(said: Reading) -> None:
    engine = lasting()
    alive = says(said.device, Quantity.PRESENCE, 0, DUSK - MINUTE)
    engine.advance(alive.time, [alive])
    assert engine.believed(said.device)
    made = engine.advance(DUSK, [said])
    assert verdicts(made) == [(said.device, 0, "impossible")]
    assert not engine.believed(said.device)
    assert not engine.zone(LAMP).sliding(DUSK)
    assert engine.stack(LAMP).presence is None
    json.dumps(engine.snapshot().state, allow_nan=False)
    for number in range(1, 5):
        assert not engine.believed(said.device)
        engine.advance(DUSK + number * MINUTE, [replace(alive, time=DUSK + number * MINUTE)])
    made = engine.advance(DUSK + 5 * MINUTE, [replace(alive, time=DUSK + 5 * MINUTE)])
    assert verdicts(made) == [(said.device, 1, "")]


def test_a_crowd_that_a_footway_can_carry_is_believed_and_the_operator_may_know_it_narrower() -> None:
    crowd = says(WEST, Quantity.PEDESTRIANS, 280, DUSK, MINUTE)
    wide, narrow = lasting(), lasting(Limits(at_most=60 * 100.0))
    wide.advance(DUSK, [crowd])
    narrow.advance(DUSK, [crowd])
    assert (wide.believed(WEST), narrow.believed(WEST)) == (True, False)


def test_a_running_total_that_leaps_counts_nobody_then_or_later() -> None:
    engine = lasting()
    total = 100
    for minute in range(12):
        total += 31_401 if minute == 5 else 2
        at = DUSK + minute * MINUTE
        engine.advance(at, [says(WEST, Quantity.PEDESTRIANS_TOTAL, total, at)])
        assert (engine.zone(LAMP).sliding(at) or 0) <= 12 * 10
    assert engine.believed(WEST)


# ------------------------------------------------------------------------------------------------------------ stuck
FOUR_HOURS = Limits(stuck_after=4 * HOUR)


def test_presence_without_a_break_is_not_believed_and_the_verdict_says_since_when() -> None:
    engine = lasting(FOUR_HOURS)
    engine.advance(DUSK - MINUTE, [says(PIR, Quantity.PRESENCE, 0, DUSK - MINUTE)])
    made: list[Decision | Reading] = []
    for minute in range(0, 241, 5):
        at = DUSK + minute * MINUTE
        made += engine.advance(at, [says(PIR, Quantity.PRESENCE, 1, at), says(WEST, Quantity.PEDESTRIANS, 2, at)])
    assert [item for item in made if isinstance(item, Reading) and item.device == PIR] == [
        Reading(PIR, Quantity.TRUST, 0, DUSK + 4 * HOUR, "stuck", 4 * HOUR)
    ]
    stack = engine.stack(LAMP)
    assert stack.failsafe is not None
    assert stack.failsafe.note == "no presence sensor that sees this lamp is believed (motion-1: stuck)"
    assert stack.presence is not None
    for number, value in enumerate([0, 1, 0]):
        assert not engine.believed(PIR)
        at = DUSK + 5 * HOUR + number * MINUTE
        engine.advance(at, [says(PIR, Quantity.PRESENCE, value, at)])
    assert engine.believed(PIR)


def test_a_radar_that_sees_a_tree_is_stuck_and_one_that_sees_a_cafe_is_not() -> None:
    tree, cafe = lasting(FOUR_HOURS), lasting(FOUR_HOURS)
    chance = Random(4)
    for minute in range(5 * 60):
        at = DUSK + minute * MINUTE
        tree.advance(at, [says(PIR, Quantity.OCCUPANCY, 1 if minute else 2, at)])
        cafe.advance(at, [says(PIR, Quantity.OCCUPANCY, chance.randint(1, 3), at)])
    assert (tree.believed(PIR), cafe.believed(PIR)) == (False, True)


def test_a_sensor_that_only_ever_says_on_and_one_that_was_silent_in_between_are_not_stuck() -> None:
    only_on, rare = lasting(FOUR_HOURS), lasting(FOUR_HOURS)
    rare.advance(DUSK - MINUTE, [says(PIR, Quantity.PRESENCE, 0, DUSK - MINUTE)])
    for minute in range(0, 12 * 60, 5):
        at = DUSK + minute * MINUTE
        only_on.advance(at, [says(PIR, Quantity.PRESENCE, 1, at)])
        if minute % 90 == 0:
            rare.advance(at, [says(PIR, Quantity.PRESENCE, 1, at)])
    assert only_on.believed(PIR)
    assert rare.believed(PIR)


def test_a_street_that_is_busy_from_morning_to_midnight_has_no_stuck_sensor_and_a_day_without_a_break_is_one() -> None:
    engine = lasting()
    engine.advance(DUSK - MINUTE, [says(PIR, Quantity.PRESENCE, 0, DUSK - MINUTE)])
    believed = []
    for minute in range(0, 24 * 60 + 1, 5):
        engine.advance(DUSK + minute * MINUTE, [says(PIR, Quantity.PRESENCE, 1, DUSK + minute * MINUTE)])
        believed.append(engine.believed(PIR))
    assert believed == [True] * (len(believed) - 1) + [False]


# --------------------------------------------------------------------------------------------------------- flapping
def flips(every: float, hours: int) -> Iterator[tuple[int, list[Fact]]]:
    for number in range(int(hours * 3600 / every)):
        at = DUSK + int(number * every * SECOND)
        yield at, [says(PIR, Quantity.PRESENCE, number % 2, at)]


def test_a_free_running_motion_sensor_is_caught_within_the_hour_and_believed_again_when_it_is_calm() -> None:
    engine = lasting()
    made = [item for at, facts in flips(3600 / 1090, 2) for item in engine.advance(at, facts)]
    caught = [item for item in made if isinstance(item, Reading) and item.channel == "flapping"]
    assert [item.device for item in caught] == [PIR]
    assert caught[0].time < DUSK + HOUR
    end = DUSK + 2 * HOUR
    for minute in range(0, 60, 10):
        at = end + minute * MINUTE
        engine.advance(at, [says(PIR, Quantity.PRESENCE, 0, at)])
        assert not engine.believed(PIR) or minute > 30
    engine.advance(end + HOUR, [says(PIR, Quantity.TEMPERATURE, 12, end + HOUR)])
    assert engine.believed(PIR)


@given(seed=st.integers(0, 2**32), people=st.sampled_from([60, 400, 1200, 3000]))
@settings(max_examples=8, deadline=None)
def test_no_street_makes_a_motion_sensor_flap(seed: int, people: int) -> None:
    """People come at random; the sensor holds for four seconds after each."""
    engine, chance = lasting(), Random(seed)
    at, until, on = DUSK, 0, False
    while at < DUSK + 2 * HOUR:
        gone = until
        at += int(chance.expovariate(people / 3600) * SECOND)
        if on and at > gone:
            engine.advance(gone, [says(PIR, Quantity.PRESENCE, 0, gone)])
            on = False
        if not on:
            engine.advance(at, [says(PIR, Quantity.PRESENCE, 1, at)])
            on = True
        until = at + 4 * SECOND
    assert engine.believed(PIR)


def test_a_sensor_that_comes_and_goes_is_not_believed_until_its_link_is_quiet() -> None:
    engine = lasting()
    for number in range(13):
        at = DUSK + number * MINUTE
        engine.advance(at, [Availability(PIR, online=number % 2 == 0, time=at)])
    assert not engine.believed(PIR)
    soon = DUSK + 50 * MINUTE
    engine.advance(soon, [says(PIR, Quantity.PRESENCE, 0, soon)])
    assert not engine.believed(PIR)
    later = DUSK + 2 * HOUR
    engine.advance(later, [says(PIR, Quantity.PRESENCE, 0, later)])
    assert engine.believed(PIR)


# ---------------------------------------------------------------------------------------------------------- together
def test_a_sensor_is_believed_only_when_every_test_agrees() -> None:
    engine = lasting()
    engine.advance(DUSK, [says(PIR, Quantity.PRESENCE, 0, DUSK)])
    engine.advance(DUSK + MINUTE, [says(PIR, Quantity.PRESENCE, 7, DUSK + MINUTE)])
    made = engine.advance(DUSK + 2 * MINUTE, [Availability(PIR, online=False, time=DUSK + 2 * MINUTE)])
    assert verdicts(made)[0] == (PIR, 0, "offline")
    for number in range(3, 8):
        assert not engine.believed(PIR)
        made = engine.advance(DUSK + number * MINUTE, [says(PIR, Quantity.PRESENCE, 0, DUSK + number * MINUTE)])
    assert verdicts(made) == [(PIR, 1, "")]


oddities = st.builds(
    says,
    st.sampled_from([WEST, EAST, *MOTION]),
    st.sampled_from([Quantity.PRESENCE, Quantity.OCCUPANCY, Quantity.PEDESTRIANS, Quantity.PEDESTRIANS_TOTAL]),
    st.sampled_from([0, 0, 0, 1, 1, 2, 40, 31_401, -1]),
    st.just(0),
    st.sampled_from([None, None, MINUTE, HOUR]),
)
links = st.builds(Availability, st.sampled_from([WEST, *MOTION]), st.booleans(), st.just(0))
steps = st.builds(ClockSet, st.sampled_from([HOUR, -HOUR, 26 * HOUR]), st.just(value=True))
moments = st.tuples(
    st.sampled_from([SECOND, MINUTE, 20 * MINUTE, HOUR, 2 * HOUR]),
    st.lists(st.one_of(oddities, oddities, oddities, links), max_size=3),
    st.one_of(st.none(), st.none(), st.none(), steps),
)
WARY = Limits(at_most=3000.0, stuck_after=HOUR, flaps=3.0)


def placed(fact: Fact, at: int) -> Fact:
    return replace(fact, time=at) if isinstance(fact, Reading | Availability) else fact


@given(
    tape=st.lists(moments, min_size=1, max_size=30), chance=st.randoms(use_true_random=False), cut=st.integers(0, 30)
)
@settings(max_examples=60, deadline=None)
def test_often_or_rarely_in_any_order_over_a_snapshot_it_is_the_same(
    tape: list[tuple[int, list[Fact], ClockSet | None]], chance: Random, cut: int
) -> None:
    one, other = lasting(WARY), lasting(WARY)
    now = DUSK
    made: list[Decision | Reading] = []
    same: list[Decision | Reading] = []
    for number, (gap, facts, step) in enumerate(tape):
        for part in (1, 2, 3):
            same += other.advance(now + gap * part // 4)
        now += gap
        learned = [placed(fact, now) for fact in facts] + ([step] if step else [])
        mixed = chance.sample(learned, len(learned))
        made += one.advance(now, learned)
        same += other.advance(now, mixed)
        now = one.now
        if number == cut:
            taken = other.snapshot()
            text = json.loads(json.dumps(taken.state, allow_nan=False))
            other = Engine(other.plan, now, replace(taken, state=text))
    made += one.advance(now + 5 * HOUR)
    same += other.advance(now + 5 * HOUR)
    assert [repr(item) for item in same if isinstance(item, Reading)] == [
        repr(item) for item in made if isinstance(item, Reading)
    ]
    levels = [(item.time, item.lamp, item.level) for item in made if isinstance(item, Decision)]
    assert [(item.time, item.lamp, item.level) for item in same if isinstance(item, Decision)] == levels
    assert one.snapshot().state == other.snapshot().state
    for lamp in one.plan.zones[0].luminaires:
        watchers = [watch.sensor for watch in one.plan.zones[0].watches if watch.covers(lamp.at)]
        if not any(map(one.believed, watchers)):
            assert one.stack(lamp.id).failsafe is not None or one.standing(lamp.id).decided.rank is Rank.INACTIVE
