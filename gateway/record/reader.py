"""The readers' end of the record: any process, any number of them, no writes."""

import contextlib
import heapq
import sqlite3
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby, islice
from pathlib import Path
from threading import Lock
from typing import Any, Final, NamedTuple, TypeAlias

from devices.convention import Numbered, Rejected
from devices.device import DeviceId
from devices.message import SECOND
from devices.reading import Quality, Quantity, Reading
from gateway.lighting.decision import Decision, Snapshot
from gateway.lighting.plan import Plan
from gateway.record import bundle, history, schema, turns
from gateway.record.aggregate import Aggregate, Question, aggregate
from gateway.record.bundle import Packed
from gateway.record.codec import SERIES, SPOKEN, decode
from gateway.record.entry import Adopted, Entry
from gateway.record.errors import DamagedError, RecordError, is_damage
from gateway.record.history import MILLISECOND
from gateway.record.used import used

PAGE = 2_000
"""Rows of one statement at most: a statement that stays open keeps the write-ahead log from being emptied."""
_PLANS = 20
_ENDLESS = (1 << 63) - 1
_REFUSED = "SELECT target, seq, line, reason, id, again FROM refused "
_FOR_SERVERS = (
    "SELECT seq, at, link, packet, digest, coalesce(rebased.body, ledger.body), entries "
    "FROM ledger LEFT JOIN rebased USING (seq) "
    "WHERE seq > ? AND seq < coalesce((SELECT value FROM meta WHERE key = 'doubted'), ?) ORDER BY seq"
)
_ENTRIES = (
    f"SELECT {bundle.COLUMNS} FROM ledger WHERE seq > ? "  # noqa: S608 - words of ours
    "AND seq <= coalesce((SELECT min(seq) FROM ledger WHERE seq >= ?), ?) ORDER BY seq"
)
"""Up to the row that holds an entry, or to the last one."""
_SAID = (
    f"SELECT {bundle.COLUMNS} FROM ledger WHERE seq > ? AND (entries > 1 OR "  # noqa: S608 - words of ours
    f"{' OR '.join('instr(body, ?)' for _ in SPOKEN)}) ORDER BY seq"
)
_SPOKEN: Final = tuple(f'["{tag}",'.encode() for tag in sorted(SPOKEN))
"""How items begin that devices said; in a text the quotes would have backslashes."""

Row: TypeAlias = tuple[Any, ...]
"""A row as SQLite has it; what stands where is said by the statement beside it."""


class Kept(NamedTuple):
    """A rejected message, the entry it is in, and when it came (nanoseconds)."""

    seq: int
    at: int
    rejected: Rejected


class Adoption(NamedTuple):
    """A plan that was adopted, the entry it is in, and when (nanoseconds)."""

    seq: int
    at: int
    adopted: Adopted


class Refused(NamedTuple):
    """A line that a target would not take, the entry it came from, and the server's words.

    `id` is its own number, which stays when it is refused again; `again` while it waits to be sent once more.
    """

    target: str
    seq: int
    line: str
    reason: str
    id: int
    again: bool


class Forgotten(NamedTuple):
    """How many lines that a target would not take are counted only, of which entries, and why the last of them."""

    target: str
    lines: int
    first: int
    last: int
    reason: str


