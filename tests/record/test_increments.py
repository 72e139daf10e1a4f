"""Running totals in the record: each person once, whatever was released, came again, was killed or damaged."""

import contextlib
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.convention import Numbered
from devices.reading import Quality, Quantity, Reading
from gateway.lighting.facts import ClockSet
from gateway.record.entry import Adopted, Entry
from gateway.record.opening import Heirloom, Opening
from gateway.record.reader import Reader
from gateway.record.schema import APPLICATION, FILE, MIGRATIONS, open_to_write
from gateway.record.store import Append, Store
from gateway.record.writer import Record
from tests.record.breaking import spoil_table
from tests.record.builders import MILLISECOND, PLAN, SECOND, START, WEST, origin

HOUR = 3600 * SECOND
CHANNELS = ("in", "out")


def total(people: float, at: int, channel: str = "", quality: Quality = Quality.GOOD) -> Reading:
    """What a counter shows at START and so many seconds."""
    return Reading(WEST, Quantity.PEDESTRIANS_TOTAL, people, START + at * SECOND, channel, quality=quality)


def said(seq: int, people: float, *, boot: str = "a") -> Entry:
    """A numbered message with a total, by MQTT."""
    return Entry(START + seq * SECOND, (Numbered(WEST, boot, seq), total(people, seq)), (), origin(seq + 1, f"{seq}"))


@contextmanager
def writing(folder: Path) -> Iterator[Store]:
    store = Store(open_to_write(folder, "chalon"))
    try:
        yield store
    finally:
        store.close()


def keep(store: Store, *entries: Entry) -> None:
    store.write([Append(entry, None) for entry in entries])


def counted(folder: Path) -> list[Reading]:
    """The counts of people in the record, by time."""
    with closing(Reader(folder)) as reader:
        return list(reader.series(Quantity.PEDESTRIANS))


def people(folder: Path) -> float:
    return sum(reading.value for reading in counted(folder))


def test_a_total_is_kept_as_it_came_and_the_count_is_made_of_it_in_the_same_entry(tmp_path: Path) -> None:
    with writing(tmp_path) as store:
        keep(store, said(0, 100), said(60, 103))
    with closing(Reader(tmp_path)) as reader:
        first, second = reader.entries()
    assert first.made == ()
    assert second.learned == said(60, 103).learned
    assert second.made == (Reading(WEST, Quantity.PEDESTRIANS, 3, START + 60 * SECOND, "", 60 * SECOND),)


def test_hours_and_series_have_totals_and_increments_and_their_marks(tmp_path: Path) -> None:
    with writing(tmp_path) as store:
        keep(store, said(0, 65_530), said(60, 4), said(90, 3, boot="b"), said(120, 2, boot="c"))
        keep(store, said(180, 2, boot="c"))
    wrap, reset = Quality.ESTIMATED | Quality.WRAP, Quality.ESTIMATED | Quality.RESET
    found = [(reading.value, reading.quality) for reading in counted(tmp_path)]
    assert found == [(10, wrap), (3, reset), (2, reset), (0, Quality.GOOD)]
    with closing(Reader(tmp_path)) as reader:
        (hour,) = reader.aggregate(Quantity.PEDESTRIANS, every=HOUR)
        raw = [reading.value for reading in reader.series(Quantity.PEDESTRIANS_TOTAL)]
    assert (hour.total, hour.readings) == (15, 4)
    assert sorted(raw) == [2, 2, 3, 4, 65_530]


def test_what_is_known_of_totals_survives_a_restart_and_a_message_that_comes_again(tmp_path: Path) -> None:
    for seq in range(5):
        with writing(tmp_path) as store:
            keep(store, *(said(again, 100 + 3 * again) for again in range(seq + 1)))
    assert people(tmp_path) == 12


def test_directions_have_totals_of_their_own_and_a_count_beside_a_total_stays_alone(tmp_path: Path) -> None:
    explicit = Reading(WEST, Quantity.PEDESTRIANS, 9, START + 2 * SECOND)
    with writing(tmp_path) as store:
        for at, (arrived, left) in enumerate([(10, 20), (11, 24)]):
            keep(store, Entry(START, (total(arrived, at, "in"), total(left, at, "out"))))
        keep(store, Entry(START, (explicit, total(15, 2, "in"), total(30, 2, "out"))))
        keep(store, Entry(START, (total(16, 3, "in"), total(30, 3, "out"))))
    found = [(reading.channel, reading.value) for reading in counted(tmp_path)]
    assert found == [("in", 1), ("out", 4), ("", 9), ("in", 1), ("out", 0)]


def test_a_retained_total_is_in_no_sum(tmp_path: Path) -> None:
    with writing(tmp_path) as store:
        keep(store, Entry(START, (total(50, 0, quality=Quality.RETAINED),)), Entry(START, (total(10, 1),)))
        keep(store, Entry(START, (total(90, 2, quality=Quality.RETAINED),)), Entry(START, (total(13, 3),)))
    assert people(tmp_path) == 3


def test_a_clock_that_is_set_back_loses_nobody(tmp_path: Path) -> None:
    with writing(tmp_path) as store:
        keep(store, Entry(START, (total(10, 7200),)), Entry(START, (ClockSet(-HOUR, sure=True),)))
        keep(store, Entry(START, (total(12, 3660),)))
    assert [(reading.value, reading.period) for reading in counted(tmp_path)] == [(2, 60 * SECOND)]


def test_a_plan_says_where_a_counter_goes_round(tmp_path: Path) -> None:
    zone = PLAN.zones[0]
    six_digits = tuple(replace(counter, wraps_at=1_000_000) for counter in zone.counters)
    plan = replace(PLAN, zones=(replace(zone, counters=six_digits),))
    with writing(tmp_path) as store:
        keep(store, Entry(START, (Adopted(plan, "0.1.0"),)), said(0, 999_998), said(1, 3))
    assert people(tmp_path) == 5


