"""Rows of the ledger that hold several entries, and what reads them."""

import contextlib
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.convention import Announcement, Numbered, Rejected
from devices.message import Message
from devices.reading import Quality, Quantity, Reading
from gateway.lighting.facts import ClockSet
from gateway.links.delivery import Origin
from gateway.record import bundle
from gateway.record.bundle import FEW, MANY, SPAN, Row, entries, packed, packets, plain, rows
from gateway.record.codec import SERIES, encode
from gateway.record.entry import Adopted, Entry
from gateway.record.errors import DamagedError
from gateway.record.reader import Reader
from gateway.record.schema import APPLICATION, FILE, MIGRATIONS, open_to_write
from gateway.record.search import seq_at
from gateway.record.store import Append, End, Store
from tests.record import builders
from tests.record.builders import PLAN, SECOND, START, WEST, count, decision, message, origin

origins = st.none() | st.builds(
    lambda link, packet, content: origin(packet, content, link=link),
    st.sampled_from(("mqtt", "serial")),
    st.none() | st.integers(1, 65_535),
    builders.texts,
)
heard = st.builds(
    lambda at, learned, came: Entry(at, tuple(learned), (), came), builders.times, st.lists(builders.learned), origins
)


def row_of(seq: int, entry: Entry) -> tuple[Row, bool]:
    """The row of an entry, as the store makes it, and whether it may share one."""
    link = packet = digest = None
    if entry.origin is not None:
        link, packet = entry.origin.link, entry.origin.packet
        digest = entry.origin.digest if packet is not None else None
    return Row(seq, entry.at, 0, link, packet, digest, encode(entry.learned, entry.made)), plain(entry)


def columns(row: Row) -> tuple[object, ...]:
    return (row.seq, row.at, row.link, row.packet, row.digest, row.body, row.entries)


def made(given: Sequence[Entry]) -> list[Row]:
    return list(rows(row_of(seq, entry) for seq, entry in enumerate(given, 1)))


def stored(entry: Entry, seq: int) -> Entry:
    """An entry as the ledger gives it back: of how it came it knows the link, and the packet with its digest."""
    came = entry.origin
    if came is not None:
        came = Origin(came.link, 0, came.packet, redelivered=False, digest=came.digest if came.packet else b"")
    return replace(entry, seq=seq, origin=came)


@given(st.lists(heard | st.integers(1, 300).map(message), max_size=40))
def test_whatever_rows_entries_share_they_are_read_back_in_order(given: list[Entry]) -> None:
    found = [entry for row in made(given) for entry in entries(columns(row))]
    assert found == [stored(entry, seq) for seq, entry in enumerate(given, 1)]


@given(st.lists(heard | st.integers(1, 300).map(message), max_size=40))
def test_rows_follow_one_another_without_a_gap_and_are_bounded(given: list[Entry]) -> None:
    seq = 0
    for row in made(given):
        assert row.seq - row.entries == seq
        assert row.entries == 1 or FEW <= row.entries <= MANY
        times = [entry.at for entry in given[seq : row.seq]]
        assert times == [row.at] or (times == sorted(times) and times[-1] - times[0] <= SPAN)
        seq = row.seq
    assert seq == len(given)


def test_readings_of_one_commit_share_rows_and_take_a_third_of_the_room() -> None:
    said = [replace(message(number, Numbered(WEST, "a1b2c3d4", number)), at=START + number) for number in range(300)]
    alone = sum(len(row.body) for row, _ in map(row_of, range(300), said))
    together = made(said)
    assert [row.entries for row in together] == [MANY, MANY, 300 - 2 * MANY]
    assert sum(len(row.body) for row in together) < alone / 3


@pytest.mark.parametrize(
    "entry",
    [
        Entry(START, (Adopted(PLAN, "0.1.0"),)),
        Entry(START, (ClockSet(0, sure=False),)),
        Entry(START, (Announcement("native", "a", ()),)),
        Entry(START, (Rejected(Message("t", b"?"), "a number", "?"),)),
        Entry(START, (count(1, START),), (decision(START, 60),)),
    ],
)
def test_what_is_looked_for_among_many_has_a_row_of_its_own(entry: Entry) -> None:
    said = [replace(message(number), at=START) for number in range(FEW)]
    assert [row.entries for row in made([*said, entry, *said])] == [FEW, 1, FEW]


