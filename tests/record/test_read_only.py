"""A record on a file system that can only be read: a card that gave up, or a copy on a stick."""

import contextlib
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.record.schema import FILE
from tests.record.breaking import filled
from tests.record.mounts import forbidden, read_only

pytestmark = pytest.mark.skipif(bool(forbidden()), reason=forbidden())

READ = """
import sys
from pathlib import Path
from gateway.record.errors import RecordError
from gateway.record.reader import Reader
from gateway.record.writer import Record
try:
    reader = Reader(Path(sys.argv[1]))
    print(len(list(reader.entries())), len(list(reader.series())), reader.running())
    reader.close()
except RecordError as error:
    print(error)
try:
    Record(Path(sys.argv[1]), "chalon")
except RecordError as error:
    print(f"{type(error).__name__}: {error}")
"""


def told(folder: Path) -> list[str]:
    """What a reader says of the folder where nothing can be written, and then a writer."""
    done = subprocess.run(
        [*read_only(folder), sys.executable, "-c", READ, str(folder)], capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def test_a_copied_record_is_read_where_nothing_can_be_written_and_a_writer_says_why_it_cannot(
    tmp_path: Path,
) -> None:
    state = tmp_path / "state"
    state.mkdir()
    filled(state)
    assert told(state) == [
        "500 500 False",
        f"UnwritableError: expected a folder to write the record in, found {state}: Read-only file system",
    ]


def test_the_log_that_a_crash_left_is_read_with_the_record(tmp_path: Path) -> None:
    filled(tmp_path)
    state = tmp_path / "state"
    state.mkdir()
    with contextlib.closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as crashing:
        crashing.execute("PRAGMA wal_autocheckpoint = 0")
        crashing.execute("DELETE FROM ledger WHERE seq > 490")
        (left,) = crashing.execute("SELECT max(seq) FROM ledger").fetchone()
        for name in (FILE, f"{FILE}-wal"):
            shutil.copy(tmp_path / name, state / name)
    assert 0 < left <= 490
    assert told(state)[0] == f"{left} 500 False"


def test_a_log_with_nothing_in_it_that_is_whole_is_no_harm(tmp_path: Path) -> None:
    filled(tmp_path)
    state = tmp_path / "state"
    state.mkdir()
    shutil.copy(tmp_path / FILE, state / FILE)
    for log in (bytes(4152), b""):
        (state / f"{FILE}-wal").write_bytes(log)
        assert told(state)[0] == "500 500 False"
