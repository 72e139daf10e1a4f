"""What each series came to in each hour: kept for years, when the readings are long gone.

An hour is (start, end], as the period of a count is: a count belongs to the hour in which its period ends. Readings
that a broker merely repeated (`retained`) are in no hour.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from devices.reading import Quality

HOUR: Final = 3_600_000
"""Milliseconds."""
RETAINED: Final = Quality.RETAINED.value


class Part(NamedTuple):
    """What some readings came to."""

    readings: int
    total: float
    lowest: float
    highest: float

    def __add__(self, other: "Part") -> "Part":  # type: ignore[override] # two parts make one, not a longer tuple
        return Part(
            self.readings + other.readings,
            self.total + other.total,
            min(self.lowest, other.lowest),
            max(self.highest, other.highest),
        )


def hour_of(time: int) -> int:
    """The hour that a time in milliseconds belongs to, counted from 1970."""
    return (time - 1) // HOUR


def parts(values: Iterable[tuple[int, float]]) -> dict[int, Part]:
    """What (time in milliseconds, value) came to, by hour."""
    found: defaultdict[int, list[float]] = defaultdict(list)
    for time, value in values:
        found[hour_of(time)].append(value)
    return {hour: Part(len(said), sum(said), min(said), max(said)) for hour, said in found.items()}


def add(database: sqlite3.Connection, new: Mapping[int, Mapping[int, Part]]) -> None:
    """Add what came to the hours of each series, within a transaction of the caller's. Raises `sqlite3.Error`.

    The table is sorted by hour: what is written now is in few pages, however many series there are.
    """
    rows = sorted((hour, series, *part) for series, hours in new.items() for hour, part in hours.items())
    database.executemany(
        "INSERT INTO hourly VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (hour, series) DO UPDATE SET "
        "readings = readings + excluded.readings, total = total + excluded.total, "
        "lowest = min(lowest, excluded.lowest), highest = max(highest, excluded.highest)",
        rows,
    )
