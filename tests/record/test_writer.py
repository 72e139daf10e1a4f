import asyncio
import contextlib
import os
import sqlite3
import stat
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from devices.convention import Numbered, Rejected
from devices.message import Message
from gateway.lighting.decision import Snapshot
from gateway.links.delivery import Origin, Outcome
from gateway.record import schema, worker
from gateway.record.entry import Adopted, Entry
from gateway.record.errors import RecordError
from gateway.record.reader import Reader
from gateway.record.schema import FILE
from gateway.record.writer import Record
from tests.record.builders import MILLISECOND, PLAN, SECOND, START, WEST, count, message, origin

Answer = TypeVar("Answer")
LARGE = Rejected(Message("t", bytes(20_000)), "something shorter", "this")


@asynccontextmanager
async def recording(folder: Path, *, interval: float = 0.0) -> AsyncIterator[Record]:
    record = await asyncio.to_thread(Record, folder, "chalon", interval)
    record.start()
    try:
        yield record
    finally:
        await asyncio.to_thread(record.close)


async def ask(folder: Path, question: Callable[[Reader], Answer]) -> Answer:
    """Ask a reader in a thread: it may block."""

    def answer() -> Answer:
        with contextlib.closing(Reader(folder)) as reader:
            return question(reader)

    return await asyncio.to_thread(answer)


async def stored(folder: Path) -> list[Entry]:
    return await ask(folder, lambda reader: list(reader.entries()))


class Settled:
    """Collects outcomes in the order in which they come."""

    def __init__(self) -> None:
        self.all: list[tuple[object, Outcome]] = []

    def of(self, name: object) -> Callable[[Outcome], None]:
        return lambda outcome: self.all.append((name, outcome))


async def test_what_was_accepted_is_in_the_record_in_order(tmp_path: Path) -> None:
    settled = Settled()
    async with recording(tmp_path) as record:
        for number in range(100):
            record.append(message(number), settled.of(number))
        await record.drain()
        assert settled.all == [(number, Outcome.ACCEPTED) for number in range(100)]
        there = await stored(tmp_path)
    assert [entry.learned for entry in there] == [message(number).learned for number in range(100)]
    assert [entry.seq for entry in there] == list(range(1, 101))
    assert there[7].origin == replace(origin(7, "count 7"), generation=0)


async def test_a_redelivered_message_is_acknowledged_and_not_stored_again(tmp_path: Path) -> None:
    settled = Settled()
    async with recording(tmp_path) as record:
        record.append(message(1), settled.of("first"))
        record.append(message(1, redelivered=True), settled.of("again in the same commit"))
        await record.drain()
        record.append(message(1, redelivered=True), settled.of("again"))
    async with recording(tmp_path) as record:
        record.append(message(1, redelivered=True), settled.of("after a restart"))
    await asyncio.sleep(0)
    assert [outcome for _, outcome in settled.all] == [Outcome.ACCEPTED] * 4
    assert len(await stored(tmp_path)) == 1


async def test_a_message_whose_number_is_stored_is_not_stored_again_by_any_way(tmp_path: Path) -> None:
    async with recording(tmp_path) as record:
        for seq in (3, 1, 2, 3, 1):
            record.append(message(seq, Numbered(WEST, "9f3a", seq)))
        record.append(Entry(START, (count(3, START), Numbered(WEST, "other boot", 3))))
    async with recording(tmp_path) as record:
        record.append(Entry(START, (count(2, START), Numbered(WEST, "9f3a", 2))))
        record.append(Entry(START, (count(4, START), Numbered(WEST, "9f3a", 4))))
        await record.drain()
        assert await ask(tmp_path, lambda reader: reader.last_numbered(WEST, "9f3a")) == 4
        assert await ask(tmp_path, lambda reader: reader.last_numbered(WEST, "none")) is None
    there = [entry.learned[1] for entry in await stored(tmp_path)]
    assert [(item.boot, item.seq) for item in there if isinstance(item, Numbered)] == [
        ("9f3a", 3),
        ("9f3a", 1),
        ("9f3a", 2),
        ("other boot", 3),
        ("9f3a", 4),
    ]


