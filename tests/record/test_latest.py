"""What devices said last is known to the process that follows, in the time of the clock with which the record ends."""

from pathlib import Path

import pytest

from devices.device import DeviceId
from devices.reading import Quality, Quantity, Reading
from gateway.lighting.facts import ClockSet
from gateway.record.entry import Entry
from gateway.record.latest import latest
from gateway.record.reader import Reader
from tests.record.builders import SECOND, START, WEST, count
from tests.record.test_reader import store

HOUR = 3600 * SECOND
PIR = DeviceId("pir")


def there(value: float, time: int, channel: str = "", quality: Quality = Quality.GOOD) -> Reading:
    return Reading(PIR, Quantity.PRESENCE, value, time, channel, quality=quality)


def said(folder: Path, *devices: DeviceId) -> set[Reading]:
    reader = Reader(folder)
    try:
        return set(latest(reader, devices))
    finally:
        reader.close()


@pytest.mark.parametrize("folded", [0, 1, 3])
def test_the_last_of_each_series_is_given_but_for_what_a_broker_repeated(tmp_path: Path, folded: int) -> None:
    entries = [
        Entry(START, (there(0, START), there(1, START, "yard"), count(1, START))),
        Entry(START + SECOND, (there(1, START + SECOND), count(2, START + SECOND))),
        Entry(START + 2 * SECOND, (there(0, START + 2 * SECOND, quality=Quality.RETAINED),)),
    ]
    store(tmp_path, *entries[:folded], fold=True)
    store(tmp_path, *entries[folded:])
    assert said(tmp_path, PIR) == {there(1, START + SECOND), there(1, START, "yard")}
    assert said(tmp_path, PIR, WEST) == {there(1, START + SECOND), there(1, START, "yard"), count(2, START + SECOND)}
    assert said(tmp_path) == set()


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_nothing_is_taken_for_older_than_it_is_where_the_clock_was_set_behind_it(tmp_path: Path, jump: int) -> None:
    end = START + jump + 7 * SECOND
    store(
        tmp_path,
        Entry(START, (there(1, START),)),
        Entry(START + 5 * SECOND, (ClockSet(jump, sure=True),)),
        Entry(end, (count(1, end),)),
    )
    (reading,) = said(tmp_path, PIR)
    assert START + jump <= reading.time <= end


def test_a_record_without_any_of_them_says_nothing(tmp_path: Path) -> None:
    store(tmp_path)
    assert said(tmp_path, PIR) == set()
