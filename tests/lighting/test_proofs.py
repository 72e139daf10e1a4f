"""What is known of how lamps dim decides who is dimmed: on the tape, in snapshots and across plans."""

import json
from dataclasses import replace

import pytest

from devices.device import DeviceId
from devices.reading import Quantity
from gateway.lighting.decision import Decision, Rank
from gateway.lighting.engine import Engine
from gateway.lighting.facts import Measured, Override, Proof
from gateway.lighting.plan import Dark, LampType, Moment, Plan, Zone, ZoneId
from gateway.lighting.proofs import UNPROVEN
from tests.lighting.street import DUSK, HOUR, LED, MINUTE, MOTION, QUIET, SECOND, STEPS, plan, street
from tests.lighting.test_engine import reading

NIGHT = DUSK + 2 * HOUR
ONE, OTHER = DeviceId("lamp-1"), DeviceId("lamp-2")
STREET = ZoneId("street")
CALM = replace(QUIET, count=None, steps=STEPS[:1])
EMPTY = 60
"""Per cent when nobody is there, by the floor of class P5."""
DARK = Measured(40.0, 12.0, 4.0)


def found(by: str, verdict: str, target: DeviceId | ZoneId = ONE, time: int = NIGHT) -> Proof:
    owner = "ana" if by == "lux" else ""
    return Proof(target, time, by, verdict, (DARK,), owner)  # type: ignore[arg-type] # words of the parametrization


def of_type(kind: LampType) -> Plan:
    zone = street(CALM)
    return plan(replace(zone, luminaires=tuple(replace(lamp, type=kind) for lamp in zone.luminaires)))


def dimmed(rules: Plan | None = None) -> Engine:
    """An engine at night, all sensors heard, nobody there."""
    engine = Engine(plan(street(CALM)) if rules is None else rules, NIGHT - MINUTE)
    engine.advance(NIGHT, [reading(sensor, Quantity.PRESENCE, 0, NIGHT) for sensor in MOTION])
    return engine


def level(engine: Engine, lamp: DeviceId = ONE) -> int:
    return engine.standing(lamp).level


def test_a_lamp_whose_watts_misfit_is_not_dimmed_says_why_and_no_other_lamp_moves() -> None:
    engine = dimmed()
    made = engine.advance(NIGHT + SECOND, [found("watts", "misfit")])
    (decision,) = made
    assert isinstance(decision, Decision)
    assert (decision.lamp, decision.level) == (ONE, 100)
    assert (decision.decided.rank, decision.decided.key) == (Rank.FLOOR, UNPROVEN)
    assert decision.decided.note == "it drew 4.0 W at 40 %, 12.0 expected"
    assert level(engine, OTHER) == EMPTY
    engine.advance(NIGHT + 2 * SECOND, [found("watts", "fits")])
    assert level(engine) == EMPTY


def test_by_day_a_lamp_that_is_not_dimmed_is_off() -> None:
    engine = dimmed()
    engine.advance(NIGHT + SECOND, [found("watts", "misfit")])
    engine.advance(NIGHT + 15 * HOUR)
    assert level(engine) == 0


def test_where_it_may_be_dark_by_law_it_may_be_off_too() -> None:
    dark = Dark(Moment("clock", 18 * HOUR), Moment("clock", 23 * HOUR), "decree")
    engine = dimmed(plan(street(replace(CALM, dark=dark))))
    engine.advance(NIGHT + SECOND, [found("watts", "misfit")])
    assert level(engine) == 0
    at = NIGHT + MINUTE
    engine.advance(at, [reading(MOTION[0], Quantity.PRESENCE, 1, at)])
    assert level(engine) == 100


@pytest.mark.parametrize(
    ("words", "comes_to"),
    [
        ([("watts", "misfit", ONE), ("watts", "fits", ONE)], EMPTY),
        ([("watts", "misfit", ONE), ("watts", "void", ONE)], EMPTY),
        ([("watts", "misfit", ONE), ("lux", "fits", ONE)], EMPTY),
        ([("watts", "misfit", ONE), ("lux", "fits", STREET)], 100),
        ([("lux", "misfit", STREET), ("watts", "fits", ONE)], 100),
        ([("lux", "misfit", STREET), ("lux", "fits", STREET)], EMPTY),
        ([("lux", "misfit", STREET), ("lux", "fits", ONE)], EMPTY),
        ([("watts", "fits", ONE), ("lux", "misfit", STREET)], 100),
        ([("lux", "fits", STREET), ("watts", "misfit", ONE)], 100),
        ([("watts", "misfit", DeviceId("lamp-9"))], EMPTY),
        ([("lux", "misfit", ONE), ("watts", "void", ONE)], 100),
        ([("lux", "misfit", ONE), ("watts", "misfit", ONE), ("watts", "fits", ONE)], 100),
        ([("lux", "misfit", ONE), ("watts", "misfit", ONE), ("watts", "void", ONE)], 100),
        ([("watts", "misfit", ONE), ("lux", "misfit", ONE), ("watts", "void", ONE)], 100),
        ([("watts", "misfit", ONE), ("lux", "misfit", STREET), ("lux", "fits", STREET)], 100),
        ([("watts", "misfit", ONE), ("lux", "misfit", ONE), ("lux", "fits", ONE)], EMPTY),
        ([("lux", "misfit", ONE), ("watts", "misfit", ONE), ("watts", "fits", ONE), ("lux", "fits", ONE)], EMPTY),
        ([("lux", "fits", ONE), ("watts", "misfit", ONE), ("watts", "void", ONE)], EMPTY),
    ],
)
def test_what_misfits_is_overcome_by_a_proof_of_its_kind_or_by_lux_of_the_lamp_alone(
    words: list[tuple[str, str, DeviceId | ZoneId]], comes_to: int
) -> None:
    engine = dimmed()
    for number, (by, verdict, target) in enumerate(words):
        engine.advance(NIGHT + number * SECOND, [found(by, verdict, target)])
    assert level(engine) == comes_to
    kept = engine.snapshot()
    again = Engine(engine.plan, NIGHT, replace(kept, state=json.loads(json.dumps(kept.state))))
    assert (level(again), again.proofs()) == (comes_to, engine.proofs())


