"""What the history holds: (series, time) -> value, read out of entries and written in large sorted transactions.

The ledger makes a message durable in the order of arrival; the history is what is drawn, exported and summed. Writing
it in the ledger's small transactions would wear a card forty times faster, so it follows behind.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from math import isfinite
from typing import NamedTuple, TypeAlias

from devices.device import DeviceId
from devices.light import LightState
from devices.reading import Availability, Quality, Quantity, Reading
from gateway.record import hourly
from gateway.record.entry import Entry, Learned, Made

MILLISECOND = 1_000_000
_LARGEST = (1 << 63) - 1

Series: TypeAlias = tuple[str, str, str]
"""(device, quantity, channel)."""


class Sample(NamedTuple):
    """What a series has at one time; `period` in nanoseconds.

    A `doubted` one was taken by a clock that was not believed: it is in no hour until that was set.
    """

    value: float
    period: int | None
    quality: int
    doubted: bool = False


def readings(entry: Entry) -> Iterator[Reading]:
    """All that an entry says of a series: what sensors and lamps said, and what was found out about them.

    A lamp's state is a reading of `level`, and of `power` and `energy`. Faults, also those that it names, are what its
    supervision says of them: once when one begins and once when it is over. What no table and no server can hold
    (infinities, times beyond 2262) is left out; the ledger has it.
    """
    for item in (*entry.learned, *entry.made):
        yield from said(item)


def said(item: Learned | Made) -> Iterable[Reading]:
    """All that one item says of a series, as `readings` does of an entry."""
    if type(item) is Reading:
        return (item,) if holdable(item) else ()
    if type(item) is LightState:
        return filter(holdable, _of_state(item))
    return ()


def _of_state(state: LightState) -> Iterator[Reading]:
    yield Reading(state.lamp, Quantity.LEVEL, state.level, state.time)
    if state.power is not None:
        yield Reading(state.lamp, Quantity.POWER, state.power, state.time)
    if state.energy is not None:
        yield Reading(state.lamp, Quantity.ENERGY, state.energy, state.time)


def name(reading: Reading) -> Series:
    """The series that a reading belongs to."""
    return (reading.device, reading.quantity._value_, reading.channel)


def holdable(reading: Reading) -> bool:
    """Whether tables and servers can hold a reading: finite, before 2262, a channel without control characters."""
    return (
        isfinite(reading.value)
        and abs(reading.time) <= _LARGEST - MILLISECOND
        and (reading.period is None or abs(reading.period) <= _LARGEST)
        and (not reading.channel or reading.channel.isprintable())
    )


def heard(entry: Entry) -> Iterator[DeviceId]:
    """The devices that spoke in an entry: not those of whom a broker repeats old words, or says that they went."""
    for item in entry.learned:
        if type(item) is Reading:
            if item.quality is Quality.GOOD or Quality.RETAINED not in item.quality:
                yield item.device
        elif type(item) is LightState:
            yield item.lamp
        elif type(item) is Availability and item.online and not item.retained:
            yield item.device


class Fold(NamedTuple):
    """Rows on their way from the ledger into the history: all that entries up to `upto` brought."""

    samples: dict[Series, dict[int, Sample]]
    heard: dict[str, int]
    upto: int


def write(database: sqlite3.Connection, fold: Fold, beside: Callable[[sqlite3.Connection], None]) -> None:
    """Write rows in one transaction, sorted as the table is, and what is written `beside`. Raises `sqlite3.Error`."""
    ids = dict[Series, int]()
    database.execute("BEGIN IMMEDIATE")
    for series in fold.samples:
        database.execute("INSERT OR IGNORE INTO series (device, quantity, channel) VALUES (?, ?, ?)", series)
        found = database.execute("SELECT id FROM series WHERE (device, quantity, channel) = (?, ?, ?)", series)
        ids[series] = found.fetchone()[0]
    rows = (
        (ids[series], time, *samples[time][:3])
        for series, samples in sorted(fold.samples.items(), key=lambda item: ids[item[0]])
        for time in sorted(samples)
    )
    database.executemany("INSERT OR REPLACE INTO history VALUES (?, ?, ?, ?, ?)", rows)
    hourly.add(database, {ids[series]: hourly.parts(_current(samples)) for series, samples in fold.samples.items()})
    database.executemany("INSERT OR REPLACE INTO heard VALUES (?, ?)", fold.heard.items())
    beside(database)
    database.execute("INSERT OR REPLACE INTO meta VALUES ('folded', ?)", (fold.upto,))
    database.execute("COMMIT")


def _current(samples: Mapping[int, Sample]) -> Iterator[tuple[int, float]]:
    """Times and values of what was not merely repeated by a broker, and whose hour is known."""
    return (
        (time, sample.value)
        for time, sample in samples.items()
        if not (sample.doubted or sample.quality & hourly.RETAINED)
    )


def folded(database: sqlite3.Connection) -> int:
    """The last entry whose readings are in the history."""
    row = database.execute("SELECT value FROM meta WHERE key = 'folded'").fetchone()
    return 0 if row is None else int(row[0])


def newest(database: sqlite3.Connection) -> dict[Series, int]:
    """The last millisecond of each series in the history."""
    found = database.execute(
        "SELECT device, quantity, channel, (SELECT max(time) FROM history WHERE series = id) FROM series"
    )
    return {(device, quantity, channel): time for device, quantity, channel, time in found if time is not None}


def stored(database: sqlite3.Connection, series: Series, time: int) -> bool:
    """Whether the history has this series at this millisecond."""
    found = database.execute(
        "SELECT 1 FROM history WHERE time = ? AND series = "
        "(SELECT id FROM series WHERE (device, quantity, channel) = (?, ?, ?))",
        (time, *series),
    )
    return found.fetchone() is not None
