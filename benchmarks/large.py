"""A record of ten million readings: hourly means of a day, the export of one series, and a start.

It is made once and kept (`large_record`). A hundred counters have spoken once a minute for 69 days; all of it is in
ledger, history and hours, as the writer would have left it.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Figure, percentile
from benchmarks.large_record import large_record
from benchmarks.site import streets
from benchmarks.start import first_order
from benchmarks.traffic import device
from devices.message import SECOND
from devices.reading import Quantity
from gateway.record.reader import Reader
from tests.servers import Mosquitto

HOUR = 3600 * SECOND
SMALL = 10
"""A record of so many times fewer readings stands beside the large one."""
TIMES = 20
"""Days that are asked for; the slowest answer counts."""
STARTS = 3
"""Starts of each kind; the median counts."""


def large(folder: Path, readings: int) -> Iterator[Figure]:
    """Ask a record of so many readings, beside one of a tenth."""
    states = [large_record(readings // SMALL), large_record(readings)]
    name = f"{readings:,} readings"
    beside = f"the same of {readings // SMALL:,}"
    small, whole = (_slowest_day(state) for state in states)
    yield Figure(f"hourly means of a day, {name}", whole, "ms", small, beside, 50)
    (few, low), (rows, peak) = (_exported(folder / f"export-{number}", state) for number, state in enumerate(states))
    export = f"peak memory of an export of {rows:,} rows"
    yield Figure(export, peak, "MB", low, f"the same of {few:,}", 1.05, of_ratio=True)
    broker = Mosquitto(folder / "mosquitto")
    broker.start()
    try:
        small, whole = (_start(folder / f"start-{number}", state, broker.port) for number, state in enumerate(states))
    finally:
        broker.stop()
    yield Figure(f"start to first order, {name}", whole, "s", small, beside, 1.0)


def _slowest_day(state: Path) -> float:
    """Milliseconds for the hourly means of one counter's day: other days and other counters."""
    reader = Reader(state)
    spoken = reader.last_seen()  # a gateway that was started on the record has added to its end since
    took: list[float] = []
    for number in range(TIMES):
        end = (spoken[device(7 * number)] // HOUR - number) * HOUR
        begun = time.perf_counter()
        hours = list(reader.aggregate(Quantity.PEDESTRIANS, device(7 * number), end - 24 * HOUR, end, every=HOUR))
        took.append((time.perf_counter() - begun) * 1e3)
        if len(hours) != 24:
            raise RuntimeError(f"expected 24 hours of {device(7 * number)}, found {len(hours)}")
    reader.close()
    return max(took)


def _exported(folder: Path, state: Path) -> tuple[int, float]:
    """Rows of one series that `reverbere export` wrote, and the most memory it took (resident, MB)."""
    _site(folder, state, 1883)
    out = folder / "counts.csv"
    command = Path(sys.executable).with_name("reverbere")
    arguments = ["export", "--config", str(folder), "--device", device(0), "--quantity", "pedestrians", "--out"]
    process = subprocess.Popen([command, *arguments, out])
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"the export ended with {process.returncode}")
    with out.open("rb") as lines:
        return sum(1 for _ in lines) - 1, used.ru_maxrss * 1024 / 1e6


def _start(folder: Path, state: Path, port: int) -> float:
    _site(folder, state, port)
    return percentile([first_order(folder, port) for _ in range(STARTS)], 50)


def _site(folder: Path, state: Path, port: int) -> None:
    """A site whose record is the one that was made."""
    streets(folder, port)
    with (folder / "site.yaml").open("a", encoding="utf-8") as file:
        file.write(f"state: {state}\n")
