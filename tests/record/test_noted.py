"""What the file says of messages that were seen, when it is opened again."""

import contextlib
import sqlite3
from pathlib import Path

import pytest

from devices.convention import Numbered
from gateway.record import noted
from gateway.record.codec import encode
from gateway.record.entry import Entry
from gateway.record.reader import Reader
from gateway.record.schema import APPLICATION, FILE, MIGRATIONS, open_to_write
from gateway.record.store import Append, End, Store
from tests.record.builders import SECOND, START, WEST, count, message


def aside(number: int) -> Entry:
    """A reading of a line that has no packet ids."""
    at = START + number * SECOND
    return Entry(at, (count(1, at),))


def reopened(folder: Path, store: Store) -> Store:
    store.abandon()
    return Store(open_to_write(folder, "chalon"))


def known(store: Store, *numbers: int) -> bool:
    """Whether redeliveries of these messages are duplicates."""
    return store.write([Append(message(number, redelivered=True), None) for number in numbers]) == 0


@pytest.mark.parametrize("folds", [False, True])
def test_a_link_that_speaks_seldom_among_others_is_remembered(tmp_path: Path, folds: bool) -> None:  # noqa: FBT001 - pytest gives it
    store = Store(open_to_write(tmp_path, "chalon"))
    for number in range(1, 6):
        store.write([Append(message(number), None), *[Append(aside(100 * number + n), None) for n in range(50)]])
    if folds:
        store.fold()
    store = reopened(tmp_path, store)
    assert known(store, 1, 2, 3, 4, 5)
    store.abandon()


def test_messages_that_follow_one_another_are_one_run(tmp_path: Path) -> None:
    store = Store(open_to_write(tmp_path, "chalon"))
    for number in range(1, 100):
        store.write([Append(message(number), None)])
        if number % 10 == 0:
            store.fold()
    store.write([Append(aside(number), None) for number in range(1000, 1000 + noted.GAP - 1)])
    store.write([Append(message(100), None)])
    store.fold()
    store.write([Append(aside(number), None) for number in range(2000, 2000 + noted.GAP)])
    store.write([Append(message(101), None)])
    store.close()
    with contextlib.closing(sqlite3.connect(tmp_path / FILE)) as database:
        runs = [run[1:] for run in database.execute("SELECT * FROM runs")]
    assert runs == [(1, 99 + noted.GAP)], "the last one waits in the ledger"


def test_only_the_last_session_is_remembered(tmp_path: Path) -> None:
    store = Store(open_to_write(tmp_path, "chalon"))
    store.write([Append(message(1), None), End("mqtt"), Append(message(2), None)])
    store.fold()
    store.write([Append(message(3), None)])
    store = reopened(tmp_path, store)
    assert known(store, 2, 3)
    assert not known(store, 1)
    store.abandon()


@pytest.mark.parametrize("folds", [False, True])
def test_the_highest_number_of_a_boot_is_told_folded_or_not(tmp_path: Path, folds: bool) -> None:  # noqa: FBT001 - as above
    store = Store(open_to_write(tmp_path, "chalon"))
    store.write([Append(message(1, Numbered(WEST, "a", 7)), None), Append(message(2, Numbered(WEST, "a", 5)), None)])
    if folds:
        store.fold()
    with contextlib.closing(Reader(tmp_path)) as reader:
        assert reader.last_numbered(WEST, "a") == 7
        assert reader.last_numbered(WEST, "b") is None
    store.abandon()


def test_messages_that_bring_no_reading_do_not_wait_for_ever(tmp_path: Path) -> None:
    store = Store(open_to_write(tmp_path, "chalon"))
    store.write([Append(Entry(START, (Numbered(WEST, "a", number),)), None) for number in range(10)])
    assert store.unfolded == 10
    store.fold()
    assert store.unfolded == 0
    with contextlib.closing(Reader(tmp_path)) as reader:
        assert reader.last_numbered(WEST, "a") == 9
    store.abandon()


def test_what_version_3_had_seen_is_known_to_this_one(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as database:
        script = "".join(MIGRATIONS[:3])
        database.executescript(
            f"BEGIN; {script} PRAGMA application_id = {APPLICATION}; PRAGMA user_version = 3; COMMIT"
        )
        database.execute("INSERT INTO meta VALUES ('site', 'chalon'), ('identity', '1234'), ('folded', 70)")
        for seq in range(1, 100):
            entry = message(seq) if seq < 10 or 50 < seq < 60 or seq == 99 else aside(seq)
            came = entry.origin
            how = (None, None, None) if came is None else (came.link, came.packet, came.digest)
            row = (seq, entry.at, 0, *how, encode(entry.learned, ()))
            database.execute("INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    store = Store(open_to_write(tmp_path, "chalon"))
    assert known(store, *range(1, 10), *range(51, 60), 99)
    store.close()
    with contextlib.closing(sqlite3.connect(tmp_path / FILE)) as database:
        assert list(database.execute("SELECT first, last FROM runs")) == [(1, 9), (51, 59)]
        assert database.execute("SELECT 1 FROM sqlite_master WHERE name = 'packets'").fetchone() is None
