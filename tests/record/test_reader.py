import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from devices.convention import Rejected
from devices.light import LightState
from devices.message import Message
from devices.reading import Availability, Quality, Quantity, Reading
from gateway.record import reader as reading
from gateway.record.entry import Entry
from gateway.record.errors import RecordError
from gateway.record.reader import Kept, Reader
from gateway.record.schema import lock, open_to_write
from gateway.record.store import Append, Store
from tests.record.builders import LAMP, SECOND, START, WEST, count, decision, message


def store(folder: Path, *entries: Entry, fold: bool = False) -> None:
    """Write entries as the writer's thread does."""
    stored = Store(open_to_write(folder, "chalon"))
    stored.write([Append(entry, None) for entry in entries])
    if fold:
        stored.fold()
    stored.close()


def test_pages_join_without_a_seam(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PAGE", 7)
    store(tmp_path, *[message(number) for number in range(50)], fold=True)
    reader = Reader(tmp_path)
    assert [entry.seq for entry in reader.entries()] == list(range(1, 51))
    assert [entry.seq for entry in reader.entries(10, 20)] == list(range(11, 21))
    assert [entry.seq for entry in reader.page(45, 100)] == [46, 47, 48, 49, 50]
    assert reader.page(50) == []
    assert [found.time for found in reader.series(Quantity.PEDESTRIANS)] == [START + n * SECOND for n in range(50)]
    assert (reader.last_seq(), reader.last_at(), reader.site()) == (50, START + 49 * SECOND, "chalon")
    reader.close()


def test_a_series_is_ordered_by_time_whether_it_is_folded_or_not(tmp_path: Path) -> None:
    late = [Entry(START, (count(number, START + number * SECOND),)) for number in (5, 1, 3)]
    store(tmp_path, *late, fold=True)
    store(tmp_path, *[Entry(START, (count(number, START + number * SECOND),)) for number in (4, 2, 6)])
    reader = Reader(tmp_path)
    assert [found.value for found in reader.series()] == [1, 2, 3, 4, 5, 6]
    assert [found.value for found in reader.series(start=START + SECOND, end=START + 5 * SECOND)] == [2, 3, 4, 5]
    reader.close()


def test_readings_that_are_folded_while_they_are_read_come_once(tmp_path: Path) -> None:
    stored = Store(open_to_write(tmp_path, "chalon"))
    stored.write([Append(message(number), None) for number in range(10)])
    reader = Reader(tmp_path)
    series = reader.series(Quantity.PEDESTRIANS)
    first = next(series)
    stored.fold()
    again = Reader(tmp_path).series(Quantity.PEDESTRIANS)
    assert [first.value, *[found.value for found in series]] == list(range(10))
    assert [found.value for found in again] == list(range(10))
    stored.close()
    reader.close()


def test_a_reading_comes_back_out_of_the_history_as_it_was(tmp_path: Path) -> None:
    odd = Reading(WEST, Quantity.PEDESTRIANS, 3, START, "in", 90 * SECOND, Quality.RETAINED | Quality.ESTIMATED)
    state = LightState(LAMP, 61.5, START, power=18.9, energy=48211.07)
    store(tmp_path, Entry(START, (odd, state)), fold=True)
    reader = Reader(tmp_path)
    assert list(reader.series(Quantity.PEDESTRIANS)) == [odd]
    assert {(found.quantity, found.value, found.channel) for found in reader.series(device=LAMP)} == {
        (Quantity.LEVEL, 61.5, ""),
        (Quantity.POWER, 18.9, ""),
        (Quantity.ENERGY, 48211.07, ""),
    }
    reader.close()


def test_decisions_of_a_lamp_are_found_among_the_others(tmp_path: Path) -> None:
    entries = [
        Entry(START + number, made=(decision(START + number, number), decision(START + number, 1, WEST)))
        for number in range(10)
    ]
    store(tmp_path, message(0), *entries)
    reader = Reader(tmp_path)
    assert [found.level for found in reader.decisions(LAMP, START + 3, START + 6)] == [4, 5, 6]
    assert len(list(reader.decisions())) == 20
    reader.close()


def test_rejected_messages_are_found_among_the_others(tmp_path: Path) -> None:
    rejected = Rejected(Message("t", b"\xff\x00", START), "JSON", "bytes", "body")
    store(tmp_path, message(0), Entry(START, (rejected,)), message(1), Entry(START + 1, (rejected,)))
    reader = Reader(tmp_path)
    assert list(reader.rejected()) == [Kept(2, START, rejected), Kept(4, START + 1, rejected)]
    assert list(reader.rejected(2)) == [Kept(4, START + 1, rejected)]
    reader.close()


@pytest.mark.parametrize("fold", [False, True], ids=["not folded", "folded"])
def test_a_device_was_last_seen_when_it_spoke_itself(tmp_path: Path, *, fold: bool) -> None:
    repeated = Reading(WEST, Quantity.PRESENCE, 1, START, quality=Quality.RETAINED)
    store(
        tmp_path,
        Entry(START, (Availability(LAMP, online=True, time=START), count(1, START))),
        Entry(START + 1, (LightState(LAMP, 50.0, START + 1), repeated)),
        Entry(START + 2, (Availability(LAMP, online=False, time=START + 2),)),
        fold=fold,
    )
    reader = Reader(tmp_path)
    assert reader.last_seen() == {WEST: START, LAMP: START + 1}
    reader.close()


def test_an_empty_record_answers_with_nothing(tmp_path: Path) -> None:
    store(tmp_path)
    reader = Reader(tmp_path)
    assert (reader.last_seq(), reader.last_at(), reader.cursor("lab")) == (0, 0, 0)
    assert list(reader.entries()) == []
    assert list(reader.series()) == []
    assert reader.last_seen() == {}
    reader.close()


def test_a_reader_sees_whether_a_gateway_runs(tmp_path: Path) -> None:
    store(tmp_path)
    reader = Reader(tmp_path)
    assert not reader.running()
    descriptor = lock(tmp_path)
    assert reader.running()
    os.close(descriptor)
    assert not reader.running()
    reader.close()


def test_a_thread_that_still_reads_while_the_file_is_closed_is_told_so(tmp_path: Path) -> None:
    # Without a lock between them SQLite takes the whole process down.
    store(tmp_path, message(0))

    def ask(reader: Reader, begun: Event) -> None:
        while True:
            reader.last_seq()
            begun.set()

    for _ in range(20):
        reader, begun = Reader(tmp_path), Event()
        with ThreadPoolExecutor(1) as threads:
            asking = threads.submit(ask, reader, begun)
            begun.wait()
            reader.close()
        with pytest.raises(RecordError, match="cannot be read"):
            asking.result()