def test_the_packets_of_a_row_are_told_without_its_items() -> None:
    said = [replace(message(number), at=START, origin=origin(65_534 - 7 * number, "x")) for number in range(FEW)]
    (row,) = made(said)
    told = [(entry.origin.packet, entry.origin.digest) for entry in said if entry.origin]
    assert row.digest is not None
    assert packets(row.digest, row.body, row.entries) == told


def test_only_what_is_looked_for_is_made() -> None:
    entry = Entry(START, (Numbered(WEST, "a", 1), count(1, START)))
    (row,) = made([entry])
    (found,) = packed(columns(row))
    assert found.entry(SERIES).learned == (count(1, START),)
    assert found.entry(SERIES, builders.LAMP).learned == ()


@pytest.mark.parametrize("body", [b"", b"no zlib", b"\x78\x01\x03\x00\x00\x00\x00\x01"])
def test_a_damaged_row_of_many_is_named(body: bytes) -> None:
    (row,) = made([replace(message(number), at=START) for number in range(FEW)])
    with pytest.raises(DamagedError, match="expected"):
        list(entries(columns(row._replace(body=body))))
    with pytest.raises(DamagedError, match="expected"):
        list(entries(columns(row._replace(entries=FEW + 1))))
    with pytest.raises(DamagedError, match="expected"):
        packets(b"", body, FEW)


@pytest.fixture(name="hundred")
def _hundred(tmp_path: Path) -> Path:
    """A record of a hundred messages, a hundred milliseconds apart, in three commits."""
    store = Store(open_to_write(tmp_path, "chalon"))
    for first, end in ((1, 31), (31, 34), (34, 101)):
        store.write([Append(tenth(number), None) for number in range(first, end)])
    store.fold()
    store.close()
    with contextlib.closing(sqlite3.connect(tmp_path / FILE)) as database:
        found = database.execute("SELECT seq, entries FROM ledger").fetchall()
    assert found == [(30, 30), (31, 1), (32, 1), (33, 1), (100, 67)]
    return tmp_path


