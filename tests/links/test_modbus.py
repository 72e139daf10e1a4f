"""A line of Modbus devices, asked over a real pseudo-terminal."""

import asyncio
import json
import termios
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.transaction import TransactionManager

from firmware_sims.modbus import Bus, Mode, Unit, closed, serve
from gateway.clock import SystemClock
from gateway.links import modbus
from gateway.links.modbus import Line, ModbusLink, Question, questions
from tests.links.cable import Cable
from tests.links.inbox import PATIENCE, Inbox, living
from tests.links.inbox import until as shown

EVERY = 0.01


class Bench:
    """A line with two devices, of which the first counts each time it is asked."""

    def __init__(self, folder: Path) -> None:
        self.cable = Cable(folder / "rs485")
        self.counter, self.meter = Unit(1), Unit(7)
        self.counter.hold("input", 0, 70_000, 2)
        self.meter.hold("holding", 0, 321)
        self.meter.words["discrete", 3] = 1

    @asynccontextmanager
    async def plugged(self) -> AsyncIterator[None]:
        await asyncio.to_thread(self.cable.plug)
        task = asyncio.create_task(serve(self.cable.near, Bus({1: self.counter, 7: self.meter})), name="bus")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])
            await asyncio.to_thread(self.cable.unplug)

    def line(self) -> Line:
        asked = (
            modbus.Unit(1, EVERY, questions([("input", 0, 2)])),
            modbus.Unit(7, EVERY, questions([("holding", 0, 1), ("discrete", 3, 1)])),
        )
        return Line("serial:rs485", str(self.cable.name), 9600, "none", asked)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modbus, "PATIENCE", 0.05)


@asynccontextmanager
async def asking(bench: Bench) -> AsyncIterator[tuple[ModbusLink, Inbox]]:
    link, inbox = ModbusLink(bench.line(), SystemClock(), chance=lambda: 0.0), Inbox()
    task = asyncio.create_task(link.run(inbox.receive), name="link")
    try:
        yield link, inbox
    finally:
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()


def gone(*_given: object) -> None:
    """What the kernel says of an adapter that has just been unplugged."""
    raise termios.error(5, "Input/output error")


def said(inbox: Inbox, unit: int) -> list[object]:
    topic = f"/{unit}"
    return [json.loads(one.message.payload) for one in inbox.deliveries if one.message.topic.endswith(topic)]


async def until(inbox: Inbox, unit: int, what: object) -> None:
    async with asyncio.timeout(PATIENCE):
        while what not in said(inbox, unit):
            await inbox.until(len(inbox.deliveries) + 1)


async def test_each_unit_is_asked_and_answers_with_its_registers(bench: Bench) -> None:
    async with bench.plugged(), asking(bench) as (link, inbox):
        await until(inbox, 1, {"input": {"0": [1, 4464]}})
        await until(inbox, 7, {"holding": {"0": [321]}, "discrete": {"3": [1]}})
        bench.counter.hold("input", 0, 70_001, 2)
        await until(inbox, 1, {"input": {"0": [1, 4465]}})
        assert link.status()["connected"]


@pytest.mark.parametrize("mode", [Mode.SILENT, Mode.NOISY])
async def test_a_unit_that_is_not_understood_keeps_nobody_else_from_answering(bench: Bench, mode: Mode) -> None:
    async with bench.plugged(), asking(bench) as (link, inbox):
        await until(inbox, 1, {"input": {"0": [1, 4464]}})
        bench.counter.mode = mode
        before = len(said(inbox, 7))
        async with asyncio.timeout(PATIENCE):
            while link.status()["mute"] != [1] or len(said(inbox, 7)) < before + 3:
                await inbox.until(len(inbox.deliveries) + 1)
        bench.counter.mode = Mode.WELL
        bench.counter.hold("input", 0, 70_009, 2)
        await until(inbox, 1, {"input": {"0": [1, 4473]}})
        assert link.status()["mute"] == []


async def test_an_exception_is_told_in_words(bench: Bench) -> None:
    async with bench.plugged(), asking(bench) as (_, inbox):
        del bench.meter.words["holding", 0]
        await until(inbox, 7, {"errors": {"holding": "illegal data address"}, "discrete": {"3": [1]}})


async def test_a_line_that_is_unplugged_is_asked_again_when_it_is_back(bench: Bench) -> None:
    async with asking(bench) as (link, inbox):
        async with bench.plugged():
            await until(inbox, 1, {"input": {"0": [1, 4464]}})
        async with asyncio.timeout(PATIENCE):
            while link.status()["connected"]:  # noqa: ASYNC110 - links tell nobody
                await asyncio.sleep(0.01)
        assert "rs485" in str(link.status()["trouble"])
        bench.counter.hold("input", 0, 70_100, 2)
        async with bench.plugged():
            await until(inbox, 1, {"input": {"0": [1, 4564]}})


async def test_the_link_ends_also_when_it_is_told_to_as_an_answer_comes(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bench.plugged():
        link, inbox = ModbusLink(bench.line(), SystemClock()), Inbox()
        task = asyncio.create_task(link.run(inbox.receive), name="link")
        await until(inbox, 1, {"input": {"0": [1, 4464]}})
        take = TransactionManager.callback_data

        def cancel_too(manager: TransactionManager, data: bytes, addr: tuple[str, int] | None = None) -> int:
            used = take(manager, data, addr)
            if used and not task.cancelling():
                task.cancel()
            return used

        monkeypatch.setattr(TransactionManager, "callback_data", cancel_too)
        done, _ = await asyncio.wait([task], timeout=PATIENCE)
        assert done
        assert task.cancelled()


@pytest.mark.parametrize("port", ["socket://127.0.0.1:99999", "socket://[::1:4", f"socket://{'a' * 70}:1"])
async def test_a_line_that_can_be_nowhere_is_down(port: str) -> None:
    link = ModbusLink(Line("modbus", port, 9600, "none", (modbus.Unit(1, EVERY, ()),)), SystemClock())
    async with living(link, Inbox()):
        await shown(lambda: port in str(link.status()["trouble"]), "why it is down")


async def test_a_port_that_is_unplugged_while_it_is_opened_is_a_line_that_is_down(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bench.plugged():
        monkeypatch.setattr("serial.serialposix.termios.tcsetattr", gone)
        async with asking(bench) as (link, _):
            await shown(lambda: "Input/output error" in str(link.status()["trouble"]), "why it is down")


WANTED = st.lists(st.tuples(st.sampled_from(["holding", "input"]), st.integers(0, 300), st.integers(1, 4)), min_size=1)


@given(WANTED)
def test_questions_ask_for_all_that_is_wanted_for_nothing_else_and_in_blocks_that_devices_answer(
    wanted: list[tuple[str, int, int]],
) -> None:
    asked = questions(wanted)
    covered = {(one.table, one.at + step) for one in asked for step in range(one.count)}
    assert covered == {(table, at + step) for table, at, count in wanted for step in range(count)}
    assert all(one.count <= modbus.LONGEST for one in asked)
    for table, at, count in wanted:
        assert any(one.table == table and one.at <= at and at + count <= one.at + one.count for one in asked)


def test_a_known_frame_has_the_crc_that_everybody_computes() -> None:
    # MODBUS over Serial Line V1.02, section 6.2.2, computes 0x1241 of 02 07, sent as 41 12.
    assert closed(b"\x02\x07") == b"\x02\x07\x41\x12"
    assert questions([("holding", 0, 2), ("holding", 2, 2)]) == (Question("holding", 0, 4),)
