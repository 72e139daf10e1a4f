"""A person's order holds from its beginning to its end, and not a moment longer."""

import json
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from devices.device import DeviceId
from devices.reading import Quantity
from gateway.lighting.decision import Decision, Rank, Snapshot
from gateway.lighting.engine import Engine
from gateway.lighting.facts import Cancel, ClockSet, Fact, Override
from gateway.lighting.plan import ZoneId
from tests.lighting.street import DUSK, HOUR, MINUTE, MOTION, SECOND, WEST, plan, street
from tests.lighting.test_engine import reading

NIGHT = DUSK + 2 * HOUR
NOON = DUSK - 4 * HOUR
LAMPS = [lamp.id for lamp in street().luminaires]
ZONE = ZoneId("street")
DAY = 24 * HOUR


def order(
    target: DeviceId | ZoneId = ZONE, level: int = 70, start: int = NIGHT, lasts: int = HOUR, name: str = "o-1"
) -> Override:
    return Override(name, target, level, start, start + lasts, "ana", "repair", caller="ana")


def quiet(at: int) -> Engine:
    """The street when nobody is there, and everybody is believed."""
    engine = Engine(plan(), at - 30 * MINUTE)
    for minute in range(30, 0, -1):
        engine.advance(at - minute * MINUTE, alive(at - minute * MINUTE))
    return engine


def alive(at: int) -> list[Fact]:
    return [
        reading(WEST, Quantity.PEDESTRIANS, 0, at, MINUTE),
        *(reading(sensor, Quantity.PRESENCE, 0, at) for sensor in MOTION),
    ]


def levels(engine: Engine) -> list[int]:
    return [engine.standing(lamp).level for lamp in LAMPS]


def passing(engine: Engine, to: int) -> list[Decision]:
    """Let a quiet time pass."""
    made: list[Decision] = []
    while (now := engine.now) < to:
        at = min(now + MINUTE, to)
        made += [item for item in engine.advance(at, alive(at)) if isinstance(item, Decision)]
    return made


def test_an_order_for_a_zone_holds_all_its_lamps_and_then_they_fade_to_what_the_rules_say() -> None:
    engine = quiet(NIGHT)
    before = levels(engine)
    engine.advance(NIGHT, [order()])
    assert levels(engine) == [70] * 3
    made = passing(engine, NIGHT + HOUR + MINUTE)
    assert levels(engine) == before
    ended = [decision for decision in made if decision.time == NIGHT + HOUR]
    assert {decision.lamp for decision in ended} == set(LAMPS)
    assert {decision.ramp for decision in ended} == {street().program.ramp.down}


def test_an_order_holds_by_day_too_and_the_lamps_are_off_after_it() -> None:
    engine = quiet(NOON)
    engine.advance(NOON, [order(LAMPS[1], 35, NOON)])
    assert levels(engine) == [0, 35, 0]
    passing(engine, NOON + HOUR + 1)
    assert levels(engine) == [0, 0, 0]


def test_an_order_that_is_to_come_changes_nothing_until_it_begins() -> None:
    engine = quiet(NIGHT)
    before = levels(engine)
    assert engine.advance(NIGHT, [order(start=NIGHT + 2 * HOUR)]) == []
    passing(engine, NIGHT + 2 * HOUR - 1)
    assert levels(engine) == before
    passing(engine, NIGHT + 2 * HOUR + 1)
    assert levels(engine) == [70] * 3


def test_the_newest_order_that_covers_a_lamp_holds_and_the_older_one_comes_back_after_it() -> None:
    engine = quiet(NIGHT)
    engine.advance(NIGHT, [order(lasts=2 * HOUR)])
    engine.advance(NIGHT + MINUTE, [order(LAMPS[0], 90, NIGHT + MINUTE, HOUR, "o-2")])
    assert levels(engine) == [90, 70, 70]
    engine.advance(NIGHT + 2 * MINUTE, [order(ZONE, 80, NIGHT + 2 * MINUTE, 10 * MINUTE, "o-3")])
    assert levels(engine) == [80] * 3
    passing(engine, NIGHT + 13 * MINUTE)
    assert levels(engine) == [90, 70, 70]
    engine.advance(engine.now + 1, [Cancel("o-2", "ana")])
    assert levels(engine) == [70] * 3


def test_of_two_orders_that_begin_together_the_one_given_later_holds() -> None:
    engine = quiet(NIGHT)
    for name, level in (("o-9", 70), ("o-10", 80)):
        engine.advance(engine.now + 1, [order(ZONE, level, NIGHT + HOUR, HOUR, name)])
    passing(engine, NIGHT + HOUR + MINUTE)
    assert levels(engine) == [80] * 3


def test_an_order_under_the_floor_stays_at_it_unless_forced() -> None:
    engine = quiet(NIGHT)
    engine.advance(NIGHT, [order(level=5)])
    assert levels(engine) == [60] * 3
    assert engine.standing(LAMPS[0]).decided.rank is Rank.FLOOR
    engine.advance(NIGHT + 1, [replace(order(level=5, name="o-2"), start=NIGHT + 1, force=True)])
    assert levels(engine) == [5] * 3


