"""Where in the ledger a moment is, found by halves: times rise there, except where the clock was set back.

The table `turns` has the entries with which times went back, a few in a year: between two of them they rise.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeAlias

from gateway.record import bundle

Ask: TypeAlias = Callable[..., list[tuple[Any, ...]]]
"""A statement and its values: the rows it gives, as `Reader.rows`."""


class Stretch(NamedTuple):
    """Entries of rising times: from the first to the last, some of which may be gone."""

    first: int
    last: int


ENDLESS: Final = (1 << 63) - 1
_ALL: Final = "SELECT seq, at, before FROM turns"
_WALKED: Final = (
    "SELECT seq, at, before FROM (SELECT seq, at, lag(at) OVER (ORDER BY seq) AS before FROM ledger) WHERE at < before"
)
"""The same of a file of an older version, which has no such table, and a row for each entry."""
_BEHIND: Final = f"SELECT {bundle.COLUMNS} FROM ledger WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT 1"  # noqa: S608 - words of ours


def last_until(ask: Ask, at: int) -> int:
    """The last entry learned at or before `at` (nanoseconds), in the order of learning; 0 if there is none.

    The clock may have been set back since: what was learned before that is behind us, whatever time it shows.
    """
    turns = _turns(ask)
    began = {1, *(seq for seq, first, _ in turns if first <= at)}
    found = (_by_halves(ask, stretch, at) for stretch in reversed(_between(turns)) if stretch.first in began)
    return next((seq for seq in found if seq), 0)


def before_first_after(ask: Ask, at: int) -> int:
    """The entry in front of the first that was learned after `at` (nanoseconds): up to there none is later than that.

    The number of one that is there, or 0.
    """
    turns = _turns(ask)
    whole = next((index for index, (_, _, before) in enumerate(turns) if before > at), len(turns))
    stretch = _between(turns)[whole]
    return _by_halves(ask, stretch, at) or _row(ask, Stretch(1, stretch.first - 1))


def stretches(ask: Ask, first: int, last: int) -> list[Stretch]:
    """The stretches of rising times that the entries from one to another are in, oldest first."""
    parts = (Stretch(max(part.first, first), min(part.last, last)) for part in _between(_turns(ask)))
    return [part for part in parts if part.first <= part.last]


def _turns(ask: Ask) -> list[tuple[int, int, int]]:
    known = ask("SELECT 1 FROM sqlite_master WHERE name = 'turns'")
    return [(seq, at, before) for seq, at, before in ask(f"{_ALL if known else _WALKED} ORDER BY seq")]


def _between(turns: list[tuple[int, int, int]]) -> list[Stretch]:
    firsts = [1, *(seq for seq, _, _ in turns)]
    return [Stretch(first, behind - 1) for first, behind in zip(firsts, [*firsts[1:], ENDLESS + 1], strict=True)]


def _by_halves(ask: Ask, stretch: Stretch, at: int) -> int:
    """The last entry of a stretch learned at or before `at`; 0 if there is none.

    The row behind the last that ended by then may have begun by then, if it has many entries.
    """
    first = stretch.first
    low, high = first - 1, _row(ask, stretch)
    while low < high:
        middle = (low + high + 1) // 2
        rows = ask("SELECT seq, at FROM ledger WHERE seq BETWEEN ? AND ? ORDER BY seq DESC LIMIT 1", first, middle)
        if rows and rows[0][1] > at:
            high = rows[0][0] - 1
        else:
            low = middle
    found = _row(ask, Stretch(first, low))
    straddling = ask(_BEHIND, max(found, first - 1), stretch.last)
    begun = [each.seq for row in straddling if row[-1] > 1 for each in bundle.packed(row) if each.at <= at]
    return begun[-1] if begun else found


def _row(ask: Ask, stretch: Stretch) -> int:
    """The last entry of a stretch that is there; 0 if none is."""
    ((found,),) = ask("SELECT coalesce(max(seq), 0) FROM ledger WHERE seq BETWEEN ? AND ?", *stretch)
    return int(found)
