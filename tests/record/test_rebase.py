"""Times of a clock that was not believed, put right once it was set: in the history, in its sums and for servers."""

import asyncio
import contextlib
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.light import LightState
from devices.reading import Quality, Quantity, Reading
from gateway.lighting.decision import Decision, Snapshot
from gateway.lighting.facts import ClockSet
from gateway.record import doubt
from gateway.record.codec import encode
from gateway.record.entry import Adopted, Entry
from gateway.record.history import readings
from gateway.record.reader import Reader
from gateway.record.rebase import Correction, Step, covers, decisions, moved, of_device, puts_right
from gateway.record.retention import Keep
from gateway.record.schema import APPLICATION, FILE, MIGRATIONS, open_to_write
from gateway.record.store import Append, Store
from gateway.record.writer import Record
from tests.record.breaking import spoil_table
from tests.record.builders import LAMP, PLAN, START, count, decision

MILLISECOND, SECOND = 10**6, 10**9
MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86_400 * SECOND
UNSURE = Quality.CLOCK_UNCERTAIN


# ------------------------------------------------------------------------------------------------- the rule alone
def test_what_is_added_is_every_jump_up_to_the_one_that_made_the_clock_believable() -> None:
    steps = [Step(1, 0, -50, sure=False), Step(4, 0, 7, sure=False), Step(9, 0, 30, sure=True)]
    assert puts_right(steps) == [37, 30, 0]
    assert puts_right([*steps, Step(12, 0, -5, sure=False)]) == [37, 30, 0, None]
    assert [seq for seq in range(13) if covers(steps, seq)] == list(range(1, 10))


@pytest.mark.parametrize("shift", [-3 * HOUR, -SECOND, 0, SECOND, 90 * SECOND, 3 * HOUR, 20 * DAY, 20_000 * DAY])
def test_a_time_of_ours_moves_by_the_jump_however_large_or_small(shift: int) -> None:
    assert of_device(START, START, shift) == START + shift
    assert of_device(START + 3 * MILLISECOND, START, shift) == START + shift + 3 * MILLISECOND
    assert of_device(START, START - 400_000, shift) == START - 400_000 + shift


@pytest.mark.parametrize(
    ("said", "shift", "stands"),
    [
        # A device that knew the right time, three hours ahead of ours, was not believed then: ours was taken. One
        # that was right and just inside what was believed stays.
        (START + 100 * SECOND, 100 * SECOND, START + 100 * SECOND),
        (START - 30 * SECOND, -30 * SECOND, START - 30 * SECOND),
        # A device that had its time from us shares our error.
        (START - 5 * SECOND, 3 * HOUR, START - 5 * SECOND + 3 * HOUR),
        (START + 5 * SECOND, 20_000 * DAY, START + 5 * SECOND + 20_000 * DAY),
        # Told late: the device's clock may have been right ...
        (START - DAY, 3 * HOUR, START - DAY),
        # ... or cannot have been.
        (START - DAY, 7 * DAY, START + 6 * DAY),
        (START - HOUR, -3 * HOUR, START - 4 * HOUR),
    ],
)
def test_a_devices_own_time_is_judged_again_by_the_clock_that_was_set(said: int, shift: int, stands: int) -> None:
    assert of_device(said, START, shift) == stands


def test_what_a_step_itself_brought_stands_at_the_instant_to_which_it_jumped() -> None:
    early, late = decision(START - SECOND, 60), decision(START + HOUR, 80)
    entry = Entry(START, (ClockSet(HOUR, sure=True),), (early, late))
    correction = Correction(before=HOUR, behind=None)
    assert [item.time for item in decisions(entry, correction)] == [START + HOUR - SECOND, START + HOUR]
    entry = Entry(START, (ClockSet(-HOUR, sure=False),), (early, replace(late, time=START - HOUR)))
    correction = Correction(before=None, behind=2 * HOUR)
    assert [item.time for item in decisions(entry, correction)] == [START - SECOND, START + HOUR]


def test_all_of_it_is_marked_lamps_states_too() -> None:
    entry = Entry(START, (LightState(LAMP, 50.0, START, power=9.0), replace(count(3, START), quality=UNSURE)))
    found = [new for _, new in moved(entry, Correction(HOUR, HOUR))]
    assert {reading.quantity for reading in found} == {Quantity.LEVEL, Quantity.POWER, Quantity.PEDESTRIANS}
    assert all((reading.time, reading.quality) == (START + HOUR, UNSURE) for reading in found)
    assert [new for _, new in moved(entry, Correction(None, None))] == list(readings(entry))


