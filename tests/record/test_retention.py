"""What is removed from the record when it is old, and what stays."""

import asyncio
import contextlib
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.convention import Rejected
from devices.message import Message
from gateway.lighting.decision import Snapshot
from gateway.links.delivery import Outcome
from gateway.record import bundle, retention, worker
from gateway.record.entry import Adopted, Entry, Files
from gateway.record.errors import RecordError
from gateway.record.reader import Reader
from gateway.record.retention import Keep
from gateway.record.schema import APPLICATION, FILE, MIGRATIONS, open_to_write
from gateway.record.store import Advance, Append, Store
from gateway.record.writer import Record
from tests.links.inbox import until
from tests.record.builders import PLAN, START, count, decision, message, origin

DAY = 86_400_000_000_000
SNAPSHOT = Snapshot(PLAN.digest, "0.1.0", {})
KEEP = Keep(readings=90 * DAY, decisions=365 * DAY)


def plan(at: int) -> Entry:
    return Entry(at, (Adopted(PLAN, "0.1.0"),), (SNAPSHOT,))


def reading(at: int) -> Entry:
    return Entry(at, (count(1, at),))


def swept(folder: Path, *entries: Entry, now: int, cursors: dict[str, int] | None = None, keep: Keep = KEEP) -> None:
    """Store entries, and remove of them what is old."""
    store = Store(open_to_write(folder, "chalon"))
    store.write([Append(entry, None) for entry in entries])
    store.write([Advance(target, seq) for target, seq in (cursors or {}).items()])
    store.fold()
    for _ in store.sweep(keep, now, ("lab",) if cursors is not None else ()):
        pass
    store.close()


def left(folder: Path) -> list[int]:
    """The numbers of the entries that are left."""
    with contextlib.closing(Reader(folder)) as reader:
        return [entry.seq for entry in reader.entries()]


