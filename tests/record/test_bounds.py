"""What grows with trouble has an end: damaged files, lines that servers refuse, messages that mean nothing."""

import asyncio
import contextlib
import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from devices.convention import Rejected
from devices.message import Message
from gateway.record import bounds
from gateway.record.damage import prune
from gateway.record.entry import Entry
from gateway.record.reader import Reader
from gateway.record.retention import Keep
from gateway.record.schema import FILE, open_to_write
from gateway.record.store import Append, Refuse, Requeue, Store
from gateway.record.writer import Record
from tests.record.breaking import filled, spoil_table
from tests.record.builders import START, count
from tests.record.test_damage import NAME


def laid_aside(folder: Path, *days: int, size: int = 10) -> list[Path]:
    """Damaged files of some days of November, each with a log of its own."""
    files = [folder / f"{FILE}.damaged-202611{day:02}T000000Z" for day in days]
    for day, file in zip(days, files, strict=True):
        for companion in ("", "-wal"):
            there = Path(f"{file}{companion}")
            there.write_bytes(bytes(size))
            os.utime(there, (day, day))
    return files


def left(folder: Path) -> list[int]:
    """The days of the damaged files that are there; none is there without its log."""
    names = sorted(path.name for path in folder.iterdir())
    assert [name.removesuffix("-wal") for name in names if name.endswith("-wal")] == names[::2]
    return [int(name.removeprefix(f"{FILE}.damaged-202611")[:2]) for name in names[::2]]


def test_the_newest_three_damaged_files_are_kept(tmp_path: Path) -> None:
    *_, newest = laid_aside(tmp_path, 20, 21, 22, 23, 24)
    gone = prune(tmp_path / FILE, newest, 1000)
    assert [path.name for path in gone] == [f"{FILE}.damaged-202611{day}T000000Z" for day in (21, 20)]
    assert left(tmp_path) == [22, 23, 24]


def test_damaged_files_take_no_more_than_the_record_may_but_the_newest_stays_whatever_its_size(tmp_path: Path) -> None:
    *_, newest = laid_aside(tmp_path, 21, 22, 23)
    prune(tmp_path / FILE, newest, 59)
    assert left(tmp_path) == [22, 23]
    prune(tmp_path / FILE, newest, 1)
    assert left(tmp_path) == [23]


def test_the_file_that_was_set_aside_last_stays_even_by_a_clock_that_makes_it_the_oldest(tmp_path: Path) -> None:
    newest, *_ = laid_aside(tmp_path, 1, 22, 23, 24)
    prune(tmp_path / FILE, newest, 1000)
    assert left(tmp_path) == [1, 23, 24]


def test_what_is_removed_for_a_new_damage_is_named_in_the_log(tmp_path: Path) -> None:
    with capture_logs() as logs:
        for _ in range(4):
            filled(tmp_path, clean=False, entries=50)
            spoil_table(tmp_path, "ledger")
            Record(tmp_path, "chalon").close()
    assert len([path for path in tmp_path.iterdir() if NAME.fullmatch(path.name)]) == 3
    removed = [entry for entry in logs if "was removed" in entry["event"]]
    assert len(removed) == 1
    assert not (tmp_path / removed[0]["file"]).exists()


def test_of_each_targets_refused_lines_the_newest_are_kept_and_the_rest_is_counted_with_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "REFUSED", 3)
    store = Store(open_to_write(tmp_path, "chalon"))
    for seq in range(1, 9):
        store.write([Refuse("lab", seq, f"line {seq}", f"reason {seq}"), Refuse("copy", seq % 2, "same", "again")])
    store.close()
    with contextlib.closing(Reader(tmp_path)) as reader:
        kept = {(item.target, item.seq) for item in reader.refused()}
        assert kept == {("lab", 6), ("lab", 7), ("lab", 8), ("copy", 0), ("copy", 1)}
        assert [tuple(gone) for gone in reader.forgotten()] == [("lab", 5, 1, 5, "reason 5")]


def test_refused_lines_that_are_to_be_sent_again_are_not_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "REFUSED", 2)
    store = Store(open_to_write(tmp_path, "chalon"))
    store.write([Refuse("lab", 1, "asked for", "no")])
    store.write([Requeue((1,)), *(Refuse("lab", seq, "line", "no") for seq in range(2, 6))])
    with contextlib.closing(Reader(tmp_path)) as reader:
        assert [item.seq for item in reader.refused()] == [1, 4, 5]
        assert [item.seq for item in reader.again("lab")] == [1]
        assert [tuple(gone) for gone in reader.forgotten()] == [("lab", 2, 2, 3, "no")]
        store.write([Refuse("lab", 1, "asked for", "still no")])
        assert [item.seq for item in reader.refused()] == [4, 5]
    store.close()


def test_of_a_flood_of_messages_that_mean_nothing_the_newest_are_kept_whole_and_all_stay_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "REJECTED", 10)
    monkeypatch.setattr(bounds, "ROWS", 5)
    store = Store(open_to_write(tmp_path, "chalon"))
    for number in range(40):
        junk = Rejected(Message("t", bytes(4000), START), "something", "nothing")
        store.write([Append(Entry(START, (junk, count(1, START)) if number == 3 else (junk,)), None)])
        while store.busy:
            store.upkeep()
    store.close()
    with contextlib.closing(Reader(tmp_path)) as reader:
        kept = [item.seq for item in reader.rejected()]
        assert 10 <= len(kept) <= 15
        assert kept == list(range(41 - len(kept), 41))
        assert reader.last_seq() == 40
        assert len(list(reader.entries())) == 40
        assert [reading.value for reading in reader.series()] == [1]


async def test_the_writer_thins_them_out_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "REJECTED", 10)
    monkeypatch.setattr(bounds, "ROWS", 5)
    news = asyncio.Event()
    record = await asyncio.to_thread(Record, tmp_path, "chalon", 0.0, Keep())
    record.on_commit.append(news.set)
    record.start()
    for _ in range(40):
        record.append(Entry(START, (Rejected(Message("t", b"x", START), "something", "nothing"),)))

    def kept() -> int:
        with contextlib.closing(Reader(tmp_path)) as reader:
            return len(list(reader.rejected()))

    await record.drain()
    async with asyncio.timeout(30):
        while await asyncio.to_thread(kept) > 15:
            await news.wait()
            news.clear()
    assert await asyncio.to_thread(kept) >= 10
    await asyncio.to_thread(record.close)
