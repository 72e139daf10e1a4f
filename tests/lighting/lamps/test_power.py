"""Watts of a level and watt-hours of a night: exact along ramps, whatever the curve."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.lighting.lamps.power import Held, watt_hours, watts
from gateway.lighting.plan import LampType
from tests.lighting.street import HOUR, LED, MINUTE, SECOND

CURVED = LampType(28.0, 4.0, 10.0, 0.5, curve=((10.0, 4.0), (50.0, 13.0), (100.0, 28.0)))


@pytest.mark.parametrize(
    ("kind", "level", "power"),
    [
        (LED, 0, 0.5),
        (LED, 1, 4.0),
        (LED, 10, 4.0),
        (LED, 55, 16.0),
        (LED, 100, 28.0),
        (CURVED, 0, 0.5),
        (CURVED, 5, 4.0),
        (CURVED, 30, 8.5),
        (CURVED, 50, 13.0),
        (CURVED, 75, 20.5),
        (CURVED, 100, 28.0),
    ],
)
def test_power_is_standby_then_straight_lines(kind: LampType, level: float, power: float) -> None:
    assert watts(kind, level) == pytest.approx(power)


@given(st.sampled_from([LED, CURVED]), st.lists(st.floats(0, 100), min_size=2))
def test_more_light_never_draws_less(kind: LampType, levels: list[float]) -> None:
    drawn = [watts(kind, level) for level in sorted(levels)]
    assert all(less <= more + 1e-9 for less, more in pairwise(drawn))


def test_an_hour_at_one_level_and_standby() -> None:
    assert watt_hours(LED, [Held(0, 100.0), Held(HOUR, 0.0)], 3 * HOUR) == pytest.approx(28.0 + 2 * 0.5)


def test_along_a_ramp_power_is_summed_exactly() -> None:
    told = [Held(0, 10.0), Held(0, 100.0, ramp=HOUR)]
    assert watt_hours(LED, told, HOUR) == pytest.approx(16.0)
    assert watt_hours(CURVED, told, HOUR) == pytest.approx((40 * 8.5 + 50 * 20.5) / 90)


def test_a_ramp_that_is_cut_short_goes_on_from_where_it_was() -> None:
    told = [Held(0, 10.0), Held(0, 100.0, ramp=2 * HOUR), Held(HOUR, 55.0)]
    assert watt_hours(LED, told, 2 * HOUR) == pytest.approx((4.0 + 16.0) / 2 + 16.0)


@given(
    st.sampled_from([LED, CURVED]),
    st.lists(st.tuples(st.integers(0, HOUR), st.integers(0, 100), st.integers(0, 20 * MINUTE)), min_size=1, max_size=6),
)
def test_it_agrees_with_a_sum_of_small_pieces(kind: LampType, words: list[tuple[int, int, int]]) -> None:
    told = [Held(at, float(level), ramp) for at, level, ramp in sorted(words)]
    exact = watt_hours(kind, told, HOUR)
    level, begun, joules = told[0].level, told[0].at, 0.0
    start, word, rest = level, told[0], list(told[1:])
    for now in range(begun // SECOND * SECOND, HOUR, SECOND):
        while rest and rest[0].at <= now:
            following = rest.pop(0)
            start, word = _level(start, word, following.at), following
        joules += watts(kind, _level(start, word, now + SECOND // 2))
    assert exact == pytest.approx(joules / 3600, abs=0.35)


def _level(start: float, word: Held, at: int) -> float:
    if at < word.at:
        return start
    if at >= word.at + word.ramp:
        return word.level
    return start + (word.level - start) * (at - word.at) / word.ramp
