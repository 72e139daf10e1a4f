"""How fast a record grows, and where it levels off when all that is old goes."""

from dataclasses import dataclass
from typing import Final

from gateway.record.history import MILLISECOND
from gateway.record.hourly import HOUR
from gateway.record.reader import Reader
from gateway.record.retention import DAY, Keep

WEEK: Final = 7 * DAY
"""Rates are those of the last week: a street has its days."""
LATELY: Final = 10_000
"""Entries of which the rate of messages is told: what comes now, not what came last week."""
YOUNG: Final = DAY
"""A record with less inside has not seen all hours of a day yet."""

_HISTORY_ROW: Final = 30
"""Bytes of a reading in the history: two keys, a number and, of a count, its period."""
_HOURLY_ROW: Final = 45
"""Bytes of what a series came to in an hour."""
_LEDGER_ROW: Final = 24
"""Bytes of a row of the ledger besides its body and digests: number, time, how it came, and its place in an index."""
_PLACES: Final = 10
_SAMPLE: Final = 100


@dataclass(frozen=True, slots=True)
class Growth:
    """What a record holds and how it grows, by what came in the last week.

    `used` bytes hold something; readings reach back to `since` (ns; None if there are none). `levels_off` is the size
    in bytes at which as much goes as comes, None while less than a day is inside. `messages_per_second` are those with
    an acknowledgement, lately.
    """

    used: int
    since: int | None
    readings_per_day: float
    entries_per_day: float
    bytes_per_reading: float | None
    levels_off: int | None
    messages_per_second: float


@dataclass(frozen=True, slots=True)
class Kind:
    """Rows of one kind: how many bytes come a day, and how long they stay (nanoseconds)."""

    bytes_per_day: float
    keep: int

    def after(self, time: int) -> float:
        """Bytes that are there when they have come for so long."""
        return self.bytes_per_day * min(time, self.keep) / DAY


def level(used: int, inside: int, kinds: tuple[Kind, ...]) -> int | None:
    """Where a file of `used` bytes levels off, `inside` nanoseconds after it was begun; None if nothing comes.

    The kinds say in which proportion it still grows; what pages and indexes add is as much as it is now.
    """
    now = sum(kind.after(inside) for kind in kinds)
    return round(used * sum(kind.after(kind.keep) for kind in kinds) / now) if now else None


def growth(reader: Reader, keep: Keep, now: int) -> Growth:
    """Measure a record as of `now` (nanoseconds). Raises `RecordError`."""
    since = _oldest(reader)
    used = _used(reader)
    rate = _messages_per_second(reader, now)
    if since is None or now - since < YOUNG:
        return Growth(used, since, 0.0, 0.0, None, None, rate)
    begin = max(since, now - WEEK)
    days = (now - begin) / DAY
    first, last = reader.last_seq(begin), reader.last_seq()
    series_hours, readings = _hours(reader, begin, now)
    decisions = _count(reader, "SELECT count(*) FROM ledger WHERE holds & 1 AND at > ? AND at <= ?", begin, now)
    others = max(0, last - first - decisions)
    kinds = (
        Kind(readings / days * _HISTORY_ROW, keep.readings),
        Kind(others / days * _bytes(reader, first, last, "NOT holds & 1"), keep.readings),
        Kind(decisions / days * _bytes(reader, first, last, "holds & 1"), keep.decisions),
        Kind(series_hours / days * _HOURLY_ROW, keep.hourly),
    )
    inside = readings / days * (now - since) / DAY
    return Growth(
        used=used,
        since=since,
        readings_per_day=readings / days,
        entries_per_day=(last - first) / days,
        bytes_per_reading=used / inside if inside else None,
        levels_off=level(used, now - since, kinds),
        messages_per_second=rate,
    )


def _oldest(reader: Reader) -> int | None:
    (oldest,) = reader.rows("SELECT min((SELECT min(time) FROM history WHERE series = id)) FROM series")[0]
    return None if oldest is None else int(oldest) * MILLISECOND


def _used(reader: Reader) -> int:
    pages, free, size = (reader.rows(f"PRAGMA {name}")[0][0] for name in ("page_count", "freelist_count", "page_size"))
    return (int(pages) - int(free)) * int(size)


def _hours(reader: Reader, begin: int, end: int) -> tuple[int, int]:
    """How many series had readings in how many hours, and how many readings."""
    rows = reader.rows(
        "SELECT count(*), coalesce(sum(readings), 0) FROM hourly WHERE hour >= ? AND hour < ?",
        begin // MILLISECOND // HOUR,
        end // MILLISECOND // HOUR + 1,
    )
    return int(rows[0][0]), int(rows[0][1])


def _bytes(reader: Reader, first: int, last: int, which: str) -> float:
    """The mean size of an entry between two entries, from a few places."""
    size = entries = 0
    for place in range(_PLACES):
        after = first + (last - first) * place // _PLACES
        sql = f"SELECT length(body) + coalesce(length(digest), 0), entries FROM ledger WHERE seq > ? AND seq <= ? AND {which} ORDER BY seq LIMIT ?"  # noqa: E501, S608 - of this module's own words
        for row in reader.rows(sql, after, after + 20 * _SAMPLE, _SAMPLE):
            size += _LEDGER_ROW + row[0]
            entries += row[1]
    return size / entries if entries else 0.0


def _messages_per_second(reader: Reader, now: int) -> float:
    after = max(reader.last_seq(now - DAY), reader.last_seq() - LATELY)
    rows = reader.rows(
        "SELECT sum(entries) FILTER (WHERE packet IS NOT NULL), min(at) FROM ledger WHERE seq > ?", after
    )
    messages, begin = rows[0]
    return messages * 1e9 / (now - begin) if messages and now > begin else 0.0


def _count(reader: Reader, sql: str, *values: int) -> int:
    return int(reader.rows(sql, *values)[0][0])