def test_a_count_that_was_made_of_a_running_total_stands_where_that_stands() -> None:
    for said in (START, START - 5 * SECOND, START - DAY):
        total = Reading(count(1, said).device, Quantity.PEDESTRIANS_TOTAL, 40, said)
        entry = Entry(START, (total,), (count(3, said),))
        was, made = [new.time for _, new in moved(entry, Correction(3 * HOUR, 3 * HOUR))]
        assert made == was == of_device(said, START, 3 * HOUR)


# ------------------------------------------------------------------------------------------------- a whole record
@dataclass
class Street:
    """True time, the street time that a gateway has of it, and what is learned by it."""

    true: int = START
    offset: int = 0
    sure: bool = True

    def tell(self, people: int) -> Entry:
        self.true += SECOND
        at = self.true + self.offset
        return Entry(at, (replace(count(people, at), quality=Quality.GOOD if self.sure else UNSURE),))

    def set(self, offset: int, *, sure: bool) -> Entry:
        self.true += SECOND
        at, shift = self.true + self.offset, offset - self.offset
        self.offset, self.sure = offset, sure
        return Entry(at, (ClockSet(shift, sure),))


def opened(folder: Path) -> Store:
    return Store(open_to_write(folder, "chalon"))


def put_right(store: Store) -> None:
    while store.rebasing:
        store.rebase()


def written(folder: Path, *entries: Entry) -> None:
    """Store entries as a gateway does that lives on for a while."""
    store = opened(folder)
    store.write([Append(entry, None) for entry in entries])
    store.fold()
    put_right(store)
    store.close()


def found(folder: Path) -> list[Reading]:
    with contextlib.closing(Reader(folder)) as reader:
        return list(reader.series(start=-(10**18)))


def sent(folder: Path) -> list[tuple[int, float, bool]]:
    """Time, value and doubt of every point that a server gets, in order of the record."""
    with contextlib.closing(Reader(folder)) as reader:
        return [
            (reading.time, reading.value, UNSURE in reading.quality)
            for entry in reader.for_servers(0, 10_000)
            for reading in readings(entry)
        ]


def by_the_hour(folder: Path) -> dict[int, float]:
    with contextlib.closing(Reader(folder)) as reader:
        return {part.start: part.total for part in reader.aggregate(Quantity.PEDESTRIANS, every=HOUR)}


def test_points_of_a_clock_that_was_set_stand_where_they_belong_and_stay_marked(tmp_path: Path) -> None:
    street = Street()
    entries = [street.tell(1), street.set(-START, sure=False), street.tell(2), street.tell(3)]
    truth = [START + SECOND, START + 3 * SECOND, START + 4 * SECOND, START + 6 * SECOND]
    written(tmp_path, *entries, street.set(0, sure=True), street.tell(4))
    assert [(reading.time, reading.value) for reading in found(tmp_path)] == list(zip(truth, (1, 2, 3, 4), strict=True))
    assert [UNSURE in reading.quality for reading in found(tmp_path)] == [False, True, True, False]
    assert sent(tmp_path) == list(zip(truth, (1, 2, 3, 4), (False, True, True, False), strict=True))
    assert sum(by_the_hour(tmp_path).values()) == 10
    assert min(by_the_hour(tmp_path)) >= START - HOUR
    with contextlib.closing(Reader(tmp_path)) as reader:
        learned = [reading.time for entry in reader.entries() for reading in readings(entry)]
    assert learned == [START + SECOND, 3 * SECOND, 4 * SECOND, START + 6 * SECOND]


def test_until_the_clock_is_set_servers_wait_and_the_history_has_all_of_it_marked_and_in_no_hour(
    tmp_path: Path,
) -> None:
    street = Street()
    written(tmp_path, street.tell(1), street.set(-START, sure=False), street.tell(2), street.tell(3))
    assert sent(tmp_path) == [(START + SECOND, 1, False)]
    assert [(reading.value, UNSURE in reading.quality) for reading in found(tmp_path)] == [
        (2, True),
        (3, True),
        (1, False),
    ]
    assert sum(by_the_hour(tmp_path).values()) == 1
    with contextlib.closing(Reader(tmp_path)) as reader:
        assert reader.waits() == 3
        assert reader.believed_until() == START + 2 * SECOND


def test_a_sum_leaves_out_what_is_in_doubt_before_it_is_in_the_history_too(tmp_path: Path) -> None:
    street = Street()
    store = opened(tmp_path)
    store.write([Append(entry, None) for entry in (street.tell(1), street.set(-HOUR, sure=False), street.tell(2))])
    assert sum(by_the_hour(tmp_path).values()) == 1
    store.write([Append(entry, None) for entry in (street.set(0, sure=True), street.tell(4))])
    put_right(store)
    store.close()
    assert sum(by_the_hour(tmp_path).values()) == 7


