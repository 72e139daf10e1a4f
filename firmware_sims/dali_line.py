"""A DALI line behind a daliserver: `python -m firmware_sims.dali_line 55825` plays eight gear, two of them linear.

The protocol is daliserver's second one: requests of four bytes (2, 0, and the two bytes of a frame), replies of four
(2; 0 for no answer, 1 for an answer, 2 for a frame of somebody else on the line, 255 for a failure; a value; 0).
"""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from firmware_sims.dali_gear import GARBLED, Gear, GearPart

REQUEST = 4
PROTOCOL = 2
NO_ANSWER, ANSWER, OVERHEARD, FAILED = 0, 1, 2, 255

FORWARD, BACKWARD = 0.0285, 0.0142
"""Seconds on a real line at 1200 bit/s. A frame: 17 bits, 2.4 ms of stop condition, and the pause before another one of
low priority. A reply: 9 bits and what precedes it, less the pause that it replaces (IEC 62386-101:2014, 8.2)."""


class DaliLine:
    """Gear on one line. `forward` and `backward` are how long a frame and a reply take, in seconds; 0 is at once.

    With `broken` the adapter says of every frame that it failed. `frames` counts what was sent.
    """

    def __init__(self, parts: Iterable[GearPart], *, forward: float = 0.0, backward: float = 0.0) -> None:
        self.gear = {part.address: Gear(part) for part in parts}
        self.broken = False
        self.frames = 0
        self._forward = forward
        self._backward = backward
        self._turn = asyncio.Lock()
        self._clients: set[asyncio.StreamWriter] = set()
        self._serving: set[asyncio.Task[None]] = set()

    @property
    def now(self) -> float:
        """The clock of the line, in seconds."""
        return asyncio.get_running_loop().time()

    def light(self, address: int) -> float:
        """What is seen of a lamp now, in per cent."""
        gear = self.gear[address]
        gear.advance(self.now)
        return gear.light

    @asynccontextmanager
    async def served(self, port: int = 0) -> AsyncIterator[int]:
        """Serve it on a port of this machine while the body runs; give the port."""
        with socket.create_server(("127.0.0.1", port)) as door:
            async with self.serving(door):
                yield door.getsockname()[1]

    @asynccontextmanager
    async def serving(self, door: socket.socket) -> AsyncIterator[None]:
        """Serve it at a socket that listens already while the body runs."""
        server = await asyncio.start_server(self._serve, sock=door)
        try:
            yield
        finally:
            server.close()
            self.drop()
            if self._serving:
                await asyncio.wait(self._serving)

    def drop(self) -> None:
        """Close the connections of all clients, as a server does that is restarted."""
        for client in self._clients:
            client.close()

    def overhear(self, address: int, data: int) -> None:
        """Somebody else on the line sent a frame: gear heard it, and all clients are told."""
        for gear in self.gear.values():
            gear.hear(address, data, self.now)
        for client in self._clients:
            client.write(bytes((PROTOCOL, OVERHEARD, address, data)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._clients.add(writer)
        if (task := asyncio.current_task()) is not None:
            self._serving.add(task)
            task.add_done_callback(self._serving.discard)
        try:
            while True:
                protocol, kind, address, data = await reader.readexactly(REQUEST)
                if (protocol, kind) == (PROTOCOL, 0):
                    writer.write(await self._carry(address, data))
                    await writer.drain()
        except (EOFError, OSError):
            pass
        finally:
            self._clients.discard(writer)
            writer.close()

    async def _carry(self, address: int, data: int) -> bytes:
        async with self._turn:
            self.frames += 1
            if self.broken:
                return bytes((PROTOCOL, FAILED, 0, 0))
            answers = [gear.hear(address, data, self.now) for gear in self.gear.values()]
            said = [answer for answer in answers if answer is not None]
            if pause := self._forward + (self._backward if said else 0.0):
                await asyncio.sleep(pause)
        if len(said) > 1 or GARBLED in said:
            return bytes((PROTOCOL, FAILED, 0, 0))
        return bytes((PROTOCOL, ANSWER, said[0], 0)) if said else bytes((PROTOCOL, NO_ANSWER, 0, 0))


async def main(port: int) -> None:
    """Play a line at its real speed until interrupted."""
    parts = (GearPart(at, linear=at in (6, 7), metered=at % 2 == 0) for at in range(8))
    async with DaliLine(parts, forward=FORWARD, backward=BACKWARD).served(port):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
