"""A line that a database refused is sent again when somebody has mended what was wrong there, or given up."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

from gateway.export.influx import InfluxV1
from gateway.export.rows import Line
from gateway.export.verdict import RefusedLine, Verdict
from gateway.record.reader import Reader, Refused
from gateway.record.schema import APPLICATION, FILE, MIGRATIONS, open_to_write
from gateway.record.writer import Record
from tests.export.builders import counts
from tests.export.test_forward import Scripted, forwarding, recording, until
from tests.export.test_influx import query
from tests.record.builders import START
from tests.servers import Server


async def listed(folder: Path) -> list[Refused]:
    def look() -> list[Refused]:
        with contextlib.closing(Reader(folder)) as reader:
            return reader.refused()

    return await asyncio.to_thread(look)


async def refuse(record: Record, *names: str, target: str = "lab") -> None:
    for number, name in enumerate(names, start=1):
        record.refuse(target, number, name, "HTTP 400: field type conflict")
    assert await record.committed()


async def left(folder: Path, record: Record, condition: Callable[[list[Refused]], bool]) -> list[Refused]:
    """The refused lines, as soon as they are as expected; a file tells nobody."""
    while not condition(found := await listed(folder)):
        await record.drain()
    return found


async def test_what_is_sent_again_and_taken_leaves_the_list_and_the_rest_stays(tmp_path: Path) -> None:
    target = Scripted()
    async with recording(tmp_path) as record, forwarding(tmp_path, target, record) as forwarder:
        await refuse(record, "a", "b", "c")
        await refuse(record, "d", target="other")
        record.requeue((1, 3, 4))
        assert await record.committed()
        forwarder.wake()
        found = await left(tmp_path, record, lambda points: len(points) == 2)
        assert [(point.id, point.line, point.again) for point in found] == [(2, "b", False), (4, "d", True)]
        assert target.again == ["a", "c"]


async def test_what_is_refused_again_keeps_its_number_and_shows_the_new_words(tmp_path: Path) -> None:
    target = Scripted(Verdict(0, (RefusedLine(Line(1, "a"), "HTTP 422: still wrong"),)))
    async with recording(tmp_path) as record:
        await refuse(record, "a")
        record.requeue((1,))
        assert await record.committed()
        async with forwarding(tmp_path, target, record):
            (point,) = await left(tmp_path, record, lambda points: not points[0].again)
        assert (point.id, point.reason) == (1, "HTTP 422: still wrong")
        assert target.again == ["a"]


async def test_while_the_server_is_away_what_waits_waits_and_over_a_restart_too(tmp_path: Path) -> None:
    away = Scripted(Verdict(trouble="away", retry_after=3600.0))
    async with recording(tmp_path) as record:
        await refuse(record, "a")
        record.requeue((1,))
        assert await record.committed()
        async with forwarding(tmp_path, away, record) as forwarder:
            await until(lambda: forwarder.status().trouble == "away")
    back = Scripted()
    async with recording(tmp_path) as record:
        assert (await listed(tmp_path))[0].again
        async with forwarding(tmp_path, back, record):
            await left(tmp_path, record, lambda points: not points)
    assert back.again == ["a"]


async def test_new_readings_go_on_while_more_than_a_page_is_sent_again(tmp_path: Path) -> None:
    target = Scripted()
    async with recording(tmp_path) as record:
        await refuse(record, *map(str, range(2500)))
        record.requeue(tuple(range(1, 2501)))
        for entry in counts(5):
            record.append(entry)
        assert await record.committed()
        async with forwarding(tmp_path, target, record):
            await left(tmp_path, record, lambda points: not points)
    assert target.taken == [1, 2, 3, 4, 5]
    assert len(target.again) == len(set(target.again)) == 2500


async def test_what_is_dropped_is_gone_and_its_number_is_never_given_again(tmp_path: Path) -> None:
    async with recording(tmp_path) as record:
        await refuse(record, "a", "b")
        record.drop((2,))
        await refuse(record, "a", "c")
        kept, new = await listed(tmp_path)
        assert (kept.id, kept.line, new.line) == (1, "a", "c")
        assert new.id > 2


async def test_in_influxdb_a_point_that_is_sent_again_is_there_once(influxdb: Server, tmp_path: Path) -> None:
    await asyncio.to_thread(query, influxdb, "CREATE DATABASE street")
    lab = InfluxV1("lab", influxdb.url, "street")
    old = Line(0, f"pedestrians,device=counter-west,site=chalon value=1i {START // 1_000_000 + 2000}")
    assert (await asyncio.to_thread(lab.write_again, [old])).accepted == 1
    async with recording(tmp_path) as record, forwarding(tmp_path, lab, record) as forwarder:
        record.on_commit.append(forwarder.wake)
        for entry in counts(3):
            record.append(entry)
        points = await left(tmp_path, record, lambda found: len(found) == 3)
        assert all("field type conflict" in point.reason for point in points)
        await asyncio.to_thread(query, influxdb, "DROP MEASUREMENT pedestrians")
        for _ in range(2):
            record.requeue(tuple(point.id for point in points))
            assert await record.committed()
            forwarder.wake()
            await left(tmp_path, record, lambda found: not found)
    await asyncio.to_thread(lab.close)
    (found,) = await asyncio.to_thread(query, influxdb, "SELECT sum(value), count(value) FROM pedestrians")
    assert found[1:] == [3, 3]


def test_refused_lines_of_an_older_record_are_numbered_in_their_order(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        for number, script in enumerate(MIGRATIONS[:4], start=1):
            database.executescript(
                f"BEGIN; {script} PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {number}; COMMIT"
            )
        database.execute("INSERT INTO meta VALUES ('site', 'chalon'), ('identity', '1234')")
        database.execute("INSERT INTO refused VALUES ('lab', 9, 'late', '400'), ('lab', 2, 'early', '422')")
    open_to_write(tmp_path, "chalon").close()
    with contextlib.closing(Reader(tmp_path)) as reader:
        assert [tuple(point) for point in reader.refused()] == [
            ("lab", 2, "early", "422", 1, False),
            ("lab", 9, "late", "400", 2, False),
        ]
    assert (tmp_path / f"{FILE}.before-5").exists()
