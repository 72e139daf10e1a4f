"""A simulated lamp: fades, power, energy, and what it does alone."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sims.lamp import Lamp, LampType, Order, understand
from gateway.clock import SECOND

HOUR = 3600 * SECOND
LED = LampType(full=28.0, dimmed=4.0, lowest=10.0, standby=0.5)
PATIENCE = 180 * SECOND
levels = st.integers(0, 10_000).map(lambda hundredths: hundredths / 100)


def order(level: float, ramp: int = 0, name: str = "c-1", valid_for: int = PATIENCE) -> Order:
    return Order(name, level, ramp, valid_for)


def test_a_lamp_fades_in_a_straight_line_from_where_it_is() -> None:
    lamp = Lamp(LED, 0)
    lamp.follow(order(80, 10 * SECOND))
    lamp.advance(5 * SECOND)
    assert (lamp.level, lamp.fading) == (40.0, True)
    lamp.follow(order(20, 10 * SECOND, "c-2"))
    lamp.advance(10 * SECOND)
    assert lamp.level == 30.0
    lamp.advance(15 * SECOND)
    assert (lamp.level, lamp.fading, lamp.order_id) == (20.0, False, "c-2")


def test_an_order_that_is_sent_again_does_not_begin_the_fade_anew() -> None:
    lamp = Lamp(LED, 0)
    lamp.follow(order(80, 40 * SECOND))
    lamp.advance(20 * SECOND)
    lamp.follow(order(80, 40 * SECOND))
    lamp.advance(40 * SECOND)
    assert lamp.level == 80.0


def test_a_lamp_that_hears_no_order_for_as_long_as_the_last_was_valid_takes_its_failure_level() -> None:
    lamp = Lamp(LED, 0, failure_level=70.0, failure_ramp=10 * SECOND)
    lamp.follow(order(20))
    lamp.advance(PATIENCE - 1)
    assert (lamp.level, lamp.order_id) == (20.0, "c-1")
    lamp.advance(PATIENCE + 5 * SECOND)
    assert (lamp.level, lamp.order_id, lamp.target) == (45.0, "", 70.0)
    lamp.advance(10 * HOUR)
    assert lamp.level == 70.0
    lamp.follow(order(0, 0, "c-9"))
    assert (lamp.level, lamp.order_id) == (0.0, "c-9")


def test_an_order_that_is_sent_again_in_time_keeps_the_lamp_from_its_failure_level() -> None:
    lamp = Lamp(LED, 0)
    for minute in range(60):
        lamp.advance(minute * 60 * SECOND)
        lamp.follow(order(20))
    assert lamp.level == 20.0


def test_a_lamp_that_never_hears_anything_lights_itself() -> None:
    lamp = Lamp(LED, 0, failure_level=100.0, patience=PATIENCE)
    assert lamp.next_change() == PATIENCE
    lamp.advance(HOUR)
    assert lamp.level == 100.0


@pytest.mark.parametrize(("level", "watts"), [(0, 0.5), (5, 4.0), (10, 4.0), (55, 16.0), (100, 28.0)])
def test_power_follows_the_level_in_a_straight_line_above_the_lowest(level: float, watts: float) -> None:
    assert LED.power(level) == pytest.approx(watts)


@given(levels, levels)
def test_energy_of_a_fade_is_what_small_steps_add_up_to(start: float, end: float) -> None:
    steps = 2000
    power = [LED.power(start + (end - start) * (step + 0.5) / steps) for step in range(steps)]
    assert LED.energy(start, end, HOUR) == pytest.approx(sum(power) / steps, abs=0.02)


@given(st.lists(st.integers(0, HOUR), max_size=10))
def test_however_often_it_is_read_the_meter_shows_the_same(looks: list[int]) -> None:
    once, often = Lamp(LED, 0), Lamp(LED, 0)
    for lamp in (once, often):
        lamp.follow(order(60, 600 * SECOND, valid_for=1200 * SECOND))
    for look in sorted(looks):
        often.advance(look)
    often.advance(HOUR)
    once.advance(HOUR)
    assert often.energy == pytest.approx(once.energy)
    assert often.level == once.level


def test_always_on_counts_full_power_while_the_lamp_is_to_be_lit_and_standby_otherwise() -> None:
    lamp = Lamp(LED, 0)
    lamp.follow(order(40, valid_for=10 * HOUR))
    lamp.advance(HOUR)
    assert (lamp.energy, lamp.always_on) == pytest.approx((12.0, 28.0))
    lamp.follow(order(0, valid_for=10 * HOUR))
    lamp.advance(2 * HOUR)
    assert (lamp.energy, lamp.always_on) == pytest.approx((12.5, 28.5))


def test_an_order_as_the_native_page_has_it_is_understood() -> None:
    payload = b'{"v": 1, "id": "c-1295", "level": 64, "ramp": 2.0, "valid_for": 180}'
    assert understand(payload) == Order("c-1295", 64.0, 2 * SECOND, 180 * SECOND)


GOOD = {"v": 1, "id": "c-1", "level": 64, "ramp": 2.0, "valid_for": 180}


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff\xfe",
        b"64",
        *(
            json.dumps(GOOD | wrong).encode()
            for wrong in (
                {"v": 2},
                {"id": 7},
                {"level": 101},
                {"level": -1},
                {"level": "64"},
                {"level": True},
                {"level": float("nan")},
                {"level": None},
                {"ramp": -1},
                {"valid_for": 0},
            )
        ),
    ],
)
def test_an_order_that_is_none_is_not_followed(payload: bytes) -> None:
    assert understand(payload) is None