async def test_a_session_that_ended_is_forgotten_in_its_turn_and_over_a_restart(tmp_path: Path) -> None:
    async with recording(tmp_path) as record:
        record.append(message(1))
        record.end_session("mqtt")
        record.append(message(1, redelivered=True))
    async with recording(tmp_path) as record:
        record.append(message(1, redelivered=True))
        record.end_session("mqtt")
    async with recording(tmp_path) as record:
        record.append(message(1, redelivered=True))
    assert len(await stored(tmp_path)) == 3


async def test_intake_and_writer_begin_with_the_same_knowledge(tmp_path: Path) -> None:
    async with recording(tmp_path) as record:
        record.append(message(1, Numbered(WEST, "9f3a", 1)))
        record.append(message(2))
    record = await asyncio.to_thread(Record, tmp_path, "chalon")
    seen = record.seen()
    await asyncio.to_thread(record.close)
    assert seen.duplicate(origin(2, "count 2", redelivered=True), ())
    assert seen.duplicate(None, (Numbered(WEST, "9f3a", 1),))
    assert not seen.duplicate(origin(3, "count 3", redelivered=True), ())


async def test_an_entry_without_items_is_only_settled_in_its_turn(tmp_path: Path) -> None:
    settled = Settled()
    async with recording(tmp_path) as record:
        record.append(message(1), settled.of(1))
        record.append(Entry(START, origin=origin(2, "nothing")), settled.of(2))
        record.append(message(3), settled.of(3))
        await record.drain()
    assert settled.all == [(number, Outcome.ACCEPTED) for number in (1, 2, 3)]
    assert len(await stored(tmp_path)) == 2


async def test_a_full_disk_releases_what_will_come_again_and_keeps_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "RETRY", 0.01)
    settled = Settled()
    async with recording(tmp_path) as record:
        record.append(message(1), settled.of(1))
        await record.drain()
        await asyncio.to_thread(full, record)
        record.append(Entry(START, (count(5, START), LARGE)))
        record.append(message(2, LARGE), settled.of(2))
        await record.drain()
        assert settled.all == [(1, Outcome.ACCEPTED), (2, Outcome.RELEASED)]
        status = record.status()
        assert "full" in status.trouble
        assert status.failures > 0
        await asyncio.to_thread(roomy, record)
        record.append(message(2, LARGE, redelivered=True), settled.of(2))
        while record.status().seq < 3:
            await record.drain()
        assert settled.all[2:] == [(2, Outcome.ACCEPTED)]
        assert record.status().trouble == ""
        assert record.status().pending == 0
    there = await stored(tmp_path)
    assert [entry.at for entry in there] == [START + SECOND, START, START + 2 * SECOND]


async def test_a_full_disk_keeps_what_nobody_will_send_again_and_does_not_hold_its_link_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "RETRY", 0.01)
    by_serial = Origin("serial:/dev/ttyUSB0", 1)
    settled = Settled()
    async with recording(tmp_path) as record:
        record.append(message(1), settled.of(1))
        await record.drain()
        await asyncio.to_thread(full, record)
        record.append(Entry(START, (count(5, START), LARGE), (), by_serial), settled.of("line"))
        await record.drain()
        assert settled.all == [(1, Outcome.ACCEPTED), ("line", Outcome.RELEASED)]
        await asyncio.to_thread(roomy, record)
    assert [entry.at for entry in await stored(tmp_path)] == [START + SECOND, START]


async def test_a_full_disk_is_not_tried_anew_for_every_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rests: list[float] = []
    monkeypatch.setattr(worker, "RETRY", 60.0)
    monkeypatch.setattr(worker, "PAUSE", 0.0)
    async with recording(tmp_path) as record:
        await asyncio.to_thread(full, record)
        monkeypatch.setattr(time, "sleep", rests.append)
        record.append(message(1, LARGE))
        await record.drain()
        assert max(rests) == 0.0
        record.append(message(2, LARGE))
        await record.drain()
        assert max(rests) > 30.0
        monkeypatch.undo()
        await asyncio.to_thread(roomy, record)


