"""What a damaged file costs: itself, under a name of its own. Intake goes on."""

import asyncio
import contextlib
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.links.delivery import Outcome
from gateway.record import damage, schema, worker
from gateway.record.entry import Entry
from gateway.record.errors import RecordError
from gateway.record.reader import Reader
from gateway.record.schema import FILE
from gateway.record.writer import Record
from tests.record.breaking import WAYS, filled, spoil_table
from tests.record.builders import START, count, message

NAME = re.compile(r"record\.db\.damaged-\d{8}T\d{6}Z(-\d+)?")


def aside(folder: Path) -> list[Path]:
    """The files that were set aside."""
    return [path for path in sorted(folder.iterdir()) if NAME.fullmatch(path.name)]


def entries(folder: Path) -> list[Entry]:
    with contextlib.closing(Reader(folder)) as reader:
        return list(reader.entries())


def damaged(folder: Path) -> dict[str, str]:
    with contextlib.closing(Reader(folder)) as reader:
        return reader.damaged()


@pytest.mark.parametrize("way", WAYS)
async def test_a_damaged_file_is_set_aside_at_the_start_and_intake_goes_on(tmp_path: Path, way: str) -> None:
    settled = list[Outcome]()
    await asyncio.to_thread(filled, tmp_path, clean=False)
    await asyncio.to_thread(WAYS[way], tmp_path)
    before = await asyncio.to_thread((tmp_path / FILE).read_bytes)
    record = await asyncio.to_thread(Record, tmp_path, "chalon")
    record.start()
    record.append(message(1000), settled.append)
    await record.drain()
    status = record.status()
    await asyncio.to_thread(record.close)
    assert settled == [Outcome.ACCEPTED]
    (old,) = await asyncio.to_thread(aside, tmp_path)
    assert await asyncio.to_thread(old.read_bytes) == before
    assert old.name in status.damage
    assert list(await asyncio.to_thread(damaged, tmp_path)) == [old.name]
    assert [entry.learned for entry in await asyncio.to_thread(entries, tmp_path)] == [message(1000).learned]


def test_what_can_be_read_of_a_damaged_file_is_kept_the_session_at_the_broker_and_the_count_of_entries(
    tmp_path: Path,
) -> None:
    record = Record(tmp_path, "chalon")
    identity = record.identity
    record.close()
    filled(tmp_path, clean=False)
    spoil_table(tmp_path, "history")
    record = Record(tmp_path, "chalon")
    assert record.identity == identity
    assert record.status().seq == 500
    record.close()


def test_a_fresh_record_is_whole_at_the_next_start(tmp_path: Path) -> None:
    filled(tmp_path, clean=False)
    spoil_table(tmp_path, "ledger")
    Record(tmp_path, "chalon").close()
    record = Record(tmp_path, "chalon")
    assert record.status().damage == ""
    record.close()
    assert len(aside(tmp_path)) == len(damaged(tmp_path)) == 1


def test_records_that_are_damaged_in_one_second_get_names_of_their_own(tmp_path: Path) -> None:
    for _ in range(3):
        filled(tmp_path, clean=False)
        spoil_table(tmp_path, "ledger")
        Record(tmp_path, "chalon").close()
    assert len(aside(tmp_path)) == 3


