"""What writing costs: how long commits take, what goes to the card, and how full the record is."""

import asyncio
import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.record import schema, writer
from gateway.record.retention import Keep
from gateway.record.wear import LATENCIES, RECENT, Commits, Fullness, Meter
from gateway.record.writer import Record
from tests.record.builders import MILLISECOND, SECOND, message

IO = "rchar: 6976\nwchar: 0\nsyscr: 10\nsyscw: 0\nread_bytes: 0\nwrite_bytes: {}\ncancelled_write_bytes: 0\n"


@given(st.lists(st.integers(1, 20 * SECOND), max_size=50))
def test_every_commit_is_in_one_class_and_in_the_sum(durations: list[int]) -> None:
    commits = Commits()
    for duration in durations:
        commits.note(duration)
    latency = commits.latency()
    assert sum(latency.classes) == commits.count == len(durations)
    assert latency.total == sum(durations)
    for index, end in enumerate(LATENCIES):
        assert sum(latency.classes[: index + 1]) == sum(duration <= end * SECOND for duration in durations)


def test_median_and_99th_percentile_are_those_of_the_recent_commits() -> None:
    commits = Commits()
    for _ in range(RECENT):
        commits.note(9 * SECOND)
    for number in range(RECENT):
        commits.note((40 if number % 50 == 0 else 9) * MILLISECOND)
    latency = commits.latency()
    assert (latency.p50, latency.p99, latency.last) == (9 * MILLISECOND, 40 * MILLISECOND, 9 * MILLISECOND)


def test_bytes_written_are_those_that_the_kernel_counts(tmp_path: Path) -> None:
    file = tmp_path / "io"
    file.write_text(IO.format(4096))
    with contextlib.closing(Meter(file)) as meter:
        assert meter.written() == 4096
        file.write_text(IO.format(12288))
        assert meter.written() == 12288


def test_where_the_kernel_counts_no_bytes_nothing_is_known_of_them(tmp_path: Path) -> None:
    with contextlib.closing(Meter(tmp_path / "io")) as meter:
        assert meter.written() is None
    (tmp_path / "io").write_text("rchar: 6976\n")
    with contextlib.closing(Meter(tmp_path / "io")) as meter:
        assert meter.written() is None


def test_the_alarm_begins_at_80_per_cent_and_ends_with_clear_room() -> None:
    fullness = Fullness(1000)
    changes = [(used, fullness.look(used), bool(fullness.alarm)) for used in (799, 800, 790, 780, 779, 799, 800)]
    assert changes == [
        (799, False, False),
        (800, True, True),
        (790, False, True),
        (780, False, True),
        (779, True, False),
        (799, False, False),
        (800, True, True),
    ]
    fullness.look(912)
    assert "fills 91 %" in fullness.alarm


async def test_a_nearly_full_record_is_logged_once_also_when_it_was_so_before_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged: list[str] = []
    monkeypatch.setattr(writer.log, "warning", lambda event, **_: logged.append(event), raising=False)
    used = await asyncio.to_thread(size_of_a_fresh_record, tmp_path)
    record = await asyncio.to_thread(Record, tmp_path, "chalon", 0.0, Keep(max_size=used * 100 // 90))
    record.start()
    for number in range(3):
        record.append(message(number))
        await record.drain()
    assert "record.max_size" in record.status().alarm
    await asyncio.to_thread(record.close)
    assert logged == ["the record is nearly full"]


def size_of_a_fresh_record(folder: Path) -> int:
    """Make a record and fill it a little, so that three messages more need no page more."""
    Record(folder, "chalon").close()
    return (folder / schema.FILE).stat().st_size


async def test_a_record_says_what_it_stored_and_what_went_to_the_disk_for_it(tmp_path: Path) -> None:
    record = await asyncio.to_thread(Record, tmp_path, "chalon")
    assert record.status().last_commit is None
    record.start()
    for number in range(10):
        record.append(message(number))
    record.append(message(9, redelivered=True))
    await record.drain()
    status = record.status()
    await asyncio.to_thread(record.close)
    assert (status.entries, status.rows) == (10, 10)
    assert sum(status.latency.classes) == status.commits > 0
    assert status.last_commit is not None
    if status.written is None or not status.written:
        pytest.skip("this machine's disk, or its kernel, counts no bytes written")
    assert status.written >= 4096
