"""What running totals come to, held against the people who really walked by."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.convention import Numbered
from devices.device import DeviceId
from devices.reading import Quality, Quantity, Reading
from devices.totals import Standing, Step, Total, advance, count, packed, set_back, unpacked

SECOND = 1_000_000_000
WEST = DeviceId("counter-west")
RESET = Quality.ESTIMATED | Quality.RESET
WRAP = Quality.ESTIMATED | Quality.WRAP


def steps(*said: Total, wraps_at: float | None = None) -> list[tuple[float | None, Quality]]:
    """What each total of a series comes to."""
    standing, found = None, []
    for total in said:
        step = advance(standing, total, wraps_at)
        standing = step.standing
        found.append((step.increment, step.mark))
    return found


def last(*said: Total, wraps_at: float | None = None) -> tuple[float | None, Quality]:
    return steps(*said, wraps_at=wraps_at)[-1]


def test_the_first_total_is_where_counting_begins_and_each_later_one_adds_what_came_since() -> None:
    assert steps(Total(1000, 1), Total(1003, 2), Total(1003, 3)) == [
        (None, Quality.GOOD),
        (3, Quality.GOOD),
        (0, Quality.GOOD),
    ]


def test_a_new_boot_that_begins_at_0_is_a_reset_and_one_that_goes_on_is_none() -> None:
    assert last(Total(1000, 1, "a", 7), Total(4, 2, "b", 0)) == (4, RESET)
    assert last(Total(1000, 1, "a", 7), Total(1004, 2, "b", 0)) == (4, Quality.GOOD)


def test_a_counter_that_is_set_back_without_a_restart_is_a_reset_too() -> None:
    assert last(Total(1000, 1, "a", 7), Total(4, 2, "a", 8)) == (4, RESET)
    assert last(Total(1000, 1), Total(4, 2)) == (4, RESET)


def test_a_total_read_back_from_an_older_save_adds_nobody_and_counting_goes_on_from_there() -> None:
    assert steps(Total(1000, 1, "a", 7), Total(995, 2, "b", 0), Total(997, 3, "b", 1))[1:] == [
        (0, RESET),
        (2, Quality.GOOD),
    ]


@pytest.mark.parametrize("width", [2**16, 2**24, 2**31, 2**32])
def test_a_total_that_falls_from_near_its_width_to_near_0_went_round(width: int) -> None:
    assert last(Total(width - 6, 1), Total(4, 2)) == (10, WRAP)
    assert last(Total(width - 6, 1, "a", 0), Total(4, 2, "a", 1)) == (10, WRAP)
    assert last(Total(width - 6, 1, "a", 0), Total(4, 2, "b", 0)) == (4, RESET)
    assert last(Total(width - width // 10, 1), Total(4, 2)) == (4, RESET)


def test_a_width_that_was_declared_is_the_only_one() -> None:
    assert last(Total(999_998, 1), Total(3, 2)) == (3, RESET)
    assert last(Total(999_998, 1), Total(3, 2), wraps_at=1_000_000) == (5, WRAP)
    assert last(Total(2**16 - 1, 1), Total(3, 2), wraps_at=1_000_000) == (3, RESET)


def test_what_comes_late_or_again_adds_nobody() -> None:
    assert steps(Total(10, 1), Total(14, 5), Total(12, 3), Total(14, 5), Total(15, 6)) == [
        (None, Quality.GOOD),
        (4, Quality.GOOD),
        (None, Quality.GOOD),
        (None, Quality.GOOD),
        (1, Quality.GOOD),
    ]


def test_numbers_of_one_boot_are_believed_before_any_clock() -> None:
    assert last(Total(10, 900, "a", 3), Total(8, 901, "a", 2)) == (None, Quality.GOOD)
    assert last(Total(10, 900, "a", 3), Total(12, 10, "a", 4)) == (2, Quality.GOOD)


def test_a_late_word_of_an_earlier_boot_is_known_for_what_it_is() -> None:
    """Without a clock of its own a device's words carry the time at which they came."""
    before = [Total(100, 1, "a", 5), Total(2, 2, "b", 0)]
    assert last(*before, Total(99, 3, "a", 4)) == (None, Quality.GOOD)
    assert last(*before, Total(99, 3, "a", 4), Total(3, 4, "b", 1)) == (1, Quality.GOOD)
    assert steps(*before, Total(101, 3, "a", 6), Total(3, 4, "b", 1), Total(5, 5, "b", 2))[2:] == [
        (None, Quality.GOOD),
        (None, Quality.GOOD),
        (2, Quality.GOOD),
    ]