def test_nothing_is_put_right_twice_over_restarts_at_every_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doubt, "ENTRIES", 3)
    street = Street()
    entries = [street.set(-HOUR, sure=False), *(street.tell(1) for _ in range(10)), street.set(0, sure=True)]
    store = opened(tmp_path)
    store.write([Append(entry, None) for entry in entries])
    store.abandon()
    pages = 0
    store = opened(tmp_path)
    while store.rebasing:
        store.rebase()
        pages += 1
        store.abandon()
        store = opened(tmp_path)
    store.close()
    assert pages == 4
    assert [reading.time for reading in found(tmp_path)] == [START + second * SECOND for second in range(2, 12)]
    assert sum(by_the_hour(tmp_path).values()) == 10


def test_a_clash_takes_the_next_free_millisecond_and_servers_get_the_same(tmp_path: Path) -> None:
    street = Street()
    begun = street.set(-2 * HOUR, sure=False)
    doubted = street.tell(5)
    early = Entry(START - 1, (count(7, START + 2 * SECOND),))
    written(tmp_path, early, begun, doubted, street.set(0, sure=True))
    times = {(reading.value, reading.time) for reading in found(tmp_path)}
    assert times == {(7, START + 2 * SECOND), (5, START + 2 * SECOND + MILLISECOND)}
    assert {(value, time) for time, value, _ in sent(tmp_path)} == times


def test_what_comes_later_gives_way_to_what_was_put_right(tmp_path: Path) -> None:
    street = Street()
    written(tmp_path, street.set(-2 * HOUR, sure=False), street.tell(5), street.set(0, sure=True))
    written(tmp_path, Entry(START + MINUTE, (count(8, START + 2 * SECOND),)))
    assert [(reading.value, reading.time - START) for reading in found(tmp_path)] == [
        (5, 2 * SECOND),
        (8, 2 * SECOND + MILLISECOND),
    ]


def test_a_decision_of_a_doubtful_time_is_sent_at_the_right_one(tmp_path: Path) -> None:
    street = Street()
    begun = street.set(-HOUR, sure=False)
    at = street.true + SECOND - HOUR
    written(tmp_path, begun, Entry(at, (), (decision(at, 60),)), street.set(0, sure=True))
    with contextlib.closing(Reader(tmp_path)) as reader:
        made = [item for entry in reader.for_servers(0) for item in entry.made if isinstance(item, Decision)]
    assert [(item.time, item.level) for item in made] == [(at + HOUR, 60)]


def test_two_times_of_doubt_wait_each_for_its_own_end(tmp_path: Path) -> None:
    street = Street()
    first = [street.set(-HOUR, sure=False), street.tell(1), street.set(0, sure=True), street.tell(2)]
    second = [street.set(-DAY, sure=False), street.tell(3)]
    written(tmp_path, *first, *second)
    assert sent(tmp_path) == [(START + 2 * SECOND, 1, True), (START + 4 * SECOND, 2, False)]
    written(tmp_path, street.set(0, sure=True))
    assert sent(tmp_path)[2:] == [(START + 6 * SECOND, 3, True)]


def test_a_fresh_record_in_the_place_of_a_damaged_one_is_still_in_doubt(tmp_path: Path) -> None:
    street = Street()
    store = opened(tmp_path)
    store.write([Append(entry, None) for entry in (street.tell(1), street.set(-DAY, sure=False), street.tell(2))])
    store.fold()
    store.abandon()
    spoil_table(tmp_path, "history")
    record = Record(tmp_path, "chalon")
    assert "damaged" in record.status().damage
    assert record.doubted_since == START + 2 * SECOND
    record.close()
    written(tmp_path, street.tell(3), street.set(0, sure=True))
    assert sent(tmp_path) == [(START + 4 * SECOND, 3, True)]


def test_counts_of_running_totals_are_made_once_and_put_right_with_them(tmp_path: Path) -> None:
    street, counter = Street(), count(1, START).device

    def total(value: float) -> Entry:
        at = street.tell(0).at
        return Entry(at, (Reading(counter, Quantity.PEDESTRIANS_TOTAL, value, at),))

    entries = [total(10), street.set(-DAY, sure=False), total(14), total(15), street.set(0, sure=True), total(20)]
    written(tmp_path, *entries)
    with contextlib.closing(Reader(tmp_path)) as reader:
        points = [
            (made.time - START, made.value)
            for entry in reader.for_servers(0)
            for made in readings(entry)
            if made.quantity is Quantity.PEDESTRIANS
        ]
        assert points == [(3 * SECOND, 4), (4 * SECOND, 1), (6 * SECOND, 5)]
        series = [(made.time - START, made.value) for made in reader.series(Quantity.PEDESTRIANS)]
    assert series == points
    assert sum(by_the_hour(tmp_path).values()) == 10