async def test_what_a_full_disk_cannot_take_for_long_is_bounded_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "HELD", 10)
    async with recording(tmp_path) as record:
        await asyncio.to_thread(full, record)
        for number in range(25):
            record.append(Entry(START + number, (count(1, START + number * SECOND), LARGE)))
        record.end_session("mqtt")
        await record.drain()
        assert record.status().dropped == 16
        await asyncio.to_thread(roomy, record)
    assert [entry.at - START for entry in await stored(tmp_path)] == list(range(16, 25))


def full(record: Record) -> None:
    """Let the file grow no more, as a full disk does."""
    (pages,) = record._store._database.execute("PRAGMA page_count").fetchone()
    record._store._database.execute(f"PRAGMA max_page_count = {pages}")


def roomy(record: Record) -> None:
    """Let the file grow again."""
    record._store._database.execute("PRAGMA max_page_count = 1073741823")


async def test_a_commit_interval_makes_one_commit_of_many_messages(tmp_path: Path) -> None:
    async with recording(tmp_path, interval=0.2) as record:
        for number in range(20):
            record.append(message(number))
            await asyncio.sleep(0)
        await record.drain()
        assert record.status().commits == 1


async def test_readings_of_one_moment_get_milliseconds_of_their_own_over_restarts_and_folds(tmp_path: Path) -> None:
    for number in range(3):
        async with recording(tmp_path) as record:
            record.append(Entry(START + number, (count(number, START),)))
    times = [entry.learned[0].time - START for entry in await stored(tmp_path)]  # type: ignore[union-attr] # counts only
    assert times == [0, MILLISECOND, 2 * MILLISECOND]


async def test_cursors_and_refused_lines_are_durable(tmp_path: Path) -> None:
    async with recording(tmp_path) as record:
        record.append(message(1))
        record.advance("lab", 1)
        record.refuse("lab", 1, "pedestrians value=1", "field type conflict")
        assert record.cursor("lab") == 1
        assert record.cursor("other") == 0
    async with recording(tmp_path) as record:
        assert record.cursor("lab") == 1
    assert [tuple(line) for line in await ask(tmp_path, Reader.refused)] == [
        ("lab", 1, "pedestrians value=1", "field type conflict", 1, False)
    ]
    assert await ask(tmp_path, lambda reader: reader.cursor("lab")) == 1


async def test_whoever_waits_for_commits_is_called_when_there_is_something_new(tmp_path: Path) -> None:
    calls = 0

    def call() -> None:
        nonlocal calls
        calls += 1

    async with recording(tmp_path) as record:
        record.on_commit.append(call)
        record.append(message(1))
        await record.drain()
        assert calls == 1
        record.advance("lab", 1)
        await record.drain()
        assert calls == 1


async def test_after_closing_nothing_is_taken_any_more(tmp_path: Path) -> None:
    settled = Settled()
    async with recording(tmp_path) as record:
        pass
    record.append(message(1), settled.of(1))
    await asyncio.sleep(0)
    assert settled.all == [(1, Outcome.RELEASED)]
    await record.watch()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
async def test_a_writer_that_ends_by_an_error_of_its_own_is_noticed(tmp_path: Path) -> None:
    record = await asyncio.to_thread(Record, tmp_path, "chalon")
    record.start()
    record.append(Entry(START, (object(),)))  # type: ignore[arg-type] # nothing that an entry may hold
    with pytest.raises(RecordError, match="ended"):
        await record.watch()
    await record.drain()
    await asyncio.to_thread(record.close)


