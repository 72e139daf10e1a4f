"""The record's file: its tables, its versions, how it is opened, and who holds it."""

import contextlib
import fcntl
import grp
import os
import secrets
import sqlite3
import time
from pathlib import Path
from typing import Final

from gateway.record.damage import COMPANIONS, find_fault
from gateway.record.errors import DamagedError, RecordError, is_damage, kind_of

FILE: Final = "record.db"
LOCK: Final = "record.lock"

APPLICATION: Final = 0x52_76_42_65
"""SQLite's application_id of a record: "RvBe"."""

SET_ASIDE: Final = "set aside: "
"""Begins the key in meta that names a damaged file in whose place this one was begun; the value is what was wrong."""

DECISIONS: Final = 1
REJECTIONS: Final = 2
STARTS: Final = 4
ADOPTIONS: Final = 8
ORDERS: Final = 16
"""Bits of `ledger.holds`: what an entry has that is looked for among many that have it not."""

_FIRST = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;

-- One row an entry. The packet id and digest of the message make the duplicate window; body as in codec.py.
CREATE TABLE ledger (
    seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, holds INTEGER NOT NULL,
    link TEXT, packet INTEGER, digest BLOB, body BLOB NOT NULL
);
CREATE INDEX packets ON ledger (link, seq) WHERE digest IS NOT NULL;
CREATE INDEX decisions ON ledger (at) WHERE holds & 1;
CREATE INDEX rejections ON ledger (seq) WHERE holds & 2;
CREATE INDEX starts ON ledger (seq) WHERE holds & 4;
CREATE INDEX adoptions ON ledger (seq) WHERE holds & 8;

-- The session of a link began behind entry `since`.
CREATE TABLE sessions (link TEXT PRIMARY KEY, since INTEGER NOT NULL) WITHOUT ROWID;

-- Ranges of the senders' own numbers that are stored; `seq` is the entry that touched the range last.
CREATE TABLE numbers (
    device TEXT, boot TEXT, first INTEGER, last INTEGER NOT NULL, seq INTEGER NOT NULL,
    PRIMARY KEY (device, boot, first)
) WITHOUT ROWID;

