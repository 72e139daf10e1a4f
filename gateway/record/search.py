"""Where in the ledger something is: questions that no index answers, asked without reading all of it."""

from collections.abc import Iterator
from typing import Final

from gateway.lighting.facts import ClockSet
from gateway.record.codec import decode
from gateway.record.reader import Reader

FARTHEST: Final = 100_000
"""Entries that are looked through at most, back from the last."""

_CLOCK_SET: Final = b'["t",'
"""How an item that is a `ClockSet` begins in a body (codec); in a text the quotes would have backslashes."""


def seq_at(reader: Reader, at: int) -> int:
    """The last entry learned at or before `at` (nanoseconds), found by halves; 0 if there is none.

    Where the clock was set back meanwhile it is one of several that could be meant.
    """
    low, high = 0, reader.last_seq()
    while low < high:
        middle = (low + high + 1) // 2
        rows = reader.rows("SELECT at FROM ledger WHERE seq <= ? ORDER BY seq DESC LIMIT 1", middle)
        if rows and rows[0][0] > at:
            high = middle - 1
        else:
            low = middle
    return low


def clock_sets(reader: Reader, start: int, end: int) -> Iterator[tuple[int, ClockSet]]:
    """When the clock was set between two moments (nanoseconds), as far as the last 100,000 entries tell."""
    after = max(seq_at(reader, start), reader.last_seq() - FARTHEST)
    rows = reader.rows(
        "SELECT at, body FROM ledger WHERE seq > ? AND at <= ? AND instr(body, ?) ORDER BY seq", after, end, _CLOCK_SET
    )
    for at, body in rows:
        yield from ((at, item) for item in decode(body)[0] if isinstance(item, ClockSet))
