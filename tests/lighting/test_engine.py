"""What holds for every plan and every history of the engine."""

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.device import DeviceId
from devices.reading import Availability, Quality, Quantity, Reading
from gateway.lighting.decision import Decision, Rank, Snapshot
from gateway.lighting.engine import Engine, play
from gateway.lighting.facts import Cancel, ClockSet, Fact, Override
from gateway.lighting.plan import Plan, Zone, ZoneId
from tests.lighting.street import DUSK, EAST, HOUR, MINUTE, MOTION, SECOND, WEST, one_lamp_zone, plan, street

Tape = list[tuple[int, list[Fact]]]
DAY = 24 * HOUR


def reading(device: DeviceId, quantity: Quantity, value: float, at: int, period: int | None = None) -> Reading:
    return Reading(device, quantity, value, at, period=period)


periods = st.sampled_from([None, SECOND, 30 * SECOND, 5 * MINUTE])
counts = st.builds(
    reading, st.sampled_from([WEST, EAST]), st.just(Quantity.PEDESTRIANS), st.integers(0, 9), st.just(0), periods
)
presences = st.builds(
    reading, st.sampled_from(MOTION), st.just(Quantity.PRESENCE), st.sampled_from([0.0, 1.0]), st.just(0)
)
words = st.builds(Availability, st.sampled_from([*MOTION, WEST]), st.booleans(), st.just(0), st.booleans())
orders = st.builds(
    Override,
    st.sampled_from(["o-1", "o-2", "o-3"]),
    st.sampled_from([ZoneId("street"), DeviceId("lamp-1"), DeviceId("lamp-3")]),
    st.integers(0, 100),
    st.integers(0, 5).map(lambda minutes: minutes * MINUTE),
    st.integers(6, 90).map(lambda minutes: minutes * MINUTE),
    st.just("ana"),
    st.just("repair"),
    st.booleans(),
)
cancels = st.builds(Cancel, st.sampled_from(["o-1", "o-2"]), st.just("ana"))
facts = st.one_of(counts, presences, presences, counts, words, orders, cancels)
gaps = st.one_of(st.integers(1, 20 * SECOND), st.integers(1, 20 * MINUTE), st.sampled_from([MINUTE, 10 * MINUTE]))


def placed(fact: Fact, at: int) -> Fact:
    """The fact as if it came at an instant."""
    if isinstance(fact, Reading | Availability):
        return replace(fact, time=at)
    if isinstance(fact, Override):
        return replace(fact, start=at + fact.start, expires=at + fact.expires)
    return fact


@st.composite
def tapes(draw: st.DrawFn) -> Tape:
    at = DUSK + draw(st.integers(-2 * HOUR, 10 * HOUR))
    tape: Tape = []
    for _ in range(draw(st.integers(1, 25))):
        at += draw(gaps)
        tape.append((at, [placed(fact, at) for fact in draw(st.lists(facts, min_size=1, max_size=3))]))
    return tape


def played(rules: Plan, tape: Tape, *, looks: Sequence[int] = ()) -> list[Decision | Reading]:
    """What an engine makes of a tape if it is also asked, without facts, at the instants of `looks`."""
    engine = Engine(rules, tape[0][0] - MINUTE)
    until = tape[-1][0] + 2 * HOUR
    with_looks = sorted([*tape, *((at, list[Fact]()) for at in looks if at < until)], key=lambda item: item[0])
    return list(play(engine, with_looks, until))


@given(tape=tapes(), offsets=st.lists(st.integers(0, 5 * HOUR), max_size=30))
@settings(max_examples=150, deadline=None)
def test_called_often_decides_the_same_as_called_rarely(tape: Tape, offsets: list[int]) -> None:
    start = tape[0][0]
    looks = [start + offset for offset in offsets] + [at for at, _ in tape]
    assert played(plan(), tape, looks=looks) == played(plan(), tape)


@given(tape=tapes())
@settings(max_examples=100, deadline=None)
def test_asked_exactly_when_something_is_due_decides_the_same(tape: Tape) -> None:
    engine = Engine(plan(), tape[0][0] - MINUTE)
    made: list[Decision | Reading] = []
    for at, learned in [*tape, (tape[-1][0] + 2 * HOUR, [])]:
        while (due := engine.next_change()) is not None and due < at:
            made += engine.advance(due)
            made += engine.advance(due + 1)
        made += engine.advance(at, learned)
    assert made == played(plan(), tape)


@given(tape=tapes(), data=st.data())
@settings(max_examples=100, deadline=None)
def test_readings_of_one_moment_may_come_in_any_order(tape: Tape, data: st.DataObject) -> None:
    shuffled = [(at, data.draw(st.permutations(learned))) for at, learned in tape]
    assert played(plan(), [(at, list(learned)) for at, learned in shuffled]) == played(plan(), tape)


