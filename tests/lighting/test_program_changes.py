"""What is known when another program takes over: by the calendar, after a restart, and after a reload."""

import json
from dataclasses import replace
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from devices.reading import Quantity
from gateway.lighting.decision import Decision, Rank, Snapshot
from gateway.lighting.engine import Engine, play
from gateway.lighting.facts import ClockSet
from gateway.lighting.nights import Dates, Nights
from gateway.lighting.plan import Active, Counter, Dark, Line, Moment, Plan, Program, Zone
from tests.lighting.shipped import following
from tests.lighting.street import COUNT, DUSK, HOUR, MINUTE, MOTION, QUIET, SECOND, STEPS, WEST, plan, street
from tests.lighting.test_engine import Tape, reading
from tests.lighting.test_engine_and_model import ALWAYS, LOW, NOON, evenings

TONIGHT = Nights((Dates(date(2026, 11, 21), date(2026, 11, 21)),))
CROSSING = replace(street().luminaires[2], never_dim="crossing")
BY_COUNT = replace(QUIET, presence=None, steps=LOW, active=ALWAYS)


def tonight(program: Program, otherwise: Program = BY_COUNT) -> Zone:
    """The street without presence sensors, and with a program of its own from the noon of 21 November on."""
    zone = replace(street(otherwise), watches=(), calendar=(Line(TONIGHT, replace(program, name="tonight")),))
    return replace(zone, counters=(Counter(WEST, 0.0, 10 * MINUTE),))


def walked(engine: Engine, start: int, minutes: int, people: int) -> None:
    """So many people each minute."""
    for minute in range(1, minutes + 1):
        at = start + minute * MINUTE
        engine.advance(at, [reading(WEST, Quantity.PEDESTRIANS, people, at, MINUTE)])


def level(engine: Engine) -> int:
    return engine.decisions()[0].level


def test_a_program_with_a_longer_window_looks_back_over_noon() -> None:
    """Sixty people before noon are 60 an hour in tonight's window of an hour, and none in the ten minutes at noon."""
    zone = tonight(replace(BY_COUNT, count=replace(COUNT, window=HOUR)))
    engine = Engine(plan(zone), NOON - 3 * HOUR)
    walked(engine, NOON - 3 * HOUR, 130, 0)
    walked(engine, NOON - 50 * MINUTE, 1, 60)
    walked(engine, NOON - 49 * MINUTE, 48, 0)
    engine.advance(NOON)
    assert level(engine) == 40
    engine.advance(NOON + 1)
    assert level(engine) == 100
    assert engine.decisions()[0].decided.figure == 60


def test_at_noon_the_light_changes_because_the_program_does() -> None:
    zone = tonight(replace(BY_COUNT, steps=(replace(STEPS[0], empty="P6", default=70.0),)))
    engine = Engine(plan(zone), NOON - HOUR)
    walked(engine, NOON - HOUR, 59, 0)
    made = [item for item in engine.advance(NOON + 1) if isinstance(item, Decision)]
    assert [(item.time, item.level, item.decided.rank) for item in made] == [(NOON, 70, Rank.DEFAULT)] * 3


def test_the_class_that_the_flow_picks_is_all_that_is_owed_to_those_few() -> None:
    """Six people an hour make P6, though the step owes P4 to people; twenty-four make P5."""
    zone = replace(following("en13201-by-flow"), counters=(Counter(WEST, 0.0, 10 * MINUTE),))
    engine = Engine(plan(zone), DUSK)
    levels = []
    for people in (0, 0, 1, 0, 0, 4):
        walked(engine, engine.now, 1, people)
        walked(engine, engine.now, 9, 0)
        levels.append(level(engine))
    assert levels == [100, 40, 40, 40, 40, 60]


def test_in_legal_darkness_a_street_is_dark_until_somebody_comes_and_lit_when_nobody_knows() -> None:
    dark = Dark(Moment("clock", 18 * HOUR), Moment("clock", 23 * HOUR), "town decree")
    program = replace(QUIET, dark=dark, count=None)
    zone = replace(street(program), luminaires=(*street().luminaires[:2], CROSSING))
    engine = Engine(plan(zone), DUSK)
    at = DUSK + HOUR  # 18:00 in Paris
    for minute in range(-10, 5):
        engine.advance(
            at + minute * MINUTE, [reading(sensor, Quantity.PRESENCE, 0, at + minute * MINUTE) for sensor in MOTION]
        )
    engine.advance(at + 5 * MINUTE)
    assert [item.level for item in engine.decisions()] == [0, 0, 100]
    assert engine.decisions()[0].decided.note == "town decree"
    engine.advance(at + 6 * MINUTE, [reading(MOTION[0], Quantity.PRESENCE, 1, at + 6 * MINUTE)])
    assert [item.level for item in engine.decisions()] == [100, 100, 100]
    engine.advance(at + HOUR)
    assert [item.decided.rank for item in engine.decisions()] == [Rank.FAILSAFE] * 3


