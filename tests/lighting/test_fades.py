"""Ramps that people accept: no flicker, and no jump in view of somebody."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.device import DeviceId
from devices.reading import Quantity, Reading
from gateway.lighting.decision import Decision, Rank, Snapshot
from gateway.lighting.engine import Engine, play
from gateway.lighting.facts import ClockSet, Override
from gateway.lighting.plan import Program, Ramp
from tests.lighting.long_street import PROGRAM, START, Trip, joined_signs, said, signs, street
from tests.lighting.street import DUSK, HOUR, MINUTE, SECOND, plan
from tests.lighting.test_bubble import trips

Told = tuple[int, Reading]
LAMP = DeviceId("lamp-270")
STEADY = replace(PROGRAM, ramp=Ramp(2 * SECOND, 45 * SECOND, steady=5 * MINUTE))
GENTLE = replace(PROGRAM, ramp=Ramp(2 * SECOND, 3 * SECOND, in_view=5.0))
BOTH = replace(PROGRAM, ramp=Ramp(2 * SECOND, 3 * SECOND, steady=MINUTE, in_view=5.0))
PASSING = [said("motion-270", Quantity.PRESENCE, 1, 10), said("motion-270", Quantity.PRESENCE, 0, 20)]


def decided(engine: Engine, tape: Sequence[Told], until: float) -> list[Decision]:
    made = play(engine, [(at, [heard]) for at, heard in tape], START + round(until * SECOND) + 1)
    return [item for item in made if isinstance(item, Decision)]


def of_lamp(program: Program, tape: Sequence[Told], until: float, lamp: DeviceId = LAMP) -> list[tuple[float, int]]:
    """The level changes of a lamp: (seconds, per cent)."""
    engine = Engine(plan(street(program)), START - SECOND)
    changes: list[tuple[float, int]] = []
    for decision in decided(engine, [*signs(street()), *tape], until):
        if decision.lamp == lamp and (not changes or changes[-1][1] != decision.level):
            changes.append(((decision.time - START) / SECOND, decision.level))
    return changes


def test_a_lamp_that_became_brighter_stays_so_and_then_falls() -> None:
    assert of_lamp(PROGRAM, PASSING, 900)[-2:] == [(10, 100), (40, 20)]
    assert of_lamp(STEADY, PASSING, 900)[-2:] == [(10, 100), (310, 20)]


def test_the_reason_for_staying_is_told() -> None:
    engine = Engine(plan(street(STEADY)), START - SECOND)
    decided(engine, [*signs(street()), *PASSING], 60)
    assert engine.standing(LAMP).decided.rank is Rank.STEADY
    cause = engine.stack(LAMP).steady
    assert cause is not None
    assert (cause.level, round(cause.figure or 0)) == (100, 250)


def test_somebody_new_is_not_delayed_and_begins_it_anew_only_where_light_rises() -> None:
    again = [*PASSING, said("motion-270", Quantity.PRESENCE, 1, 320), said("motion-270", Quantity.PRESENCE, 0, 321)]
    assert of_lamp(STEADY, again, 900)[-4:] == [(10, 100), (310, 20), (320, 100), (620, 20)]


def test_an_order_and_the_end_of_the_night_are_not_delayed() -> None:
    engine = Engine(plan(street(STEADY)), START - SECOND)
    decided(engine, [*signs(street()), *PASSING], 60)
    order = Override("o-1", LAMP, 50, engine.now, engine.now + HOUR, "ana", "repair")
    engine.advance(engine.now + 1, [order])
    engine.advance(engine.now + 1)
    assert engine.standing(LAMP).level == 50
    engine = Engine(plan(street(replace(STEADY, ramp=Ramp(0, 0, steady=24 * HOUR)))), START - SECOND)
    decided(engine, [*signs(street()), *PASSING], 60)
    engine.advance(DUSK + 18 * HOUR)
    assert engine.standing(LAMP).level == 0


def test_the_steps_max_is_not_exceeded_while_a_lamp_is_kept() -> None:
    late = replace(PROGRAM.steps[0], start=replace(PROGRAM.steps[0].start, offset=HOUR + MINUTE), max=70.0)
    program = replace(STEADY, steps=(*PROGRAM.steps, late))
    assert [level for _, level in of_lamp(program, PASSING, 900)][-3:] == [100, 70, 20]
    assert of_lamp(program, PASSING, 900)[-1] == (310, 20)


def test_in_view_of_somebody_light_falls_gently_and_without_anybody_as_written() -> None:
    walker = [*PASSING, said("motion-570", Quantity.PRESENCE, 1, 30), said("motion-570", Quantity.PRESENCE, 0, 45)]
    for tape, fall, ramp in ((walker, 40.0, 16.0), (PASSING, 40.0, 3.0)):
        engine = Engine(plan(street(GENTLE)), START - SECOND)
        (last,) = [item for item in decided(engine, [*signs(street()), *tape], 900)[1:] if _falls(item, LAMP)]
        assert ((last.time - START) / SECOND, last.ramp / SECOND) == (fall, ramp)


def _falls(decision: Decision, lamp: DeviceId) -> bool:
    return decision.lamp == lamp and decision.level == 20 and decision.time > START + SECOND


def test_light_for_who_arrives_is_as_fast_as_written() -> None:
    engine = Engine(plan(street(GENTLE)), START - SECOND)
    rises = [item for item in decided(engine, [*signs(street()), *PASSING], 15) if item.level == 100]
    assert rises
    assert {item.ramp for item in rises} == {2 * SECOND}


def test_what_fades_already_starts_from_where_it_is() -> None:
    """An order brings a lamp down over 16 s; taken back half way it rises, and another one falls from there."""
    engine = Engine(plan(street(replace(GENTLE, presence=None))), START - SECOND)
    engine.advance(START)

    def order(name: str, level: int, after: int, ends: int) -> Decision:
        at = START + after * SECOND
        engine.advance(at, [Override(name, LAMP, level, at, START + ends * SECOND, "ana", "repair")])
        engine.advance(at + 1)
        return engine.standing(LAMP)

    assert order("o-1", 100, 1, 100).ramp == 2 * SECOND
    assert order("o-2", 20, 10, 100).ramp == 16 * SECOND
    # 8 s later it is at 60 %: to 40 % is 20 points, though the target was below.
    assert order("o-3", 40, 18, 100).ramp == 4 * SECOND


@given(some=st.lists(trips, min_size=1, max_size=4))
@settings(max_examples=40, deadline=None)
def test_steady_light_turns_twice_at_most_in_its_time_and_is_never_the_darker(some: list[Trip]) -> None:
    rules, steady = plan(street(PROGRAM)), plan(street(BOTH))
    tape = joined_signs(rules, *some)
    plain = decided(Engine(rules, START - SECOND), tape, 600)
    kept = decided(Engine(steady, START - SECOND), tape, 600)
    for lamp in street().luminaires:
        turns = list(_turns(item for item in kept if item.lamp == lamp.id))
        assert all(later - first >= MINUTE for first, later in zip(turns, turns[2:], strict=False))
        for decision in plain:
            at = decision.time
            assert _level(kept, lamp.id, at) >= _level(plain, lamp.id, at)
            assert decision.lamp != lamp.id or _level(kept, lamp.id, at) >= decision.level


def _turns(decisions: Iterator[Decision]) -> Iterator[int]:
    """When a lamp that was becoming brighter begins to become darker, or the other way round."""
    level: int | None = None
    rising: bool | None = None
    for decision in decisions:
        if level is not None and decision.level != level:
            if rising is not None and rising != (decision.level > level):
                yield decision.time
            rising = decision.level > level
        level = decision.level


def _level(decisions: Sequence[Decision], lamp: DeviceId, at: int) -> int:
    return next((item.level for item in reversed(decisions) if item.lamp == lamp and item.time <= at), 0)


@given(some=st.lists(trips, min_size=1, max_size=4))
@settings(max_examples=40, deadline=None)
def test_in_view_no_lamp_changes_faster_than_the_plan_allows(some: list[Trip]) -> None:
    rules = plan(street(BOTH))
    steps = list(_steps(Engine(rules, START - SECOND), joined_signs(rules, *some)))
    assert [(step, ramp) for step, ramp in steps if step * SECOND > 5 * ramp] == []


def test_in_view_there_are_changes_to_be_gentle_with() -> None:
    """The property above is not about nothing: whoever goes on leaves lamps behind that dim before their eyes."""
    walker = [*PASSING, said("motion-570", Quantity.PRESENCE, 1, 30), said("motion-570", Quantity.PRESENCE, 0, 45)]
    rules = plan(street(GENTLE))
    assert (Fraction(80), 16 * SECOND) in list(_steps(Engine(rules, START - SECOND), [*signs(street()), *walker]))


def _steps(engine: Engine, tape: Sequence[Told]) -> Iterator[tuple[Fraction, int]]:
    """All changes before somebody's eyes over a tape and a quarter of an hour."""
    seen: dict[DeviceId, tuple[Fraction, Decision]] = {}
    for at, heard in [*((at, [heard]) for at, heard in tape), (START + 900 * SECOND, [])]:
        while (due := engine.next_change()) is not None and due < at:
            yield from _in_view(engine, engine.advance(due + 1), seen)
        yield from _in_view(engine, engine.advance(at, heard), seen)


