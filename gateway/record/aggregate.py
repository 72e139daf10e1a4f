"""What a quantity came to in each stretch of time: sums of people, means of the rest. Reads little and holds little."""

import heapq
from collections.abc import Container, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, NamedTuple, Protocol

from devices.device import DeviceId
from devices.reading import Quality, Quantity, Reading
from gateway.record.codec import SERIES
from gateway.record.entry import Entry
from gateway.record.history import MILLISECOND, Series, name, readings
from gateway.record.hourly import HOUR, Part, hour_of, parts
from gateway.record.rebase import covers

PAGE = 2_000
"""Hours of one statement at most."""
_HOUR_NS = HOUR * MILLISECOND
_PAGE = """
WITH RECURSIVE
    hours (at) AS (VALUES (?) UNION ALL SELECT at + 1 FROM hours WHERE at + 1 < ?),
    one (id) AS (SELECT id FROM series WHERE (device, quantity, channel) = (?, ?, ?)),
    found AS (
        SELECT hour, hourly.readings, total, lowest, highest
        FROM one CROSS JOIN hours CROSS JOIN hourly ON hour = at AND series = id
    )
SELECT coalesce((SELECT value FROM meta WHERE key = 'folded'), 0), found.* FROM (SELECT 1) LEFT JOIN found ORDER BY hour
"""

_SPAN = "SELECT (SELECT min(hour) FROM hourly), (SELECT max(hour) FROM hourly)"
"""Asked for both at once, SQLite reads the whole table."""


class Aggregate(NamedTuple):
    """What one series came to in (start, end] (nanoseconds)."""

    start: int
    device: DeviceId
    channel: str
    end: int
    readings: int
    """How many they were."""
    total: float
    """Their sum: for people, how many."""
    lowest: float
    highest: float

    @property
    def mean(self) -> float:
        """The mean of the readings, each of the same weight."""
        return self.total / self.readings