class Reader:
    """The record of a folder. Raises `RecordError` if there is none that this software can read.

    It may be used from any thread, one at a time. Statements are short and hold nothing between two pages, so an
    iterator may be left standing for days. Entries and readings come with the settled times of `tail.Tail`.

    Where the writer sets a damaged file aside, every question raises `RecordError` until `reopen`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._busy = Lock()  # whoever was cancelled may leave a thread behind that still reads while this is closed
        self._database, self._file = self._open()

    def _open(self) -> tuple[sqlite3.Connection, tuple[int, int] | None]:
        """The file that has the name now. SQLite finds its companions by name: they must not be another file's."""
        while True:
            file = schema.which(self._folder)
            database = schema.open_to_read(self._folder)
            if file == schema.which(self._folder):
                return database, file
            database.close()

    def set_aside(self) -> bool:
        """Whether the file that this reads is not the record any more."""
        return schema.which(self._folder) != self._file

    def reopen(self) -> None:
        """Go on with the file that is the record now. Raises `RecordError` if there is none."""
        database, file = self._open()
        with self._busy:
            self._database.close()
        self._database, self._file = database, file

    def damaged(self) -> dict[str, str]:
        """The damaged files in whose place this record was begun, by name, and what was wrong with them."""
        found = self.rows("SELECT key, value FROM meta WHERE key GLOB ? ORDER BY key", f"{schema.SET_ASIDE}*")
        return {key.removeprefix(schema.SET_ASIDE): value for key, value in found}

    def close(self) -> None:
        """Close the file; another thread that still asks is told so by a `RecordError`."""
        with self._busy:
            self._database.close()

    def running(self) -> bool:
        """Whether a gateway holds the record at this moment."""
        return schema.held(self._folder)

    def site(self) -> str:
        """The id of the site."""
        return str(self._one("SELECT value FROM meta WHERE key = 'site'", default=""))

    def last_seq(self, at: int | None = None) -> int:
        """The last entry, or the last one learned at or before `at` (nanoseconds); 0 if there is none.

        The clock may have been set back since: what was learned before that is behind us, whatever time it shows.
        """
        if at is None:
            return int(self._one("SELECT max(seq) FROM ledger", default=0))
        return turns.last_until(self.rows, at)

    def last_at(self) -> int:
        """When the last entry was learned, in nanoseconds; 0 if there is none."""
        return int(self._one("SELECT at FROM ledger ORDER BY seq DESC LIMIT 1", default=0))

    def entries(self, after: int = 0, until: int | None = None) -> Iterator[Entry]:
        """The entries behind `after`, in order, up to `until` or to what is there when the first is asked for."""
        until = self.last_seq() if until is None else until
        while after < until and (rows := self._few(_ENTRIES, after, until, _ENDLESS)):
            yield from (entry for entry in _entries(rows, after) if entry.seq <= until)
            after = rows[-1][0]

    def page(self, after: int, size: int = PAGE) -> list[Entry]:
        """The next few entries behind `after`; cheap when there are none."""
        return list(islice(_entries(self._few(_ENTRIES, after, _ENDLESS, _ENDLESS, size=size), after), size))

    def spoken(self, after: int, tags: Container[str], device: DeviceId | None = None) -> Iterator[Entry]:
        """The entries behind `after` in which devices said something, of one device if it is given, in order.

        They have those items only: `tags` are some of `codec.SPOKEN`.
        """
        while rows := self._few(_SAID, after, *_SPOKEN):
            for found in _packed(rows, after):
                yield found.entry(tags, device)
            after = rows[-1][0]

    def for_servers(self, after: int, size: int = PAGE) -> list[Entry]:
        """The next few entries behind `after` with the times at which things were, up to the first that waits.

        Of what was learned by a clock that was not believed there are readings and decisions only, put right by what
        the clock was set to; until it is set, they wait, and all that comes behind them.
        """
        return list(islice(_entries(self._few(_FOR_SERVERS, after, _ENDLESS, size=size), after), size))

    def waits(self) -> int:
        """How many entries wait for the wall clock to be set, and with them the servers that get a copy."""
        first = self._one("SELECT value FROM meta WHERE key = 'doubted'", default=0)
        return 0 if not first else max(0, self.last_seq() + 1 - int(first))

    def believed_until(self) -> int:
        """The last instant (nanoseconds) of a clock that was believed: `last_at`, unless that was in doubt."""
        there = self._one("SELECT 1 FROM sqlite_master WHERE name = 'clock'", default=0)  # an older version has none
        found = self.rows("SELECT at, sure FROM clock ORDER BY seq DESC LIMIT 1") if there else []
        return int(found[0][0]) if found and not found[0][1] else self.last_at()

    def series(
        self, quantity: Quantity | None = None, device: DeviceId | None = None, start: int = 0, end: int | None = None
    ) -> Iterator[Reading]:
        """Readings with start < time <= end (nanoseconds), ordered by time; of all quantities and devices if None.

        The interval is open at its start like the period of a count: sums over (a, b] and (b, c] add up to (a, c].
        Counts marked `retained` are among them and belong in no sum.
        """
        low, high = start // MILLISECOND, (_ENDLESS if end is None else end) // MILLISECOND
        after = int(self._one("SELECT value FROM meta WHERE key = 'folded'", default=0))
        fresh = [
            reading
            for entry in self.spoken(after, SERIES, device)
            for reading in history.readings(entry)
            if (quantity is None or reading.quantity is quantity) and low < reading.time // MILLISECOND <= high
        ]
        fresh.sort(key=_when)
        names = self.rows(
            "SELECT id, device, quantity, channel FROM series "
            "WHERE quantity = coalesce(?, quantity) AND device = coalesce(?, device)",
            None if quantity is None else quantity.value,
            device,
        )
        page = max(50, PAGE // (len(names) + 1))
        folded = [self._folded(row[0], row[1:], low, high, page) for row in names]
        # What was folded after `after` was read is in both: a series has one reading a time.
        for _, same in groupby(heapq.merge(*folded, fresh, key=_when), key=_when):
            yield next(same)

    def _folded(self, number: int, name: tuple[str, str, str], low: int, high: int, page: int) -> Iterator[Reading]:
        """One series out of the history, page by page."""
        device, quantity, channel = DeviceId(name[0]), Quantity(name[1]), name[2]
        while rows := self.rows(
            "SELECT time, value, period, quality FROM history WHERE series = ? AND time > ? AND time <= ? "
            "ORDER BY time LIMIT ?",
            *(number, low, high, page),
        ):
            for time, value, period, quality in rows:
                yield Reading(device, quantity, value, time * MILLISECOND, channel, period, Quality(quality))
            low = rows[-1][0]

    def aggregate(
        self, quantity: Quantity, device: DeviceId | None = None, start: int = 0, end: int | None = None, *, every: int
    ) -> Iterator[Aggregate]:
        """What each series came to in stretches of `every` from `start` on, each (start, end], in nanoseconds.

        Whole hours from a whole hour (UTC) on are fast and reach back as far as `record.keep.hourly`, others as far as
        readings do. Stretches without readings are left out; what a broker merely repeated is in none.
        """
        last = _ENDLESS - every if end is None else end
        return aggregate(self, Question(quantity, device, start, last, every))

    def used(
        self, quantity: Quantity, device: DeviceId | None = None, start: int = 0, end: int | None = None, *, every: int
    ) -> Iterator[Aggregate]:
        """What each running total (energy, operating time) grew by in stretches of `every`, as `aggregate` has them.

        Its resets and wrap-arounds are bridged. As far back as readings are kept.
        """
        last = _ENDLESS - every if end is None else end
        return used(self, Question(quantity, device, start, last, every))

    def decisions(self, lamp: DeviceId | None = None, start: int = 0, end: int | None = None) -> Iterator[Decision]:
        """Decisions in entries learned at start < at <= end (nanoseconds), in order; of all lamps if None."""
        last = (start, _ENDLESS)
        until = _ENDLESS if end is None else end
        while rows := self.rows(
            "SELECT at, seq, body FROM ledger WHERE holds & 1 AND at <= ? AND (at, seq) > (?, ?) "
            "ORDER BY at, seq LIMIT ?",
            *(until, *last, PAGE),
        ):
            last = rows[-1][:2]
            made = (item for row in rows for item in decode(row[2])[1])
            yield from (item for item in made if isinstance(item, Decision) and lamp in (None, item.lamp))

    def rejected(self, after: int = 0) -> Iterator[Kept]:
        """The messages that meant nothing, in entries behind `after`, in order."""
        last = after
        while rows := self.rows(
            "SELECT seq, at, body FROM ledger WHERE holds & 2 AND seq > ? ORDER BY seq LIMIT ?", last, PAGE
        ):
            last = rows[-1][0]
            for seq, at, body in rows:
                yield from (Kept(seq, at, item) for item in decode(body)[0] if isinstance(item, Rejected))

    def start_of(self, at: int) -> tuple[Plan, Snapshot | None, int]:
        """Where a replay up to `at` begins: the plan that held, the engine's state, and the entry to read on behind.

        That is the newest entry learned at or before `at` that has a snapshot or adopts a plan. Without a snapshot
        the engine begins anew with the plan. Raises `RecordError` if no plan was adopted before `at`.
        """
        found = self.rows("SELECT max(seq) FROM ledger WHERE holds & 4 AND seq <= ?", self.last_seq(at))
        begin = found[0][0]
        if begin is None:
            raise RecordError("expected a plan that was adopted before that moment, found none in this record")
        snapshot = next((item for item in reversed(self._items(begin)) if isinstance(item, Snapshot)), None)
        if begin < (gone := int(self._one("SELECT value FROM meta WHERE key = 'trimmed'", default=0))):
            since = self._one("SELECT at FROM ledger WHERE seq > ? AND holds & 4 ORDER BY seq LIMIT 1", gone, default=0)
            first = f"{datetime.fromtimestamp(since // SECOND, UTC):%Y-%m-%d %H:%M} UTC"
            raise RecordError(f"expected a moment after {first}: what was learned before is not kept (record.keep)")
        (adopted,) = self.rows("SELECT max(seq) FROM ledger WHERE holds & 8 AND seq <= ?", begin)[0]
        if adopted is None:
            raise RecordError(f"expected a plan that was adopted before the snapshot of entry {begin}, found none")
        plan = next(item.plan for item in reversed(self._items(adopted)) if isinstance(item, Adopted))
        return plan, snapshot, begin

    def adoptions(self) -> list[Adoption]:
        """Every plan adopted, oldest first. A restart on the plan that held anyway is none: the first one counts."""
        found: list[Adoption] = []
        last = 0
        while rows := self.rows(
            "SELECT seq, at, body FROM ledger WHERE holds & 8 AND seq > ? ORDER BY seq LIMIT ?", last, _PLANS
        ):
            last = rows[-1][0]
            for seq, at, body in rows:
                for item in decode(body)[0]:
                    if isinstance(item, Adopted) and (not found or _other(found[-1].adopted, item)):
                        found.append(Adoption(seq, at, item))
        return found

    def files(self, digest: str) -> bytes | None:
        """The packed texts of the files with a digest; None if they are not kept."""
        packed = self._one("SELECT packed FROM files WHERE digest = ?", digest, default=None)
        return None if packed is None else bytes(packed)

    def _items(self, seq: int) -> list[object]:
        learned, made = decode(self.rows("SELECT body FROM ledger WHERE seq = ?", seq)[0][0])
        return [*learned, *made]

    def last_seen(self) -> dict[DeviceId, int]:
        """When each device was last heard, in nanoseconds: any message but what a broker repeats or says for it."""
        after = int(self._one("SELECT value FROM meta WHERE key = 'folded'", default=0))
        seen = {DeviceId(device): int(at) for device, at in self.rows("SELECT device, at FROM heard")}
        for entry in self.spoken(after, SPOKEN):
            seen.update(dict.fromkeys(history.heard(entry), entry.at))
        return seen

    def last_numbered(self, device: DeviceId, boot: str) -> int | None:
        """The highest number stored of one boot of a device; None if there is none."""
        after = int(self._one("SELECT value FROM meta WHERE key = 'folded'", default=0))
        told = (
            item for entry in self.spoken(after, "b", device) for item in entry.learned if isinstance(item, Numbered)
        )
        found = [item.seq for item in told if item.boot == boot]
        stored = self._one("SELECT max(last) FROM numbers WHERE device = ? AND boot = ?", device, boot, default=None)
        return max([*found, *([] if stored is None else [int(stored)])], default=None)

    def cursor(self, target: str) -> int:
        """The last entry that a target has; 0 for one that never got any."""
        return int(self._one("SELECT seq FROM cursors WHERE target = ?", target, default=0))

    def described(self) -> list[tuple[str, str, bytes]]:
        """What configured devices said of themselves: link, topic and payload."""
        return [(link, topic, bytes(payload)) for link, topic, payload in self.rows("SELECT * FROM described")]

    def refused(self) -> list[Refused]:
        """The lines that targets would not take."""
        return [_refused(row) for row in self.rows(_REFUSED + "ORDER BY id")]

    def again(self, target: str, size: int = PAGE) -> list[Refused]:
        """Some of the lines that are to be sent to a target once more."""
        rows = self.rows(_REFUSED + "WHERE again AND target = ? ORDER BY id LIMIT ?", target, size)
        return [_refused(row) for row in rows]

    def forgotten(self) -> list[Forgotten]:
        """What was let go of the lines that targets would not take, because there were too many."""
        return [Forgotten(*row) for row in self.rows("SELECT * FROM forgotten ORDER BY target")]

    def _one(self, sql: str, *values: object, default: Any) -> Any:
        rows = self.rows(sql, *values)
        return rows[0][0] if rows and rows[0][0] is not None else default

    def rows(self, sql: str, *values: object) -> list[Row]:
        """The rows of one statement, all of them: for the rooms of the record itself."""
        return self._ask(sql, values, sqlite3.Cursor.fetchall)

    def _few(self, sql: str, after: int, *values: object, size: int = PAGE) -> list[Row]:
        """The first rows of a statement that hold so many entries behind one: numbers come first, how many last."""

        def take(cursor: sqlite3.Cursor) -> list[Row]:
            found: list[Row] = []
            there = 0
            for row in cursor:
                found.append(row)
                there += min(row[-1], row[0] - after)
                if there >= size:
                    break
            return found

        return self._ask(sql, (after, *values), take)

    def _ask(self, sql: str, values: Sequence[object], take: Callable[[sqlite3.Cursor], list[Row]]) -> list[Row]:
        if self.set_aside():
            raise RecordError(f"the record in {self._folder} was damaged and set aside, or replaced: ask again")
        try:
            with self._busy, contextlib.closing(self._database.execute(sql, values)) as cursor:
                return take(cursor)
        except sqlite3.Error as error:
            kind = DamagedError if is_damage(error) else RecordError
            raise kind(f"the record in {self._folder} cannot be read: {error}") from error


def _other(before: Adopted, after: Adopted) -> bool:
    """Whether another plan was adopted, or the same one out of other files."""
    return before.plan.digest != after.plan.digest or (after.files is not None and before.files != after.files)


def _refused(row: Row) -> Refused:
    target, seq, line, reason, number, again = row
    return Refused(target, seq, line, reason, number, again=bool(again))


def _when(reading: Reading) -> tuple[int, str, str, str]:
    return (reading.time, reading.device, reading.quantity.value, reading.channel)


def _packed(rows: Iterable[Row], after: int) -> Iterator[Packed]:
    """What some rows hold of entries behind one."""
    return (found for row in rows for found in bundle.packed(row) if found.seq > after)


def _entries(rows: Iterable[Row], after: int) -> Iterator[Entry]:
    """The entries of some rows that are behind one."""
    return (found.entry() for found in _packed(rows, after))