def test_a_cancelled_order_is_over_at_once() -> None:
    engine = quiet(NIGHT)
    before = levels(engine)
    engine.advance(NIGHT, [order()])
    engine.advance(NIGHT + SECOND, [Cancel("o-1", "ana")])
    assert levels(engine) == before
    assert engine.orders() == []


@pytest.mark.parametrize("by_clock", [True, False])
@pytest.mark.parametrize("shift", [-2 * HOUR, 20 * MINUTE, 3 * HOUR, 40 * DAY, -40 * DAY])
def test_when_the_clock_is_set_a_length_of_time_keeps_what_was_left_and_a_moment_stays(
    shift: int, *, by_clock: bool
) -> None:
    engine = quiet(NIGHT)
    engine.advance(NIGHT, [replace(order(), by_clock=by_clock)])
    passing(engine, NIGHT + 15 * MINUTE)
    engine.advance(NIGHT + 15 * MINUTE, [ClockSet(shift, sure=True)])
    moment_stays = by_clock and abs(shift) <= DAY
    ends = NIGHT + HOUR if moment_stays else NIGHT + HOUR + shift
    assert [each.expires for each in engine.orders()] == [end for end in [ends] if end > engine.now]
    passing(engine, max(ends, engine.now) + MINUTE)
    assert engine.orders() == []


def test_an_order_that_is_to_come_begins_at_its_moment_of_the_new_clock() -> None:
    engine = quiet(NIGHT)
    engine.advance(NIGHT, [order(start=NIGHT + HOUR)])
    engine.advance(NIGHT + MINUTE, [ClockSet(-30 * MINUTE, sure=True)])
    passing(engine, NIGHT + HOUR - MINUTE)
    assert levels(engine) != [70] * 3
    passing(engine, NIGHT + HOUR + MINUTE)
    assert levels(engine) == [70] * 3


def test_an_order_for_a_lamp_that_is_gone_is_gone_with_it() -> None:
    engine = quiet(NIGHT)
    engine.advance(NIGHT, [order(LAMPS[2])])
    fewer = plan(replace(street(), luminaires=street().luminaires[:2]))
    assert Engine(fewer, NIGHT, engine.snapshot()).orders() == []


def test_a_snapshot_from_before_orders_named_their_caller_is_still_read() -> None:
    engine = quiet(NIGHT)
    engine.advance(NIGHT, [order()])
    state = json.loads(json.dumps(engine.snapshot().state))
    state["zones"][ZONE]["override"] = [row[:8] for row in state["zones"][ZONE]["override"]]
    again = Engine(plan(), NIGHT, Snapshot("digest", "1", state))
    assert again.orders() == [replace(order(), caller="")]


steps = st.one_of(
    st.tuples(st.just("pass"), st.sampled_from([1, MINUTE, 20 * MINUTE, HOUR, 3 * HOUR])),
    st.tuples(st.just("clock"), st.sampled_from([-10 * DAY, -HOUR, -7 * MINUTE, 0, 9 * MINUTE, 2 * HOUR, 10 * DAY])),
    st.tuples(st.just("restart"), st.just(0)),
)
terms = st.tuples(
    st.sampled_from([0, 0, MINUTE, HOUR]), st.sampled_from([1, 10 * MINUTE, HOUR, 2 * HOUR]), st.booleans()
)


@example(
    term=(0, HOUR, False),
    tape=[("pass", 20 * MINUTE), ("clock", -HOUR), ("restart", 0), ("pass", 3 * HOUR)],
    target=ZONE,
)
@given(term=terms, tape=st.lists(steps, max_size=8), target=st.sampled_from([ZONE, LAMPS[0]]))
@settings(max_examples=200, deadline=None)
def test_no_order_outlives_its_end_whatever_the_clock_does_and_however_often_it_restarts(
    term: tuple[int, int, bool], tape: list[tuple[str, int]], target: DeviceId | ZoneId
) -> None:
    wait, length, by_clock = term
    engine = Engine(plan(), NIGHT)
    expires = NIGHT + wait + length
    given_ = Override("o-1", target, 77, NIGHT + wait, expires, "ana", "", by_clock=by_clock)
    engine.advance(NIGHT, [given_])
    held = 0  # real time for which it has held
    for what, value in tape:
        if what == "pass":
            before = engine.now
            begin = max(before, next((each.start for each in engine.orders()), before))
            end = min(before + value, next((each.expires for each in engine.orders()), before))
            held += max(0, end - begin)
            engine.advance(before + value)
            engine.advance(engine.now + 1)
        elif what == "clock":
            engine.advance(engine.now, [ClockSet(value, sure=True)])
            engine.advance(engine.now + 1)
        else:
            snapshot = engine.snapshot()
            state = json.loads(json.dumps(snapshot.state))
            engine = Engine(plan(), engine.now, Snapshot(snapshot.digest, snapshot.version, state))
            engine.advance(engine.now + 1)
        orders = engine.orders()
        assert all(each.expires > engine.now - 1 for each in orders)
        holds = engine.standing(LAMPS[0]).decided.rank is Rank.OVERRIDE
        assert holds <= bool(orders)
        if not by_clock:
            assert held <= length + len(tape)
    for each in engine.orders():
        engine.advance(each.expires + 1)
    engine.advance(engine.now + 1)
    assert engine.orders() == []
    assert all(engine.standing(lamp).decided.rank is not Rank.OVERRIDE for lamp in LAMPS)
