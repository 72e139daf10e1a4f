"""Fades of a lamp on a pin, and how long its relay stays on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.links.shine import STEP, Fader, Switch

LEVELS = st.integers(0, 100)


def test_a_fade_is_a_straight_line_and_ends_at_its_level() -> None:
    lamp = Fader(20)
    lamp.obey(100, 10, 5)
    assert [lamp.shown(at) for at in (5, 10, 15, 20)] == [20, 60, 100, 100]
    assert lamp.following(5) == 5 + STEP
    assert lamp.following(15) is None


def test_a_new_order_begins_where_the_fade_is() -> None:
    lamp = Fader(0)
    lamp.obey(100, 10, 0)
    lamp.obey(0, 5, 5)
    assert [lamp.shown(at) for at in (5, 7.5, 10)] == [50, 25, 0]


def test_an_order_that_is_repeated_does_not_begin_its_fade_anew() -> None:
    lamp = Fader(0)
    lamp.obey(100, 10, 0)
    lamp.obey(100, 10, 5)
    assert lamp.shown(10) == 100


@given(start=LEVELS, orders=st.lists(st.tuples(LEVELS, st.floats(0, 60), st.floats(0, 60)), max_size=10))
def test_a_fade_stays_between_its_ends_and_always_arrives(start: int, orders: list[tuple[int, float, float]]) -> None:
    lamp, now = Fader(start), 0.0
    for level, ramp, wait in orders:
        before = lamp.shown(now)
        lamp.obey(level, ramp, now)
        now += wait
        assert min(before, level) - 1e-9 <= lamp.shown(now) <= max(before, level) + 1e-9
    while (following := lamp.following(now)) is not None:
        assert following > now
        now = following
    assert lamp.shown(now) == lamp.target


def test_a_relay_goes_on_at_once_and_off_when_it_was_on_for_long_enough() -> None:
    relay = Switch(lit=False, min_on=300, since=0)
    relay.obey(1, 45, 1_000)
    assert relay.shown(1_000) == 100
    relay.obey(0, 45, 1_010)
    assert [relay.shown(at) for at in (1_010, 1_299.9)] == [100, 100]
    assert relay.following(1_010) == 1_300
    assert relay.shown(1_300) == 0
    assert relay.following(1_300) is None


def test_a_relay_that_is_wanted_again_stays_on() -> None:
    relay = Switch(lit=False, min_on=300, since=0)
    relay.obey(40, 0, 0)
    relay.obey(0, 0, 10)
    relay.obey(60, 0, 200)
    assert relay.shown(10_000) == 100


@pytest.mark.parametrize("min_on", [0, 300])
@given(orders=st.lists(st.tuples(LEVELS, st.floats(0, 1_000)), max_size=30))
def test_light_is_never_delayed_and_a_relay_is_on_for_its_time(min_on: float, orders: list[tuple[int, float]]) -> None:
    relay, now, on = Switch(lit=False, min_on=min_on, since=0), 0.0, None
    for level, wait in orders:
        now += wait
        lit = relay.shown(now) > 0
        relay.obey(level, 0, now)
        if level:
            assert relay.shown(now) == 100
        on = now if relay.shown(now) and not lit else on
        if on is not None and now < on + min_on:
            assert relay.shown(now) == 100
