"""Where in the ledger something is: questions that no index answers, asked without reading all of it."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from gateway.lighting.facts import ClockSet
from gateway.record.codec import decode
from gateway.record.reader import Reader
from gateway.record.turns import before_first_after

FARTHEST: Final = 100_000
"""Entries that are looked through at most, back from the last."""

_CLOCK_SET: Final = b'["t",'
"""How an item that is a `ClockSet` begins in a body (codec); in a text the quotes would have backslashes."""


class Beginning(NamedTuple):
    """The first entry at which a replay can begin, when it was learned (ns), and whether others before it are gone."""

    seq: int
    at: int
    trimmed: bool


def begins(reader: Reader) -> Beginning | None:
    """Since when it is known why the light was as it was; None where no plan was ever adopted."""
    trimmed = reader.rows("SELECT value FROM meta WHERE key = 'trimmed'")
    gone = int(trimmed[0][0]) if trimmed else 0
    rows = reader.rows("SELECT seq, at FROM ledger WHERE seq > ? AND holds & 4 ORDER BY seq LIMIT 1", gone)
    return Beginning(rows[0][0], rows[0][1], gone > 0) if rows else None


def seq_at(reader: Reader, at: int) -> int:
    """The last entry in front of all that was learned after `at` (nanoseconds); 0 if there is none.

    Where the clock was set back, entries behind it may be of `at` or before, too.
    """
    return before_first_after(reader.rows, at)


def clock_sets(reader: Reader, start: int, end: int) -> Iterator[tuple[int, ClockSet]]:
    """When the clock was set between two moments (nanoseconds), as far as the last 100,000 entries tell."""
    after = max(reader.last_seq(start), reader.last_seq() - FARTHEST)
    rows = reader.rows(
        "SELECT at, body FROM ledger WHERE seq > ? AND at <= ? AND instr(body, ?) ORDER BY seq", after, end, _CLOCK_SET
    )
    for at, body in rows:
        yield from ((at, item) for item in decode(body)[0] if isinstance(item, ClockSet))