def test_where_totals_stood_is_taken_from_a_record_of_an_older_version(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as database:
        database.execute("PRAGMA auto_vacuum = INCREMENTAL")
        for number, script in enumerate(MIGRATIONS[:3], start=1):
            database.executescript(
                f"BEGIN; {script} PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {number}; COMMIT"
            )
        database.execute("INSERT INTO meta VALUES ('site', 'chalon'), ('identity', '1234'), ('folded', 0)")
        database.execute("INSERT INTO series VALUES (1, 'counter-west', 'pedestrians_total', '')")
        begin = START // MILLISECOND
        rows = [(begin - 60_000, 90.0, 0), (begin, 100.0, 0), (begin + 10, 400.0, 1)]
        database.executemany("INSERT INTO history VALUES (1, ?, ?, NULL, ?)", rows)
    with writing(tmp_path) as store:
        keep(store, said(60, 103))
    assert (tmp_path / f"{FILE}.before-4").exists()
    (found,) = counted(tmp_path)
    assert (found.value, found.period) == (3, 60 * SECOND)


def test_totals_go_on_from_where_a_damaged_record_left_them(tmp_path: Path) -> None:
    with writing(tmp_path) as store:
        keep(store, said(0, 100), said(1, 104))
        store.fold()
    spoil_table(tmp_path, "history")
    with closing(sqlite3.connect(tmp_path / FILE)) as database:
        database.execute("DELETE FROM meta WHERE key = 'clean'")
        database.commit()
    store = Opening(tmp_path, "chalon", 10**9).store()
    keep(store, said(2, 105), said(1, 104))
    store.close()
    assert people(tmp_path) == 1


class Failing:
    """A database of which every write fails when told so, at its end, as a disk that is full."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self.fails = False

    def __getattr__(self, name: str) -> object:
        return getattr(self._database, name)

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        if self.fails and sql == "COMMIT":
            raise sqlite3.OperationalError("database or disk is full")
        return self._database.execute(sql, *values)


def begun(folder: Path) -> tuple[Store, Failing]:
    database = Failing(open_to_write(folder, "chalon"))
    return Store(database), database  # type: ignore[arg-type] # it is one in all that a store asks


class World:
    """A counter with an outbox on one side, a store on the other, and everything between them that may go wrong."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[Entry] = []
        self.people = 0
        self.base = 0
        self.boot = 0
        self.aside = 0.0
        self.store, self.database = begun(folder)
        self.walk(0)
        self.send(1)

    def walk(self, people: int) -> None:
        self.people += people
        at, seq = len(self.said), len(self.said) - self.base
        shown = total(1000 + self.people, at)
        self.said.append(Entry(START + at * SECOND, (Numbered(WEST, f"{self.boot}", seq), shown)))

    def restart_counter(self) -> None:
        self.boot, self.base = self.boot + 1, len(self.said)

    def send(self, count: int, *, durable: bool = True) -> None:
        """The last few messages, in order, all that were ever kept among them."""
        self.database.fails = not durable
        works = [Append(entry, None) for entry in self.said[-count:]]
        if durable:
            self.store.write(works)
        else:
            with pytest.raises(sqlite3.OperationalError):
                self.store.write(works)

    def kill(self) -> None:
        """The process ends where it stands and begins again."""
        self.store.abandon()
        self.store, self.database = begun(self.folder)

    def damage(self) -> None:
        """The file is found damaged while it runs: a fresh one takes its place."""
        self.store.fold()
        self.aside += people(self.folder)
        opening = Opening(self.folder, "chalon", 10**9)
        fresh = opening.anew("spoilt", Heirloom(self.store.identity, self.store.seq, self.store.totals))
        self.store.abandon()
        fresh.close()
        self.store, self.database = begun(self.folder)


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("walk"), st.integers(0, 9)),
            st.tuples(st.just("send"), st.integers(1, 6)),
            st.tuples(st.just("fail"), st.integers(1, 6)),
            st.tuples(st.sampled_from(["kill", "damage", "restart", "fold"]), st.just(0)),
        ),
        max_size=25,
    )
)
@settings(max_examples=60, deadline=None)
def test_whatever_fails_or_comes_again_everybody_up_to_the_last_total_is_in_the_record_once(
    happens: list[tuple[str, int]],
) -> None:
    with TemporaryDirectory() as folder:
        world = World(Path(folder))
        for what, number in happens:
            match what:
                case "walk":
                    world.walk(number)
                case "send":
                    world.send(number)
                case "fail":
                    world.walk(1)  # an empty transaction has nothing to fail with
                    world.send(number, durable=False)
                case "kill":
                    world.kill()
                case "damage":
                    world.damage()
                case "restart":
                    world.restart_counter()
                case _:
                    world.database.fails = False
                    world.store.fold()
        world.send(2)
        world.store.fold()
        assert world.aside + people(world.folder) == world.people
        world.store.close()


def test_a_killed_recorder_of_totals_has_everybody_up_to_the_last_total_it_holds(tmp_path: Path) -> None:
    for _ in range(3):
        with subprocess.Popen(
            [sys.executable, "-m", "tests.record.recorder", str(tmp_path), "totals"], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            for _ in range(400):
                process.stdout.readline()
            process.kill()
    Record(tmp_path, "chalon").close()
    with contextlib.closing(Reader(tmp_path)) as reader:
        shown = [reading.value for reading in reader.series(Quantity.PEDESTRIANS_TOTAL)]
        assert sum(reading.value for reading in reader.series(Quantity.PEDESTRIANS)) == shown[-1] - shown[0]
        assert len(shown) >= 400