async def test_a_snapshot_and_a_plan_are_where_a_replay_begins(tmp_path: Path) -> None:
    async with recording(tmp_path) as record:
        record.append(Entry(START, (Adopted(PLAN, "0.1.0"),)))
        record.append(message(1))
        record.append(Entry(START + 2 * SECOND, (), (Snapshot(PLAN.digest, "0.1.0", {"held": [1, 2]}),)))
        record.append(message(3))
    snapshot = Snapshot(PLAN.digest, "0.1.0", {"held": [1, 2]})
    assert await ask(tmp_path, lambda reader: reader.start_of(START)) == (PLAN, None, 1)
    assert await ask(tmp_path, lambda reader: reader.start_of(START + 9 * SECOND)) == (PLAN, snapshot, 3)
    with pytest.raises(RecordError, match="plan that was adopted"):
        await ask(tmp_path, lambda reader: reader.start_of(START - 1))


async def test_readings_go_into_the_history_by_themselves_after_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "FOLD_DELAY", 0.0)
    async with recording(tmp_path) as record:
        record.append(Entry(START, (count(3, START),)))
        await record.drain()
        async with asyncio.timeout(10):
            while not await asyncio.to_thread(folded, tmp_path):
                pass
        assert await asyncio.to_thread(folded, tmp_path) == 1


def folded(folder: Path) -> int:
    """How many readings stand in the history."""
    with contextlib.closing(sqlite3.connect(folder / FILE)) as database:
        (rows,) = database.execute("SELECT count(*) FROM history").fetchone()
    return int(rows)


def test_a_second_writer_is_told_who_holds_the_record(tmp_path: Path) -> None:
    record = Record(tmp_path, "chalon")
    with pytest.raises(RecordError, match=f"process {os.getpid()}"):
        Record(tmp_path, "chalon")
    record.close()
    Record(tmp_path, "chalon").close()


def test_whoever_waits_for_a_disk_holds_the_lock_of_what_it_cannot_write(tmp_path: Path) -> None:
    assert schema.reserve(tmp_path) is None
    Record(tmp_path, "chalon").close()
    lock = schema.reserve(tmp_path)
    assert lock is not None
    assert schema.held(tmp_path)
    assert schema.reserve(tmp_path) is None
    with pytest.raises(RecordError, match="busy"):
        Record(tmp_path, "chalon")
    os.close(lock)
    Record(tmp_path, "chalon").close()


def test_a_record_keeps_its_identity_and_shares_it_with_no_other(tmp_path: Path) -> None:
    names = list[str]()
    for folder in (tmp_path / "a", tmp_path / "a", tmp_path / "b"):
        record = Record(folder, "chalon")
        names.append(record.identity)
        record.close()
    assert names[0] == names[1] != names[2]


def test_another_sites_record_is_refused(tmp_path: Path) -> None:
    Record(tmp_path, "chalon").close()
    with pytest.raises(RecordError, match="'chalon', expected 'beaune'"):
        Record(tmp_path, "beaune")
    Record(tmp_path, "chalon").close()


def test_a_newer_version_is_refused_in_words(tmp_path: Path) -> None:
    Record(tmp_path, "chalon").close()
    with contextlib.closing(sqlite3.connect(tmp_path / FILE)) as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(RecordError, match="newer one wrote it"):
        Record(tmp_path, "chalon")
    with pytest.raises(RecordError, match="newer one wrote it"):
        Reader(tmp_path)


def test_files_that_are_no_record_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="found none"):
        Reader(tmp_path)
    with contextlib.closing(sqlite3.connect(tmp_path / FILE)) as database:
        database.execute("CREATE TABLE other (x)")
    with pytest.raises(RecordError, match="another kind"):
        Record(tmp_path, "chalon")
    (tmp_path / FILE).write_bytes(b"no database at all " * 100)
    with pytest.raises(RecordError, match="not a database"):
        Reader(tmp_path)


def test_a_group_may_read_whatever_the_umask(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    before = os.umask(0o077)
    try:
        record = Record(folder, "chalon")
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o770
    assert {stat.S_IMODE((folder / name).stat().st_mode) for name in (FILE, f"{FILE}-wal", f"{FILE}-shm")} == {0o660}
    record.close()
