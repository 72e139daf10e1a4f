"""A copy of the record, and going back to it."""

import contextlib
import shutil
import sqlite3
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from devices.convention import Numbered
from gateway.cli.backup import backup
from gateway.record.backup import back_up
from gateway.record.entry import Entry
from gateway.record.errors import RecordError
from gateway.record.reader import Reader
from gateway.record.schema import FILE, open_to_write
from gateway.record.store import Advance, Append, Store
from tests.configuration.files import example
from tests.record.breaking import filled, spoil_table
from tests.record.builders import WEST, message


def entries(folder: Path) -> list[Entry]:
    with contextlib.closing(Reader(folder)) as reader:
        return list(reader.entries())


def restored(copy: Path, folder: Path) -> Path:
    """Do what docs/restore.md says."""
    folder.mkdir(mode=0o770)
    shutil.copy(copy, folder / FILE)
    return folder


def test_a_copy_that_is_taken_while_the_writer_goes_on_has_a_whole_beginning_of_the_record(tmp_path: Path) -> None:
    state, copy = tmp_path / "state", tmp_path / "copy.db"
    with subprocess.Popen(
        [sys.executable, "-m", "tests.record.recorder", str(state)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        durable = [int(process.stdout.readline()) for _ in range(2000)]
        back_up(state, copy)
        durable += [int(process.stdout.readline()) for _ in range(2000)]
        process.kill()
    there = entries(restored(copy, tmp_path / "restored"))
    assert len(there) >= 2000
    assert [entry.learned for entry in there] == [message(number).learned for number in range(len(there))]
    assert len(entries(state)) > len(there)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.db", "restored", "state"]
    assert stat.S_IMODE(copy.stat().st_mode) & 0o007 == 0


def test_a_restored_record_goes_on_with_its_numbers_cursors_and_identity(tmp_path: Path) -> None:
    state, copy = tmp_path / "state", tmp_path / "copy.db"
    state.mkdir()
    store = Store(open_to_write(state, "chalon"))
    store.write([Append(message(1, Numbered(WEST, "9f3a", 1)), None), Advance("lab", 1)])
    identity = store.identity
    store.close()
    back_up(state, copy)
    store = Store(open_to_write(restored(copy, tmp_path / "restored"), "chalon"))
    numbered = replace(message(1, Numbered(WEST, "9f3a", 1)), origin=None)
    assert store.write([Append(numbered, None)]) == 0
    assert store.write([Append(message(2, Numbered(WEST, "9f3a", 2)), None)]) == 1
    assert (store.cursors(), store.identity, store.seq) == ({"lab": 1}, identity, 2)
    store.close()


def test_a_restored_record_takes_a_message_whose_packet_id_stood_for_another_one(tmp_path: Path) -> None:
    """The broker's session has gone on since: what it sends again is not what the copy knows."""
    state, copy = tmp_path / "state", tmp_path / "copy.db"
    state.mkdir()
    filled(state)
    back_up(state, copy)
    for folder, expected in ((state, 0), (restored(copy, tmp_path / "restored"), 1)):
        store = Store(open_to_write(folder, "chalon"))
        assert store.write([Append(message(7, redelivered=True), None)]) == expected
        store.close()


def test_a_backup_overwrites_nothing(tmp_path: Path) -> None:
    state, copy = tmp_path / "state", tmp_path / "copy.db"
    state.mkdir()
    filled(state)
    copy.write_text("something dear")
    with pytest.raises(RecordError, match="overwrites nothing"):
        back_up(state, copy)
    assert copy.read_text() == "something dear"


def test_of_a_damaged_record_there_is_no_copy_and_nothing_is_left_behind(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    filled(state)
    spoil_table(state, "history")
    with pytest.raises(RecordError, match=r"damaged|malformed"):
        back_up(state, tmp_path / "copy.db")
    with pytest.raises(RecordError, match="cannot be written"):
        back_up(state, tmp_path / "nowhere" / "copy.db")
    with pytest.raises(RecordError, match="found none"):
        back_up(tmp_path, tmp_path / "copy.db")
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


def test_backup_says_what_it_copied(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = example(tmp_path)
    (folder / "state").mkdir()
    filled(folder / "state")
    backup(folder, tmp_path / "copy.db")
    assert "has the record of chalon up to" in capsys.readouterr().out
    with contextlib.closing(sqlite3.connect(tmp_path / "copy.db")) as database:
        assert database.execute("SELECT sum(entries) FROM ledger").fetchone() == (500,)
        assert database.execute("PRAGMA journal_mode").fetchone() == ("delete",)
