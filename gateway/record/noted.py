"""What the file knows of the messages that were seen.

The ledger has it all: how each message came, and its sender's number. What is written here behind the ledger, in the
transaction that feeds the history, only says where to look, so that a start need not read years. What the history has
not got yet is read out of the ledger again.
"""

import sqlite3
from typing import Final

from devices.convention import Numbered
from devices.device import DeviceId
from gateway.links.delivery import Origin
from gateway.record import bundle
from gateway.record.window import KEPT, Change, Seen

GAP: Final = 16
"""Entries from one message of a link to the next in one run at most: reading those between costs less than a run."""


_PACKETS: Final = (
    "SELECT seq, packet, digest, body, entries FROM ledger WHERE seq BETWEEN ? AND ? AND link = ? "
    "AND digest IS NOT NULL ORDER BY seq DESC LIMIT ?"
)


class Noted:
    """Rows on their way into the tables `runs` and `numbers`: what entries behind the last folded one brought."""

    def __init__(self, runs: dict[str, tuple[int, int]]) -> None:
        self._last = runs
        """The first and last entry of each link's newest run."""
        self._runs: dict[tuple[str, int], int] = {}
        self._ranges: dict[tuple[str, str, int], tuple[int, int] | None] = {}
        self._forgotten: list[tuple[str, str]] = []
        self._messages = 0
        self._numbers = 0

    @property
    def size(self) -> int:
        """Messages or numbers that wait, whichever are more."""
        return max(self._messages, self._numbers)

    def message(self, origin: Origin, seq: int) -> None:
        """Note where a message of a link with packet ids is stored."""
        first, last = self._last.get(origin.link, (seq, seq))
        if seq - last > GAP:
            first = seq
        self._last[origin.link] = (first, seq)
        self._runs[origin.link, first] = seq
        self._messages += 1

    def number(self, numbered: Numbered, change: Change, seq: int) -> None:
        """Note what one number changes in the table of ranges."""
        device, boot = numbered.device, numbered.boot
        self._ranges[device, boot, change.first] = (change.last, seq)
        for first in change.gone:
            self._ranges[device, boot, first] = None
        if change.forgotten:
            self._forgotten.append((device, change.forgotten))
            for key in self._ranges:
                if key[:2] == (device, change.forgotten):
                    self._ranges[key] = None
        self._numbers += 1

    def write(self, database: sqlite3.Connection) -> None:
        """Write everything, within a transaction of the caller's. Raises `sqlite3.Error`."""
        gone = [key for key, now in self._ranges.items() if now is None]
        now = [(*key, *value) for key, value in self._ranges.items() if value is not None]
        runs = [(*key, last) for key, last in self._runs.items()]
        for sql, rows in (
            ("INSERT OR REPLACE INTO runs VALUES (?, ?, ?)", runs),
            ("DELETE FROM numbers WHERE device = ? AND boot = ?", self._forgotten),
            ("DELETE FROM numbers WHERE device = ? AND boot = ? AND first = ?", gone),
            ("INSERT OR REPLACE INTO numbers VALUES (?, ?, ?, ?, ?)", now),
        ):
            if rows:
                database.executemany(sql, rows)

    def written(self) -> None:
        """Forget what is in the tables now."""
        self._runs = {}
        self._ranges = {}
        self._forgotten = []
        self._messages = self._numbers = 0


def newest_runs(database: sqlite3.Connection) -> dict[str, tuple[int, int]]:
    """The first and last entry of each link's newest run."""
    found = database.execute("SELECT link, max(first), last FROM runs GROUP BY link")
    return {link: (first, last) for link, first, last in found}


def began(database: sqlite3.Connection) -> dict[str, int]:
    """The entry behind which each link's session began."""
    return dict(database.execute("SELECT link, since FROM sessions"))


def load(database: sqlite3.Connection) -> Seen:
    """Read which messages were seen up to the last folded entry: packets of each session, and the senders' numbers."""
    seen = Seen()
    since = began(database)
    for (link,) in database.execute("SELECT DISTINCT link FROM runs").fetchall():
        seen.windows.of(link).recall(reversed(_packets(database, link, since.get(link, 0))))
    boots = database.execute(
        "SELECT device, boot, first, last FROM numbers ORDER BY max(seq) OVER (PARTITION BY device, boot), "
        "device, boot, first"
    )
    for device, boot, first, last in boots:
        seen.numbers.load(DeviceId(device), boot, first, last)
    return seen


def _packets(database: sqlite3.Connection, link: str, since: int) -> list[tuple[int, bytes]]:
    """The last packets of a link's session, the newest first."""
    found: list[tuple[int, bytes]] = []
    runs = database.execute("SELECT first, last FROM runs WHERE link = ? ORDER BY first DESC", (link,))
    for first, last in runs:
        if len(found) >= KEPT or last <= since:
            break
        begin = max(first, since + 1)
        rows = database.execute(_PACKETS, (begin, last, link, KEPT - len(found)))
        for seq, packet, digest, body, many in rows:
            if many == 1:
                found.append((packet, digest))
            else:
                came = bundle.packets(digest, body, many)
                found += reversed(came[max(0, begin - (seq - many + 1)) :])
    return found[:KEPT]
