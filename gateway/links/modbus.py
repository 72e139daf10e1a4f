"""The link to an RS-485 line of Modbus devices: it asks each of them in turn, and their answers are its messages."""

import asyncio
import importlib
import json
import logging
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from urllib.parse import urlsplit

import structlog

from devices.message import Message
from gateway.clock import Clock
from gateway.links.backoff import Backoff
from gateway.links.delivery import Delivery, Incoming, LinkDown, Origin
from gateway.links.opening import UNOPENED

if TYPE_CHECKING:
    from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient

    Client: TypeAlias = AsyncModbusSerialClient | AsyncModbusTcpClient

PATIENCE: Final = 0.5
"""Real seconds that a device may take to answer: the slowest known takes a tenth of that at 9600 baud."""

LONGEST: Final = 60
"""Registers that are asked for at once: some devices answer no more than 64 of the 125 that the standard allows."""

PARITIES: Final = {"none": "N", "even": "E", "odd": "O"}

EXCEPTIONS: Final = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "device failure",
    5: "acknowledge",
    6: "device busy",
    8: "memory parity error",
    10: "gateway path unavailable",
    11: "gateway target did not respond",
}
"""Exception codes (MODBUS Application Protocol V1.1b3, section 7)."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Question:
    """A block of `count` registers of a table ("holding", "input", "coil", "discrete") from address `at` on."""

    table: str
    at: int
    count: int


@dataclass(frozen=True, slots=True)
class Unit:
    """A device on the line: its number (1 to 247), its questions, and every how many seconds they are asked."""

    number: int
    every: float
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """An RS-485 line: its port or `socket://host:port`, and who is on it. `parity` is "none", "even" or "odd"."""

    name: str
    port: str
    baud: int
    parity: str
    units: tuple[Unit, ...]


def questions(wanted: Iterable[tuple[str, int, int]]) -> tuple[Question, ...]:
    """The fewest blocks that hold all wanted registers: (table, first address, how many), each from one block."""
    blocks: list[Question] = []
    for table, at, count in sorted(set(wanted)):
        last = blocks[-1] if blocks else None
        end = at + count
        if last is not None and last.table == table and at <= last.at + last.count and end - last.at <= LONGEST:
            blocks[-1] = Question(table, last.at, max(last.count, end - last.at))
        else:
            blocks.append(Question(table, at, count))
    return tuple(blocks)


class ModbusLink:
    """One owner of one line, which asks one device at a time. There is nothing to acknowledge or to send.

    A device that does not answer is silent, which its sensor's health notices; a line that is gone is opened again.
    """

    def __init__(self, line: Line, clock: Clock, *, chance: Callable[[], float] = random.random) -> None:
        self.name = line.name
        self._line = line
        self._clock = clock
        self._chance = chance
        self._counts = dict.fromkeys(("answers", "silent", "exceptions", "opened", "dropped"), 0)
        self._connected = False
        self._outage = ""
        self._mute: set[int] = set()

    async def run(self, receive: Callable[[Incoming], None]) -> None:
        """Open the line, ask in turn, open it again; until cancelled. An error raised by `receive` ends the link."""
        loop = asyncio.get_running_loop()
        backoff = Backoff(self._chance, ceiling=5.0)
        while True:
            begun = loop.time()
            try:
                await self._live_once(receive)
            except LinkDown as down:
                self._say_down(str(down))
            await asyncio.sleep(backoff.wait(loop.time() - begun))

    def send(self, message: Message) -> None:  # noqa: ARG002 - the protocol of links gives it
        """Drop and count it: who is asked here takes no orders."""
        self._counts["dropped"] += 1

    def status(self) -> dict[str, object]:
        """Say how it stands: `answers`, questions nobody answered (`silent`), `exceptions`; `mute` are those units."""
        return {
            "connected": self._connected,
            "unsettled": 0,
            "trouble": self._outage,
            **self._counts,
            "mute": sorted(self._mute),
        }

    async def _live_once(self, receive: Callable[[Incoming], None]) -> None:
        """Ask until the line is gone. Raises `LinkDown`."""
        await asyncio.to_thread(importlib.import_module, "pymodbus.client")  # slow
        client = _client(self._line)
        try:
            await _open(client, self._line.port)
            self._say_up()
            await self._ask_in_turn(client, receive)
        finally:
            self._connected = False
            client.close()

    async def _ask_in_turn(self, client: "Client", receive: Callable[[Incoming], None]) -> None:
        loop = asyncio.get_running_loop()
        due = {unit.number: loop.time() for unit in self._line.units}
        while True:
            _end_if_cancelled()
            unit = min(self._line.units, key=lambda unit: due[unit.number])
            await asyncio.sleep(max(0.0, due[unit.number] - loop.time()))
            due[unit.number] = max(due[unit.number] + unit.every, loop.time())
            payload = await self._ask(client, unit)
            if payload is not None:
                message = Message(f"{self._line.port}/{unit.number}", payload, self._clock.now().time)
                receive(Delivery(message, Origin(self.name, 0)))

    async def _ask(self, client: "Client", unit: Unit) -> bytes | None:
        """What a device answers; None if it is silent. Raises `LinkDown`."""
        from pymodbus.exceptions import ModbusException

        said: dict[str, dict[str, object]] = {}
        for question in unit.questions:
            try:
                answer = await _read(client, unit.number, question)
            except ModbusException as error:
                if not client.connected:
                    raise LinkDown(f"{self._line.port} is gone: {error}") from None
                await self._be_silent_after(unit)
                return None
            if answer.isError():
                self._counts["exceptions"] += 1
                code = int(getattr(answer, "exception_code", 0))
                said.setdefault("errors", {})[question.table] = EXCEPTIONS.get(code, f"exception {code}")
                continue
            words = list(_words(answer, question))
            if len(words) != question.count:
                await self._be_silent_after(unit)
                return None
            self._counts["answers"] += 1
            said.setdefault(question.table, {})[str(question.at)] = words
        if unit.number in self._mute:
            self._mute.discard(unit.number)
            log.info("a device answers again", link=self.name, unit=unit.number)
        return json.dumps(said, separators=(",", ":")).encode()

    async def _be_silent_after(self, unit: Unit) -> None:
        """Let an answer that is late pass: answers carry no number, and it would pass for one to what is asked next."""
        self._counts["silent"] += 1
        if unit.number not in self._mute:
            self._mute.add(unit.number)
            log.warning("a device does not answer", link=self.name, unit=unit.number, seconds=PATIENCE)
        await asyncio.sleep(PATIENCE)

    def _say_up(self) -> None:
        self._connected, self._outage = True, ""
        self._counts["opened"] += 1
        log.info("link up", link=self.name)

    def _say_down(self, trouble: str) -> None:
        if trouble != self._outage:
            self._outage = trouble
            log.warning("link down", link=self.name, trouble=trouble)


def _end_if_cancelled() -> None:
    """Be cancelled if somebody asked for it while the library waited.

    It waits by `asyncio.wait_for`, which before Python 3.12 forgets that if an answer comes at the same moment.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _client(line: Line) -> "Client":
    """The library's client, which asks once and opens nothing by itself. It belongs to the running loop.

    Raises `LinkDown` for a `socket://` that names no host and port.
    """
    from pymodbus import FramerType
    from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient

    logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)  # it complains of each question anew
    if line.port.startswith("socket://"):
        host, port = _addressed(line.port)
        return AsyncModbusTcpClient(
            host, port=port, framer=FramerType.RTU, timeout=PATIENCE, retries=0, reconnect_delay=0
        )
    return AsyncModbusSerialClient(
        line.port,
        framer=FramerType.RTU,
        baudrate=line.baud,
        parity=PARITIES[line.parity],
        timeout=PATIENCE,
        retries=0,
        reconnect_delay=0,
    )


