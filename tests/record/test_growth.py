"""How fast a record grows and where it levels off; where in it something is."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.lighting.facts import ClockSet
from gateway.record import search
from gateway.record.entry import Entry
from gateway.record.growth import Growth, Kind, growth, level
from gateway.record.reader import Reader
from gateway.record.retention import DAY, Keep
from gateway.record.schema import open_to_write
from gateway.record.search import clock_sets, seq_at
from gateway.record.store import Append, Store
from tests.record.builders import SECOND, START, count, decision, origin

HOUR = 3600 * SECOND
MINUTE = 60 * SECOND


def kept(folder: Path, *entries: Entry) -> None:
    """Store entries, and what they say in the history."""
    store = Store(open_to_write(folder, "chalon"))
    store.write([Append(entry, None) for entry in entries])
    store.fold()
    store.close()


def reading(at: int) -> Entry:
    return Entry(at, (count(1, at),), (), origin(1 + at // SECOND % 60_000, str(at)))


def measured(folder: Path, now: int, keep: Keep | None = None) -> Growth:
    with contextlib.closing(Reader(folder)) as reader:
        return growth(reader, keep or Keep(), now)


def every(step: int, until: int) -> list[Entry]:
    return [reading(START + at) for at in range(0, until, step)]


def test_readings_and_messages_are_measured_as_they_came(tmp_path: Path) -> None:
    kept(tmp_path, *every(10 * MINUTE, 4 * DAY))
    found = measured(tmp_path, START + 4 * DAY)
    assert found.since == START
    assert found.readings_per_day == pytest.approx(144, rel=0.01)
    assert found.entries_per_day == pytest.approx(144, rel=0.01)
    assert found.messages_per_second == pytest.approx(1 / 600, rel=0.01)


def test_a_record_of_readings_levels_off_at_their_days(tmp_path: Path) -> None:
    kept(tmp_path, *every(2 * MINUTE, 4 * DAY))
    keep = Keep(readings=40 * DAY, hourly=40 * DAY)
    found = measured(tmp_path, START + 4 * DAY, keep)
    assert found.levels_off == pytest.approx(10 * found.used, rel=0.02)
    assert found.bytes_per_reading == pytest.approx(found.used / (4 * 720), rel=0.01)


def test_decisions_that_stay_longer_are_in_it(tmp_path: Path) -> None:
    decided = [Entry(START + at, (), (decision(START + at, 60),)) for at in range(0, 4 * DAY, 10 * MINUTE)]
    kept(tmp_path, *every(10 * MINUTE, 4 * DAY), *decided)
    few, many = (
        measured(tmp_path, START + 4 * DAY, Keep(readings=4 * DAY, hourly=4 * DAY, decisions=days * DAY))
        for days in (4, 400)
    )
    assert few.levels_off == pytest.approx(few.used, rel=0.02)
    assert few.levels_off is not None
    assert many.levels_off is not None
    assert many.levels_off > 20 * few.levels_off


def test_a_record_that_levelled_off_stays_where_it_is(tmp_path: Path) -> None:
    kept(tmp_path, *every(10 * MINUTE, 4 * DAY))
    keep = Keep(readings=4 * DAY, hourly=4 * DAY, decisions=4 * DAY)
    found = measured(tmp_path, START + 4 * DAY, keep)
    assert found.levels_off == pytest.approx(found.used, rel=0.02)


def test_a_young_record_says_nothing_of_where_it_levels_off(tmp_path: Path) -> None:
    kept(tmp_path, *every(MINUTE, 2 * HOUR))
    found = measured(tmp_path, START + 2 * HOUR)
    assert (found.since, found.levels_off) == (START, None)
    assert found.messages_per_second == pytest.approx(1 / 60, rel=0.02)


def test_a_record_without_readings_holds_none(tmp_path: Path) -> None:
    kept(tmp_path)
    found = measured(tmp_path, START)
    assert (found.since, found.levels_off, found.messages_per_second) == (None, None, 0.0)
    assert found.used > 0


@given(
    st.integers(1, 10**10),
    st.integers(DAY, 400 * DAY),
    st.lists(st.builds(Kind, st.floats(1, 1e9), st.integers(DAY, 4000 * DAY)), min_size=1, max_size=4),
)
def test_a_record_never_levels_off_under_what_it_has(used: int, inside: int, kinds: list[Kind]) -> None:
    found = level(used, inside, tuple(kinds))
    assert found is not None
    assert found >= used
    if all(kind.keep <= inside for kind in kinds):
        assert found == used


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(1, 5 * MINUTE), min_size=1, max_size=60), st.integers(-MINUTE, 10 * MINUTE))
def test_the_last_entry_before_a_moment_is_the_one_a_walk_would_find(
    tmp_path_factory: pytest.TempPathFactory, steps: list[int], offset: int
) -> None:
    folder = tmp_path_factory.mktemp("search")
    times = [START + sum(steps[: index + 1]) for index in range(len(steps))]
    kept(folder, *(reading(at) for at in times))
    with contextlib.closing(Reader(folder)) as reader:
        for at in (*times, START + offset):
            assert seq_at(reader, at) == sum(time <= at for time in times)


def test_the_search_passes_over_entries_that_are_gone(tmp_path: Path) -> None:
    kept(tmp_path, *(reading(START + number * SECOND) for number in range(10)))
    database = open_to_write(tmp_path, "chalon")
    database.execute("DELETE FROM ledger WHERE seq BETWEEN 2 AND 8")
    database.close()
    with contextlib.closing(Reader(tmp_path)) as reader:
        assert seq_at(reader, START + 8 * SECOND) in range(1, 10)
        assert seq_at(reader, START + 9 * SECOND) == 10


def test_clock_steps_are_found_among_other_entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    step, later = ClockSet(-90 * SECOND, sure=True), ClockSet(0, sure=False)
    kept(
        tmp_path,
        reading(START),
        Entry(START + SECOND, (step,)),
        reading(START + 2 * SECOND),
        Entry(START + 3 * SECOND, (later,)),
        reading(START + 4 * SECOND),
    )
    with contextlib.closing(Reader(tmp_path)) as reader:
        both = [(START + SECOND, step), (START + 3 * SECOND, later)]
        assert list(clock_sets(reader, START, START + DAY)) == both
        assert list(clock_sets(reader, START + SECOND, START + DAY)) == both[1:]
        assert list(clock_sets(reader, START, START + 2 * SECOND)) == both[:1]
        monkeypatch.setattr(search, "FARTHEST", 2)
        assert list(clock_sets(reader, START, START + DAY)) == both[1:]
