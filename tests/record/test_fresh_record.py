"""What the daemon does when its record is damaged: the street stays lit, and the fresh record can say why."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path

import pytest

from devices.message import Message
from gateway.clock import Clock
from gateway.daemon import service, wiring
from gateway.daemon.service import Gateway
from gateway.export.forward import Forwarder
from gateway.export.rows import Line
from gateway.export.verdict import Verdict
from gateway.lighting.decision import Snapshot
from gateway.links.delivery import Incoming
from gateway.record.entry import Adopted, Entry
from gateway.record.reader import Reader
from gateway.record.retention import Keep
from gateway.record.writer import Record
from gateway.study.replay import rebuild
from tests.daemon.hand_clock import HandClock
from tests.daemon.house import LAMPS, NIGHT, site
from tests.links.inbox import until
from tests.record.breaking import spoil_table
from tests.record.builders import message


class Air:
    """A link that hears nothing and lets every order go."""

    name = "mqtt"

    async def run(self, receive: Callable[[Incoming], None]) -> None:
        del receive
        await asyncio.Event().wait()

    def send(self, message: Message) -> None:
        del message

    def status(self) -> dict[str, object]:
        return {"connected": True}


@asynccontextmanager
async def living(state: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Gateway, Record]]:
    """A gateway without sensors, and its record."""
    records, ready = list[Record](), asyncio.Event()

    def opened(folder: Path, name: str, interval: float, keep: Keep) -> Record:
        records.append(Record(folder, name, interval, keep))
        return records[0]

    monkeypatch.setattr(service, "Record", opened)
    monkeypatch.setattr(wiring, "links", lambda *_: {"mqtt": "air"})
    gateway = Gateway(replace(site(state), targets=()), clock, make=lambda *_: Air())
    task = asyncio.create_task(gateway.run(ready.set), name="gateway")
    waiting = asyncio.create_task(ready.wait(), name="ready")
    try:
        await asyncio.wait((task, waiting), return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        yield gateway, records[0]
    finally:
        waiting.cancel()
        task.cancel()
        await asyncio.wait((task, waiting))


def explained(state: Path) -> list[int]:
    """The lamps' levels as a reader of the record rebuilds them."""
    with closing(Reader(state)) as reader:
        engine = rebuild(reader, reader.last_at())
        return [engine.standing(lamp).level for lamp in LAMPS]


async def test_a_fresh_record_begins_with_the_plan_and_the_state_so_that_it_can_explain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with living(tmp_path, HandClock(NIGHT), monkeypatch):
        pass
    await asyncio.to_thread(spoil_table, tmp_path, "refused")
    async with living(tmp_path, HandClock(NIGHT + 10**9), monkeypatch) as (gateway, record):
        await record.drain()
        before = record.status().seq
        record.refuse("lab", 1, "line", "reason")
        await until(
            lambda: record.status().seq > before and not record.status().pending, "the fresh record's beginning"
        )
        levels = [gateway.engine.standing(lamp).level for lamp in LAMPS]
        assert "damaged" in record.status().damage
        assert await asyncio.to_thread(explained, tmp_path) == levels

    def beginning() -> Entry:
        with closing(Reader(tmp_path)) as reader:
            return next(reader.entries())

    first = await asyncio.to_thread(beginning)
    assert isinstance(first.learned[0], Adopted)
    assert isinstance(first.made[-1], Snapshot)


async def test_a_state_that_cannot_be_read_at_the_start_does_not_keep_the_street_dark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with living(tmp_path, HandClock(NIGHT), monkeypatch) as (gateway, _):
        levels = [gateway.engine.standing(lamp).level for lamp in LAMPS]
    await asyncio.to_thread(spoil_table, tmp_path, "adoptions")
    async with living(tmp_path, HandClock(NIGHT + 10**9), monkeypatch) as (gateway, record):
        assert "damaged" in record.status().damage
        assert [gateway.engine.standing(lamp).level for lamp in LAMPS] == levels


