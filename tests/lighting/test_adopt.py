"""Another plan in the middle of the night: only what changed moves."""

import json
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from devices.device import DeviceId
from devices.reading import Quantity
from gateway.lighting.decision import Decision, Rank
from gateway.lighting.engine import Engine
from gateway.lighting.facts import Override
from gateway.lighting.plan import Luminaire, Place, Plan, PresenceRule, Program, ZoneId
from tests.lighting.street import (
    COUNT,
    DUSK,
    HOUR,
    LED,
    MINUTE,
    MOTION,
    QUIET,
    SECOND,
    STEPS,
    WEST,
    one_lamp_zone,
    plan,
    street,
)
from tests.lighting.test_engine import Tape, reading
from tests.lighting.test_engine_and_model import evenings, programs

YARD_LAMP, YARD_SENSOR = DeviceId("lamp-9"), DeviceId("motion-9")
YARD = one_lamp_zone("yard", YARD_LAMP, YARD_SENSOR)
CALM = replace(QUIET, count=None, steps=(replace(STEPS[0], owed="P5"), *STEPS[1:]))
DIM = replace(CALM, presence=PresenceRule(90.0, 45 * SECOND, 10 * MINUTE))
NIGHT = DUSK + 2 * HOUR


def both(program: Program = QUIET) -> Plan:
    return plan(street(program), YARD)


def lamps(made: object) -> set[DeviceId]:
    assert isinstance(made, list)
    return {item.lamp for item in made if isinstance(item, Decision)}


def state(engine: Engine) -> str:
    return json.dumps(engine.snapshot().state, sort_keys=True)


def known(engine: Engine, at: int) -> None:
    """All sensors were heard and nobody is there."""
    engine.advance(at, [reading(sensor, Quantity.PRESENCE, 0, at) for sensor in (*MOTION, YARD_SENSOR)])


def moved(zones: Plan) -> Plan:
    """The same rules some lines further down."""
    place = Place("lighting.yaml", 99, 1)
    return replace(zones, zones=tuple(replace(zone, place=place) for zone in zones.zones))


@settings(max_examples=20)
@given(program=programs, tape=evenings(), cut=st.integers(1, 179), lines=st.booleans())
def test_the_same_plan_again_decides_nothing_now_or_later(
    program: Program, tape: Tape, cut: int, *, lines: bool
) -> None:
    adopting, left = (Engine(both(program), tape[0][0]) for _ in range(2))
    for at, facts in tape[:cut]:
        assert adopting.advance(at, facts) == left.advance(at, facts)
    at = tape[cut][0]
    again = moved(both(program)) if lines else both(program)
    assert adopting.adopt(again, at) == left.advance(at)
    for at, facts in tape[cut:]:
        assert adopting.advance(at, facts) == left.advance(at, facts)
    assert state(adopting) == state(left)


@settings(max_examples=20)
@given(before=programs, after=programs, tape=evenings(), cut=st.integers(1, 179))
def test_only_lamps_of_a_changed_zone_hear_of_it(before: Program, after: Program, tape: Tape, cut: int) -> None:
    engine, left = Engine(both(before), tape[0][0]), Engine(both(before), tape[0][0])
    for at, facts in tape[:cut]:
        engine.advance(at, facts)
        left.advance(at, facts)
    at = tape[cut][0]
    engine.advance(at)
    left.advance(at)
    assert YARD_LAMP not in lamps(engine.adopt(both(after), at))
    for at, facts in tape[cut:]:
        made, expected = engine.advance(at, facts), left.advance(at, facts)
        assert [item for item in made if isinstance(item, Decision) and item.lamp == YARD_LAMP] == [
            item for item in expected if isinstance(item, Decision) and item.lamp == YARD_LAMP
        ]


@settings(max_examples=20)
@given(before=programs, after=programs, tape=evenings(), cut=st.integers(1, 179))
def test_a_restart_after_an_adoption_changes_nothing(before: Program, after: Program, tape: Tape, cut: int) -> None:
    engine = Engine(both(before), tape[0][0])
    for at, facts in tape[:cut]:
        engine.advance(at, facts)
    at = tape[cut][0]
    engine.adopt(both(after), at)
    again = Engine(both(after), at, engine.snapshot())
    for at, facts in tape[cut:]:
        mine = [(item.lamp, item.level) for item in engine.advance(at, facts) if isinstance(item, Decision)]
        theirs = [(item.lamp, item.level) for item in again.advance(at, facts) if isinstance(item, Decision)]
        assert mine == theirs