def tenth(number: int) -> Entry:
    return replace(message(number), at=START + number * SECOND // 10)


def test_entries_are_found_by_number_wherever_they_are_in_a_row(hundred: Path) -> None:
    with contextlib.closing(Reader(hundred)) as reader:
        for after, until in ((0, 100), (7, 7), (7, 8), (29, 34), (30, 33), (40, 1000), (99, 100)):
            there = [entry.seq for entry in reader.entries(after, until)]
            assert there == list(range(after + 1, min(until, 100) + 1))
        assert [entry.seq for entry in reader.page(10, 30)] == list(range(11, 41))
        assert [entry.seq for entry in reader.for_servers(98, 30)] == [99, 100]
        assert reader.page(100) == []


def test_entries_are_found_by_time_wherever_they_are_in_a_row(hundred: Path) -> None:
    with contextlib.closing(Reader(hundred)) as reader:
        for number in range(101):
            at = START + number * SECOND // 10
            assert (reader.last_seq(at), reader.last_seq(at + 1), reader.last_seq(at - 1)) == (
                number,
                number,
                max(0, number - 1),
            )
            assert seq_at(reader, at) == number


def test_where_the_clock_was_set_back_the_last_entry_by_number_counts(tmp_path: Path) -> None:
    store = Store(open_to_write(tmp_path, "chalon"))
    back = Entry(START + 10 * SECOND, (ClockSet(-5 * SECOND, sure=True),))
    again = [replace(tenth(number), at=START + 5 * SECOND + number) for number in range(101, 111)]
    store.write([Append(entry, None) for entry in (*map(tenth, range(1, 101)), back, *again)])
    store.close()
    with contextlib.closing(Reader(tmp_path)) as reader:
        assert reader.last_seq(START + 5 * SECOND + 105) == 106
        assert reader.last_seq(START + 5 * SECOND) == 50


def test_a_session_that_ended_within_a_commit_leaves_what_came_behind_it(tmp_path: Path) -> None:
    store = Store(open_to_write(tmp_path, "chalon"))
    before, behind = ([Append(tenth(number), None) for number in some] for some in (range(10, 20), range(20, 30)))
    store.write([*before, End("mqtt"), *behind])
    store.fold()
    store.close()
    store = Store(open_to_write(tmp_path, "chalon"))
    seen = store.seen()
    known = [
        number for number in range(10, 30) if seen.duplicate(origin(number, f"count {number}", redelivered=True), ())
    ]
    assert known == list(range(20, 30))
    store.close()


def test_a_start_knows_what_a_killed_writer_had_not_folded(tmp_path: Path) -> None:
    store = Store(open_to_write(tmp_path, "chalon"))
    store.write([Append(tenth(number), None) for number in range(10, 60)])
    store.abandon()
    store = Store(open_to_write(tmp_path, "chalon"))
    assert store.unfolded == 50
    assert all(store.seen().duplicate(origin(n, f"count {n}", redelivered=True), ()) for n in range(10, 60))
    store.fold()
    with contextlib.closing(Reader(tmp_path)) as reader:
        assert len(list(reader.series(Quantity.PEDESTRIANS, WEST))) == 50
    store.close()


def test_what_was_learned_in_doubt_has_rows_of_its_own(tmp_path: Path) -> None:
    store = Store(open_to_write(tmp_path, "chalon"))
    doubt = Entry(START, (ClockSet(0, sure=False),))
    store.write([Append(entry, None) for entry in (doubt, *map(tenth, range(1, 20)))])
    store.abandon()
    with contextlib.closing(sqlite3.connect(tmp_path / FILE)) as database:
        assert database.execute("SELECT max(entries) FROM ledger").fetchone() == (1,)


def older(folder: Path, version: int = 8) -> None:
    """A file that the version before bundles wrote."""
    with contextlib.closing(sqlite3.connect(folder / FILE, isolation_level=None)) as database:
        database.execute("PRAGMA auto_vacuum = INCREMENTAL")
        script = "".join(MIGRATIONS[:version])
        database.executescript(
            f"BEGIN; {script} PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {version}; COMMIT"
        )
        database.execute("INSERT INTO meta VALUES ('site', 'chalon'), ('identity', '1234'), ('folded', 3)")
        for seq in range(1, 10):
            database.execute("INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?)", row_of(seq, tenth(seq))[0][:7])


def test_a_file_of_version_8_is_read_as_it_is(tmp_path: Path) -> None:
    older(tmp_path)
    with contextlib.closing(Reader(tmp_path)) as reader:
        assert [entry.seq for entry in reader.entries()] == list(range(1, 10))
        assert len(list(reader.series())) == 6
        assert reader.last_seq(START + SECOND // 2) == seq_at(reader, START + SECOND // 2) == 5
        with contextlib.closing(open_to_write(tmp_path, "chalon")):
            assert [entry.seq for entry in reader.entries()] == list(range(1, 10))


def test_a_file_of_version_8_is_written_on(tmp_path: Path) -> None:
    older(tmp_path)
    store = Store(open_to_write(tmp_path, "chalon"))
    assert store.write([Append(tenth(number), None) for number in range(10, 20)]) == 10
    store.close()
    assert (tmp_path / f"{FILE}.before-9").exists()
    with contextlib.closing(sqlite3.connect(tmp_path / FILE)) as database:
        assert database.execute("SELECT count(*), sum(entries) FROM ledger").fetchone() == (10, 19)
    with contextlib.closing(Reader(tmp_path)) as reader:
        assert [entry.learned for entry in reader.entries()] == [tenth(number).learned for number in range(1, 20)]


def test_retained_words_of_one_device_are_told_from_those_of_others(tmp_path: Path) -> None:
    retained = Reading(WEST, Quantity.PRESENCE, 1.0, START, quality=Quality.RETAINED)
    store = Store(open_to_write(tmp_path, "chalon"))
    store.write([Append(Entry(START + number, (retained,)), None) for number in range(bundle.FEW)])
    store.abandon()
    with contextlib.closing(Reader(tmp_path)) as reader:
        assert reader.last_seen() == {}
        assert len(list(reader.series(device=WEST))) == bundle.FEW
        assert list(reader.series(device=builders.LAMP)) == []


def test_whatever_bit_of_a_row_flips_its_packets_are_the_same_or_refused() -> None:
    said = [replace(message(number), at=START, origin=origin(9 + number, "x")) for number in range(12)]
    (row,) = made(said)
    assert row.digest is not None
    told = packets(row.digest, row.body, row.entries)
    refused = 0
    for bit in range(8 * len(row.body)):
        body = bytearray(row.body)
        body[bit // 8] ^= 1 << bit % 8
        try:
            assert packets(row.digest, bytes(body), row.entries) == told
        except DamagedError:
            refused += 1
    assert refused