def _in_view(
    engine: Engine, made: Sequence[object], seen: dict[DeviceId, tuple[Fraction, Decision]]
) -> Iterator[tuple[Fraction, int]]:
    """The changes before somebody's eyes that do not bring light to them: by how much (%), and within how long (ns)."""
    in_view = any(engine.stack(lamp.id).presence for lamp in street().luminaires)
    for item in made:
        if not isinstance(item, Decision):
            continue
        before = _between(seen[item.lamp], item.time) if item.lamp in seen else Fraction(item.level)
        arriving = item.level >= before and {cause.rank for cause in item.causes} & {Rank.PRESENCE, Rank.FAILSAFE}
        if in_view and not arriving and item.lamp in seen and item.level != seen[item.lamp][1].level:
            yield abs(item.level - before), item.ramp
        if item.lamp not in seen or item.level != seen[item.lamp][1].level:
            seen[item.lamp] = before, item


def _between(last: tuple[Fraction, Decision], at: int) -> Fraction:
    start, decision = last
    if at >= decision.time + decision.ramp:
        return Fraction(decision.level)
    return start + (decision.level - start) * Fraction(at - decision.time, decision.ramp)


@given(some=st.lists(trips, min_size=1, max_size=3), cut=st.integers(1, 300), looks=st.lists(st.integers(1, 600)))
@settings(max_examples=40, deadline=None)
def test_asked_often_or_rarely_and_restored_half_way_decides_the_same(
    some: list[Trip], cut: int, looks: list[int]
) -> None:
    rules = plan(street(BOTH))
    tape = joined_signs(rules, *some)
    whole = decided(Engine(rules, START - SECOND), tape, 600)
    engine = Engine(rules, START - SECOND)
    parts: list[Decision | Reading] = []
    asked = sorted([*((at, [heard]) for at, heard in tape), *((START + at * SECOND, []) for at in looks)], key=_first)
    for at, heard in asked:
        if cut and at > START + cut * SECOND:
            state = engine.snapshot()
            engine = Engine(rules, engine.now, Snapshot("", "", json.loads(json.dumps(state.state))))
            cut = 0
        parts += engine.advance(at, heard)
    parts += engine.advance(START + 600 * SECOND + 1)
    assert [item for item in parts if isinstance(item, Decision)] == whole


def _first(item: tuple[int, list[Reading]]) -> int:
    return item[0]


@pytest.mark.parametrize("shift", [-HOUR // 2, HOUR])
def test_what_is_kept_keeps_what_it_had_left_over_a_clock_step(shift: int) -> None:
    engine = Engine(plan(street(STEADY)), START - SECOND)
    decided(engine, [*signs(street()), *PASSING], 110)
    engine.advance(engine.now, [ClockSet(shift, sure=True)])
    at = START + shift + 310 * SECOND
    engine.advance(at)
    assert engine.standing(LAMP).level == 100
    engine.advance(at + 1)
    assert engine.standing(LAMP).level == 20
