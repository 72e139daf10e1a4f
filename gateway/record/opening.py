"""How the one writer comes by its file: the one that is there, or a fresh one in the place of a damaged one."""

import contextlib
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from devices.totals import Standing
from gateway.record import increments, schema
from gateway.record.damage import COMPANIONS, prune, set_aside
from gateway.record.errors import DamagedError, RecordError, kind_of
from gateway.record.history import Series
from gateway.record.store import Store

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Heirloom:
    """What a fresh record keeps of a damaged one.

    Its identity, because the session at the broker is the same and still holds messages; its last number, so that
    whoever reads by number reads on; and where running totals stood, so that the next ones count from there.
    `doubted_since` is the last instant (nanoseconds) that was believed, if the clock was in doubt at its end: it still
    is.
    """

    identity: str
    seq: int
    totals: Mapping[Series, Standing] = field(default_factory=dict)
    doubted_since: int | None = None


class Opening:
    """Opens the record of a site for its writer, who holds the folder's lock. `damage` says in words what was wrong."""

    def __init__(self, folder: Path, site: str, max_size: int) -> None:
        self._folder = folder
        self._site = site
        self._max_size = max_size
        self._reason = ""
        self._aside = ""
        self.damage = ""

    def store(self) -> Store:
        """The record that is there, or a fresh one if it is damaged. Raises `RecordError`."""
        try:
            return self._open()
        except DamagedError as error:
            return self.anew(str(error))

    def anew(self, reason: str, heirloom: Heirloom | None = None) -> Store:
        """Set the file aside and begin a fresh one. Raises `RecordError` if the disk takes none: then call it again.

        Whoever had the old file open closes it after this.
        """
        path = self._folder / schema.FILE
        try:
            if path.exists():
                aside = set_aside(path)
                self._aside, self._reason = aside.name, reason
                heirloom = heirloom or _inherit(aside)
        except OSError as error:
            raise kind_of(error)(f"{path} is damaged ({reason}) and cannot be set aside: {error.strerror}") from error
        self._make_room(path)
        try:
            store = self._open(heirloom)
        except RecordError:
            for companion in COMPANIONS:
                Path(f"{path}{companion}").unlink(missing_ok=True)
            raise
        self.damage = f"{path} was damaged ({self._reason}); it is now {self._aside}, and a fresh record was begun"
        log.error("a damaged record was set aside and a fresh one begun", file=self._aside, found=self._reason)
        return store

    def _make_room(self, path: Path) -> None:
        """Remove old damaged files that are too many; where that fails, the street goes on all the same."""
        try:
            gone = prune(path, path.with_name(self._aside), self._max_size) if self._aside else []
        except OSError as error:
            log.warning("old damaged records cannot be removed", found=error.strerror)
            return
        for aside in gone:
            log.warning("an old damaged record was removed, so that they do not fill the disk", file=aside.name)

    def _open(self, heirloom: Heirloom | None = None) -> Store:
        database = schema.open_to_write(self._folder, self._site)
        try:
            if heirloom is not None or self._aside:
                self._begin(database, heirloom)
            store = Store(database)
            store.limit(self._max_size)
        except (sqlite3.Error, RecordError) as error:
            database.close()
            raise kind_of(error)(f"{self._folder / schema.FILE} cannot be used: {error}") from error
        return store

    def _begin(self, database: sqlite3.Connection, heirloom: Heirloom | None) -> None:
        rows: list[tuple[str, object]] = [(f"{schema.SET_ASIDE}{self._aside}", self._reason)]
        if heirloom is not None:
            rows += [("identity", heirloom.identity), ("base", heirloom.seq)]
            database.executemany(increments.WRITE, increments.rows(heirloom.totals))
            if heirloom.doubted_since is not None:
                rows.append(("doubted", heirloom.seq + 1))
                step = (heirloom.seq, heirloom.doubted_since)
                database.execute("INSERT INTO clock VALUES (?, ?, 0, 0, NULL)", step)
        database.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", rows)


def _inherit(aside: Path) -> Heirloom | None:
    """What can still be read of a damaged file; None if that is too little."""
    try:
        with contextlib.closing(sqlite3.connect(f"{aside.absolute().as_uri()}?mode=ro", uri=True)) as database:
            (last,) = database.execute("SELECT coalesce(max(seq), 0) FROM ledger").fetchone()
            identity = schema.identity(database)
            return Heirloom(identity, int(last), _totals(database), _doubted_since(database))
    except (sqlite3.Error, TypeError, ValueError):
        return None


def _doubted_since(database: sqlite3.Connection) -> int | None:
    """The last instant that was believed (nanoseconds), if the clock was in doubt at the end; None if not."""
    try:
        step = database.execute("SELECT at FROM clock WHERE seq = (SELECT max(seq) FROM clock) AND NOT sure")
        row = step.fetchone()
        return None if row is None else int(row[0])
    except (sqlite3.Error, TypeError, ValueError) as error:
        log.warning("the clock is taken as it is: whether it was believed cannot be read", found=str(error))
        return None


def _totals(database: sqlite3.Connection) -> Mapping[Series, Standing]:
    """Where running totals stood; nothing if that is damaged too: the next one of each is where counting begins."""
    try:
        return increments.stored(database)
    except (sqlite3.Error, DamagedError) as error:
        log.warning("running totals begin anew: where they stood cannot be read", found=str(error))
        return {}