async def test_a_record_without_a_plan_does_not_keep_the_street_dark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may end before its first plan is durable."""
    record = await asyncio.to_thread(Record, tmp_path, "chalon")
    record.start()
    record.append(message(1))
    await asyncio.to_thread(record.close)
    async with living(tmp_path, HandClock(NIGHT), monkeypatch) as (gateway, _):
        assert all(gateway.engine.standing(lamp).level for lamp in LAMPS)


@pytest.mark.parametrize("sure", [True, False], ids=["a clock that is believed", "a clock that is not"])
async def test_a_gateway_removes_what_is_old_by_a_clock_that_is_believed_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, sure: bool
) -> None:
    asked = list[bool]()
    monkeypatch.setattr(Record, "tidy", lambda _, now, targets: asked.append(now > NIGHT and targets == ()))
    async with living(tmp_path, HandClock(NIGHT, sure=sure), monkeypatch):
        await asyncio.sleep(0)
    assert asked == [True] * sure


def in_doubt(state: Path) -> tuple[int, int]:
    """How many entries wait for the clock, and until when it was believed."""
    with closing(Reader(state)) as reader:
        return reader.waits(), reader.believed_until()


async def test_restarts_without_a_clock_are_one_doubt_that_ends_with_the_first_start_that_has_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with living(tmp_path, HandClock(NIGHT), monkeypatch) as (gateway, _):
        levels = [gateway.engine.standing(lamp).level for lamp in LAMPS]
    _, ended = await asyncio.to_thread(in_doubt, tmp_path)
    for boot in (5, 3):
        async with living(tmp_path, HandClock(boot * 10**9, sure=False), monkeypatch) as (gateway, _):
            assert [gateway.engine.standing(lamp).level for lamp in LAMPS] == levels
    waiting, believed = await asyncio.to_thread(in_doubt, tmp_path)
    assert waiting == 4  # a beginning and an end each
    assert believed == ended
    news = asyncio.Event()
    async with living(tmp_path, HandClock(NIGHT + 3600 * 10**9), monkeypatch) as (gateway, record), asyncio.timeout(30):
        record.on_commit.append(news.set)
        assert [gateway.engine.standing(lamp).level for lamp in LAMPS] == levels
        while (await asyncio.to_thread(in_doubt, tmp_path))[0]:
            await news.wait()
            news.clear()


class Copy:
    """A server that takes everything."""

    name = "lab"

    def __init__(self) -> None:
        self.seqs: list[int] = []

    def write(self, entries: Sequence[Entry], site: str) -> Verdict:
        del site
        self.seqs += [entry.seq for entry in entries]
        return Verdict(accepted=len(entries))

    def write_again(self, lines: Sequence[Line]) -> Verdict:
        return Verdict(accepted=len(lines))

    def close(self) -> None:
        pass


async def test_a_forwarder_reads_on_in_the_fresh_record(tmp_path: Path) -> None:
    record = await asyncio.to_thread(Record, tmp_path, "chalon")
    record.start()
    record.append(message(1))
    await asyncio.to_thread(record.close)
    await asyncio.to_thread(spoil_table, tmp_path, "refused")
    record = await asyncio.to_thread(Record, tmp_path, "chalon")
    record.start()
    copy = Copy()
    forwarder = Forwarder(copy, await asyncio.to_thread(Reader, tmp_path), record, "chalon", gap=0.0)
    record.on_commit.append(forwarder.wake)
    task = asyncio.create_task(forwarder.run(), name="forward.lab")
    await until(lambda: copy.seqs == [1], "the first entry at the server")
    record.refuse("lab", 1, "line", "reason")
    record.append(message(2))
    record.append(message(3))
    await until(lambda: copy.seqs == [1, 2, 3], "the entries of the fresh record at the server")
    assert forwarder.status().trouble == ""
    task.cancel()
    await asyncio.wait([task])
    await asyncio.to_thread(forwarder.close)
    await asyncio.to_thread(record.close)
