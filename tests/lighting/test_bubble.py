"""The light bubble: walkers and cyclists go through a street, and the light goes with them."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.device import DeviceId
from devices.reading import Availability, Quantity, Reading
from gateway.lighting.decision import Rank
from gateway.lighting.engine import Engine
from gateway.lighting.plan import Ahead, Plan, Program, Watch, Zone
from tests.lighting.long_street import (
    BUBBLE,
    EKZ,
    PROGRAM,
    START,
    Trip,
    after,
    joined,
    joined_signs,
    lit,
    said,
    signs,
    street,
)
from tests.lighting.street import SECOND, plan

WALK, RIDE = 1.4, 6.0


def walk(speed: float, start: float = 0.0, end: float = 600.0, begin: float = 5.0) -> Trip:
    return [(begin, start), (begin + abs(end - start) / speed, end)]


def whereabouts(trip: Trip, seconds: float) -> float:
    (begin, start), (end, stop) = trip
    return start + (stop - start) * (seconds - begin) / (end - begin)


def note(engine: Engine, lamp: str) -> str:
    cause = engine.stack(DeviceId(lamp)).presence
    return "" if cause is None else cause.note


def test_a_walkers_own_lamp_is_lit_before_they_come_and_two_ahead_of_the_stretch() -> None:
    zone, trip = street(), walk(WALK)
    engine, tape = Engine(plan(zone), START - SECOND), signs(zone, trip)
    for seconds in range(10, 430, 5):
        bright = lit(after(engine, tape, seconds), zone)
        at = whereabouts(trip, seconds)
        near = {lamp.at for lamp in zone.luminaires if at - 15 <= lamp.at <= at + 60}
        assert near <= bright, (seconds, at)
        assert len(bright) <= 9, (seconds, at)


def test_a_cyclist_has_more_lamps_ahead_than_a_walker() -> None:
    zone = street()
    bright = {}
    for speed in (WALK, RIDE, 50 / 3.6):
        engine = Engine(plan(zone), START - SECOND)
        seconds = 5 + 250 / speed
        bright[speed] = lit(after(engine, signs(zone, walk(speed)), seconds), zone)
    # All three are at 250 m, in the stretch from 240 to 300 m.
    assert [max(lamps) for lamps in bright.values()] == [360, 420, 450]


def test_two_who_meet_each_have_light_ahead() -> None:
    zone = street()
    up, down = walk(RIDE, 0, 600), walk(RIDE, 600, 0, begin=10.0)
    engine, tape = Engine(plan(zone), START - SECOND), signs(zone, up, down)
    bright = lit(after(engine, tape, 24), zone)
    # One at 114 m towards 600 m, one at 516 m towards 0 m.
    assert {120, 150, 180, 210, 240} <= bright
    assert {510, 480, 450, 420, 390, 360} <= bright
    assert not bright & {270, 300, 330}


def test_somebody_who_appears_has_light_on_both_sides_as_nobody_knows_where_they_go() -> None:
    zone = street()
    engine = Engine(plan(zone), START - SECOND)
    after(engine, [*signs(zone), said("motion-270", Quantity.PRESENCE, 1, 10)], 11)
    assert lit(engine, zone) == {180, 210, 240, 270, 300, 330, 360}
    assert note(engine, "lamp-270") == "somebody is there"
    assert note(engine, "lamp-360") == "2 lamps from somebody near 270 m"


def test_the_reason_says_who_it_is_where_and_how_fast() -> None:
    zone = street()
    engine = Engine(plan(zone), START - SECOND)
    after(engine, signs(zone, walk(WALK)), 5 + 270 / WALK)
    assert note(engine, "lamp-270") == "somebody is there, 1.4 m/s towards 600 m, now near 270 m"
    assert note(engine, "lamp-360") == "2 lamps ahead of somebody near 270 m, 1.4 m/s towards 600 m"


def test_a_bubble_goes_over_to_the_neighbouring_zone_and_is_told_in_its_metres() -> None:
    rules = joined()
    there, here = rules.zones
    tape = sorted([*signs(there, walk(RIDE)), *signs(here)], key=lambda item: item[0])
    engine = after(Engine(rules, START - SECOND), tape, 5 + 570 / RIDE)
    # At 570 m, in the last stretch: no lamp of the street is left ahead, so that four of the place are lit.
    assert lit(engine, here) == {105, 75, 45, 15}
    assert note(engine, "place-105") == "1 lamp ahead of somebody near 570 m of street, 6.0 m/s towards 0 m"


def test_speed_is_known_over_the_border() -> None:
    rules = joined()
    there, here = rules.zones
    ride: Trip = walk(RIDE)
    on: Trip = [(ride[1][0], 120.0), (ride[1][0] + 20.0, 0.0)]
    tape = sorted([*signs(there, ride), *signs(here, on)], key=lambda item: item[0])
    engine = after(Engine(rules, START - SECOND), tape, ride[1][0] + 2)
    assert lit(engine, here) == {105, 75, 45, 15}
    assert "6.0 m/s towards 0 m" in note(engine, "place-105")
    assert lit(engine, there) >= {540, 570}


def test_a_neighbours_sensor_makes_no_lamp_watched_and_its_silence_no_lamp_failsafe() -> None:
    rules = joined()
    there, here = rules.zones
    engine = Engine(rules, START - SECOND)
    after(engine, sorted([*signs(there), *signs(here)], key=lambda item: item[0]), 1)
    engine.advance(START + 2 * SECOND, [Availability(DeviceId("motion-570"), online=False, time=START)])
    assert engine.standing(DeviceId("lamp-570")).decided.rank is Rank.FAILSAFE
    assert all(engine.standing(lamp.id).decided.rank is not Rank.FAILSAFE for lamp in here.luminaires)
    assert not engine.believed(DeviceId("motion-570"))
    assert engine.believed(DeviceId("motion-510"))


def test_a_dead_sensor_in_the_middle_is_failsafe_there_and_hides_no_speed() -> None:
    zone, trip = street(), walk(RIDE)
    engine = Engine(plan(zone), START - SECOND)
    dead = DeviceId("motion-270")
    tape = [item for item in signs(zone, trip) if item[1].device != dead]
    after(engine, tape, 1)
    blind = [lamp.at for lamp in zone.luminaires if engine.standing(lamp.id).decided.rank is Rank.FAILSAFE]
    assert blind == [270]
    after(engine, tape, 5 + 310 / RIDE)
    assert {300, 330, 360, 390, 420, 450} <= lit(engine, zone)


def test_after_the_last_sign_and_the_hold_nobody_is_lit_for() -> None:
    zone, trip = street(), walk(WALK, 0, 100)
    engine, tape = Engine(plan(zone), START - SECOND), signs(zone, trip)
    end = trip[1][0]
    assert lit(after(engine, tape, end + 19.9), zone)
    assert not lit(after(engine, tape, end + 20.1), zone)


def radar(faces: str = "end") -> Zone:
    zone = street()
    watch = Watch(DeviceId("radar"), 297.0, 309.0, None, 303.0, "end" if faces == "end" else "start")
    return replace(zone, watches=(*zone.watches, watch))


@pytest.mark.parametrize(
    ("faces", "channel", "bright"),
    [
        ("end", "out", {270, 300, 330, 360}),
        ("start", "in", {270, 300, 330, 360}),
        ("end", "in", {330, 300, 270, 240}),
        ("start", "out", {330, 300, 270, 240}),
    ],
)
def test_a_way_that_is_measured_lights_ahead_and_behind_alone(faces: str, channel: str, bright: set[float]) -> None:
    zone = radar(faces)
    engine = Engine(plan(zone), START - SECOND)
    after(engine, [*signs(zone), said("radar", Quantity.PEDESTRIANS, 1, 5, channel)], 6)
    assert lit(engine, zone) == bright


@pytest.mark.parametrize(("speed", "most", "least"), [(6.0, 420, 240), (-6.0, 360, 180), (0.1, 360, 240)])
def test_a_speed_that_a_radar_says_lights_farther_ahead(speed: float, most: float, least: float) -> None:
    zone = radar()
    engine = Engine(plan(zone), START - SECOND)
    heard = [*signs(zone), said("radar", Quantity.OCCUPANCY, 1, 5), said("radar", Quantity.SPEED, speed, 5)]
    bright = lit(after(engine, heard, 6), zone)
    assert (max(bright), min(bright)) == (most, least)


def test_a_sensor_whose_stretch_has_no_lamp_lights_the_nearest() -> None:
    zone = radar()
    narrow = replace(zone, watches=(*zone.watches[:-1], Watch(DeviceId("radar"), 303.0, 309.0, None)))
    engine = Engine(plan(narrow), START - SECOND)
    after(engine, [*signs(zone), said("radar", Quantity.OCCUPANCY, 1, 5)], 6)
    assert lit(engine, narrow) == {240, 270, 300, 330, 360}


def test_without_ahead_and_behind_only_the_stretch_is_lit() -> None:
    bare = replace(BUBBLE, ahead=Ahead(), behind=0)
    zone = street(replace(PROGRAM, presence=bare))
    engine = Engine(plan(zone), START - SECOND)
    after(engine, signs(zone, walk(WALK)), 5 + 270 / WALK)
    assert lit(engine, zone) == {240, 270, 300}


@pytest.mark.parametrize(
    ("speed", "lamps"), [(None, 2), (0.5, 2), (1.4, 2), (1.5, 3), (5.0, 3), (50 / 3.6, 5), (30.0, 5)]
)
def test_lamps_ahead_go_with_speed_in_proportion_rounded_up(speed: float | None, lamps: int) -> None:
    assert EKZ.lamps(speed) == lamps


# --------------------------------------------------------------------------------------------- what always holds
trips = st.builds(
    lambda speed, ends, begin: walk(speed, ends[0], ends[1], begin),
    st.floats(0.5, 15.0),
    st.tuples(st.integers(0, 20), st.integers(0, 20))
    .filter(lambda ends: ends[0] != ends[1])
    .map(lambda ends: (30.0 * ends[0], 30.0 * ends[1])),
    st.floats(1.0, 120.0),
)
CONSTANT = replace(PROGRAM, presence=replace(BUBBLE, ahead=Ahead(((1.4, 2.0),)), behind=3))
AT = (15.0, 40.0, 77.0, 130.0, 260.0)


def levels(rules: Plan, tape: list[tuple[int, Reading]]) -> list[list[int]]:
    engine = Engine(rules, START - SECOND)
    return [[item.level for item in after(engine, tape, at).decisions()] for at in AT]


def brighter(more: list[list[int]], less: list[list[int]]) -> bool:
    return all(a >= b for row, other in zip(more, less, strict=True) for a, b in zip(row, other, strict=True))


@given(some=st.lists(trips, max_size=3), another=trips)
@settings(max_examples=60, deadline=None)
def test_more_people_never_mean_less_light(some: list[Trip], another: Trip) -> None:
    """With as many lamps ahead at any speed: a sensor says nothing of who comes while somebody is there already."""
    rules = joined(CONSTANT)
    fewer, more = joined_signs(rules, *some), joined_signs(rules, *some, another)
    assert brighter(levels(rules, more), levels(rules, fewer))


@given(some=st.lists(trips, max_size=3))
@settings(max_examples=60, deadline=None)
def test_what_is_known_of_speed_and_way_only_adds_light(some: list[Trip]) -> None:
    def program(ahead: Ahead) -> Program:
        return replace(PROGRAM, presence=replace(BUBBLE, ahead=ahead))

    tape = joined_signs(joined(), *some)
    walkers = levels(joined(program(Ahead(((1.4, 2.0),)))), tape)
    assert brighter(levels(joined(program(EKZ)), tape), walkers)


@given(some=st.lists(trips, min_size=1, max_size=3), cut=st.integers(1, 200))
@settings(max_examples=40, deadline=None)
def test_a_snapshot_in_the_middle_of_a_walk_changes_nothing(some: list[Trip], cut: int) -> None:
    rules = joined()
    tape = joined_signs(rules, *some)
    whole, first = Engine(rules, START - SECOND), Engine(rules, START - SECOND)
    after(first, tape, cut)
    second = Engine(rules, first.now, first.snapshot())
    for engine in (second, after(whole, tape, cut)):
        after(engine, tape, 300)
    assert second.snapshot() == whole.snapshot()