def _addressed(url: str) -> tuple[str, int]:
    """The host and the port of a `socket://host:port`. Raises `LinkDown`."""
    try:
        at = urlsplit(url)
        host, port = at.hostname or "", at.port or 0
    except ValueError as error:
        raise LinkDown(f"expected socket://host:port, found {url}: {error}") from error
    return host, port


async def _open(client: "Client", port: str) -> None:
    """Raises `LinkDown`."""
    try:
        opened = await client.connect()
    except UNOPENED as error:
        _be_cancelled()
        raise LinkDown(f"{port} cannot be opened: {error}") from error
    if not opened:
        _be_cancelled()
        raise LinkDown(f"{port} cannot be opened, or is held by another program")


def _be_cancelled() -> None:
    """End here if this task was cancelled: the library's `wait_for` forgets that where opening failed just then."""
    if (task := asyncio.current_task()) is not None and task.cancelling():
        raise asyncio.CancelledError


async def _read(client: "Client", unit: int, question: Question) -> Any:
    """Ask a device for a block. Raises `ModbusException` if nothing, or nothing readable, comes."""
    ask: dict[str, Callable[..., Any]] = {
        "holding": client.read_holding_registers,
        "input": client.read_input_registers,
        "coil": client.read_coils,
        "discrete": client.read_discrete_inputs,
    }
    return await ask[question.table](question.at, count=question.count, device_id=unit)


def _words(answer: Any, question: Question) -> Iterator[int]:
    """The words of an answer; of a table of bits, each of them as one."""
    held: Sequence[int] = answer.bits if question.table in {"coil", "discrete"} else answer.registers
    yield from (int(word) for word in held[: question.count])