def days(folder: Path) -> list[int]:
    """The days of the readings that are left in the history."""
    with contextlib.closing(Reader(folder)) as reader:
        return [(found.time - START) // DAY for found in reader.series()]


def test_old_readings_go_and_young_ones_stay(tmp_path: Path) -> None:
    daily = [reading(START + day * DAY) for day in range(200)]
    swept(tmp_path, plan(START), *daily, plan(START + 200 * DAY), now=START + 200 * DAY)
    assert days(tmp_path) == list(range(110, 200))
    assert left(tmp_path) == [1, *range(112, 203)]


def test_decisions_and_plans_outlive_readings_and_go_in_their_time(tmp_path: Path) -> None:
    entries = [
        plan(START),
        Entry(START, (), (decision(START, 60),)),
        plan(START + 300 * DAY),
        Entry(START + 300 * DAY, (), (decision(START, 70),)),
        reading(START + 300 * DAY),
        plan(START + 400 * DAY),
    ]
    swept(tmp_path, *entries, now=START + 400 * DAY)
    assert left(tmp_path) == [3, 4, 6]


def test_the_last_plan_and_the_last_snapshot_stay_however_old(tmp_path: Path) -> None:
    entries = [plan(START), reading(START), Entry(START + DAY, (), (SNAPSHOT,)), reading(START + 2 * DAY)]
    swept(tmp_path, *entries, now=START + 9999 * DAY)
    assert left(tmp_path) == [1, 3, 4]
    with contextlib.closing(Reader(tmp_path)) as reader:
        assert reader.start_of(START + 2 * DAY) == (PLAN, SNAPSHOT, 3)


def test_a_record_without_a_plan_is_left_alone(tmp_path: Path) -> None:
    swept(tmp_path, reading(START), reading(START + DAY), now=START + 9999 * DAY)
    assert left(tmp_path) == [1, 2]


def test_what_a_server_has_not_got_stays(tmp_path: Path) -> None:
    entries = [plan(START), *[reading(START + number * bundle.SPAN) for number in range(20)], plan(START + DAY)]
    swept(tmp_path, *entries, now=START + 100 * DAY, cursors={"lab": 5, "a server that is no more": 2})
    assert left(tmp_path) == [1, *range(6, 23)]


def test_entries_of_one_row_stay_until_a_server_has_got_all_of_them(tmp_path: Path) -> None:
    entries = [plan(START), *[reading(START + number) for number in range(10)], plan(START + DAY)]
    swept(tmp_path, *entries, now=START + 100 * DAY, cursors={"lab": 5})
    assert left(tmp_path) == list(range(1, 13))
    swept(tmp_path, now=START + 100 * DAY, cursors={"lab": 11})
    assert left(tmp_path) == [1, 12]


def test_a_server_that_never_got_anything_keeps_everything(tmp_path: Path) -> None:
    entries = [plan(START), reading(START), plan(START + DAY)]
    swept(tmp_path, *entries, now=START + 100 * DAY, cursors={})
    assert left(tmp_path) == [1, 2, 3]


def test_rejected_messages_go_after_a_week_and_what_came_with_them_stays(tmp_path: Path) -> None:
    bad = Rejected(Message("t", b"\xff", START), "JSON", "bytes")
    both = Entry(START, (count(3, START), bad), (), origin(7, "both"))
    swept(tmp_path, plan(START), both, Entry(START + 2 * DAY, (bad,)), plan(START + DAY), now=START + 8 * DAY)
    with contextlib.closing(Reader(tmp_path)) as reader:
        assert [kept.seq for kept in reader.rejected()] == [3]
        assert [entry.learned for entry in reader.entries(1, 2)] == [(count(3, START),)]
    store = Store(open_to_write(tmp_path, "chalon"))
    assert store.write([Append(Entry(START, (count(3, START),), (), origin(7, "both", redelivered=True)), None)]) == 0
    store.close()


def test_a_moment_whose_readings_are_gone_is_refused_in_words(tmp_path: Path) -> None:
    entries = [plan(START), reading(START), plan(START + 100 * DAY), reading(START + 100 * DAY)]
    swept(tmp_path, *entries, now=START + 100 * DAY)
    with contextlib.closing(Reader(tmp_path)) as reader:
        with pytest.raises(RecordError, match=r"expected a moment after 2027-03-0\d .*record.keep"):
            reader.start_of(START + DAY)
        assert reader.start_of(START + 101 * DAY)[2] == 3


def test_times_that_no_clock_could_show_do_not_keep_the_rest(tmp_path: Path) -> None:
    entries = [reading(START), reading(START + 20_000 * DAY), reading(START + DAY), plan(START + 95 * DAY)]
    swept(tmp_path, *entries, now=START + 100 * DAY)
    assert left(tmp_path) == [4]


@settings(max_examples=40)
@given(
    ages=st.lists(st.integers(0, 400), max_size=40),
    kept=st.integers(1, 300),
    cursor=st.none() | st.integers(0, 45),
)
def test_after_each_sweep_the_record_has_what_is_young_and_what_is_not_forwarded(
    tmp_path_factory: pytest.TempPathFactory, ages: list[int], kept: int, cursor: int | None
) -> None:
    folder, now = tmp_path_factory.mktemp("state"), START + 400 * DAY
    times = sorted(now - age * DAY - 1 for age in ages)
    entries = [*map(reading, times), plan(now)]
    cursors = None if cursor is None else {"lab": min(cursor, len(times))}
    swept(folder, *entries, now=now, cursors=cursors, keep=Keep(readings=kept * DAY))
    young = [seq for seq, at in enumerate(times, 1) if at >= now - kept * DAY or (cursor is not None and seq > cursor)]
    assert left(folder) == [*young, len(times) + 1]


def test_room_that_became_free_goes_back_to_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "FEW", 20_000)  # a row for each takes more room
    swept(tmp_path, plan(START), *[message(number) for number in range(20_000)], plan(START + DAY), now=START)
    before = (tmp_path / FILE).stat().st_size
    swept(tmp_path, now=START + 100 * DAY)
    assert (tmp_path / FILE).stat().st_size < before / 2


