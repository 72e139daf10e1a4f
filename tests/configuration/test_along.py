"""Metres along a street from the coordinates of its lamps: straight, L-shaped and curved, on one side and on both."""

from collections.abc import Callable
from math import cos, degrees, radians, sin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.configuration.inventory.along import EARTH, Point, along

Way = Callable[[float, float], tuple[float, float]]


def straight(metres: float, beside: float) -> tuple[float, float]:
    return metres, beside


def l_shaped(metres: float, beside: float) -> tuple[float, float]:
    return (metres, beside) if metres <= 300 else (300 - beside, metres - 300)


def curved(metres: float, beside: float) -> tuple[float, float]:
    """An arc of 120 m radius: 300 m of it turn by more than a quarter."""
    return (120 - beside) * sin(metres / 120), 120 - (120 - beside) * cos(metres / 120)


def lamps(way: Way, places: list[tuple[float, float]], turned: float = 0.6) -> list[Point]:
    flat = (way(*place) for place in places)
    return [
        Point(x * cos(turned) - y * sin(turned) + 840_000, x * sin(turned) + y * cos(turned) + 6_630_000)
        for x, y in flat
    ]


def one_side(every: float, count: int) -> list[tuple[float, float]]:
    return [(every * number, 0.0) for number in range(count)]


def facing(every: float, count: int) -> list[tuple[float, float]]:
    return [(every * (number // 2), 4.0 if number % 2 else -4.0) for number in range(count)]


def staggered(every: float, count: int) -> list[tuple[float, float]]:
    return [(every * number, 4.0 if number % 2 else -4.0) for number in range(count)]


@pytest.mark.parametrize("turned", [0.0, 0.6, 1.5708, 2.5, -2.0])
@pytest.mark.parametrize("places", [one_side(30, 21), facing(30, 40), staggered(15, 40)], ids=["one", "facing", "both"])
def test_a_straight_street_is_exact_however_its_lamps_stand(places: list[tuple[float, float]], turned: float) -> None:
    found = along(lamps(straight, places, turned))
    assert found.metres == pytest.approx([metres for metres, _ in places], abs=0.05)


def test_an_l_shaped_street_is_measured_round_its_corner() -> None:
    places = one_side(30, 21)
    found = along(lamps(l_shaped, places))
    assert found.metres == pytest.approx([metres for metres, _ in places], abs=0.01)


def test_a_corner_without_a_lamp_is_cut_by_no_more_than_the_two_beside_it() -> None:
    places = one_side(28, 21)
    found = along(lamps(l_shaped, places))
    assert found.metres == pytest.approx([metres for metres, _ in places], abs=28 * (2 - 2**0.5))


@pytest.mark.parametrize(
    ("places", "error"),
    [(one_side(25, 13), 0.01), (facing(25, 26), 0.01), (staggered(15, 21), 0.02)],
    ids=["one", "facing", "both"],
)
def test_a_curved_street_is_measured_along_its_bend(places: list[tuple[float, float]], error: float) -> None:
    found = along(lamps(curved, places))
    assert found.metres == pytest.approx([metres for metres, _ in places], abs=error * 300)
    assert max(found.beside) < 6


def test_a_list_out_of_order_gives_the_same_places_from_the_end_where_it_mostly_begins() -> None:
    places = one_side(30, 12)
    mixed = [*places[3:6], *places[:3], *places[6:]]
    assert along(lamps(curved, mixed)).metres == pytest.approx([m for m, _ in mixed], abs=1.5)
    backwards = along(lamps(straight, places[::-1]))
    assert backwards.metres == pytest.approx([m for m, _ in places], abs=0.01)


def test_degrees_are_metres_as_they_are_on_the_earth() -> None:
    steps = [(30 * number * cos(0.8), 30 * number * sin(0.8)) for number in range(20)]
    points = [
        Point.of_degrees(46.78 + degrees(north / EARTH), 4.85 + degrees(east / EARTH / cos(radians(46.78))))
        for east, north in steps
    ]
    assert along(points).metres == pytest.approx([30 * number for number in range(20)], abs=0.1)


def test_a_lamp_of_another_street_is_seen_beside_the_line() -> None:
    found = along(lamps(straight, [*one_side(30, 10), (150.0, 80.0)]))
    assert found.beside[-1] == pytest.approx(80, abs=10)
    assert max(found.beside[:-1]) < 15


@given(st.lists(st.tuples(st.floats(-500, 500), st.floats(-500, 500)), min_size=1, max_size=30))
def test_whatever_stands_where_it_begins_at_0_and_is_no_longer_than_a_way_through_all(
    places: list[tuple[float, float]],
) -> None:
    found = along([Point(x, y) for x, y in places])
    assert len(found.metres) == len(places)
    assert min(found.metres) == 0
    assert max(found.metres) <= 1500 * len(places)


@given(st.integers(0, 6), st.floats(-3.1, 3.1))
def test_it_does_not_matter_how_a_street_lies_on_the_map(first: int, turned: float) -> None:
    places = one_side(25, 12 + first)
    here, there = (along(lamps(curved, places, angle)).metres for angle in (0.0, turned))
    assert here == pytest.approx(there, abs=1e-3)
