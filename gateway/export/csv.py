"""Readings as a table for people and spreadsheets: one row a reading, with unit and time zone in words."""

import csv
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TextIO

from devices.reading import Quality, Reading

COLUMNS = ("time", "device", "quantity", "channel", "value", "unit", "period_s", "quality")
LOCAL = "local_time"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def write_csv(out: TextIO, readings: Iterable[Reading], zone: tzinfo | None = None) -> int:
    """Write readings as they come, holding none of them; say how many there were.

    `time` is ISO 8601 in UTC with milliseconds; with a `zone`, `local_time` with its offset is the last column. `unit`
    is UCUM. `period_s` is the length in seconds of the period that a count ends. `quality` is "good" or what speaks
    against the reading, joined by "+"; sums of people leave out what is "retained". A count that was made of a running
    total which fell is "estimated+reset" or "estimated+wrap"; "distrusted" is what a sensor said that was not
    believed then.
    """
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS if zone is None else (*COLUMNS, LOCAL))
    count = 0
    for count, reading in enumerate(readings, start=1):  # noqa: B007 - the last number is the answer
        time = _EPOCH + timedelta(microseconds=reading.time // 1000)
        row = [
            time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            reading.device,
            reading.quantity.value,
            reading.channel,
            _number(reading.value),
            reading.quantity.unit,
            "" if reading.period is None else _number(reading.period / 1_000_000_000),
            _quality(reading.quality),
        ]
        if zone is not None:
            row.append(time.astimezone(zone).isoformat(timespec="milliseconds"))
        writer.writerow(row)
    return count


def _number(value: float) -> str:
    """A number without a decimal point where it has no need of one."""
    return str(int(value)) if value == int(value) else repr(value)


def _quality(quality: Quality) -> str:
    return "+".join(str(flag.name).lower() for flag in quality) or "good"