async def test_the_writer_removes_what_is_old_when_no_message_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "SWEEP_PAUSE", 0.0)
    monkeypatch.setattr(worker, "FOLD_DELAY", 0.0)
    record = await asyncio.to_thread(Record, tmp_path, "chalon", 0.0, KEEP)
    record.start()
    for number in range(10):
        record.append(reading(START + number * DAY))
    record.append(plan(START + 100 * DAY))
    await record.drain()
    await asyncio.to_thread(record.close)
    record = await asyncio.to_thread(Record, tmp_path, "chalon", 0.0, KEEP)
    record.start()
    record.tidy(START + 95 * DAY)
    async with asyncio.timeout(20):
        while await asyncio.to_thread(left, tmp_path) != [6, 7, 8, 9, 10, 11]:
            pass
    record.append(reading(START + 101 * DAY))
    await record.drain()
    assert record.status().trouble == ""
    await asyncio.to_thread(record.close)


async def test_a_stream_of_messages_without_an_end_does_not_keep_what_is_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "SWEEP_PAUSE", 3600.0)
    monkeypatch.setattr(worker, "SWEEP_LATEST", 0.0)
    monkeypatch.setattr(worker, "FOLD_DELAY", 0.0)
    record = await asyncio.to_thread(Record, tmp_path, "chalon", 0.0, KEEP)
    record.start()
    record.append(reading(START))
    record.append(plan(START + 100 * DAY))
    await record.drain()
    record.tidy(START + 100 * DAY)
    async with asyncio.timeout(20):
        while 1 in await asyncio.to_thread(left, tmp_path):
            record.append(reading(START + 100 * DAY))
    await asyncio.to_thread(record.close)
    assert 1 not in await asyncio.to_thread(left, tmp_path)


async def test_a_full_record_takes_nothing_until_something_is_old_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "SWEEP_PAUSE", 0.0)
    monkeypatch.setattr(worker, "RETRY", 0.01)
    monkeypatch.setattr(worker, "HELD", 5)
    large = Rejected(Message("t", bytes(4000), START), "something shorter", "this")
    settled = list[Outcome]()
    record = await asyncio.to_thread(Record, tmp_path, "chalon", 0.0, Keep(max_size=500_000))
    record.start()
    record.append(plan(START))
    for number in range(150):
        record.append(message(number, large), settled.append)
        await record.drain()
    status = record.status()
    assert status.alarm.startswith("the record fills 9")
    assert Outcome.RELEASED in settled
    assert status.size < 4_000_000
    assert "full" in status.trouble
    for number in range(8):
        record.append(Entry(START + DAY + number, (count(number, START + DAY + number), large)))
    await record.drain()
    assert record.status().dropped >= 3
    record.tidy(START + 8 * DAY)
    await until(lambda: not record.status().alarm, "the alarm to end")
    record.append(message(1000), settled.append)
    await record.drain()
    assert settled[-1] is Outcome.ACCEPTED
    assert record.status().alarm == ""
    await asyncio.to_thread(record.close)


