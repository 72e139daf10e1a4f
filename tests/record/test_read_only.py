"""A record on a file system that can only be read: a card that gave up, or a copy on a stick."""

import shutil
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
    print(error)
"""


def told(folder: Path) -> list[str]:
    """What a reader says of the folder where nothing can be written, and then a writer."""
    done = subprocess.run(
        [*read_only(folder), sys.executable, "-c", READ, str(folder)], capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def test_a_copied_record_is_read_where_nothing_can_be_written_and_a_gateway_says_why_it_does_not_start(
    tmp_path: Path,
) -> None:
    state = tmp_path / "state"
    state.mkdir()
    filled(state)
    assert told(state) == [
        "500 500 False",
        f"expected a folder to write the record in, found {state}: Read-only file system",
    ]


def test_a_copy_with_a_log_beside_it_is_not_read_without_it(tmp_path: Path) -> None:
    filled(tmp_path)
    state = tmp_path / "state"
    state.mkdir()
    shutil.copy(tmp_path / FILE, state / FILE)
    (state / f"{FILE}-wal").write_bytes(bytes(4152))
    assert "copy both to a folder that can be written" in told(state)[0]
    (state / f"{FILE}-wal").write_bytes(b"")
    assert told(state)[0] == "500 500 False"
