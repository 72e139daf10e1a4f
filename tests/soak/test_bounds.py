"""What a killed broker may lose and repeat."""

from gateway.clock import SECOND, SystemClock
from tests.soak.bounds import Excuses, Interval, Kills, Sighting, doubled, lost, reach, seq_at, too_few, too_many
from tests.soak.plain import Plain, one_person, reckon

KILL = Interval(100.0, 102.0)
SIGHTINGS = [Sighting(80.0, 800), Sighting(86.0, 860), Sighting(90.0, 900), Sighting(95.0, 950)]


def plain(sure: dict[int, float], unsure: list[int]) -> Plain:
    made = Plain("a/b/c", one_person, SystemClock(), 0, SECOND)
    made.sure, made.unsure = sure, unsure
    return made


def killed(*, frozen: tuple[Interval, ...] = (), stalls: tuple[Interval, ...] = ()) -> Excuses:
    return Kills([KILL], 13.0, frozen, stalls, SIGHTINGS, 1_100).excuses()


def test_a_word_is_found_once_or_named() -> None:
    spoken = plain({1: 1.0, 2: 2.0, 3: 3.0}, [4, 5])
    stored = {1: [10], 3: [12, 13], 5: [20]}
    reckoning = reckon(spoken, stored)
    assert (reckoning.said, reckoning.lost, reckoning.doubled) == (5, (2,), (3,))
    assert lost(spoken, stored, Excuses()) == [2]
    assert doubled(stored, Excuses()) == [3]


def test_a_stall_lengthens_the_way_back_by_as_long_as_it_lasted() -> None:
    assert reach(100.0, 10.0, []) == 90.0
    assert reach(100.0, 10.0, [Interval(94.0, 97.0)]) == 87.0
    assert reach(100.0, 10.0, [Interval(80.0, 89.0)]) == 90.0
    assert reach(100.0, 10.0, [Interval(98.0, 105.0)]) == 88.0
    assert reach(100.0, 10.0, [Interval(94.0, 97.0), Interval(95.0, 99.0), Interval(70.0, 92.0)]) == 63.0


def test_how_far_the_record_was_is_never_said_too_high() -> None:
    assert [seq_at(SIGHTINGS, at) for at in (70.0, 80.0, 89.9, 99.0)] == [0, 800, 860, 950]


def test_only_what_was_acknowledged_since_the_last_save_may_be_lost() -> None:
    excuses = killed(stalls=(Interval(90.0, 95.0),))
    assert lost(plain({1: 86.9, 2: 87.1, 3: 101.0, 4: 102.1}, []), {}, excuses) == [1, 4]
    assert lost(plain({1: 86.9}, []), {}, killed(frozen=(Interval(90.0, 95.0),))) == []


def test_only_what_was_stored_since_the_last_save_may_come_again() -> None:
    assert doubled({1: [860, 1_050], 2: [861, 1_050], 3: [861]}, killed()) == [1]
    assert doubled({1: [801, 1_050]}, killed(stalls=(Interval(90.0, 95.0),))) == []
    assert doubled({1: [861, 1_050]}, Excuses()) == [1]


def test_equal_words_are_counted_against_what_may_be_lost_and_come_again() -> None:
    spoken = plain({1: 80.0, 2: 90.0, 3: 95.0}, [4])
    assert too_few(spoken, [700], killed()) == 0
    assert too_few(spoken, [], killed()) == 1
    assert too_few(spoken, [700], Excuses()) == 2
    assert too_many(spoken, [700, 701, 702, 703], Excuses()) == 0
    assert too_many(spoken, [700, 701, 702, 703, 704], Excuses()) == 1
    assert too_many(spoken, [700, 701, 702, 703, 870], killed()) == 0
