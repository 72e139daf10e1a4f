"""What would grow with trouble and shall not: lines that servers refuse, and messages that mean nothing."""

import sqlite3
from collections.abc import Iterable
from typing import Final

from devices.convention import Rejected
from gateway.record.codec import decode, encode
from gateway.record.schema import REJECTIONS

REFUSED: Final = 10_000
"""Lines of each target that are kept with their words, to be sent again when somebody asks; older ones are counted."""
REJECTED: Final = 10_000
"""Messages that meant nothing whose payloads are kept, whatever their age: 40 MB at most."""
ROWS: Final = 1_000
"""Messages that are thinned out in one transaction."""
_COUNT = (  # the difference of what two indices know: the rows themselves would be read at each commit with refusals
    "SELECT (SELECT count(*) FROM refused WHERE target = ?) - (SELECT count(*) FROM refused WHERE target = ? AND again)"
)


def bound_refused(database: sqlite3.Connection, targets: Iterable[str]) -> None:
    """Count the oldest refused lines beyond the bound and let them go, within a transaction of the caller's.

    Those that are to be sent again stay, and are not counted: somebody asked for them. Raises `sqlite3.Error`.
    """
    for target in sorted(set(targets)):
        (there,) = database.execute(_COUNT, (target, target)).fetchone()
        if there <= REFUSED:
            continue
        oldest = "SELECT id FROM refused WHERE target = ? AND NOT again ORDER BY id LIMIT ?"
        few = (target, there - REFUSED)
        lines, first, last, reason = database.execute(
            "SELECT count(*), min(seq), max(seq), (SELECT reason FROM refused WHERE id IN "  # noqa: S608 - words of ours
            f"({oldest}) ORDER BY id DESC LIMIT 1) FROM refused WHERE id IN ({oldest})",
            (*few, *few),
        ).fetchone()
        database.execute(f"DELETE FROM refused WHERE id IN ({oldest})", few)  # noqa: S608 - words of ours
        database.execute(
            "INSERT INTO forgotten VALUES (?, ?, ?, ?, ?) ON CONFLICT (target) DO UPDATE SET "
            "lines = lines + excluded.lines, first = min(first, excluded.first), last = max(last, excluded.last), "
            "reason = excluded.reason",
            (target, lines, first, last, reason),
        )


def rejections(database: sqlite3.Connection) -> int:
    """How many entries hold messages that meant nothing."""
    (there,) = database.execute("SELECT count(*) FROM ledger WHERE holds & 2").fetchone()
    return int(there)


def thin_rejected(database: sqlite3.Connection) -> int:
    """Take the oldest rejected messages beyond the bound out of their entries; say how many entries hold some then.

    One transaction, of a part where they are many. How they came stays. Raises `sqlite3.Error` and `RecordError`.
    """
    there = rejections(database)
    rows = database.execute(
        "SELECT seq, body FROM ledger WHERE holds & 2 ORDER BY seq LIMIT ?", (max(0, min(ROWS, there - REJECTED)),)
    ).fetchall()
    bare = [(without_rejected(body), seq) for seq, body in rows]
    database.execute("BEGIN IMMEDIATE")
    strip(database, bare)
    database.execute("COMMIT")
    return there - len(bare)


def without_rejected(body: bytes) -> bytes:
    """An entry's body without the messages that meant nothing. Raises `RecordError`."""
    learned, made = decode(body)
    return encode([item for item in learned if not isinstance(item, Rejected)], made)


def strip(database: sqlite3.Connection, bare: Iterable[tuple[bytes, int]]) -> None:
    """Write bodies without rejected messages, by the entries' numbers, within a transaction of the caller's."""
    database.executemany(f"UPDATE ledger SET body = ?, holds = holds & ~{REJECTIONS} WHERE seq = ?", bare)  # noqa: S608 - a number of ours