def test_a_clock_that_is_set_back_makes_nothing_late() -> None:
    standing = set_back(Standing(Total(10, 7200 * SECOND)), -3600 * SECOND)
    assert advance(standing, Total(12, 3601 * SECOND)).increment == 2
    assert advance(set_back(standing, 3600 * SECOND), Total(12, 3601 * SECOND)).increment == 2


@dataclass
class Counter:
    """A device that counts everybody, may lose its total at a restart, and goes round at `width`."""

    keeps: bool
    clock: bool = True
    numbered: bool = True
    width: int = 2**40
    time: int = 0
    people: int = 0
    begun: int = 0
    boot: int = 0
    seq: int = 0
    said: list[tuple[int, Total]] = field(default_factory=list)
    """People up to then, and what it said."""

    def walk(self, people: int) -> None:
        self.people += people
        self.time += SECOND

    def say(self) -> None:
        boot, seq = (f"boot {self.boot}", self.seq) if self.numbered else ("", -1)
        self.said.append((self.people, Total((self.people - self.begun) % self.width, self.time, boot, seq)))
        self.seq += 1

    def restart(self) -> None:
        self.boot, self.seq = self.boot + 1, 0
        self.time += SECOND
        if not self.keeps:
            self.begun = self.people


@st.composite
def counters(draw: st.DrawFn, *, keeps: bool, clock: bool = True, numbered: bool = True) -> Counter:
    counter = Counter(keeps, clock, numbered)
    for people in draw(st.lists(st.none() | st.integers(0, 30), min_size=1, max_size=40)):
        if people is None:
            counter.restart()
        else:
            counter.walk(people)
            counter.say()
    return counter


def on_the_way(said: Sequence[tuple[int, Total]], chance: Random) -> list[tuple[int, Total]]:
    """Some are lost, some come twice, all in any order."""
    there = [item for item in said if chance.random() < 0.7]
    there += [item for item in there if chance.random() < 0.3]
    chance.shuffle(there)
    return there


def on_the_way_by_boot(said: Sequence[tuple[int, Total]], chance: Random) -> list[tuple[int, Total]]:
    """The same within each boot; a device without a clock says all of one boot before the next."""
    boots = dict.fromkeys(total.boot for _, total in said)
    parts = [on_the_way([item for item in said if item[1].boot == boot], chance) for boot in boots]
    there = [item for part in parts for item in part]
    return [(people, Total(total.value, at, total.boot, total.seq)) for at, (people, total) in enumerate(there)]


def summed(arrived: Iterable[Total]) -> float:
    return sum(increment or 0 for increment, _ in steps(*arrived))


@given(
    st.booleans().flatmap(lambda numbered: counters(keeps=True, numbered=numbered)), st.randoms(use_true_random=False)
)
def test_of_a_counter_with_a_clock_that_keeps_its_total_nobody_is_lost_or_counted_twice_in_any_order(
    counter: Counter, chance: Random
) -> None:
    arrived = on_the_way(counter.said, chance)
    if arrived:
        newest = max(people for people, _ in arrived)
        assert summed(total for _, total in arrived) == newest - arrived[0][0]


@given(counters(keeps=True, clock=False), st.randoms(use_true_random=False))
def test_of_a_counter_with_numbers_that_keeps_its_total_nobody_is_lost_or_counted_twice(
    counter: Counter, chance: Random
) -> None:
    arrived = on_the_way_by_boot(counter.said, chance)
    if arrived:
        newest = max(people for people, _ in arrived)
        assert summed(total for _, total in arrived) == newest - arrived[0][0]