def test_lamps_may_be_lit_in_legal_darkness_outside_the_active_period() -> None:
    dark = Dark(Moment("clock", 17 * HOUR), Moment("clock", 23 * HOUR), "town decree")
    program = replace(QUIET, active=Active(Moment("clock", 23 * HOUR), Moment("sunrise", 0)), dark=dark, count=None)
    engine = Engine(plan(street(program)), DUSK)
    at = DUSK + HOUR
    engine.advance(at, [reading(sensor, Quantity.PRESENCE, 0, at) for sensor in MOTION])
    engine.advance(at + MINUTE, [reading(MOTION[0], Quantity.PRESENCE, 1, at + MINUTE)])
    assert [item.level for item in engine.decisions()] == [100, 100, 0]


def test_while_the_clock_is_not_sure_nothing_is_dark_by_law() -> None:
    dark = Dark(Moment("clock", 18 * HOUR), Moment("clock", 23 * HOUR), "town decree")
    zone = street(replace(QUIET, dark=dark, count=None))
    engine = Engine(plan(zone), DUSK + HOUR)
    at = DUSK + HOUR
    alive = [reading(sensor, Quantity.PRESENCE, 0, at + MINUTE) for sensor in MOTION]
    engine.advance(at + MINUTE, [*alive, ClockSet(0, sure=False)])
    engine.advance(at + MINUTE + 1)
    assert [item.level for item in engine.decisions()] == [60, 60, 60]


def test_a_counter_whose_silence_is_trusted_has_counted_nothing_yet_when_the_gateway_starts() -> None:
    zone = replace(street(BY_COUNT), watches=(), counters=(Counter(WEST, 0.0, None),))
    engine = Engine(plan(zone), DUSK)
    engine.advance(DUSK + 10 * MINUTE - 1)
    assert level(engine) == 100
    engine.advance(DUSK + 10 * MINUTE + 1)
    assert level(engine) == 40


def restored(rules: Plan, engine: Engine) -> Engine:
    """Another engine that goes on from a snapshot which has been written and read."""
    taken = engine.snapshot()
    return Engine(rules, engine.now, Snapshot(taken.digest, taken.version, json.loads(json.dumps(taken.state))))


def test_after_a_reload_with_a_longer_window_a_whole_one_must_be_seen() -> None:
    zone = replace(street(BY_COUNT), watches=(), counters=(Counter(WEST, 0.0, 10 * MINUTE),))
    engine = Engine(plan(zone), DUSK)
    walked(engine, DUSK, 60, 0)
    assert level(restored(plan(zone), engine)) == 40
    longer = replace(BY_COUNT, count=replace(COUNT, window=20 * MINUTE))
    engine = restored(plan(replace(zone, program=longer)), engine)
    engine.advance(DUSK + 60 * MINUTE + 1)
    walked(engine, DUSK + 60 * MINUTE, 19, 0)
    assert level(engine) == 100
    walked(engine, DUSK + 79 * MINUTE, 2, 0)
    assert level(engine) == 40


def test_after_a_reload_with_another_program_the_people_who_were_counted_are_still_known() -> None:
    zone = replace(street(BY_COUNT), watches=(), counters=(Counter(WEST, 0.0, 10 * MINUTE),))
    engine = Engine(plan(zone), DUSK)
    walked(engine, DUSK, 60, 0)
    walked(engine, DUSK + 60 * MINUTE, 1, 60)
    engine = restored(plan(replace(zone, program=replace(BY_COUNT, name="another"))), engine)
    engine.advance(engine.now + SECOND)
    assert level(engine) == 100


def test_a_snapshot_of_version_1_is_taken_as_far_as_it_goes() -> None:
    zone = replace(street(BY_COUNT), watches=(), counters=(Counter(WEST, 0.0, 10 * MINUTE),))
    engine = Engine(plan(zone), DUSK)
    walked(engine, DUSK, 60, 0)
    walked(engine, DUSK + 60 * MINUTE, 1, 60)
    state = json.loads(json.dumps(engine.snapshot().state))
    old = state["zones"]["street"]
    old |= old.pop("programs")[BY_COUNT.name]
    del old["count"]["window"]
    engine = Engine(plan(zone), engine.now, Snapshot("digest", "1", state))
    engine.advance(engine.now + SECOND)
    assert level(engine) == 100
    assert engine.stack(zone.luminaires[0].id).floor is not None


@given(tape=evenings(NOON - 2 * HOUR), cut=st.integers(0, 179))
@settings(max_examples=25, deadline=None)
def test_a_restart_around_noon_changes_nothing(tape: Tape, cut: int) -> None:
    rules = plan(tonight(replace(BY_COUNT, count=replace(COUNT, window=5 * MINUTE, combine="sum"))))
    until = tape[-1][0] + HOUR
    whole = list(play(Engine(rules, tape[0][0] - MINUTE), tape, until))
    engine = Engine(rules, tape[0][0] - MINUTE)
    made = [item for at, learned in tape[:cut] for item in engine.advance(at, learned)]
    made += play(restored(rules, engine), tape[cut:], until)
    assert made == whole