class Source(Protocol):
    """What is asked of the record's reader."""

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows of one statement."""
        ...

    def spoken(self, after: int, tags: Container[str], device: DeviceId | None = None) -> Iterator[Entry]:
        """What devices said in the entries behind one."""
        ...

    def series(
        self, quantity: Quantity | None = None, device: DeviceId | None = None, start: int = 0, end: int | None = None
    ) -> Iterator[Reading]:
        """Readings by time."""
        ...


class Question(NamedTuple):
    """Of which quantity and device, in (start, end], in stretches of `every` (nanoseconds)."""

    quantity: Quantity
    device: DeviceId | None
    start: int
    end: int
    every: int

    def stretch(self, series: Series, start: int, part: Part) -> Aggregate:
        """What a series came to in the stretch that begins at `start`."""
        return Aggregate(start, DeviceId(series[0]), series[2], min(start + self.every, self.end), *part)

    def stretches(self, start: int, parts: Mapping[Series, Part]) -> Iterator[Aggregate]:
        """What each of these series came to in the stretch that begins at `start`, by device and channel."""
        return (self.stretch(series, start, parts[series]) for series in sorted(parts))

    def start_of(self, time: int) -> int:
        """Where the stretch begins that a time belongs to."""
        return self.start + (time - 1 - self.start) // self.every * self.every


def aggregate(source: Source, asked: Question) -> Iterator[Aggregate]:
    """Stretches in which there was something, by time, device and channel.

    Whole hours that begin at whole hours (UTC) come out of the hourly table, which reaches years back; other stretches
    are made of readings, as far as these are kept.
    """
    if asked.start % _HOUR_NS or asked.every % _HOUR_NS:
        yield from _of_readings(source, asked)
        return
    whole = asked.end // _HOUR_NS * _HOUR_NS
    rest: dict[Series, Part] = {}
    if whole < asked.end:
        for found in _of_readings(source, asked._replace(start=max(whole, asked.start), every=_HOUR_NS)):
            rest[found.device, asked.quantity.value, found.channel] = Part(*found[4:8])
    fresh = _Fresh(source, asked)
    known = fresh.span()
    hours = range(max(asked.start // _HOUR_NS, known.start), min(whole // _HOUR_NS, known.stop))
    yield from heapq.merge(
        *[
            _stretches(asked, series, _hours(fresh, series, hours), rest.get(series))
            for series in fresh.names() | rest.keys()
        ]
    )


def _of_readings(source: Source, asked: Question) -> Iterator[Aggregate]:
    begun, found = asked.start, dict[Series, Part]()
    for reading in source.series(asked.quantity, asked.device, asked.start, asked.end):
        if Quality.RETAINED in reading.quality:
            continue
        start = asked.start_of(reading.time)
        if start != begun:
            yield from asked.stretches(begun, found)
            begun, found = start, {}
        series, part = name(reading), Part(1, reading.value, reading.value, reading.value)
        found[series] = found[series] + part if series in found else part
    yield from asked.stretches(begun, found)


class _Fresh:
    """What the ledger has and the history has not yet, by series and hour; read again when more was folded."""

    def __init__(self, source: Source, asked: Question) -> None:
        self._source = source
        self._asked = asked
        self._hours: dict[Series, dict[int, Part]] = {}
        self._folded = -1
        self._read()

    def names(self) -> set[Series]:
        """All series that the question is about."""
        asked = self._asked
        stored = self._source.rows(
            "SELECT device, quantity, channel FROM series WHERE quantity = ? AND device = coalesce(?, device)",
            asked.quantity.value,
            asked.device,
        )
        return {(device, quantity, channel) for device, quantity, channel in stored} | self._hours.keys()

    def span(self) -> range:
        """All hours of which there is something, here or in the table."""
        found: list[int | None] = [hour for hours in self._hours.values() for hour in hours]
        found += self._source.rows(_SPAN)[0]
        there = [hour for hour in found if hour is not None]
        return range(min(there), max(there) + 1) if there else range(0)

    def page(self, series: Series, low: int, high: int) -> dict[int, Part]:
        """The hours from `low` to before `high` of a series, folded or not, each reading once."""
        while True:
            rows = self._source.rows(_PAGE, low, high, *series)
            if rows[0][0] == self._folded:
                break
            self._read()
        found = {row[1]: Part(*row[2:]) for row in rows if row[1] is not None}
        for hour, part in self._hours.get(series, {}).items():
            if low <= hour < high:
                found[hour] = found[hour] + part if hour in found else part
        return found

    def _read(self) -> None:
        (self._folded,) = self._source.rows("SELECT coalesce((SELECT value FROM meta WHERE key = 'folded'), 0)")[0]
        values: dict[Series, list[tuple[int, float]]] = {}
        steps = self._source.rows("SELECT seq, sure FROM clock ORDER BY seq")
        for entry in self._source.spoken(self._folded, SERIES, self._asked.device):
            if covers(steps, entry.seq):
                continue  # the clock was not believed: nobody knows yet in which hour it was
            for reading in self._wanted(readings(entry)):
                values.setdefault(name(reading), []).append((reading.time // MILLISECOND, reading.value))
        self._hours = {series: parts(found) for series, found in values.items()}

    def _wanted(self, found: Iterable[Reading]) -> Iterator[Reading]:
        for reading in found:
            if reading.quantity is self._asked.quantity and Quality.RETAINED not in reading.quality:
                yield reading


def _hours(fresh: _Fresh, series: Series, hours: range) -> Iterator[tuple[int, Part]]:
    """The hours of a series in which there was something."""
    for low in range(hours.start, hours.stop, PAGE):
        yield from sorted(fresh.page(series, low, min(low + PAGE, hours.stop)).items())


def _stretches(
    asked: Question, series: Series, hours: Iterable[tuple[int, Part]], rest: Part | None
) -> Iterator[Aggregate]:
    """Hours put together; `rest` is what came behind the last whole one."""
    begun, whole = asked.start, None
    last = [] if rest is None else [(hour_of(asked.end // MILLISECOND), rest)]
    for hour, part in chain(hours, last):
        start = asked.start_of(hour * _HOUR_NS + 1)
        if whole is not None and start != begun:
            yield asked.stretch(series, begun, whole)
            whole = None
        begun, whole = start, part if whole is None else whole + part
    if whole is not None:
        yield asked.stretch(series, begun, whole)
