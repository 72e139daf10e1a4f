"""How many bytes go to the disk for each reading: what wears a card.

Counted by the kernel for this process (proc(5), `write_bytes` of io): whole pages of log, file and journal of the file
system's own excepted. The writer's own steps are taken at the pace of the readings' times, not of the clock, so that
minutes of a street take seconds: each commit holds what came in one `commit_interval`, and history and checkpoints
follow as they would.
"""

import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from benchmarks.figure import Figure
from benchmarks.site import SITE, sensor_topic
from benchmarks.traffic import messages
from devices.message import SECOND
from gateway.record.schema import open_to_write
from gateway.record.store import FOLD_SIZE, Append, Store
from gateway.record.worker import FOLD_DELAY

BESIDE = "topic and payload of a message"
SAID = b'{"v": 1, "pedestrians": 3, "period": 60, "boot": "a1b2c3d4", "seq": 12345, "time": 1795302000.123}'
"""What a sensor says to have its reading stored."""


class NoDiskError(RuntimeError):
    """The folder is not on a disk."""


def wear(folder: Path, minutes: int) -> Iterator[Figure]:
    """Measure a hundred readings a second, and one in ten seconds, for so many minutes of their time each."""
    _must_be_a_disk(folder)
    said = float(len(sensor_topic(0)) + len(SAID))
    busy = _written(folder / "busy", minutes * 60, 100)
    yield Figure("written per reading, 100/s, commit_interval 1s", busy, "B", said, BESIDE, 300)
    quiet = _written(folder / "quiet", minutes * 6, 1, 10)
    yield Figure("written per reading, one in 10 s", quiet, "B", said, BESIDE)


def _written(folder: Path, commits: int, together: int, seconds: int = 1) -> float:
    """Bytes per reading of so many commits, `together` readings each, `seconds` apart."""
    folder.mkdir()
    store = Store(open_to_write(folder, SITE))
    entries = messages(commits * together, time.time_ns(), seconds * SECOND // together)
    before, folded = _sent(), 0
    for commit in range(commits):
        store.write([Append(entry, None) for entry in islice(entries, together)])
        if store.unfolded >= FOLD_SIZE or (commit - folded) * seconds >= FOLD_DELAY:
            store.fold()
            folded = commit
    store.fold()
    store.close()
    return (_sent() - before) / (commits * together)


def _sent() -> int:
    lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    return int(dict(line.split(": ") for line in lines)["write_bytes"])


def _must_be_a_disk(folder: Path) -> None:
    probe = folder / "probe"
    before = _sent()
    probe.write_bytes(bytes(1 << 20))
    if _sent() - before < 1 << 20:
        raise NoDiskError(f"expected a folder on a disk, found {folder}, where nothing is written; set TMPDIR to one")
