"""Real counts of pedestrians by the hour: what the repository holds, and files that somebody has besides."""

import csv
import gzip
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from devices.device import DeviceId
from devices.message import SECOND

EXTRACT = Path(__file__).parents[1] / "tests" / "lighting" / "data" / "auckland_2019.csv.gz"
FOLDER = "REVERBERE_COUNTS"
"""The variable that names a folder with more files `*.csv` or `*.csv.gz` of the same form."""

HOUR = 3600 * SECOND
AUCKLAND = "Pacific/Auckland"
LOCAL = re.compile(r"local_time_(\w+?)_(\w+)")


@dataclass(frozen=True)
class Counts:
    """The counts of some sensors: for each hour its end (ns) and what each counted in it, by the street's clock."""

    name: str
    zone: ZoneInfo
    hours: tuple[tuple[int, dict[DeviceId, float]], ...]

    @cached_property
    def by_hour(self) -> dict[int, dict[DeviceId, float]]:
        """What each counted, by the end of the hour (ns)."""
        return dict(self.hours)

    @cached_property
    def sensors(self) -> list[DeviceId]:
        """All that ever counted, by name."""
        return sorted({sensor for _, counts in self.hours for sensor in counts})

    def of(self, sensor: DeviceId) -> list[tuple[int, float]]:
        """What one sensor said."""
        return [(at, counts[sensor]) for at, counts in self.hours if sensor in counts]


def all_counts() -> Iterator[Counts]:
    """The extract of the repository, and every file of the folder that the environment names."""
    yield read(EXTRACT)
    folder = os.environ.get(FOLDER)
    for file in sorted(Path(folder).glob("*.csv*")) if folder else ():
        found = read(file)
        if found.hours:
            yield found


def read(file: Path) -> Counts:
    """Read a table: the first column is `hour_utc`, or `local_time_AREA_PLACE` such as Pacific_Auckland; then sensors.

    An hour is named by its beginning. Lines with # are comments, empty cells no counts; a file without such a first
    column has no hours. Raises `OSError` and `ValueError`.
    """
    with gzip.open(file, "rt") if file.suffix == ".gz" else file.open(encoding="utf-8") as lines:
        header, *rows = csv.reader(line for line in lines if not line.startswith("#"))
    local = LOCAL.fullmatch(header[0])
    zone = ZoneInfo(f"{local[1]}/{local[2]}" if local else AUCKLAND)
    if not local and header[0] != "hour_utc":
        return Counts(file.name, zone, ())
    begins = _local((row[0] for row in rows), zone) if local else (_utc(row[0]) for row in rows)
    names = [DeviceId(name) for name in header[1:]]
    return Counts(
        file.name,
        zone,
        tuple(
            (begin + HOUR, {name: float(cell) for name, cell in zip(names, row[1:], strict=True) if cell})
            for begin, row in zip(begins, rows, strict=True)
        ),
    )


def _utc(written: str) -> int:
    return int(datetime.fromisoformat(written.replace("Z", ":00+00:00")).timestamp()) * SECOND


def _local(written: Iterable[str], zone: ZoneInfo) -> Iterator[int]:
    """Hours by the street's clock: where one comes twice, the second is the later one."""
    last = 0
    for text in written:
        moment = datetime.fromisoformat(text).replace(tzinfo=zone)
        at = int(moment.timestamp()) * SECOND
        if at <= last:
            at = int(moment.replace(fold=1).timestamp()) * SECOND
        last = max(at, last + HOUR)
        yield last