def killed(folder: Path) -> Path:
    """The log of a record whose process was killed while it wrote: the file itself has little of it."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.record.recorder", str(folder)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for _ in range(5_000):
            process.stdout.readline()
        process.kill()
    return folder / f"{FILE}-wal"


def cut_off(log: bytes) -> bytes:
    """A log whose end never reached the disk."""
    return log[: len(log) * 2 // 3]


def frames(log: bytes) -> range:
    """Where the frames of a log begin (https://sqlite.org/fileformat2.html, section 4.1)."""
    return range(32, len(log) + 1, 24 + int.from_bytes(log[8:12], "big"))


def torn(log: bytes) -> bytes:
    """A log of whose last page only the first half was written."""
    *_, begin, end = frames(log)
    return log[: (begin + 24 + end) // 2].ljust(end, b"\0")


def spotted(log: bytes) -> bytes:
    """A log with a page in its midst that holds something else."""
    places = frames(log)
    begin = places[len(places) * 2 // 3] + 24
    end = begin - 24 + places.step
    return log[:begin] + b"\xa5" * (end - begin) + log[end:]


@pytest.mark.parametrize("way", [cut_off, torn, spotted])
def test_a_damaged_log_costs_what_was_in_it_from_there_on_and_no_more(
    tmp_path: Path, way: Callable[[bytes], bytes]
) -> None:
    log = killed(tmp_path)
    spoilt = way(log.read_bytes())
    shutil.copytree(tmp_path, whole := tmp_path / "whole")
    log.write_bytes(spoilt)
    Record(tmp_path, "chalon").close()
    assert aside(tmp_path) == []
    there = entries(tmp_path)
    assert 0 < len(there) < len(entries(whole))
    assert [entry.learned for entry in there] == [message(number).learned for number in range(len(there))]


def test_the_file_is_looked_through_after_an_unclean_end_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = list[str]()

    def look(database: sqlite3.Connection) -> str:
        looked.append("looked")
        return damage.find_fault(database)

    monkeypatch.setattr(schema, "find_fault", look)
    filled(tmp_path, clean=True)
    Record(tmp_path, "chalon").close()
    assert looked == []
    filled(tmp_path, clean=False)
    Record(tmp_path, "chalon").close()
    assert looked == ["looked"]


def test_the_look_through_a_large_file_ends_while_the_street_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path, clean=False)
    spoil_table(tmp_path, "refused")
    monkeypatch.setattr(damage, "CHECKING", -1.0)
    monkeypatch.setattr(damage, "_OPERATIONS", 1)
    Record(tmp_path, "chalon").close()
    assert aside(tmp_path) == []


def test_another_sites_record_a_newer_versions_and_another_programs_file_are_no_damage(tmp_path: Path) -> None:
    filled(tmp_path)
    with pytest.raises(RecordError, match="'chalon', expected 'beaune'"):
        Record(tmp_path, "beaune")
    with contextlib.closing(sqlite3.connect(tmp_path / FILE)) as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(RecordError, match="newer one wrote it"):
        Record(tmp_path, "chalon")
    with contextlib.closing(sqlite3.connect(tmp_path / FILE)) as database:
        database.execute("PRAGMA application_id = 1")
    with pytest.raises(RecordError, match="another kind"):
        Record(tmp_path, "chalon")
    assert aside(tmp_path) == []


async def test_damage_that_is_met_while_running_costs_no_message_that_waits(tmp_path: Path) -> None:
    settled, fresh = list[Outcome](), list[str]()
    await asyncio.to_thread(filled, tmp_path)
    await asyncio.to_thread(spoil_table, tmp_path, "refused")
    record = await asyncio.to_thread(Record, tmp_path, "chalon")
    record.on_fresh.append(lambda: fresh.append("fresh"))
    record.start()
    record.append(message(1000), settled.append)
    await record.drain()
    reader = await asyncio.to_thread(Reader, tmp_path)
    record.refuse("lab", 1, "line", "reason")
    record.append(message(1001), settled.append)
    await record.drain()
    record.append(message(1002), settled.append)
    await record.drain()
    status, identity = record.status(), record.identity
    with pytest.raises(RecordError, match="set aside"):
        await asyncio.to_thread(reader.last_seq)
    assert await asyncio.to_thread(reader.set_aside)
    await asyncio.to_thread(reader.reopen)
    there = await asyncio.to_thread(lambda: list(reader.entries()))
    await asyncio.to_thread(reader.close)
    await asyncio.to_thread(record.close)
    assert settled == [Outcome.ACCEPTED] * 3
    assert fresh == ["fresh"]
    assert status.trouble == ""
    (old,) = await asyncio.to_thread(aside, tmp_path)
    assert old.name in status.damage
    assert [(entry.seq, entry.at) for entry in there] == [(502, message(1001).at), (503, message(1002).at)]
    again = await asyncio.to_thread(Record, tmp_path, "chalon")
    await asyncio.to_thread(again.close)
    assert again.identity == identity


async def test_damage_that_is_met_in_the_history_is_mended_before_the_next_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "FOLD_DELAY", 0.0)
    fresh = asyncio.Event()
    await asyncio.to_thread(filled, tmp_path)
    await asyncio.to_thread(spoil_table, tmp_path, "heard")
    record = await asyncio.to_thread(Record, tmp_path, "chalon")
    record.on_fresh.append(fresh.set)
    record.start()
    record.append(message(1000))
    async with asyncio.timeout(20):
        await fresh.wait()
    await asyncio.to_thread(record.close)
    assert len(await asyncio.to_thread(aside, tmp_path)) == 1


async def test_where_no_fresh_file_can_be_made_messages_are_released_until_one_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "RETRY", 0.01)
    settled = list[Outcome]()
    await asyncio.to_thread(filled, tmp_path)
    await asyncio.to_thread(spoil_table, tmp_path, "refused")
    record = await asyncio.to_thread(Record, tmp_path, "chalon")
    record.start()

    def refuse(*_: object) -> sqlite3.Connection:
        raise RecordError("no space")

    with monkeypatch.context() as patch:
        patch.setattr(schema, "open_to_write", refuse)
        record.refuse("lab", 1, "line", "reason")
        await record.drain()
        record.append(message(1000), settled.append)
        record.append(Entry(START, (count(5, START),)))
        await record.drain()
        assert settled == [Outcome.RELEASED]
        assert "no space" in record.status().trouble
    record.append(message(1000, redelivered=True), settled.append)
    await record.drain()
    await asyncio.to_thread(record.close)
    assert settled == [Outcome.RELEASED, Outcome.ACCEPTED]
    assert len(await asyncio.to_thread(aside, tmp_path)) == 1
    assert [entry.at for entry in await asyncio.to_thread(entries, tmp_path)] == [START, message(1000).at]


