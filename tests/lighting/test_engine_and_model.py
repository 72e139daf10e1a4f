"""The engine decides what an independent, slow model of the rules decides."""

from dataclasses import replace
from datetime import date
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from devices.device import DeviceId
from devices.reading import Quantity
from gateway.lighting.engine import Engine
from gateway.lighting.nights import Dates, Nights
from gateway.lighting.plan import (
    Active,
    Ahead,
    Curve,
    Dark,
    End,
    Line,
    Luminaire,
    Moment,
    Neighbour,
    PresenceRule,
    Program,
    Watch,
    Zone,
    ZoneId,
)
from tests.lighting.street import (
    COUNT,
    DUSK,
    EAST,
    HOUR,
    LED,
    MINUTE,
    MOTION,
    QUIET,
    SECOND,
    STEPS,
    WEST,
    plan,
    street,
)
from tests.lighting.test_engine import Tape, counts, gaps, placed, presences, reading, words
from tests.model import Model

LOW = tuple(replace(step, empty="P7", max=100.0) for step in STEPS)
"""Steps without a floor for the empty street, so that every level shows what the flow asks."""

DARK = Dark(Moment("clock", 19 * HOUR), Moment("clock", 5 * HOUR), "town decree")
BY_CLASS = replace(
    QUIET,
    steps=STEPS[:1],
    count=replace(
        COUNT,
        classes=((0.0, "P6"), (20.0, "P5"), (60.0, "P4")),
        curve=Curve(((0.0, 40.0), (20.0, 40.0), (20.0, 60.0), (60.0, 60.0), (60.0, 100.0))),
    ),
)
ALWAYS = Active(Moment("clock", 12 * HOUR), Moment("clock", 12 * HOUR))
NOON = DUSK - 5 * HOUR  # 2026-11-21 12:00 in Paris, where the night of the 21st begins

