"""Watt-hours of an hour, made of a running total."""

from collections.abc import Container, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from devices.light import LightState
from devices.reading import Quality, Quantity, Reading
from gateway.record.aggregate import Question
from gateway.record.entry import Entry
from gateway.record.reader import Reader
from gateway.record.schema import open_to_write
from gateway.record.store import Append, Store
from gateway.record.used import used
from tests.record.builders import LAMP, SECOND, START

MINUTE, HOUR = 60 * SECOND, 3600 * SECOND
BEGIN = START // HOUR * HOUR


@contextmanager
def reading(folder: Path, *entries: Entry) -> Iterator[Reader]:
    store = Store(open_to_write(folder, "chalon"))
    store.write([Append(entry, None) for entry in entries])
    store.close()
    with closing(Reader(folder)) as reader:
        yield reader


def state(minute: int, energy: float) -> Entry:
    at = BEGIN + minute * MINUTE
    return Entry(at, (LightState(LAMP, 80.0, at, energy=energy),))


def test_watt_hours_of_each_hour_go_on_across_a_new_meter_and_begin_with_the_total_before(tmp_path: Path) -> None:
    said = [
        state(-5, 990),
        state(30, 1000),
        state(60, 1015),
        state(90, 3),
        state(119, 5),
        state(120, 5),
        state(200, 45),
    ]
    with reading(tmp_path, *said) as record:
        found = list(record.used(Quantity.ENERGY, LAMP, BEGIN, BEGIN + 4 * HOUR, every=HOUR))
        later = list(record.used(Quantity.ENERGY, None, BEGIN + HOUR, BEGIN + 2 * HOUR, every=HOUR))
    assert [((part.start - BEGIN) // HOUR, part.total, part.device) for part in found] == [
        (0, 25, LAMP),
        (1, 5, LAMP),
        (3, 40, LAMP),
    ]
    assert later == found[1:2]


class Said:
    """Readings as a record gives them."""

    def __init__(self, said: list[Reading]) -> None:
        self.said = said

    def rows(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        raise NotImplementedError

    def spoken(self, after: int, tags: Container[str], device: object = None) -> Iterator[Entry]:
        raise NotImplementedError

    def series(
        self, quantity: Quantity | None = None, device: object = None, start: int = 0, end: int | None = None
    ) -> Iterator[Reading]:
        assert (quantity, device) == (Quantity.ENERGY, None)
        return (item for item in self.said if start < item.time <= (end or 0))


@given(st.lists(st.tuples(st.integers(1, 5000), st.integers(0, 40)), min_size=1, max_size=40), st.integers(1, 9))
def test_stretches_of_any_length_add_up_to_what_the_total_grew_by(walk: list[tuple[int, int]], every: int) -> None:
    at, total = BEGIN, 500
    said = [Reading(LAMP, Quantity.ENERGY, 500.0, BEGIN)]
    for gap, more in walk:
        at, total = at + gap * SECOND, total + more
        said.append(Reading(LAMP, Quantity.ENERGY, float(total), at))
        said.append(Reading(LAMP, Quantity.ENERGY, 9e6, at, quality=Quality.RETAINED))
    found = list(used(Said(said), Question(Quantity.ENERGY, None, BEGIN, at, every * 777 * SECOND)))
    assert sum(part.total for part in found) == total - 500
    assert all(part.start < part.end for part in found)
    assert [part.start for part in found] == sorted({part.start for part in found})
