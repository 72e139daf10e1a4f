"""What devices said of themselves is in the record for the next start, also in one that is older than that."""

import contextlib
import sqlite3
from pathlib import Path

from gateway.record.reader import Reader
from gateway.record.schema import APPLICATION, FILE, MIGRATIONS, open_to_write
from gateway.record.store import Append, Describe, Store
from tests.record.builders import message

BEFORE = next(number for number, script in enumerate(MIGRATIONS) if "CREATE TABLE described" in script)
PIR = "homeassistant/binary_sensor/pir/config"
LUX = "homeassistant/sensor/lux/config"


def known(folder: Path) -> list[tuple[str, str, bytes]]:
    with contextlib.closing(Reader(folder)) as reader:
        return reader.described()


def test_the_newest_description_of_a_topic_is_kept_until_it_is_taken_back(tmp_path: Path) -> None:
    store = Store(open_to_write(tmp_path, "chalon"))
    store.write([Describe("mqtt", PIR, b"old"), Describe("mqtt", LUX, b"lux"), Append(message(1), None)])
    store.write([Describe("mqtt", PIR, b"new"), Describe("serial:x", PIR, b"other")])
    assert known(tmp_path) == [("mqtt", PIR, b"new"), ("mqtt", LUX, b"lux"), ("serial:x", PIR, b"other")]
    store.write([Describe("mqtt", LUX, b"again"), Describe("mqtt", LUX, b""), Describe("serial:x", PIR, b"")])
    store.close()
    assert known(tmp_path) == [("mqtt", PIR, b"new")]


def test_an_older_record_takes_descriptions_once_it_is_made_new(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as database:
        database.execute("PRAGMA auto_vacuum = INCREMENTAL")
        for number, script in enumerate(MIGRATIONS[:BEFORE], start=1):
            database.executescript(
                f"BEGIN; {script} PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {number}; COMMIT"
            )
        database.execute("INSERT INTO meta VALUES ('site', 'chalon'), ('identity', '1234'), ('folded', 0)")
    store = Store(open_to_write(tmp_path, "chalon"))
    assert known(tmp_path) == []
    store.write([Describe("mqtt", PIR, b"pir")])
    store.close()
    assert known(tmp_path) == [("mqtt", PIR, b"pir")]