programs = st.sampled_from(
    [
        QUIET,
        replace(QUIET, presence=None),
        replace(QUIET, failsafe=60.0),
        replace(QUIET, steps=LOW, count=replace(COUNT, window=5 * MINUTE, hold=12 * MINUTE, confirm=3)),
        replace(QUIET, steps=LOW, count=replace(COUNT, window=10 * MINUTE, hold=MINUTE, confirm=3)),
        replace(QUIET, steps=LOW, count=replace(COUNT, window=10 * MINUTE, hold=40 * MINUTE, confirm=1)),
        replace(QUIET, dark=DARK),
        replace(QUIET, dark=DARK, presence=None, failsafe=60.0),
        replace(QUIET, steps=LOW, count=replace(COUNT, combine="sum", window=5 * MINUTE)),
        BY_CLASS,
        replace(BY_CLASS, presence=None, failsafe=60.0),
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
def evenings(draw: st.DrawFn, start: int = DUSK) -> Tape:
    """Three hours in which every sensor speaks each minute, so that nothing but people changes the light."""
    chance = Random(draw(st.integers(0, 2**32)))
    start += draw(st.integers(0, 8 * HOUR if start == DUSK else HOUR))
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


ENDS: tuple[End, ...] = ("start", "end")
NEAR = (DeviceId("near-1"), DeviceId("near-2"))
BUBBLES = st.builds(
    PresenceRule,
    st.just(100.0),
    st.sampled_from([0, 20 * SECOND, 45 * SECOND]),
    st.sampled_from([MINUTE, 10 * MINUTE]),
    st.sampled_from([Ahead(), Ahead(((1.4, 1.0), (8.0, 3.0))), Ahead(((1.0, 0.0), (5.0, 2.0), (12.0, 2.0)))]),
    st.integers(0, 2),
)


@st.composite
def neighbourhoods(draw: st.DrawFn) -> tuple[Zone, Zone]:
    """A street of five lamps, and two lamps and two sensors that touch either of its ends with either of theirs."""
    program = replace(QUIET, count=None, presence=draw(BUBBLES), failsafe=60.0, steps=LOW)
    end, at = draw(st.sampled_from(ENDS)), draw(st.sampled_from(ENDS))
    here = replace(
        street(program),
        luminaires=tuple(Luminaire(DeviceId(f"lamp-{at}"), float(at), LED) for at in (5, 30, 30.5, 60, 85)),
        watches=(Watch(MOTION[0], 0.0, 40.0, 5 * MINUTE), Watch(MOTION[1], 64.0, 80.0, 5 * MINUTE, 70.0)),
        counters=(),
        neighbours=(Neighbour(end, ZoneId("other"), at),),
    )
    there = Zone(
        ZoneId("other"),
        "Other",
        50.0,
        (Luminaire(DeviceId("other-1"), 10.0, LED), Luminaire(DeviceId("other-2"), 40.0, LED)),
        (Watch(NEAR[0], 0.0, 20.0, 5 * MINUTE), Watch(NEAR[1], 25.0, 50.0, 5 * MINUTE)),
        (),
        program,
        "P4",
        5.0,
        (Neighbour(at, here.id, end),),
    )
    return here, there


@st.composite
def strolls(draw: st.DrawFn) -> Tape:
    """People who appear here and there, some seconds apart."""
    at = DUSK + 2 * HOUR
    tape: Tape = [(at, [reading(sensor, Quantity.PRESENCE, 0, at) for sensor in (*MOTION, *NEAR)])]
    seen = st.builds(
        reading, st.sampled_from([*MOTION, *NEAR]), st.just(Quantity.PRESENCE), st.sampled_from([0.0, 1.0]), st.just(0)
    )
    for _ in range(draw(st.integers(1, 20))):
        at += draw(st.one_of(st.integers(1, 40), st.integers(1, 200))) * SECOND // 2
        tape.append((at, [placed(fact, at) for fact in draw(st.lists(seen, min_size=1, max_size=2))]))
    return tape


@given(zones=neighbourhoods(), tape=strolls(), offsets=st.lists(st.integers(0, 400), min_size=3, max_size=8))
@settings(max_examples=200, deadline=None)
def test_the_bubble_is_what_the_model_says(zones: tuple[Zone, Zone], tape: Tape, offsets: list[int]) -> None:
    rules = plan(*zones)
    engine = Engine(rules, tape[0][0] - SECOND)
    models = {zone.id: Model(rules, zone, tape) for zone in zones}
    rest = list(tape)
    for moment in sorted(tape[0][0] + offset * SECOND for offset in offsets):
        while rest and rest[0][0] <= moment:
            engine.advance(*rest.pop(0))
        engine.advance(moment + 1)
        for zone in zones:
            for lamp in zone.luminaires:
                expected = models[zone.id].level(lamp, moment)
                assert engine.standing(lamp.id).level == expected, (lamp.id, (moment - tape[0][0]) / SECOND)


def test_a_sensor_that_says_off_at_the_end_of_max_on_is_held_like_any_other() -> None:
    zone = replace(street(replace(QUIET, count=None, failsafe=60.0, steps=LOW)), counters=())
    zone = replace(zone, watches=tuple(replace(watch, expect=HOUR) for watch in zone.watches))
    at = DUSK + HOUR
    tape: Tape = [
        (at, [reading(MOTION[0], Quantity.PRESENCE, 1, at)]),
        (at + 10 * MINUTE, [reading(MOTION[0], Quantity.PRESENCE, 0, at + 10 * MINUTE)]),
    ]
    engine, model = Engine(plan(zone), DUSK), Model(plan(zone), zone, tape)
    for when, heard in tape:
        engine.advance(when, heard)
    for later, level in ((44, 100), (46, 0)):
        moment = at + 10 * MINUTE + later * SECOND
        engine.advance(moment + 1)
        assert engine.standing(zone.luminaires[0].id).level == model.level(zone.luminaires[0], moment) == level


@given(
    tape=evenings(NOON - 2 * HOUR),
    offsets=st.lists(st.integers(0, 3 * HOUR), min_size=3, max_size=8),
    tonight=programs,
)
@settings(max_examples=60, deadline=None)
def test_a_program_that_begins_at_noon_knows_all_that_was_said_before(
    tape: Tape, offsets: list[int], tonight: Program
) -> None:
    special = replace(tonight, name="tonight", active=ALWAYS)
    line = Line(Nights((Dates(date(2026, 11, 21), date(2026, 11, 21)),)), special)
    zone = replace(street(replace(QUIET, active=ALWAYS)), calendar=(line,))
    engine = Engine(plan(zone), tape[0][0] - SECOND)
    model = Model(plan(zone), zone, tape)
    rest = list(tape)
    for moment in sorted(tape[0][0] + offset for offset in offsets):
        while rest and rest[0][0] <= moment:
            engine.advance(*rest.pop(0))
        engine.advance(moment + 1)
        assert engine.zone(zone.luminaires[0].id).program(moment).name == ("tonight" if moment >= NOON else QUIET.name)
        for lamp in zone.luminaires:
            assert engine.standing(lamp.id).level == model.level(lamp, moment), (lamp.id, moment - NOON)


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