def test_a_lamp_that_needs_a_proof_keeps_that_by_lux_when_its_watts_are_void() -> None:
    engine = dimmed(of_type(replace(LED, proof="required")))
    for number, (by, verdict) in enumerate([("lux", "fits"), ("watts", "misfit"), ("watts", "void")]):
        engine.advance(NIGHT + number * SECOND, [found(by, verdict)])
    assert level(engine) == EMPTY


def test_a_lamp_that_misfits_by_watts_and_by_lux_says_both() -> None:
    engine = dimmed()
    engine.advance(NIGHT + SECOND, [found("lux", "misfit"), found("watts", "misfit")])
    assert engine.standing(ONE).decided.note == (
        "4.0 lx measured at 40 %, 12.0 expected; it drew 4.0 W at 40 %, 12.0 expected"
    )


@pytest.mark.parametrize(
    ("proof", "first", "after_misfit"), [("watched", 60, 100), ("required", 100, 100), ("none", 60, 60)]
)
def test_a_type_says_whether_a_proof_is_needed(proof: str, first: int, after_misfit: int) -> None:
    engine = dimmed(of_type(replace(LED, proof=proof)))  # type: ignore[arg-type] # words of the parametrization
    assert level(engine) == first
    engine.advance(NIGHT + SECOND, [found("watts", "misfit")])
    assert level(engine) == after_misfit
    engine.advance(NIGHT + MINUTE, [found("watts", "fits")])
    assert level(engine) == EMPTY


def test_an_order_to_measure_dims_what_is_unproven_but_not_below_its_class() -> None:
    engine = dimmed(of_type(replace(LED, proof="required")))
    orders = [("o-1", 80, False, 100), ("o-2", 80, True, 80), ("o-3", 40, True, EMPTY)]
    for number, percent, proving, comes_to in orders:
        at = engine.now + SECOND
        order = Override(number, STREET, percent, at, at + HOUR, "ana", "calibrate", proving=proving)
        engine.advance(at, [order])
        assert level(engine) == comes_to


def test_a_snapshot_keeps_it_and_an_older_one_is_read() -> None:
    engine = dimmed()
    old = engine.snapshot()
    assert "proofs" not in json.dumps(old.state)
    assert level(Engine(engine.plan, NIGHT, old)) == EMPTY
    engine.advance(NIGHT + SECOND, [found("lux", "misfit", STREET)])
    kept = engine.snapshot()
    again = Engine(engine.plan, NIGHT, replace(kept, state=json.loads(json.dumps(kept.state))))
    assert again.proofs() == engine.proofs()
    assert again.decisions()[0].decided == engine.decisions()[0].decided
    at = NIGHT + MINUTE
    assert again.advance(at, [found("lux", "fits", STREET, at)]) == engine.advance(
        at, [found("lux", "fits", STREET, at)]
    )


@pytest.mark.parametrize(
    ("kind", "comes_to"),
    [
        (replace(LED, proof="required"), 100),
        (replace(LED, minimum=3.9), EMPTY),
        (replace(LED, fades=False), 100),
    ],
)
def test_what_misfits_belongs_to_the_figures_of_a_type_and_survives_other_edits(kind: LampType, comes_to: int) -> None:
    engine = dimmed()
    engine.advance(NIGHT + SECOND, [found("watts", "misfit")])
    engine.adopt(of_type(kind), NIGHT + MINUTE)
    assert level(engine) == comes_to


def test_a_lamp_that_moves_to_another_zone_takes_it_along() -> None:
    engine = dimmed()
    engine.advance(NIGHT + SECOND, [found("watts", "misfit")])
    renamed: Zone = replace(street(CALM), id=ZoneId("avenue"))
    engine.adopt(plan(renamed), NIGHT + MINUTE)
    assert level(engine) == 100
    assert set(engine.proofs()) == {ONE}
