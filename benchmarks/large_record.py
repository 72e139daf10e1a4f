"""Makes a large record once, faster than messages would: minutes for ten million readings."""

import asyncio
import os
import shutil
import sqlite3
import sys
import time
from pathlib import Path
from typing import Final

from benchmarks.site import SENSORS, SITE, streets
from benchmarks.traffic import BOOT, message
from devices.message import SECOND
from gateway.configuration.build import load
from gateway.lighting.engine import Engine
from gateway.record import history
from gateway.record.bundle import Row
from gateway.record.codec import encode
from gateway.record.entry import Adopted, Entry
from gateway.record.history import MILLISECOND, Fold, Sample
from gateway.record.noted import Noted, newest_runs
from gateway.record.schema import VERSION, mark_clean, open_to_write
from gateway.record.writer import Record

EVERY: Final = 60 * SECOND
"""How often each counter speaks."""
STEP: Final = EVERY // SENSORS
_PAGE: Final = 100_000
"""Readings of one transaction."""


def large_record(readings: int) -> Path:
    """The state folder of a record of so many readings that ends at some time in the past; made if need be."""
    folder = cache() / f"{readings}-{VERSION}"
    if not folder.exists():
        print(f"making a record of {readings:,} readings, once, in {folder} ...", file=sys.stderr, flush=True)
        making = folder.with_name(f"{folder.name}.part")
        shutil.rmtree(making, ignore_errors=True)
        _make(making, readings)
        making.rename(folder)
    return folder / "state"


def cache() -> Path:
    """Where large records are kept from run to run: some 2 GB."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "reverbere-bench"


def _make(folder: Path, readings: int) -> None:
    streets(folder, 1883)
    state = folder / "state"
    state.mkdir()
    end = time.time_ns() // EVERY * EVERY
    start = end - readings * STEP
    database = open_to_write(state, SITE)
    database.execute("PRAGMA synchronous = OFF")  # it is made anew if this does not come to its end
    for first in range(0, readings, _PAGE):
        _write(database, first, min(first + _PAGE, readings), start)
    last = (readings - 1) // SENSORS
    numbers = [(message(number, 0).learned[0].device, BOOT, 0, last, readings) for number in range(SENSORS)]  # type: ignore[union-attr] # a Numbered has one
    database.executemany("INSERT INTO numbers VALUES (?, ?, ?, ?, ?)", numbers)
    mark_clean(database)
    database.close()
    asyncio.run(_adopt(folder, end))


def _write(database: sqlite3.Connection, first: int, end: int, start: int) -> None:
    """Write some readings into the ledger, each in a commit of its own, and, folded, into history and hours."""
    rows: list[Row] = []
    samples: dict[history.Series, dict[int, Sample]] = {}
    heard: dict[str, int] = {}
    noted = Noted(newest_runs(database))
    for number in range(first, end):
        entry = message(number, start + number * STEP)
        origin, reading = entry.origin, next(history.readings(entry))
        if origin is None:
            raise LookupError("expected a message that came by MQTT")
        body = encode(entry.learned, entry.made)
        rows.append(Row(number + 1, entry.at, 0, origin.link, origin.packet, origin.digest, body))
        noted.message(origin, number + 1)
        sample = Sample(reading.value, reading.period, reading.quality.value)
        samples.setdefault(history.name(reading), {})[reading.time // MILLISECOND] = sample
        heard[reading.device] = entry.at
    database.execute("BEGIN")
    database.executemany("INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    database.execute("COMMIT")
    history.write(database, Fold(samples, heard, end), noted.write)


async def _adopt(folder: Path, at: int) -> None:
    """End it as a gateway does that is stopped: with its plan and its state."""
    site = load(folder)
    engine = Engine(site.plan, at)
    record = Record(site.state, site.id)
    record.start()
    record.append(Entry(at, (Adopted(site.plan, "bench"),), (*engine.advance(at), engine.snapshot())))
    await asyncio.to_thread(record.close)
