"""What persons ordered or tried is found among all entries, in a record of an older version too, and kept for years."""

import contextlib
import sqlite3
from pathlib import Path

from gateway.lighting.decision import Cause, Decision, Rank
from gateway.lighting.facts import Cancel, Override
from gateway.record.codec import encode
from gateway.record.entry import Adopted, Declined, Entry
from gateway.record.journal import given, of_people, orders
from gateway.record.reader import Reader
from gateway.record.retention import DAY, Keep
from gateway.record.schema import APPLICATION, FILE, MIGRATIONS, open_to_write
from gateway.record.store import Append, Store
from tests.record.builders import LAMP, PLAN, SECOND, START, count, decision

ORDER = Override("o-1", LAMP, 40, START + DAY, START + 2 * DAY, "g.morel", "repair")
CANCEL = Cancel("o-1", "g.morel")
DECLINED = Declined("g.morel", "", ("lighting.yaml:3:1: no",), 1)
BEFORE = next(number for number, script in enumerate(MIGRATIONS) if "CREATE INDEX orders" in script)
ENTRIES = (
    Entry(START, (Adopted(PLAN, "0.1"),)),
    Entry(START + SECOND, (count(1, START),)),
    Entry(START + 2 * SECOND, (ORDER,)),
    Entry(START + 3 * SECOND, (count(2, START),), (decision(START + 3 * SECOND, 40),)),
    Entry(START + 4 * SECOND, (CANCEL,)),
)


def found(folder: Path) -> tuple[object, list[int], list[int]]:
    with contextlib.closing(Reader(folder)) as reader:
        people, everything = of_people(reader, 0, START + DAY), orders(reader, 0, START + DAY)
        return given(reader, "o-1", 9), [entry.seq for entry in people], [entry.seq for entry in everything]


def test_orders_of_an_older_record_are_found_before_and_after_it_is_made_new(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as database:
        database.execute("PRAGMA auto_vacuum = INCREMENTAL")
        for number, script in enumerate(MIGRATIONS[:BEFORE], start=1):
            database.executescript(
                f"BEGIN; {script} PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {number}; COMMIT"
            )
        database.execute("INSERT INTO meta VALUES ('site', 'chalon'), ('identity', '1234'), ('folded', 0)")
        for seq, (entry, holds) in enumerate(zip(ENTRIES, (12, 0, 0, 1, 0), strict=True), start=1):
            row = (seq, entry.at, holds, encode(entry.learned, entry.made))
            database.execute("INSERT INTO ledger (seq, at, holds, body) VALUES (?, ?, ?, ?)", row)
    expected = (ORDER, [1, 3, 5], [1, 3, 4, 5])
    assert found(tmp_path) == expected
    Store(open_to_write(tmp_path, "chalon")).close()
    assert found(tmp_path) == expected


def test_an_order_is_found_though_decisions_behind_it_name_it_as_their_cause(tmp_path: Path) -> None:
    other = Override("o-2", LAMP, 60, START, START + DAY, "s.ruiz", "police")
    again = Decision(START + 4 * SECOND, LAMP, 40, 0, (Cause(Rank.OVERRIDE, 40.0, because=(ORDER,), key="o-1"),))
    store = Store(open_to_write(tmp_path, "chalon"))
    given_up = Entry(START + 4 * SECOND, (Cancel("o-2", "s.ruiz"),), (again,))
    store.write([Append(entry, None) for entry in (*ENTRIES[:3], Entry(START + 3 * SECOND, (other,)), given_up)])
    store.close()
    with contextlib.closing(Reader(tmp_path)) as reader:
        assert given(reader, "o-1", 9) == ORDER
        assert given(reader, "o-2", 9) == other


def test_what_persons_ordered_or_tried_is_kept_as_long_as_decisions_are(tmp_path: Path) -> None:
    store = Store(open_to_write(tmp_path, "chalon"))
    later = Entry(START + 200 * DAY, (Adopted(PLAN, "0.1"),))
    store.write([Append(entry, None) for entry in (*ENTRIES, Entry(START + 5 * SECOND, (DECLINED,)), later)])
    store.fold()
    for keep, left in ((Keep(), [1, 3, 4, 5, 6, 7]), (Keep(decisions=100 * DAY), [7])):
        for _ in store.sweep(keep, START + 200 * DAY, ()):
            pass
        with contextlib.closing(Reader(tmp_path)) as reader:
            assert [entry.seq for entry in reader.entries()] == left
    store.close()