-- Time in milliseconds, period in nanoseconds; fed from the ledger up to the entry meta.folded.
CREATE TABLE series (
    id INTEGER PRIMARY KEY, device TEXT NOT NULL, quantity TEXT NOT NULL, channel TEXT NOT NULL,
    UNIQUE (device, quantity, channel)
);
CREATE TABLE history (
    series INTEGER, time INTEGER, value REAL NOT NULL, period INTEGER, quality INTEGER NOT NULL,
    PRIMARY KEY (series, time)
) WITHOUT ROWID;
CREATE TABLE heard (device TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE cursors (target TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE refused (target TEXT, seq INTEGER, line TEXT, reason TEXT NOT NULL, PRIMARY KEY (target, seq, line));
"""

_SECOND = ""
"""The same tables, in a file that can give free pages back."""

_THIRD = """
-- What series came to in each hour (hour * 3600 s, (hour + 1) * 3600 s]; nothing that a broker merely repeated.
CREATE TABLE hourly (
    hour INTEGER, series INTEGER, readings INTEGER NOT NULL, total REAL, lowest REAL, highest REAL,
    PRIMARY KEY (hour, series)
) WITHOUT ROWID;
INSERT INTO hourly
    SELECT (time - 1 - ((time - 1) % 3600000 + 3600000) % 3600000) / 3600000 AS hour, series,
        count(*), sum(value), min(value), max(value)
    FROM history WHERE NOT quality & 1 GROUP BY hour, series;
"""

_TOTALS = """
-- Where the running total of each series stands, newest first: [[value, time in nanoseconds, boot, seq], ...].
CREATE TABLE totals (
    device TEXT, quantity TEXT, channel TEXT, standing TEXT NOT NULL, PRIMARY KEY (device, quantity, channel)
) WITHOUT ROWID;
INSERT INTO totals
    SELECT device, quantity, channel, json_array(json_array(value, max(time) * 1000000, '', -1))
    FROM series JOIN history ON series = id
    WHERE quantity = 'pedestrians_total' AND NOT quality & 1 GROUP BY id;
"""

_REFUSED = """
-- A refused line has a number of its own, never given twice, and `again` while it waits to be sent once more.
CREATE TABLE numbered (
    id INTEGER PRIMARY KEY AUTOINCREMENT, target TEXT NOT NULL, seq INTEGER NOT NULL, line TEXT NOT NULL,
    reason TEXT NOT NULL, again INTEGER NOT NULL DEFAULT 0, UNIQUE (target, seq, line)
);
INSERT INTO numbered (target, seq, line, reason) SELECT target, seq, line, reason FROM refused ORDER BY seq, line;
DROP TABLE refused;
ALTER TABLE numbered RENAME TO refused;
CREATE INDEX again ON refused (target, id) WHERE again;
"""

_RUNS = """
-- Where in the ledger the messages of a link that have packet ids are: from entry `first` to `last`, with few others in
-- between. Like `numbers` it is written behind the ledger, up to the entry meta.folded; the rest is in the ledger.
CREATE TABLE runs (link TEXT, first INTEGER, last INTEGER NOT NULL, PRIMARY KEY (link, first)) WITHOUT ROWID;
INSERT INTO runs
    SELECT link, min(seq), max(seq) FROM (
        SELECT link, seq, sum(apart) OVER (PARTITION BY link ORDER BY seq) AS run FROM (
            SELECT link, seq, seq - lag(seq, 1, seq) OVER (PARTITION BY link ORDER BY seq) > 16 AS apart
            FROM ledger
            WHERE digest IS NOT NULL AND seq <= coalesce((SELECT value FROM meta WHERE key = 'folded'), 0)
        )
    ) GROUP BY link, run;
DROP INDEX packets;
"""

_FILES = """
-- The texts that plans were understood from, packed, each once; `seq` and `at` (ns) are of the last entry that uses it.
CREATE TABLE files (digest TEXT PRIMARY KEY, seq INTEGER NOT NULL, at INTEGER NOT NULL, packed BLOB NOT NULL)
    WITHOUT ROWID;
"""

_DOUBT = """
-- The clock steps that begin, belong to or end a time in which the wall clock was not believed. `at` is the last
-- believed instant before it; `puts_right` is added to the times behind the step, NULL while nobody can know it. The
-- first entry that waits to be put right is meta.doubted.
CREATE TABLE clock (
    seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, shift INTEGER NOT NULL, sure INTEGER NOT NULL, puts_right INTEGER
);
-- What servers get of an entry of such a time, in the place of its body.
CREATE TABLE rebased (seq INTEGER PRIMARY KEY, body BLOB NOT NULL);
-- How many refused lines of a target were let go because there were too many, of which entries, and the last's reason.
CREATE TABLE forgotten (
    target TEXT PRIMARY KEY, lines INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, reason TEXT NOT NULL
) WITHOUT ROWID;
"""

_TURNS = """
-- The entries with which times went back, because the clock was set back: between two of them they rise. `at` is the
-- time of the entry, `before` that of the one before it (ns).
CREATE TABLE turns (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, before INTEGER NOT NULL);
INSERT INTO turns
    SELECT seq, at, before FROM (SELECT seq, at, lag(at) OVER (ORDER BY seq) AS before FROM ledger) WHERE at < before;
"""

_ORDERS = """
-- What persons ordered, and edits of theirs that were not taken, are looked for among many entries (holds & 16).
UPDATE ledger SET holds = holds | 16 WHERE instr(body, '["o",') OR instr(body, '["c",') OR instr(body, '["m",');
CREATE INDEX orders ON ledger (seq) WHERE holds & 16;
"""

_BUNDLES = """
-- How many entries a row holds: `seq` and `at` are the last one's, `digest` is all of theirs, body as in bundle.py.
ALTER TABLE ledger ADD COLUMN entries INTEGER NOT NULL DEFAULT 1;
"""

_DESCRIBED = """
-- What configured devices said of themselves, as it came: a next process knows it before the broker repeats it.
CREATE TABLE described (link TEXT, topic TEXT, payload BLOB NOT NULL, PRIMARY KEY (link, topic)) WITHOUT ROWID;
"""

MIGRATIONS: Final = (
    *(_FIRST, _SECOND, _THIRD, _TOTALS, _REFUSED, _RUNS, _DOUBT, _FILES, _TURNS, _ORDERS, _BUNDLES),
    _DESCRIBED,
)
"""What makes a file of version n one of version n + 1."""

_GIVES_BACK: Final = 2
"""The version since which files give free pages back."""

_TOGETHER: Final = 11
"""The version since which a row of the ledger may hold several entries: of older files readers see one in each."""

VERSION: Final = len(MIGRATIONS)
"""SQLite's user_version of the records that this software writes."""

_PAGE: Final = 1024
"""Bytes of a page of a fresh file. A commit writes whole pages and fills few of them: small ones wear a card less."""
_CHECKPOINT: Final = 4_096_000
"""Bytes of the write-ahead log after which it goes into the file."""

_PATIENCE = 0.5
"""Seconds to wait for a lock that a reader may be testing at this very moment."""


def lock(folder: Path) -> int:
    """Make the folder if need be and take its lock; the descriptor holds it until closed.

    Raises `RecordError` naming the process that holds it already, or saying why the folder cannot be written,
    `UnwritableError` if that may pass.
    """
    try:
        if not folder.is_dir():
            folder.mkdir(mode=0o770, parents=True)
            folder.chmod(0o770)
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o660)
    except OSError as error:
        found = f"expected a folder to write the record in, found {folder}: {error.strerror}"
        raise kind_of(error)(found) from error
    with contextlib.suppress(PermissionError):  # another user's of the group, who saw to it
        os.fchmod(descriptor, 0o660)  # whatever the umask: readers ask the lock whether a gateway runs
    deadline = time.monotonic() + _PATIENCE
    while not _taken(descriptor):
        if time.monotonic() > deadline:
            other = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(descriptor)
            raise RecordError(
                f"the record in {folder} is busy: expected to be its only writer, found process {other}; "
                f"stop that gateway first, or give this one another state folder"
            )
        time.sleep(_PATIENCE / 20)
    with contextlib.suppress(OSError):  # on a full disk nobody can read who holds it, and it is held all the same
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor


def reserve(folder: Path) -> int | None:
    """Take the lock of a folder in which nothing can be written, so that others see that a gateway runs there.

    The descriptor holds it until closed. None where there is no lock to be had: none can be made there, so nobody can
    write either, or another holds it, of which whoever tries to write is told.
    """
    try:
        descriptor = os.open(folder / LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    if _taken(descriptor):
        return descriptor
    os.close(descriptor)
    return None


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def held(folder: Path) -> bool:
    """Whether a writer holds the record at this moment."""
    try:
        descriptor = os.open(folder / LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def open_to_write(folder: Path, site: str) -> sqlite3.Connection:
    """Open or make the record of a site; the caller holds its lock. Raises `RecordError`, `DamagedError` if it is that.

    The file is looked through if its last writer did not come to its end. It gets mode 0660 whatever the umask; SQLite
    gives its companions (-wal, -shm) the same.
    """
    path = folder / FILE
    fresh = _made(path)
    database: sqlite3.Connection | None = None
    try:
        database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        _prepare(database, path, site)
    except (sqlite3.Error, OSError, RecordError) as error:
        if database is not None:
            database.close()
        for companion in COMPANIONS if fresh else ():  # an empty file would pass for a damaged one
            Path(f"{path}{companion}").unlink(missing_ok=True)
        if isinstance(error, RecordError):
            raise
        if is_damage(error):
            raise DamagedError(str(error)) from error
        raise kind_of(error)(f"{path} cannot be used: {error}; may the gateway write there?") from error
    return database


def _made(path: Path) -> bool:
    """Make the file if there is none; say whether there was none. Raises `RecordError`: an empty one is damaged."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o660))
        path.chmod(0o660)
    except FileExistsError:
        if not path.stat().st_size:
            raise DamagedError("it is empty") from None
        return False
    except OSError as error:
        raise kind_of(error)(f"{path} cannot be made: {error.strerror}") from error
    return True


def mark_clean(database: sqlite3.Connection) -> None:
    """Note that the writer came to its end: the next start need not look the file through. Raises `sqlite3.Error`."""
    database.execute("INSERT OR REPLACE INTO meta VALUES ('clean', 1)")


def identity(database: sqlite3.Connection) -> str:
    """What tells this record from any other: drawn when it was made."""
    (drawn,) = database.execute("SELECT value FROM meta WHERE key = 'identity'").fetchone()
    return str(drawn)


def _prepare(database: sqlite3.Connection, path: Path, site: str) -> None:
    version = _pragma(database, "user_version")
    if database.execute("SELECT count(*) FROM sqlite_master").fetchone() != (0,) or version:
        _inspect(database, path, site)
    database.execute(f"PRAGMA page_size = {_PAGE}")  # before there is any page; a file that is there keeps its own
    database.execute("PRAGMA auto_vacuum = INCREMENTAL")  # as above
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")  # NORMAL does not survive a power cut: it cannot stand behind an ack
    database.execute("PRAGMA journal_size_limit = 16777216")
    database.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT // _pragma(database, 'page_size')}")
    if version < VERSION:
        _migrate(database, path, version)
    database.execute("INSERT OR IGNORE INTO meta VALUES ('site', ?)", (site,))
    database.execute("INSERT OR IGNORE INTO meta VALUES ('identity', ?)", (secrets.token_hex(6),))


def _migrate(database: sqlite3.Connection, path: Path, version: int) -> None:
    """Make a file of an older version one of this, after a copy; a fresh one is of version 0 and needs none."""
    if version:
        _copy(database, path.with_name(f"{path.name}.before-{version + 1}"))
        if version < _GIVES_BACK:
            database.execute("VACUUM")  # makes the file anew, and so takes the other auto_vacuum
    for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
        database.executescript(
            f"BEGIN IMMEDIATE; {script} PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {number}; COMMIT"
        )


def _copy(database: sqlite3.Connection, to: Path) -> None:
    """Copy the file; under its name there is only ever a whole copy."""
    making = to.with_name(f"{to.name}.part")
    making.unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(making)) as copy:
        database.backup(copy)
    making.chmod(0o660)
    making.rename(to)


def _inspect(database: sqlite3.Connection, path: Path, site: str) -> None:
    """Look at a record that is there before anything is changed. Raises `RecordError` and `sqlite3.Error`."""
    examine(database, path)
    if database.execute("SELECT count(*) FROM sqlite_master WHERE name IN ('meta', 'ledger')").fetchone() != (2,):
        raise DamagedError("its tables are gone")
    row = database.execute("SELECT value FROM meta WHERE key = 'site'").fetchone()
    if row is not None and row[0] != site:
        raise RecordError(
            f"{path} is the record of site {row[0]!r}, expected {site!r}: a site's id may not change while its record "
            f"exists; write {row[0]!r} in site.yaml, or give this site another state folder"
        )
    if database.execute("SELECT 1 FROM meta WHERE key = 'clean'").fetchone() is None:
        if fault := find_fault(database):
            raise DamagedError(fault)
    else:
        database.execute("DELETE FROM meta WHERE key = 'clean'")


def open_to_read(folder: Path) -> sqlite3.Connection:
    """Open the record of a folder for reading only. Raises `RecordError`."""
    path = folder / FILE
    if which(folder) is None:
        raise RecordError(f"expected a record at {path}, found none: has a gateway run there yet?")
    if not os.access(path, os.R_OK):
        raise RecordError(_not_for_you(path, path.stat().st_gid))
    database: sqlite3.Connection | None = None
    try:
        database = sqlite3.connect(_to_read(path), uri=True, isolation_level=None, check_same_thread=False)
        if _only_read(path):
            database.execute("PRAGMA locking_mode = EXCLUSIVE")  # what stands for a -shm is then in memory
        examine(database, path)
        if _pragma(database, "user_version") < _TOGETHER:
            database.execute("CREATE TEMP VIEW ledger AS SELECT *, 1 AS entries FROM main.ledger")
    except (sqlite3.Error, RecordError) as error:
        if database is not None:
            database.close()
        if isinstance(error, RecordError):
            raise
        raise RecordError(f"{path} cannot be read: {error}; its folder must be writable for its group") from error
    return database


def _to_read(path: Path) -> str:
    """The file's name for SQLite, to read only.

    On a read-only file system SQLite can make no companions and take no locks, and needs neither: nobody writes there.
    A log that a crash or a power cut left is read with the file ("WAL without shared memory", sqlite.org/wal.html).
    """
    name = f"{path.absolute().as_uri()}?mode=ro"
    if not _only_read(path):
        return name
    log = path.with_name(f"{path.name}-wal")
    return f"{name}&vfs=unix-none" if log.exists() and log.stat().st_size else f"{name}&immutable=1"


def _only_read(path: Path) -> bool:
    """Whether a file is on a file system that can only be read."""
    return bool(os.statvfs(path).f_flag & os.ST_RDONLY)


def _not_for_you(path: Path, group: int) -> str:
    """Say who may read the record, and how to become one of them."""
    try:
        name = grp.getgrgid(group).gr_name
    except KeyError:
        name = str(group)
    return f"{path} may be read by the group {name} only: sudo adduser $USER {name}, then log in anew"


def which(folder: Path) -> tuple[int, int] | None:
    """What tells the file that is the record now from one that was, whatever their names; None if there is none.

    Raises `RecordError` for whoever may not look, and where a disk does not say.
    """
    try:
        found = (folder / FILE).stat()
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise RecordError(_not_for_you(folder / FILE, folder.stat().st_gid)) from error
    except OSError as error:
        raise RecordError(f"{folder / FILE} cannot be looked at: {error.strerror}") from error
    return found.st_dev, found.st_ino


def examine(database: sqlite3.Connection, path: Path) -> None:
    """Raise `RecordError` for a file that is no record, or one that a newer version wrote."""
    if _pragma(database, "application_id") != APPLICATION:
        raise RecordError(f"expected a record, found another kind of SQLite file at {path}; move it aside")
    version = _pragma(database, "user_version")
    if version > VERSION:
        raise RecordError(
            f"{path} has version {version}, this software reads up to {VERSION}: a newer one wrote it; install that one"
        )


def _pragma(database: sqlite3.Connection, name: str) -> int:
    (value,) = database.execute(f"PRAGMA {name}").fetchone()
    return int(value)