walks = st.lists(
    st.one_of(
        st.integers(1, 4).map(lambda number: ("tell", number)),
        st.integers(-3 * DAY, -SECOND).map(lambda offset: ("doubt", offset)),
        st.just(("set", 0)),
        st.just(("restart", 0)),
        st.just(("fold", 0)),
        st.just(("mend", 0)),
    ),
    max_size=25,
)


@settings(max_examples=40, deadline=None)
@given(walks)
def test_whatever_the_clock_did_every_point_ends_where_it_truly_was(walk: Sequence[tuple[str, int]]) -> None:
    street, truth = Street(), list[tuple[int, float, bool]]()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = opened(folder)
        for what, number in [*walk, ("set", 0)]:
            match what:
                case "tell":
                    for _ in range(number):
                        store.write([Append(street.tell(len(truth)), None)])
                        truth.append((street.true, len(truth), not street.sure))
                case "doubt":
                    store.write([Append(street.set(number, sure=False), None)])
                case "set":
                    store.write([Append(street.set(0, sure=True), None)])
                case "restart":
                    store.abandon()
                    store = opened(folder)
                case "fold":
                    store.fold()
                case _ if store.rebasing:
                    store.rebase()
                case _:
                    pass
        put_right(store)
        store.fold()
        store.close()
        assert sent(folder) == truth
        assert [(reading.time, reading.value) for reading in found(folder)] == [point[:2] for point in truth]
        sums = Counter[int]()
        for time, value, _ in truth:
            sums[(time - 1) // HOUR * HOUR] += int(value)
        assert {start: total for start, total in by_the_hour(folder).items() if total} == +sums


# ------------------------------------------------------------------------------------------------- the writer
async def test_the_writer_puts_times_right_between_messages_and_tells_those_who_wait_for_them(tmp_path: Path) -> None:
    news = asyncio.Event()
    street = Street()
    record = await asyncio.to_thread(Record, tmp_path, "chalon")
    record.on_commit.append(news.set)
    record.start()
    for entry in (street.set(-HOUR, sure=False), street.tell(1), street.set(0, sure=True)):
        record.append(entry)
    async with asyncio.timeout(30):
        while not (points := await asyncio.to_thread(sent, tmp_path)):
            await news.wait()
            news.clear()
    await asyncio.to_thread(record.close)
    assert points == [(START + 2 * SECOND, 1, True)]


# ------------------------------------------------------------------------------------------------- what is old
def test_what_is_old_goes_by_the_time_at_which_it_truly_was(tmp_path: Path) -> None:
    street = Street()
    entries = [street.set(-START, sure=False), street.tell(1), street.set(0, sure=True), street.tell(2)]
    written(tmp_path, *entries, Entry(street.true, (Adopted(PLAN, "0.1.0"),), (Snapshot(PLAN.digest, "0.1.0", {}),)))
    store = opened(tmp_path)
    for _ in store.sweep(Keep(readings=90 * DAY), START + 80 * DAY, ()):
        pass
    assert [reading.value for reading in found(tmp_path)] == [1, 2]
    assert len(sent(tmp_path)) == 2
    for _ in store.sweep(Keep(readings=90 * DAY), START + 100 * DAY, ()):
        pass
    store.close()
    assert found(tmp_path) == []
    assert sent(tmp_path) == []


# ------------------------------------------------------------------------------------------------- older records
def test_a_record_of_version_6_is_taken_over_as_it_is(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as database:
        database.execute("PRAGMA auto_vacuum = INCREMENTAL")
        for number, script in enumerate(MIGRATIONS[:6], start=1):
            database.executescript(
                f"BEGIN; {script} PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {number}; COMMIT"
            )
        database.execute("INSERT INTO meta VALUES ('site', 'chalon'), ('identity', '1234')")
        body = encode([count(1, START)], [])
        database.execute("INSERT INTO ledger VALUES (1, ?, 0, NULL, NULL, NULL, ?)", (START, body))
    with contextlib.closing(Reader(tmp_path)) as reader:
        assert reader.believed_until() == START
    street = Street(true=START + HOUR)
    written(tmp_path, street.set(-DAY, sure=False), street.tell(2), street.set(0, sure=True))
    assert (tmp_path / f"{FILE}.before-7").exists()
    assert sent(tmp_path) == [(START, 1, False), (START + HOUR + 2 * SECOND, 2, True)]