@given(st.booleans().flatmap(lambda clock: counters(keeps=False, clock=clock)), st.randoms(use_true_random=False))
def test_a_counter_that_forgets_its_total_at_a_restart_never_counts_more_than_there_were(
    counter: Counter, chance: Random
) -> None:
    way = on_the_way if counter.clock else on_the_way_by_boot
    arrived = way(counter.said, chance)
    if arrived:
        newest = max(people for people, _ in arrived)
        assert 0 <= summed(total for _, total in arrived) <= newest - arrived[0][0]


@given(counters(keeps=False), st.randoms(use_true_random=False))
def test_boots_in_any_order_without_a_clock_never_count_more_than_there_were(counter: Counter, chance: Random) -> None:
    arrived = on_the_way(counter.said, chance)
    totals = (Total(total.value, at, total.boot, total.seq) for at, (_, total) in enumerate(arrived))
    assert 0 <= summed(totals) <= counter.people


@given(st.lists(st.integers(1, 30), min_size=2, max_size=30), st.booleans())
def test_a_restart_that_loses_nobody_costs_nobody(walks: list[int], numbered: bool) -> None:  # noqa: FBT001 - drawn
    """It says its total before each restart and its 0 after it."""
    counter = Counter(keeps=False, numbered=numbered)
    counter.say()
    for people in walks:
        counter.walk(people)
        counter.say()
        counter.restart()
        counter.say()
    found = steps(*(total for _, total in counter.said))
    assert sum(increment or 0 for increment, _ in found) == counter.people
    assert [mark for _, mark in found].count(RESET) == len(walks)


@given(st.sampled_from([2**16, 2**24, 1_000_000]), st.lists(st.integers(0, 300), min_size=1, max_size=60), st.data())
def test_a_counter_that_goes_round_counts_everybody(width: int, walks: list[int], data: st.DataObject) -> None:
    counter = Counter(keeps=True, width=width)
    counter.begun = -(width - data.draw(st.integers(0, sum(walks))))
    counter.say()
    for people in walks:
        counter.walk(people)
        counter.say()
    found = steps(*(total for _, total in counter.said), wraps_at=width)
    assert sum(increment or 0 for increment, _ in found) == counter.people
    assert sum(Quality.WRAP in mark for _, mark in found) <= 1


totals = st.builds(Total, st.floats(0, 1e9), st.integers(-(2**62), 2**62), st.text(max_size=5), st.integers(-1, 2**62))


@given(st.builds(Standing, totals, st.lists(totals, max_size=3).map(tuple)))
def test_where_a_total_stands_is_kept_as_it_is(standing: Standing) -> None:
    assert unpacked(packed(standing)) == standing


def said(people: float, at: int, channel: str = "", quality: Quality = Quality.GOOD) -> Reading:
    return Reading(WEST, Quantity.PEDESTRIANS_TOTAL, people, at * SECOND, channel, quality=quality)


def test_a_count_is_of_all_the_time_since_the_total_before_and_carries_what_speaks_against_it() -> None:
    first = count(None, said(10, 0, "in"), [Numbered(WEST, "a", 0)])
    assert first.people is None
    late = Quality.HISTORICAL
    then = count(first.standing, said(2, 60, "in", late), [Numbered(WEST, "b", 0)])
    assert then.people == Reading(WEST, Quantity.PEDESTRIANS, 2, 60 * SECOND, "in", 60 * SECOND, late | RESET)


def test_a_retained_total_counts_nobody_and_is_no_beginning() -> None:
    assert count(None, said(10, 0, quality=Quality.RETAINED), []) == (None, None)
    standing = Standing(Total(5, 0))
    assert count(standing, said(10, 9, quality=Quality.RETAINED), []) == (standing, None)


def test_a_count_in_the_same_message_is_right_and_the_total_moves_on() -> None:
    counted = Reading(WEST, Quantity.PEDESTRIANS, 3, 60 * SECOND)
    others = Reading(DeviceId("counter-east"), Quantity.PEDESTRIANS, 3, 60 * SECOND)
    standing = Standing(Total(10, 0))
    assert count(standing, said(13, 60), [counted]) == (Standing(Total(13, 60 * SECOND)), None)
    assert count(standing, said(13, 60), [others]).people is not None


def test_a_step_says_where_the_total_stands() -> None:
    assert advance(None, Total(1, 1)) == Step(Standing(Total(1, 1)))
