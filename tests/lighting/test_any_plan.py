"""What holds for every plan and every history: each promise of the rules alone, told by its own small reckoning."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from math import ceil

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.device import DeviceId
from devices.reading import Availability, Quality, Reading
from gateway.lighting.calendar import Calendar, Standing
from gateway.lighting.decision import Decision, Rank, Snapshot
from gateway.lighting.engine import Engine, play
from gateway.lighting.facts import Cancel, ClockSet, Fact, Override, order
from gateway.lighting.plan import CLASSES, Luminaire, Plan, Zone
from tests.lighting.any_history import (
    DAY,
    Tape,
    anything,
    end,
    sensed,
    settled,
    start,
    with_looks,
)
from tests.lighting.any_plan import plans
from tests.lighting.street import HOUR

whole_plans = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
"""A plan and its night are large for an example, and take long to make beside the rest of the suite."""

Looks = list[tuple[int, float]]
looks = st.lists(st.tuples(st.integers(0, 20), st.floats(0, 0.999)), max_size=12)


def lamps(rules: Plan) -> Iterator[tuple[Zone, Luminaire]]:
    for zone in rules.zones:
        for lamp in zone.luminaires:
            yield zone, lamp


def now(rules: Plan, zone: Zone, at: int) -> Standing:
    return Calendar(rules.latitude, rules.longitude, rules.timezone).standing(zone.rules, at)


def whole(level: float) -> int:
    return ceil(level - 1e-6)


def walked(rules: Plan, tape: Tape, often: Looks) -> Iterator[tuple[Engine, int, list[Fact]]]:
    """The engine after each moment of a tape and at looks in between, with all that is due having happened."""
    engine = start(rules, tape)
    for at, learned in with_looks(tape, often):
        engine.advance(at, learned)
        yield settled(engine), at, learned


def outcome(rules: Plan, tape: Tape, often: Iterable[tuple[int, float]] = ()) -> list[Decision | Reading]:
    return list(play(start(rules, tape), with_looks(tape, often), end(tape) + 2 * HOUR))


def least(zone: Zone, standing: Standing, lamp: Luminaire) -> float:
    """The least that a lit lamp may give by the plan alone, whoever is there."""
    if lamp.never_dim:
        return 100.0
    if standing.dark:
        return 0.0
    if zone.design is None:
        return 100.0
    step, count = standing.program.steps[standing.step], standing.program.count
    picked = [name for _, name in count.classes] if count is not None else []
    return 100 * min(CLASSES[name] for name in (step.empty, step.owed, *picked)) / zone.design


@given(data=st.data(), rules=plans(), often=looks)
@whole_plans
def test_no_lit_lamp_is_below_its_floor(data: st.DataObject, rules: Plan, often: Looks) -> None:
    for engine, _, _ in walked(rules, data.draw(anything(rules)), often):
        for zone, lamp in lamps(rules):
            standing, stack = now(rules, zone, engine.now), engine.stack(lamp.id)
            level = engine.standing(lamp.id).level
            assert level == stack.level
            forced = any(given.force for given in engine.orders() if given.target in {lamp.id, zone.id})
            if standing.active and not forced:
                assert stack.floor is not None
                assert level >= whole(stack.floor.level) >= whole(least(zone, standing, lamp))


@given(data=st.data(), rules=plans(), often=looks)
@whole_plans
def test_no_lamp_is_above_the_steps_max_but_for_failsafe_floor_or_an_order(
    data: st.DataObject, rules: Plan, often: Looks
) -> None:
    for engine, _, _ in walked(rules, data.draw(anything(rules)), often):
        for zone, lamp in lamps(rules):
            standing, stack = now(rules, zone, engine.now), engine.stack(lamp.id)
            if not standing.active or stack.override is not None or stack.failsafe is not None:
                continue
            assert stack.floor is not None
            most = standing.program.steps[standing.step].max
            assert engine.standing(lamp.id).level <= whole(max(most, stack.floor.level))


@given(data=st.data(), rules=plans(), often=looks)
@whole_plans
def test_outside_the_active_period_only_an_order_lights_a_lamp(data: st.DataObject, rules: Plan, often: Looks) -> None:
    sure = True
    for engine, _, learned in walked(rules, data.draw(anything(rules)), often):
        sure = next((fact.sure for fact in learned if isinstance(fact, ClockSet)), sure)
        for zone, lamp in lamps(rules):
            decided = engine.standing(lamp.id)
            if not sure:
                assert decided.decided.rank is not Rank.INACTIVE
            elif not now(rules, zone, engine.now).active and engine.stack(lamp.id).override is None:
                assert decided.level == 0


class Orders:
    """When each order ends, and which was taken back, as the person who gave it reckons."""

    def __init__(self) -> None:
        self.standing: dict[str, Override] = {}

    def learn(self, learned: list[Fact], at: int) -> None:
        for fact in sorted(learned, key=order):
            if isinstance(fact, Override):
                self.standing[fact.id] = fact
            elif isinstance(fact, Cancel):
                self.standing.pop(fact.override, None)
            elif isinstance(fact, ClockSet):
                self.standing = {name: self._kept(given, fact.shift, at) for name, given in self.standing.items()}

    @staticmethod
    def _kept(given: Override, shift: int, at: int) -> Override:
        meaningless = abs(shift) > DAY
        if meaningless:
            return replace(given, start=given.start + shift, expires=given.expires + shift)
        if given.start > at:
            return given
        return replace(given, start=given.start + shift, expires=given.expires + (0 if given.by_clock else shift))

    def may_hold(self, name: str, at: int) -> bool:
        return name in self.standing and at < self.standing[name].expires


@given(data=st.data(), rules=plans(), often=looks)
@whole_plans
def test_no_order_holds_after_its_end_or_after_it_was_taken_back(
    data: st.DataObject, rules: Plan, often: Looks
) -> None:
    orders = Orders()
    for engine, at, learned in walked(rules, data.draw(anything(rules)), often):
        orders.learn(learned, at)
        assert all(orders.may_hold(given.id, engine.now) for given in engine.orders())
        for _, lamp in lamps(rules):
            decided = engine.standing(lamp.id).decided
            assert decided.rank is not Rank.OVERRIDE or orders.may_hold(decided.key, engine.now)
    for left in sorted(orders.standing.values(), key=lambda kept: kept.expires):
        if left.expires > engine.now:
            engine.advance(left.expires)
            settled(engine)
        assert all(engine.standing(lamp.id).decided.key != left.id for _, lamp in lamps(rules))


class Silences:
    """Of which sensors nothing can be known: nobody heard them for too long, or they said that they went."""

    def __init__(self, rules: Plan) -> None:
        self.expected = {sensor: expect for zone in rules.zones for sensor, expect in zone.sensors()}
        self.heard: dict[DeviceId, int] = {}
        self.gone: set[DeviceId] = set()

    def learn(self, learned: list[Fact], at: int) -> None:
        old = Quality.RETAINED | Quality.HISTORICAL
        for fact in sorted(learned, key=order):
            if isinstance(fact, Availability):
                if not fact.online:
                    self.gone.add(fact.device)
                elif not fact.retained:
                    self._alive(fact.device, at)
            elif isinstance(fact, Reading) and not fact.quality & old:
                self._alive(fact.device, at)
            elif isinstance(fact, ClockSet):
                self.heard = {sensor: last + fact.shift for sensor, last in self.heard.items()}

    def _alive(self, sensor: DeviceId, at: int) -> None:
        self.heard[sensor] = at
        self.gone.discard(sensor)

    def unknown(self, sensor: DeviceId, at: int) -> bool:
        expect = self.expected[sensor]
        if sensor in self.gone:
            return True
        return expect is not None and (sensor not in self.heard or at > self.heard[sensor] + expect)


@given(data=st.data(), rules=plans(), often=looks)
@whole_plans
def test_unknown_is_never_less_light_than_failsafe_on_the_lamps_concerned(
    data: st.DataObject, rules: Plan, often: Looks
) -> None:
    silences = Silences(rules)
    for engine, at, learned in walked(rules, data.draw(sensed(rules)), often):
        silences.learn(learned, at)
        for zone, lamp in lamps(rules):
            standing = now(rules, zone, engine.now)
            program, unknown = standing.program, silences.unknown
            watchers = [watch.sensor for watch in zone.watches if watch.covers(lamp.at)]
            blind = program.presence is not None and all(unknown(sensor, engine.now) for sensor in watchers)
            uncounted = program.count is not None and all(
                unknown(counter.sensor, engine.now) for counter in zone.counters
            )
            if standing.active and (blind or uncounted):
                assert engine.standing(lamp.id).level >= whole(program.failsafe)


@given(data=st.data(), rules=plans())
@whole_plans
def test_the_facts_of_one_moment_may_come_in_any_order(data: st.DataObject, rules: Plan) -> None:
    tape = data.draw(anything(rules))
    shuffled = [(at, list(data.draw(st.permutations(learned)))) for at, learned in tape]
    assert outcome(rules, shuffled) == outcome(rules, tape)


@given(data=st.data(), rules=plans(), often=looks)
@whole_plans
def test_an_engine_that_is_called_often_decides_as_one_that_is_called_rarely(
    data: st.DataObject, rules: Plan, often: Looks
) -> None:
    tape = data.draw(anything(rules))
    assert outcome(rules, tape, often) == outcome(rules, tape)


@given(data=st.data(), rules=plans(), cut=st.integers(0, 20))
@whole_plans
def test_a_snapshot_and_its_restoration_change_no_decision(data: st.DataObject, rules: Plan, cut: int) -> None:
    tape = data.draw(anything(rules))
    engine = start(rules, tape)
    made = [item for at, learned in tape[:cut] for item in engine.advance(at, learned)]
    snapshot = engine.snapshot()
    again = Snapshot(snapshot.digest, snapshot.version, json.loads(json.dumps(snapshot.state)))
    made += play(Engine(rules, engine.now, again), tape[cut:], end(tape) + 2 * HOUR)
    assert made == outcome(rules, tape)


@given(data=st.data(), rules=plans())
@whole_plans
def test_nothing_changes_before_the_instant_that_was_said(data: st.DataObject, rules: Plan) -> None:
    engine = start(rules, tape := data.draw(anything(rules)))
    for at, learned in tape:
        while (due := engine.next_change()) is not None and due < at:
            overdue = due <= engine.now
            made = engine.advance(due)
            assert overdue or made == []
            engine.advance(engine.now + 1)
        engine.advance(at, learned)


@given(data=st.data(), rules=plans())
@whole_plans
def test_when_nothing_is_pending_only_the_calendar_wakes_the_engine(data: st.DataObject, rules: Plan) -> None:
    tape = data.draw(anything(rules))
    engine = start(rules, tape)
    list(play(engine, tape, end(tape) + 6 * HOUR))
    engine = settled(engine)
    assert engine.next_change() == min(now(rules, zone, engine.now).until for zone in rules.zones)
