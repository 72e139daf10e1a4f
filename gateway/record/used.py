"""What running totals grew by in each stretch of time: watt-hours of an hour, across resets. Reads on, holds little."""

from collections.abc import Iterator
from typing import Final

from devices.reading import Quality
from devices.totals import Standing, Total, advance
from gateway.record.aggregate import Aggregate, Question, Source
from gateway.record.history import Series, name
from gateway.record.hourly import Part

BEFORE: Final = 86_400_000_000_000
"""Nanoseconds before the start in which the total is looked for from which the first stretch counts."""


def used(source: Source, asked: Question) -> Iterator[Aggregate]:
    """Stretches in which a total grew or stood still, by time, device and channel; `total` is by how much it grew.

    What was added between two totals belongs to the stretch of the later one, as a count does. Made of readings, as far
    as these are kept; a total that fell is judged as `devices.totals` does, without the sender's numbers.
    """
    standings = dict[Series, Standing]()
    begun, found = asked.start, dict[Series, Part]()
    for reading in source.series(asked.quantity, asked.device, asked.start - BEFORE, asked.end):
        if Quality.RETAINED in reading.quality:
            continue
        series = name(reading)
        step = advance(standings.get(series), Total(reading.value, reading.time))
        standings[series] = step.standing
        if step.increment is None or reading.time <= asked.start:
            continue
        start = asked.start_of(reading.time)
        if start != begun:
            yield from asked.stretches(begun, found)
            begun, found = start, {}
        part = Part(1, step.increment, step.increment, step.increment)
        found[series] = found[series] + part if series in found else part
    yield from asked.stretches(begun, found)
