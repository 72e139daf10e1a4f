"""The engine decides what an independent, slow model of the rules decides."""

from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from devices.reading import Quantity
from gateway.lighting.engine import Engine
from gateway.lighting.plan import Program
from tests.lighting.street import COUNT, DUSK, EAST, HOUR, MINUTE, MOTION, QUIET, SECOND, STEPS, WEST, plan, street
from tests.lighting.test_engine import Tape, counts, gaps, placed, presences, reading, words
from tests.model import Model

LOW = tuple(replace(step, empty="P7", max=100.0) for step in STEPS)
"""Steps without a floor for the empty street, so that every level shows what the flow asks."""

programs = st.sampled_from(
    [
        QUIET,
        replace(QUIET, presence=None),
        replace(QUIET, failsafe=60.0),
        replace(QUIET, steps=LOW, count=replace(COUNT, window=5 * MINUTE, hold=12 * MINUTE, confirm=3)),
        replace(QUIET, steps=LOW, count=replace(COUNT, window=10 * MINUTE, hold=MINUTE, confirm=3)),
        replace(QUIET, steps=LOW, count=replace(COUNT, window=10 * MINUTE, hold=40 * MINUTE, confirm=1)),
    ]
)


@st.composite
def tapes(draw: st.DrawFn) -> Tape:
    at = DUSK + draw(st.integers(-1 * HOUR, 10 * HOUR))
    tape: Tape = []
    for _ in range(draw(st.integers(1, 30))):
        at += draw(gaps)
        heard = draw(st.lists(st.one_of(counts, counts, presences, words), min_size=1, max_size=2))
        tape.append((at, [placed(fact, at) for fact in heard]))
    return tape


def few(chance: Random) -> int:
    """Mostly nobody, now and then somebody, rarely a group."""
    return chance.choice([1, 1, 2, 6]) if chance.random() < 0.06 else 0


@st.composite
def evenings(draw: st.DrawFn) -> Tape:
    """Three hours in which every sensor speaks each minute, so that nothing but people changes the light."""
    chance = Random(draw(st.integers(0, 2**32)))
    start = DUSK + draw(st.integers(0, 8 * HOUR))
    tape: Tape = []
    for minute in range(180):
        at = start + minute * MINUTE + chance.randrange(MINUTE)
        alive = [reading(sensor, Quantity.PRESENCE, 0, at) for sensor in MOTION]
        people = [reading(sensor, Quantity.PEDESTRIANS, few(chance), at, MINUTE) for sensor in (WEST, EAST)]
        tape.append((at, [*alive, *people]))
    return tape


@given(
    program=programs,
    tape=st.one_of(tapes(), evenings()),
    offsets=st.lists(st.integers(0, 3 * HOUR), min_size=3, max_size=8),
)
@settings(max_examples=300, deadline=None)
def test_every_level_is_what_the_model_says(program: Program, tape: Tape, offsets: list[int]) -> None:
    zone = street(replace(program))
    rules = plan(zone)
    if program.presence is None:
        zone = replace(zone, watches=())
        rules = plan(zone)
    engine = Engine(rules, tape[0][0] - SECOND)
    model = Model(rules, zone, tape)
    rest = list(tape)
    for moment in sorted(tape[0][0] + offset for offset in offsets):
        while rest and rest[0][0] <= moment:
            engine.advance(*rest.pop(0))
        engine.advance(moment + 1)
        for lamp in zone.luminaires:
            assert engine.standing(lamp.id).level == model.level(lamp, moment), (lamp.id, moment - DUSK)


def test_a_flow_that_still_stood_when_the_hold_began_is_held_to_its_end() -> None:
    """Sixty people in the first minute: their sliding window is full until minute 11, and so held until minute 51."""
    rule = replace(COUNT, window=10 * MINUTE, hold=40 * MINUTE, confirm=1)
    zone = replace(street(replace(QUIET, steps=LOW, count=rule, presence=None)), watches=())
    engine = Engine(plan(zone), DUSK)
    levels = {}
    for minute in range(1, 75):
        at = DUSK + HOUR + minute * MINUTE
        people = 60 if minute == 1 else 0
        engine.advance(at, [reading(WEST, Quantity.PEDESTRIANS, people, at, MINUTE)])
        engine.advance(at + 1)
        levels[minute] = engine.standing(zone.luminaires[0].id).level
    assert levels[50] == 100
    assert levels[60] == 40
