"""Where in the ledger a moment is: as a walk would find it, also where the clock was set back and entries are gone."""

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.device import DeviceId
from gateway.record.entry import Entry
from gateway.record.journal import decided_before, decided_late, written
from gateway.record.reader import Reader
from gateway.record.retention import Keep, sweep
from gateway.record.schema import APPLICATION, FILE, MIGRATIONS, open_to_write
from gateway.record.search import seq_at
from gateway.record.store import Append, Store
from gateway.record.turns import ENDLESS, stretches
from tests.record.builders import LAMP, SECOND, START, count, decision

BEFORE = next(number for number, script in enumerate(MIGRATIONS) if "CREATE TABLE turns" in script)
OTHER = DeviceId("lamp-2")
steps = st.lists(st.one_of(st.integers(0, 9), st.integers(0, 9), st.integers(-30, -1)), min_size=1, max_size=40)


def entry(index: int, at: int) -> Entry:
    """Some entries decide something, of one lamp or the other; others but count."""
    if index % 3:
        return Entry(at, (count(1, at),))
    return Entry(at, (), (decision(at - index % 2, index % 100, LAMP if index % 2 else OTHER),))


def times_of(gaps: Sequence[int]) -> list[int]:
    return [START + sum(gaps[: index + 1]) * SECOND for index in range(len(gaps))]


@contextlib.contextmanager
def lived(folder: Path, times: Sequence[int], gone: frozenset[int], cut: int) -> Iterator[Reader]:
    """A record of entries at these times, written in two runs; those in `gone` are removed."""
    for begin, end in ((0, cut), (cut, len(times))):
        store = Store(open_to_write(folder, "chalon"))
        store.write([Append(entry(index, times[index]), None) for index in range(begin, end)])
        store.close()
    with contextlib.closing(sqlite3.connect(folder / FILE)) as database, database:
        database.executemany("DELETE FROM ledger WHERE seq = ?", [(seq,) for seq in gone])
    with contextlib.closing(Reader(folder)) as reader:
        yield reader


@settings(max_examples=25, deadline=None)
@given(steps, st.frozensets(st.integers(1, 40), max_size=12), st.integers(0, 40), st.integers(-20, 150))
def test_a_moment_is_found_where_a_walk_would_find_it(
    tmp_path_factory: pytest.TempPathFactory, gaps: list[int], gone: frozenset[int], cut: int, offset: int
) -> None:
    folder = tmp_path_factory.mktemp("turns")
    times = times_of(gaps)
    with lived(folder, times, gone, min(cut, len(times))) as reader:
        walked = [(entry.seq, entry.at) for entry in reader.entries()]
        for at in {*times, START + offset * SECOND}:
            assert reader.last_seq(at) == max((seq for seq, when in walked if when <= at), default=0)
            later = next((index for index, (_, when) in enumerate(walked) if when > at), len(walked))
            before = [0, *(seq for seq, _ in walked[:later])]
            assert seq_at(reader, at) in (before if gone else before[-1:])


@settings(max_examples=25, deadline=None)
@given(steps, st.integers(0, 40), st.integers(1, 40), st.integers(0, 40))
def test_the_decisions_of_a_lamp_are_found_in_the_order_in_which_they_were_made(
    tmp_path_factory: pytest.TempPathFactory, gaps: list[int], cut: int, seq: int, after: int
) -> None:
    folder = tmp_path_factory.mktemp("decided")
    times = times_of(gaps)
    with lived(folder, times, frozenset(), min(cut, len(times))) as reader:
        made = [(entry.seq, item) for entry in reader.entries() for item in entry.made]
        mine = [(at, item) for at, item in made if getattr(item, "lamp", None) == LAMP]
        expected = [item for at, item in reversed(mine) if after < at <= seq]
        assert list(decided_before(reader, LAMP, seq, after)) == expected


def test_what_was_due_and_written_late_is_found_and_the_search_ends_with_the_first_later_decision(
    tmp_path: Path,
) -> None:
    late, later = decision(START + 5 * SECOND, 40), decision(START + 70 * SECOND, 60)
    entries = (
        Entry(START, (count(1, START),)),
        Entry(START + 60 * SECOND, (), (late, decision(START + 6 * SECOND, 50, OTHER))),
        Entry(START + 80 * SECOND, (), (decision(START + 65 * SECOND, 30, OTHER),)),
        Entry(START + 90 * SECOND, (), (later,)),
        Entry(START + 91 * SECOND, (), (decision(START + 7 * SECOND, 10),)),
    )
    store = Store(open_to_write(tmp_path, "chalon"))
    store.write([Append(entry, None) for entry in entries])
    store.close()
    with contextlib.closing(Reader(tmp_path)) as reader:
        assert list(decided_late(reader, LAMP, 1, START + 10 * SECOND)) == [late]
        assert [written(reader, item) for item in (late, later)] == [2, 4]
        assert written(reader, decision(START + 66 * SECOND, 40)) is None


def test_an_older_record_learns_where_its_clock_was_set_back_and_is_read_right_before_that(tmp_path: Path) -> None:
    times = times_of([0, 5, 5, -8, 3, 9, -1, 4])
    with contextlib.closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as database:
        database.execute("PRAGMA auto_vacuum = INCREMENTAL")
        for number, script in enumerate(MIGRATIONS[:BEFORE], start=1):
            database.executescript(
                f"BEGIN; {script} PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {number}; COMMIT"
            )
        database.execute("INSERT INTO meta VALUES ('site', 'chalon'), ('identity', '1234'), ('folded', 0)")
        rows = [(seq, at) for seq, at in enumerate(times, start=1)]
        database.executemany("INSERT INTO ledger (seq, at, holds, body) VALUES (?, ?, 0, '[[],[]]')", rows)
    expected = [(1, 3), (4, 6), (7, ENDLESS)]
    with contextlib.closing(Reader(tmp_path)) as reader:
        assert stretches(reader.rows, 1, ENDLESS) == expected
        assert reader.last_seq(times[3]) == 4
    Store(open_to_write(tmp_path, "chalon")).close()
    with contextlib.closing(Reader(tmp_path)) as reader:
        assert stretches(reader.rows, 1, ENDLESS) == expected
        assert reader.last_seq(times[3]) == 4
        assert reader.rows("SELECT * FROM turns") == [(4, times[3], times[2]), (7, times[6], times[5])]


def test_turns_before_the_first_entry_that_is_left_are_forgotten(tmp_path: Path) -> None:
    with lived(tmp_path, times_of([0, 5, -3, 4, -2, 6]), frozenset({1, 2, 3}), 3):
        pass
    database = open_to_write(tmp_path, "chalon")
    for _ in sweep(database, Keep(), START, ()):
        pass
    assert database.execute("SELECT seq FROM turns").fetchall() == [(5,)]
    database.close()
