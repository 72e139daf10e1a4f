import contextlib
import sqlite3
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from devices.convention import Numbered
from devices.reading import Reading
from gateway.record.entry import Entry
from gateway.record.reader import Reader
from gateway.record.schema import open_to_write
from gateway.record.store import Append, Store
from tests.record.builders import MILLISECOND, SECOND, START, WEST, count, origin


class Traffic:
    """Messages of one link, some of them again, many of them alike."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._sent: list[Entry] = []

    def batch(self) -> list[Entry]:
        return [
            self._again() if self._random.random() < 0.4 else self._fresh() for _ in range(self._random.randrange(8))
        ]

    def _again(self) -> Entry:
        if not self._sent:
            return self._fresh()
        entry = self._random.choice(self._sent[-50:])
        assert entry.origin is not None
        return replace(entry, origin=replace(entry.origin, redelivered=True))

    def _fresh(self) -> Entry:
        packet = len(self._sent) + 1
        number = (Numbered(WEST, self._random.choice("ab"), packet),) if self._random.random() < 0.5 else ()
        at = START + packet * SECOND
        learned = (count(packet, START + self._random.randrange(20) * MILLISECOND), *number)
        self._sent.append(Entry(at, learned, (), origin(packet, self._random.choice(["same", f"{packet}"]))))
        return self._sent[-1]


def people(entries: list[Entry]) -> list[float]:
    """What each message counted, which names it here."""
    return [item.value for entry in entries for item in entry.learned if isinstance(item, Reading)]


@pytest.mark.parametrize("seed", range(20))
def test_each_message_is_stored_once_over_failed_commits_folds_and_restarts(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    traffic, database = Traffic(random), open_to_write(tmp_path, "chalon")
    store, committed = Store(database), list[Entry]()
    for _ in range(40):
        batch = traffic.batch()
        failing = random.random() < 0.2
        database.execute(f"PRAGMA query_only = {failing}")
        with contextlib.suppress(sqlite3.OperationalError):
            store.write([Append(entry, None) for entry in batch])
            committed += batch
        database.execute("PRAGMA query_only = 0")
        if random.random() < 0.2:
            store.fold()
        if random.random() < 0.1:
            store = Store(database)
    once = list(dict.fromkeys(people(committed)))
    with contextlib.closing(Reader(tmp_path)) as reader:
        there, series = list(reader.entries()), list(reader.series())
    store.close()
    assert people(there) == once
    assert len({reading.time for reading in series}) == len(series) == len(once)
    assert {(reading.time, reading.value) for reading in series} == {
        (item.time, item.value) for entry in there for item in entry.learned if isinstance(item, Reading)
    }
