"""Sums and means over stretches of time, as plain sums over the readings have them."""

import contextlib
import sqlite3
from collections.abc import Iterator
from math import isclose
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.device import DeviceId
from devices.reading import Quality, Quantity, Reading
from gateway.record import aggregate
from gateway.record.aggregate import Aggregate
from gateway.record.entry import Entry
from gateway.record.reader import Reader
from gateway.record.retention import Keep
from gateway.record.schema import APPLICATION, FILE, MIGRATIONS, open_to_write
from gateway.record.store import Append, Store
from tests.record.builders import SECOND, START, WEST, count
from tests.record.test_retention import KEEP, days, plan

MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86_400 * SECOND
MIDNIGHT = START // DAY * DAY
EAST = DeviceId("counter-east")


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[Store]:
    store = Store(open_to_write(folder, "chalon"))
    try:
        yield store
    finally:
        store.close()


def keep(store: Store, *readings: Reading, fold: bool = True) -> None:
    store.write([Append(Entry(reading.time, (reading,)), None) for reading in readings])
    if fold:
        store.fold()


def asked(
    folder: Path,
    every: int,
    start: int = 0,
    end: int | None = None,
    device: DeviceId | None = None,
    quantity: Quantity = Quantity.PEDESTRIANS,
) -> list[Aggregate]:
    with contextlib.closing(Reader(folder)) as reader:
        return list(reader.aggregate(quantity, device, start, end, every=every))


def plainly(
    folder: Path, every: int, start: int, end: int, device: DeviceId | None
) -> dict[tuple[int, str, str], list[float]]:
    """The values of each stretch, by a loop that anybody can check."""
    with contextlib.closing(Reader(folder)) as reader:
        found: dict[tuple[int, str, str], list[float]] = {}
        for reading in reader.series(Quantity.PEDESTRIANS, device):
            begin = start
            if Quality.RETAINED in reading.quality or not start < reading.time <= end:
                continue
            while begin + every < reading.time:
                begin += every
            found.setdefault((begin, reading.device, reading.channel), []).append(reading.value)
    return found


minutes = st.integers(-60, 200)
some_readings = st.builds(
    lambda device, minute, offset, people, channel, retained: Reading(
        device,
        Quantity.PEDESTRIANS,
        people,
        MIDNIGHT + minute * MINUTE + offset,
        channel,
        MINUTE,
        Quality.RETAINED if retained else Quality.GOOD,
    ),
    st.sampled_from([WEST, EAST]),
    minutes,
    st.sampled_from([-1_000_000, 0, 0, 1_000_000]),
    st.integers(0, 50),
    st.sampled_from(["in", "out"]),
    st.integers(0, 9).map(lambda drawn: drawn == 0),
)


@settings(max_examples=120, deadline=None)
@given(
    batches=st.lists(st.tuples(st.lists(some_readings, max_size=12), st.booleans()), max_size=5),
    start=minutes | st.sampled_from([-60, 0]),
    length=st.integers(0, 300),
    every=st.sampled_from([7, 30, 60, 120, 1440]),
    device=st.none() | st.just(WEST),
)
def test_stretches_have_what_plain_sums_over_the_readings_have(
    tmp_path_factory: pytest.TempPathFactory,
    batches: list[tuple[list[Reading], bool]],
    start: int,
    length: int,
    every: int,
    device: DeviceId | None,
) -> None:
    folder = tmp_path_factory.mktemp("state")
    with writing(folder) as store:
        for readings, fold in batches:
            keep(store, *readings, fold=fold)
        begin, end, step = MIDNIGHT + start * MINUTE, MIDNIGHT + (start + length) * MINUTE, every * MINUTE
        found = asked(folder, step, begin, end, device)
        expected = plainly(folder, step, begin, end, device)
    assert [(part.start, part.device, part.channel) for part in found] == sorted(expected)
    for part in found:
        values = expected[part.start, part.device, part.channel]
        assert (part.readings, part.total) == (len(values), sum(values))
        assert (part.lowest, part.highest) == (min(values), max(values))
        assert isclose(part.mean, sum(values) / len(values))
        assert part.start < part.end <= min(part.start + step, end)


