"""Whether something grows: the line that `make bench` draws through the daemon's memory."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.endurance import SAMPLES, WARM, Sample, warm
from benchmarks.slope import STRETCHES, fit

PAGE = 4096


def _remembering(chance: random.Random, number: int, growth: float) -> list[tuple[float, float]]:
    """Values that are each much like the one before, over a way of 10, and grow by so much on the whole."""
    level, points = 0.0, []
    for at in range(number):
        level = 0.8 * level + chance.gauss(0, 30_000)
        points.append((10 * at / number, 50e6 + level + growth * at / number))
    return points


@given(st.floats(-1e6, 1e6), st.floats(0, 1e8), st.integers(STRETCHES, 500))
def test_a_straight_line_has_its_slope(slope: float, height: float, number: int) -> None:
    line = fit([(x, height + slope * x) for x in range(number)], 1.0)
    assert line.slope == pytest.approx(slope, rel=1e-6, abs=1e-4)


@given(st.floats(0, 1e9), st.integers(STRETCHES, 500))
def test_what_stays_the_same_does_not_grow(height: float, number: int) -> None:
    line = fit([(float(x), height) for x in range(number)], PAGE)
    assert line.level
    assert math.isfinite(line.uncertainty)


def test_one_page_more_is_not_growth() -> None:
    assert fit([(float(x), 50e6 + PAGE * (x > 90)) for x in range(100)], PAGE).level


def test_a_leak_of_half_a_byte_a_message_is_seen_in_ten_million_of_them() -> None:
    chance = random.Random(1)
    assert all(not fit(_remembering(chance, 200, 10 * 500_000.0), PAGE).level for _ in range(50))


def test_what_does_not_grow_is_found_to_grow_about_one_time_in_twenty_although_values_remember() -> None:
    chance = random.Random(2)
    grows = sum(not fit(_remembering(chance, 200, 0.0), PAGE).level for _ in range(1000))
    assert 25 <= grows <= 90


def test_too_few_points_are_refused_in_words() -> None:
    with pytest.raises(ValueError, match="expected 16 points at least, found 15: play more messages"):
        fit([(float(x), 1.0) for x in range(STRETCHES - 1)], PAGE)


@pytest.mark.parametrize(
    ("messages", "first"), [(10_000_000, 2_000_000), (1_600_000, WARM), (300_000, 150_000), (SAMPLES, SAMPLES // 2)]
)
def test_the_beginning_is_left_out_while_caches_fill(messages: int, first: int) -> None:
    each = messages // SAMPLES
    samples = [Sample(each * number, 0.0, 0.0, 0.0, 0) for number in range(1, SAMPLES + 1)]
    assert warm(samples)[0].messages == first + each
