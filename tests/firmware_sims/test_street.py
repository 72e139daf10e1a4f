"""The walkers of a simulated street."""

from datetime import UTC, datetime
from itertools import pairwise
from random import Random
from statistics import mean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sims.profile import auckland, quiet_street, steady
from firmware_sims.sighting import changes, sightings
from firmware_sims.street import HOUR, Street, exactly, poisson
from gateway.clock import SECOND

START = int(datetime(2026, 11, 21, 20, tzinfo=UTC).timestamp()) * SECOND
LENGTH = 600.0
NIGHT = 4 * HOUR


def a_street(people: float = 60.0, seed: int = 1, doors: float = 0.0) -> Street:
    return Street(LENGTH, steady(people), "Europe/Paris", seed=seed, start=START, doors=doors)


positions = st.floats(0.0, LENGTH)
seeds = st.integers(0, 50)


@settings(max_examples=30, deadline=None)
@given(seeds, positions, positions)
def test_without_doors_each_walker_passes_each_position_exactly_once(seed: int, here: float, there: float) -> None:
    street = a_street(seed=seed)
    until = START + NIGHT
    entered = [stay for stay in street.stays(0.0, LENGTH, START - 1, until) if stay.leave <= until]
    for position in (here, there, 0.0, LENGTH):
        times = [stay.walker.passes(position) for stay in entered]
        assert all(
            time is not None and stay.enter <= time <= stay.leave for time, stay in zip(times, entered, strict=True)
        )
        passed = street.passages(position, START - 1, until)
        assert len(passed) >= len(entered)
        assert {time for time, _ in passed} >= set(times)


@settings(max_examples=30, deadline=None)
@given(seeds, positions, st.lists(st.integers(0, NIGHT), min_size=1, max_size=6))
def test_passages_of_disjoint_intervals_add_up(seed: int, position: float, cuts: list[int]) -> None:
    street = a_street(seed=seed, doors=0.3)
    edges = [START - 1, *(START + cut for cut in sorted(cuts)), START + NIGHT]
    parts = [passage for after, until in pairwise(edges) for passage in street.passages(position, after, until)]
    assert parts == street.passages(position, START - 1, START + NIGHT)


def test_the_same_seed_makes_the_same_walkers_in_whatever_order_they_are_asked_for() -> None:
    late_first, early_first = a_street(), a_street()
    late = late_first.passages(300.0, START + 2 * HOUR, START + 3 * HOUR)
    early_first.passages(300.0, START, START + HOUR)
    assert late == early_first.passages(300.0, START + 2 * HOUR, START + 3 * HOUR)
    assert late != a_street(seed=2).passages(300.0, START + 2 * HOUR, START + 3 * HOUR)


def test_forgotten_hours_are_drawn_again_the_same() -> None:
    street = a_street()
    first = street.passages(300.0, START, START + HOUR)
    street.passages(300.0, START, START + 40 * HOUR)
    assert street.passages(300.0, START, START + HOUR) == first


def test_people_walk_at_about_1_4_metres_a_second_in_both_directions() -> None:
    stays = a_street(people=1000.0).stays(0.0, LENGTH, START, START + NIGHT)
    assert mean(stay.walker.speed for stay in stays) == pytest.approx(1.4, abs=0.02)
    assert mean(stay.walker.direction for stay in stays) == pytest.approx(0.0, abs=0.1)


def test_about_as_many_people_come_as_the_profile_expects() -> None:
    arrived = a_street(people=500.0).stays(0.0, LENGTH, START, START + NIGHT)
    assert len(arrived) == pytest.approx(2000, abs=150)


def test_real_counts_can_be_played_again_exactly() -> None:
    week = auckland()["150 K Road"]
    street = Street(1.0, week, "Pacific/Auckland", seed=1, start=0, arrive=exactly)
    noon = int(datetime(2025, 11, 19, 23, tzinfo=UTC).timestamp()) * SECOND  # Thursday noon in Auckland
    entered = [stay for stay in street.stays(0.0, 1.0, noon - 1, noon + HOUR - 1) if stay.enter >= noon]
    assert len(entered) == 367


def test_nobody_enters_before_the_start() -> None:
    assert a_street(people=1000.0).passages(0.0, START - HOUR, START - 1) == []


def test_an_empty_profile_makes_an_empty_street() -> None:
    assert a_street(people=0.0).passages(300.0, START, START + 24 * HOUR) == []


def test_whoever_is_near_is_where_they_are_said_to_be() -> None:
    street = a_street(people=1000.0)
    at = START + HOUR
    everybody = street.present(at)
    assert everybody
    assert all(0.0 <= somebody.position <= LENGTH for somebody in everybody)
    near = street.near(100.0, 200.0, at)
    assert sorted(near) == sorted(somebody for somebody in everybody if 100.0 <= somebody.position <= 200.0)


def test_with_doors_some_do_not_pass_the_middle_of_the_street() -> None:
    street = a_street(people=1000.0, doors=0.3)
    everybody = street.stays(0.0, LENGTH, START, START + HOUR)
    stopped_short = [stay for stay in everybody if stay.walker.passes(LENGTH / 2) is None]
    assert 0.05 < len(stopped_short) / len(everybody) < 0.3


@settings(max_examples=20, deadline=None)
@given(seeds, positions, st.integers(0, NIGHT))
def test_between_two_changes_a_section_is_as_the_last_one_said(seed: int, middle: float, offset: int) -> None:
    street = a_street(people=200.0, seed=seed)
    low, high = middle - 15.0, middle + 15.0
    at = START + offset
    before = [present for time, present in changes(street, low, high, START, at) if time < at]
    now = bool(street.near(low, high, at))
    changed_now = [time for time, _ in changes(street, low, high, at - 1, at)]
    assert changed_now or now == (before[-1] if before else bool(street.near(low, high, START)))


def test_a_presence_sensor_alternates_and_is_never_silent_for_longer_than_it_may() -> None:
    repeat = 150 * SECOND
    said = []
    for time, present in sightings(a_street(people=20.0), 100.0, 130.0, START, repeat):
        if time > START + NIGHT:
            break
        said.append((time, present))
    assert said[0][0] == START
    gaps = [later - earlier for (earlier, _), (later, _) in pairwise(said)]
    assert all(0 < gap <= repeat for gap in gaps)
    changed = [now for then, now in pairwise(said) if now[1] != then[1]]
    assert changed == changes(a_street(people=20.0), 100.0, 130.0, START, said[-1][0])


def test_arrivals_lie_within_the_hour_and_rise() -> None:
    for arrive in (poisson, exactly):
        moments = arrive(Random(1), 200.0)
        assert moments == sorted(moments)
        assert all(0.0 <= moment < 1.0 for moment in moments)


def test_the_shipped_week_has_quiet_nights_and_the_demo_street_is_quieter_still() -> None:
    weeks = auckland()
    assert len(weeks) == 6
    assert min(weeks, key=lambda sensor: sum(weeks[sensor].people)) == "1 Courthouse Lane"
    assert quiet_street().evening() == pytest.approx(18.0)
    assert weeks["45 Queen Street"].at(datetime(2025, 11, 17, 0, 30, tzinfo=UTC)) == 41


def test_a_profile_that_is_no_week_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="expected people from 0, found -1"):
        steady(-1.0)
