"""A Tridonic DALI USB adapter on a pseudo-terminal, with simulated gear behind it: packets of 64 bytes."""

import asyncio
import os
import tty
from collections.abc import Iterator
from contextlib import contextmanager

from firmware_sims.dali_line import DaliLine

PACKET = 64
INITIALISE, SEND = 0x01, 0x12
INFORMED, RESPONDED = 0x01, 0x12
NO_FRAME, REPLY, ECHO = 0x71, 0x72, 0x73
TWICE = 0x20


class Adapter:
    """The adapter's end of the cable. `unplug` takes it away."""

    def __init__(self, line: DaliLine) -> None:
        self._line = line
        self._near, self._far = os.openpty()
        os.set_blocking(self._near, False)
        tty.setraw(self._near)
        tty.setraw(self._far)
        self.path = os.ttyname(self._far)
        self._rest = b""
        asyncio.get_running_loop().add_reader(self._near, self._hear)

    def unplug(self) -> None:
        """Take it away."""
        if self._near >= 0:
            asyncio.get_running_loop().remove_reader(self._near)
            os.close(self._far)
            os.close(self._near)
            self._near = -1

    def _hear(self) -> None:
        self._rest += os.read(self._near, 4096)
        while len(self._rest) >= PACKET:
            packet, self._rest = self._rest[:PACKET], self._rest[PACKET:]
            for said in self._answers(packet):
                os.write(self._near, said.ljust(PACKET, b"\0"))

    def _answers(self, packet: bytes) -> Iterator[bytes]:
        command, number, control = packet[0], packet[1], packet[2]
        if command == INITIALISE:
            yield bytes((INFORMED, 1, 2, 3, 4))
        elif command == SEND:
            address, data = packet[6], packet[7]
            answer = None
            for _ in range(2 if control & TWICE else 1):
                answer = self._frame(address, data)
                yield bytes((RESPONDED, ECHO, 0, 0, address, data, 0, 0, number))
            value = 0 if answer is None else answer
            yield bytes((RESPONDED, NO_FRAME if answer is None else REPLY, 0, 0, 0, value, 0, 0, number))

    def _frame(self, address: int, data: int) -> int | None:
        heard = [gear.hear(address, data, self._line.now) for gear in self._line.gear.values()]
        return next((answer for answer in heard if answer is not None), None)


@contextmanager
def adapter(line: DaliLine) -> Iterator[Adapter]:
    """Plug an adapter in while the body runs."""
    plugged = Adapter(line)
    try:
        yield plugged
    finally:
        plugged.unplug()
