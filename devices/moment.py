"""When something was: a device's word, weighed against the instant at which it came. Pure."""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from devices.message import SECOND

OLDEST: Final = 7 * 86400 * SECOND
"""How long before its arrival a device may say that something was."""

NEWEST: Final = 120 * SECOND
"""How far ahead of ours a device's clock may be."""

LATENESS: Final = 60 * SECOND
"""How old on arrival a reading may be that still moves lamps, where the site says nothing else."""

MILLISECONDS_FROM: Final = 1e11
"""From this number on a Unix time is in milliseconds: in seconds it would be the year 5138, in milliseconds 1973."""

_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def believable(said: int, arrival: int) -> bool:
    """Whether something may have been at `said` that was told at `arrival` (both in nanoseconds)."""
    return arrival - OLDEST <= said <= arrival + NEWEST


def of_number(unix: float) -> int:
    """Nanoseconds of a Unix time in seconds or milliseconds, whichever it must be.

    Whole microseconds: a float of seconds holds no more, and its dust would tell equal times apart.
    """
    return round(unix * (1e3 if abs(unix) >= MILLISECONDS_FROM else 1e6)) * 1000


def written(text: str) -> datetime:
    """Read a date and time of ISO 8601, with or without an offset. Raises `ValueError` for anything else."""
    if not _ISO.fullmatch(text):
        raise ValueError(f'expected a time such as 2026-10-25T02:30:00 or 2026-10-25T00:30:00Z, found "{text}"')
    return datetime.fromisoformat(text)


def of_written(when: datetime, zone: tzinfo, arrival: int) -> int:
    """Nanoseconds UTC of a written time; one without an offset is what a wall clock in `zone` showed.

    In the hour that a wall clock shows twice in autumn it is the one nearest to `arrival`. An hour that it skips in
    spring was shown by a device that had not been set yet, or was set too early: again the nearest. A device that
    never is set forward has a zone of its own that is not either, such as Etc/GMT-1.
    """
    if when.tzinfo is not None:
        return _nanoseconds(when)
    shown = (_nanoseconds(when.replace(tzinfo=zone, fold=fold)) for fold in (0, 1))
    return min(shown, key=lambda time: abs(time - arrival))


def _nanoseconds(when: datetime) -> int:
    # Two times of one zone would be subtracted as their wall clocks show them, so the offset is taken off by hand.
    offset = when.utcoffset() or timedelta()
    return (when.replace(tzinfo=UTC, fold=0) - _EPOCH - offset) // timedelta(microseconds=1) * 1000