@given(tape=tapes())
@settings(max_examples=100, deadline=None)
def test_a_zone_alone_decides_as_in_its_street(tape: Tape) -> None:
    yard = one_lamp_zone("yard", DeviceId("yard-1"), DeviceId("pir-yard"))
    together = played(plan(street(), yard), tape)
    alone = played(plan(street()), tape)
    names = {lamp.id for lamp in street().luminaires} | {sensor for sensor, _ in street().sensors()}

    def of_street(made: list[Decision | Reading]) -> list[Decision | Reading]:
        return [item for item in made if (item.lamp if isinstance(item, Decision) else item.device) in names]

    assert of_street(together) == alone


@given(tape=tapes(), cut=st.integers(0, 24))
@settings(max_examples=150, deadline=None)
def test_a_snapshot_and_its_restoration_change_nothing(tape: Tape, cut: int) -> None:
    whole = played(plan(), tape)
    engine = Engine(plan(), tape[0][0] - MINUTE)
    made: list[Decision | Reading] = []
    for at, learned in tape[:cut]:
        made += engine.advance(at, learned)
    snapshot = engine.snapshot()
    again = Snapshot(snapshot.digest, snapshot.version, json.loads(json.dumps(snapshot.state)))
    engine = Engine(plan(), engine.now, again)
    made += play(engine, tape[cut:], tape[-1][0] + 2 * HOUR)
    assert made == whole


@given(tape=tapes())
@settings(max_examples=100, deadline=None)
def test_a_restored_engine_gives_the_same_reasons(tape: Tape) -> None:
    engine = Engine(plan(), tape[0][0] - MINUTE)
    list(play(engine, tape, tape[-1][0] + MINUTE))
    snapshot = engine.snapshot()
    restored = Engine(plan(), engine.now, Snapshot(snapshot.digest, snapshot.version, snapshot.state))
    for lamp in street().luminaires:
        assert restored.stack(lamp.id) == engine.stack(lamp.id)
        assert restored.standing(lamp.id).level == engine.standing(lamp.id).level


@given(tape=tapes())
@settings(max_examples=150, deadline=None)
def test_while_active_no_lamp_is_below_what_the_class_allows(tape: Tape) -> None:
    forced = any(isinstance(fact, Override) and fact.force for _, learned in tape for fact in learned)
    for item in played(plan(), tape):
        if isinstance(item, Decision) and item.decided.rank is not Rank.INACTIVE and not forced:
            by_day = item.decided.rank is Rank.OVERRIDE
            assert by_day or item.level >= 40


@given(tape=tapes(), shift=st.integers(-14 * DAY, 14 * DAY))
@settings(max_examples=60, deadline=None)
def test_after_a_clock_step_time_goes_on_from_the_new_clock(tape: Tape, shift: int) -> None:
    engine = Engine(plan(), tape[0][0] - MINUTE)
    list(play(engine, tape, tape[-1][0] + 1))
    before = engine.now
    made = engine.advance(before, [ClockSet(shift, sure=True)])
    assert engine.now == before + shift
    due = engine.next_change()
    assert due is None or due > engine.now
    assert all(item.time in (before, before + shift) for item in made)


def test_an_engine_that_heard_nobody_yet_keeps_the_street_on_failsafe() -> None:
    engine = Engine(plan(), DUSK + HOUR)
    decisions = [item for item in engine.advance(DUSK + HOUR + 1) if isinstance(item, Decision)]
    assert [decision.level for decision in decisions] == [100, 100, 100]
    assert {decision.decided.rank for decision in decisions} == {Rank.FAILSAFE}


@pytest.mark.parametrize("quality", [Quality.RETAINED, Quality.HISTORICAL])
def test_retained_and_historical_readings_move_no_lamp_and_are_no_sign_of_life(quality: Quality) -> None:
    engine = Engine(plan(), DUSK + HOUR)
    engine.advance(DUSK + HOUR + 1)
    old = [replace(reading(sensor, Quantity.PRESENCE, 1, DUSK), quality=quality) for sensor in MOTION]
    assert engine.advance(DUSK + HOUR + SECOND, old) == []
    assert not engine.believed(MOTION[0])


def zone_level(engine: Engine, zone: Zone) -> list[int]:
    return [engine.standing(lamp.id).level for lamp in zone.luminaires]


def test_only_the_lamps_that_a_silent_sensor_watched_go_to_failsafe() -> None:
    zone = street()
    engine = Engine(plan(zone), DUSK + HOUR)
    at = DUSK + HOUR
    for minute in range(40):
        at = DUSK + HOUR + minute * MINUTE
        alive = [reading(WEST, Quantity.PEDESTRIANS, 0, at, MINUTE)]
        alive += [reading(sensor, Quantity.PRESENCE, 0, at) for sensor in (MOTION if minute < 20 else MOTION[:1])]
        engine.advance(at, alive)
    engine.advance(at + 1)
    assert zone_level(engine, zone) == [60, 60, 100]
    assert engine.standing(zone.luminaires[2].id).decided.rank is Rank.FAILSAFE