def test_a_disk_without_space_releases_and_damages_nothing(tmp_path: Path) -> None:
    """No space by RLIMIT_FSIZE: it needs no mount of its own."""
    said = subprocess.run(
        [sys.executable, "-m", "tests.record.limited", str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout.splitlines()
    assert [line for line in said if line[:2] in {"1 ", "2 "}] == ["1 accepted", "2 released", "2 accepted"]
    (trouble,) = (line for line in said if line.startswith("trouble"))
    assert "cannot be written" in trouble
    assert said[-1].strip() == "damage"
    assert [entry.at for entry in entries(tmp_path)] == [message(1).at, message(2).at]


async def test_a_record_that_may_only_be_read_for_a_while_releases_and_goes_on(tmp_path: Path) -> None:
    """Read-only by SQLite's own switch: it needs no mount of its own."""
    settled = list[Outcome]()
    record = await asyncio.to_thread(Record, tmp_path, "chalon")
    record.start()
    await asyncio.to_thread(record._store._database.execute, "PRAGMA query_only = 1")
    record.append(message(1), settled.append)
    await record.drain()
    assert "readonly" in record.status().trouble
    await asyncio.to_thread(record._store._database.execute, "PRAGMA query_only = 0")
    record.append(message(1, redelivered=True), settled.append)
    await record.drain()
    await asyncio.to_thread(record.close)
    assert settled == [Outcome.RELEASED, Outcome.ACCEPTED]


def test_a_folder_that_cannot_be_made_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordError, match="expected a folder"):
        Record(tmp_path / "file" / "state", "chalon")