def test_a_count_belongs_to_the_hour_in_which_its_period_ends(tmp_path: Path) -> None:
    with writing(tmp_path) as store:
        keep(store, count(3, MIDNIGHT), count(5, MIDNIGHT + 30 * SECOND), count(7, MIDNIGHT + HOUR))
    assert [(part.start, part.end, part.total) for part in asked(tmp_path, HOUR)] == [
        (MIDNIGHT - HOUR, MIDNIGHT, 3),
        (MIDNIGHT, MIDNIGHT + HOUR, 12),
    ]


def test_hours_stay_when_their_readings_are_gone_and_late_ones_are_added_to_them(tmp_path: Path) -> None:
    with writing(tmp_path) as store:
        keep(store, *[count(1, MIDNIGHT + minute * MINUTE) for minute in range(1, 121)])
        store.write([Append(plan(MIDNIGHT + 200 * DAY), None)])
        for _ in store.sweep(KEEP, MIDNIGHT + 200 * DAY, ()):
            pass
        assert days(tmp_path) == []
        keep(store, count(100, MIDNIGHT + 30 * MINUTE))
    assert [part.total for part in asked(tmp_path, HOUR)] == [160, 60]
    assert [part.total for part in asked(tmp_path, DAY, MIDNIGHT)] == [220]


def test_hours_go_in_their_own_time(tmp_path: Path) -> None:
    with writing(tmp_path) as store:
        keep(store, *[count(1, MIDNIGHT + hour * HOUR) for hour in range(1, 49)])
        store.write([Append(plan(MIDNIGHT + 3 * DAY), None)])
        for _ in store.sweep(Keep(readings=DAY, hourly=2 * DAY), MIDNIGHT + 3 * DAY, ()):
            pass
    assert [part.start for part in asked(tmp_path, DAY)] == [MIDNIGHT + DAY]


def test_what_is_folded_while_it_is_summed_is_summed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aggregate, "PAGE", 2)
    with writing(tmp_path) as store:
        keep(store, *[count(1, MIDNIGHT + hour * HOUR) for hour in range(1, 11)])
        keep(store, *[count(10, MIDNIGHT + hour * HOUR - MINUTE) for hour in range(1, 11)], fold=False)
        with contextlib.closing(Reader(tmp_path)) as reader:
            parts = reader.aggregate(Quantity.PEDESTRIANS, WEST, every=HOUR)
            totals = [next(parts).total]
            store.fold()
            totals += [part.total for part in parts]
    assert totals == [11] * 10


def test_a_record_of_version_2_gets_the_hours_of_what_it_has(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as database:
        database.execute("PRAGMA auto_vacuum = INCREMENTAL")
        for number, script in enumerate(MIGRATIONS[:2], start=1):
            database.executescript(
                f"BEGIN; {script} PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {number}; COMMIT"
            )
        database.execute("INSERT INTO meta VALUES ('site', 'chalon'), ('identity', '1234'), ('folded', 9)")
        database.execute("INSERT INTO series VALUES (1, 'counter-west', 'pedestrians', '')")
        rows = [(time * 60_000, 1.0, 0) for time in range(-120, 121)] + [(1, 50.0, 1)]
        database.executemany("INSERT INTO history VALUES (1, ?, ?, NULL, ?)", rows)
    with writing(tmp_path) as store:
        keep(store, count(5, MINUTE + 1_000_000))
    assert (tmp_path / f"{FILE}.before-3").exists()
    parts = asked(tmp_path, HOUR, -3 * HOUR, 3 * HOUR)
    assert [(part.start // HOUR, part.total) for part in parts] == [(-3, 1), (-2, 60), (-1, 60), (0, 65), (1, 60)]