def version_1(folder: Path) -> None:
    """A record as the first version wrote it, with one entry."""
    with contextlib.closing(sqlite3.connect(folder / FILE, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.executescript(
            f"BEGIN; {MIGRATIONS[0]} PRAGMA application_id = {APPLICATION}; PRAGMA user_version = 1; COMMIT"
        )
        database.execute("INSERT INTO meta VALUES ('site', 'chalon'), ('identity', '1234')")
        body = b'[[["r","counter-west","pedestrians",4.0,1795302000000000000,"",60000000000,0]],[]]'
        database.execute("INSERT INTO ledger VALUES (1, ?, 0, NULL, NULL, NULL, ?)", (START, body))


def test_a_record_of_version_1_goes_on_after_a_copy_and_can_then_give_room_back(tmp_path: Path) -> None:
    version_1(tmp_path)
    record = Record(tmp_path, "chalon")
    assert record.identity == "1234"
    record.close()
    with contextlib.closing(Reader(tmp_path)) as reader:
        assert [entry.learned for entry in reader.entries()] == [(count(4, START),)]
    for name, version, gives_back in ((FILE, len(MIGRATIONS), 2), (f"{FILE}.before-2", 1, 0)):
        with contextlib.closing(sqlite3.connect(tmp_path / name)) as database:
            assert database.execute("PRAGMA user_version").fetchone() == (version,)
            assert database.execute("PRAGMA auto_vacuum").fetchone() == (gives_back,)
            assert database.execute("SELECT count(*) FROM ledger").fetchone() == (1,)


def test_nothing_of_a_sweep_is_half_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "ROWS", 3)
    store = Store(open_to_write(tmp_path, "chalon"))
    store.write([Append(reading(START + number * DAY), None) for number in range(10)])
    store.write([Append(plan(START + 100 * DAY), None)])
    store.fold()
    steps = store.sweep(KEEP, START + 100 * DAY, ())
    for expected in (range(4, 12), range(7, 12), range(10, 12)):
        next(steps)
        assert left(tmp_path) == list(expected)
    store.abandon()
    assert left(tmp_path) == [10, 11]


def test_the_files_of_old_plans_go_and_those_of_the_present_plan_stay(tmp_path: Path) -> None:
    def adopted(name: str, day: int) -> Entry:
        files = Files(name, name.encode())
        return Entry(START + day * DAY, (Adopted(PLAN, "0.1.0", files=files),), (SNAPSHOT,))

    entries = (adopted("old", 0), adopted("again", 1), adopted("again", 300), adopted("last", 301))
    swept(tmp_path, *entries, now=START + 400 * DAY)
    with contextlib.closing(Reader(tmp_path)) as reader:
        assert [reader.files(name) for name in ("old", "again", "last")] == [None, b"again", b"last"]
    swept(tmp_path, now=START + 4000 * DAY)
    with contextlib.closing(Reader(tmp_path)) as reader:
        assert [reader.files(name) for name in ("again", "last")] == [None, b"last"]


def test_a_restart_on_the_plan_that_held_is_no_adoption(tmp_path: Path) -> None:
    def adopted(name: str, by: str) -> Entry:
        return Entry(START, (Adopted(PLAN, "0.1.0", by, files=Files(name, b"x")),), (SNAPSHOT,))

    swept(tmp_path, adopted("a", "ana"), adopted("a", ""), adopted("b", "bo"), adopted("a", "cy"), now=START)
    with contextlib.closing(Reader(tmp_path)) as reader:
        assert [(found.seq, found.adopted.by) for found in reader.adoptions()] == [(1, "ana"), (3, "bo"), (4, "cy")]


def test_an_older_record_gets_a_place_for_files(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as database:
        database.execute("PRAGMA auto_vacuum = INCREMENTAL")
        before = next(number for number, script in enumerate(MIGRATIONS) if "CREATE TABLE files" in script)
        for number, script in enumerate(MIGRATIONS[:before], start=1):
            database.executescript(
                f"BEGIN; {script} PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {number}; COMMIT"
            )
        database.execute("INSERT INTO meta VALUES ('site', 'chalon'), ('identity', '1234'), ('folded', 0)")
    swept(tmp_path, Entry(START, (Adopted(PLAN, "0.1.0", files=Files("new", b"x")),), (SNAPSHOT,)), now=START)
    assert (tmp_path / f"{FILE}.before-{before + 1}").exists()
    with contextlib.closing(Reader(tmp_path)) as reader:
        assert reader.files("new") == b"x"
