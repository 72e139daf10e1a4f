"""A cable between MQTT clients and their broker that can be cut, half cut, or stall."""

import asyncio
import socket
import struct
from asyncio import StreamReader, StreamWriter
from types import TracebackType
from typing import Self

CHUNK = 65_536
WORD = b'"pedestrians":{"in":'
"""Stands once in every message of a counter that numbers its messages, as its firmware writes it."""

LAST_LIFE = 1.0
"""Seconds that the far half of a half-open connection outlives the near one."""


class Line:
    """One connection through the wire."""

    def __init__(self, near: StreamWriter, far: StreamWriter) -> None:
        self.near = near
        self.far = far
        self.flows = asyncio.Event()
        self.flows.set()
        self.void = False
        self.delivered = 0
        self._rest = b""

    def count(self, data: bytes) -> None:
        """Count the messages of counters in what the broker sends, also where one lies across two pieces."""
        data = self._rest + data
        self.delivered += data.count(WORD)
        self._rest = data[-len(WORD) + 1 :]

    def cut(self) -> None:
        """End both halves at once."""
        _reset(self.near)
        _reset(self.far)
        self.flows.set()


class Wire:
    """Listens on `port` and connects whoever comes to `broker`, a loopback port. `async with` opens and closes it."""

    def __init__(self, broker: int) -> None:
        self.port = 0
        self._broker = broker
        self._lines: set[Line] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._refuses = False
        self._delivered = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def delivered(self) -> int:
        """How many messages of counters went from the broker to whoever is connected here, copies included."""
        return self._delivered + sum(line.delivered for line in self._lines)

    async def cut(self, seconds: float) -> None:
        """End every connection and accept none for a while."""
        self._refuses = True
        for line in list(self._lines):
            line.cut()
        try:
            await asyncio.sleep(seconds)
        finally:
            self._refuses = False

    async def half_open(self, seconds: float) -> None:
        """What is sent goes nowhere, and nobody is told; then the near half ends, and a little later the far one."""
        lines = list(self._lines)
        for line in lines:
            line.void = True
        await asyncio.sleep(seconds)
        for line in lines:
            _reset(line.near)
        await asyncio.sleep(LAST_LIFE)
        for line in lines:
            line.cut()

    async def stall(self, seconds: float) -> None:
        """Nothing moves for a while; nothing is lost."""
        lines = list(self._lines)
        for line in lines:
            line.flows.clear()
        try:
            await asyncio.sleep(seconds)
        finally:
            for line in lines:
                line.flows.set()

    def _accept(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer), name="wire")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: StreamReader, near: StreamWriter) -> None:
        if self._refuses:
            near.transport.abort()
            return
        try:
            far_reader, far = await asyncio.open_connection("127.0.0.1", self._broker)
        except OSError:
            near.transport.abort()
            return
        line = Line(near, far)
        self._lines.add(line)
        pumps = [asyncio.create_task(_pump(reader, far, line)), asyncio.create_task(_pump(far_reader, near, line))]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            if not line.void:
                line.cut()
            await asyncio.wait(pumps)
        finally:
            for pump in pumps:
                pump.cancel()
            line.cut()
            await asyncio.gather(*pumps, return_exceptions=True)
            self._lines.discard(line)
            self._delivered += line.delivered


def _reset(writer: StreamWriter) -> None:
    """End one half at once, so that its other end has an error and no farewell."""
    if not writer.transport.is_closing():
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()


async def _pump(reader: StreamReader, writer: StreamWriter, line: Line) -> None:
    """Carry bytes one way until either end is gone."""
    try:
        while data := await reader.read(CHUNK):
            await line.flows.wait()
            if line.void:
                continue
            if writer is line.near:
                line.count(data)
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        return