def test_a_changed_rule_decides_at_once_and_sensors_stay_believed() -> None:
    engine = Engine(plan(street(replace(QUIET, count=None)), YARD), NIGHT)
    known(engine, NIGHT + SECOND)
    engine.advance(NIGHT + MINUTE)
    assert engine.standing(DeviceId("lamp-1")).level == 60
    brighter = replace(QUIET, count=None, steps=(replace(STEPS[0], empty="P4"), *STEPS[1:]))
    made = engine.adopt(plan(street(brighter), YARD), NIGHT + MINUTE)
    assert lamps(made) == {DeviceId("lamp-1"), DeviceId("lamp-2"), DeviceId("lamp-3")}
    assert {item.level for item in made if isinstance(item, Decision)} == {100}
    assert all(item.decided.rank is Rank.FLOOR for item in made if isinstance(item, Decision))
    assert engine.believed(MOTION[0])


def test_somebody_who_is_there_is_still_there_under_the_new_rule() -> None:
    engine = Engine(plan(street(CALM)), NIGHT)
    known(engine, NIGHT + SECOND)
    engine.advance(NIGHT + 2 * SECOND, [reading(MOTION[0], Quantity.PRESENCE, 1, NIGHT + 2 * SECOND)])
    engine.adopt(plan(street(DIM)), NIGHT + 3 * SECOND)
    assert engine.standing(DeviceId("lamp-1")).level == 90
    assert engine.standing(DeviceId("lamp-1")).decided.rank is Rank.PRESENCE


def test_a_lamp_that_moves_to_a_renamed_zone_keeps_its_order_and_its_level() -> None:
    engine = Engine(both(), NIGHT)
    known(engine, NIGHT + SECOND)
    order = Override("o-1", YARD_LAMP, 95, NIGHT + SECOND, NIGHT + HOUR, "ana", "repair")
    engine.advance(NIGHT + 2 * SECOND, [order])
    assert engine.standing(YARD_LAMP).level == 95
    made = engine.adopt(plan(street(), replace(YARD, id=ZoneId("court"))), NIGHT + MINUTE)
    assert lamps(made) == set()
    assert list(engine.orders()) == [order]
    assert engine.believed(YARD_SENSOR)


def test_a_new_lamp_is_decided_at_once_and_a_removed_one_is_forgotten() -> None:
    engine = Engine(both(), NIGHT)
    known(engine, NIGHT + SECOND)
    engine.advance(NIGHT + MINUTE)
    new = DeviceId("lamp-10")
    bigger = replace(YARD, luminaires=(*YARD.luminaires, Luminaire(new, 12.0, LED)))
    assert lamps(engine.adopt(plan(bigger), NIGHT + MINUTE)) == {new}
    assert {decision.lamp for decision in engine.decisions()} == {YARD_LAMP, new}


def test_a_count_over_another_window_is_not_known_yet() -> None:
    # Unknown is not empty: the failsafe level holds until a whole new window was seen.
    low = tuple(replace(step, empty="P7") for step in STEPS)
    before = replace(QUIET, presence=None, steps=low)
    engine = Engine(plan(street(before)), NIGHT)
    for minute in range(40):
        at = NIGHT + minute * MINUTE
        engine.advance(at, [reading(WEST, Quantity.PEDESTRIANS, 0, at, MINUTE)])
    assert engine.standing(DeviceId("lamp-1")).level < 100
    after = replace(before, count=replace(COUNT, window=20 * MINUTE))
    engine.adopt(plan(street(after)), at)
    assert engine.standing(DeviceId("lamp-1")).level == 100
    for minute in range(1, 21):
        engine.advance(at + minute * MINUTE, [reading(WEST, Quantity.PEDESTRIANS, 0, at + minute * MINUTE, MINUTE)])
    assert engine.standing(DeviceId("lamp-1")).level < 100
