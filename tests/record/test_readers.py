"""Many readers, one writer: who may read a record, and when. HOUSE: folder 0770, file 0660, one group."""

import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SERVICE, OPERATOR, STRANGER = 61001, 61002, 61003
GROUP, OTHERS = 61001, 61003

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may become other users")


def command(user: int, group: int, what: str, folder: Path) -> list[str]:
    return [sys.executable, "-m", "tests.record.as_other", str(user), str(group), what, str(folder)]


@pytest.fixture
def state() -> Iterator[Path]:
    """A folder's name where every user may come to: pytest's own folders are closed to others."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        place = Path(name)
        os.chown(place, SERVICE, GROUP)
        place.chmod(0o755)
        yield place / "state"


@contextmanager
def writing(state: Path) -> Iterator[subprocess.Popen[str]]:
    """The service's process, once it has written; it ends in order if it was not killed."""
    with subprocess.Popen(
        command(SERVICE, GROUP, "write", state), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "written\n"
        yield process
        process.stdin.close()


def reading(user: int, group: int, state: Path) -> str:
    done = subprocess.run(command(user, group, "read", state), capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip()


def test_a_reader_of_the_group_reads_while_the_gateway_runs_after_a_kill_and_after_an_orderly_end(state: Path) -> None:
    with writing(state) as process:
        assert reading(OPERATOR, GROUP, state) == "3 3 True"
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert (state / "record.db-wal").exists()
    assert reading(OPERATOR, GROUP, state) == "3 3 False"
    with writing(state):
        assert reading(OPERATOR, GROUP, state) == "6 6 True"
    assert not (state / "record.db-wal").exists()
    assert reading(OPERATOR, GROUP, state) == "6 6 False"
    # What a reader leaves behind does not stand in the writer's way.
    with writing(state):
        assert reading(OPERATOR, GROUP, state) == "9 9 True"


def test_the_folder_and_its_files_are_for_the_service_and_its_group_whatever_the_umask(state: Path) -> None:
    with writing(state):
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in state.iterdir()}
        assert stat.S_IMODE(state.stat().st_mode) == 0o770
        assert modes["record.db"] == modes["record.db-wal"] == modes["record.db-shm"] == 0o660
        assert {path.stat().st_gid for path in state.iterdir()} == {GROUP}


def test_whoever_is_not_of_the_group_is_refused_in_words_that_say_what_to_do(state: Path) -> None:
    with writing(state):
        said = reading(STRANGER, OTHERS, state)
    assert said == (
        f"{state}/record.db may be read by the group {GROUP} only: sudo adduser $USER {GROUP}, then log in anew"
    )
    state.chmod(0o775)
    assert "may be read by the group" in reading(STRANGER, OTHERS, state)
