"""Devices on an RS-485 line that speak Modbus RTU: they answer when they are asked.

Layout of frames: MODBUS over Serial Line V1.02, section 2.5.1 (address, function, data, CRC with its low byte first);
functions 1 to 4 and exceptions: MODBUS Application Protocol V1.1b3, sections 6.1 to 6.4 and 7.
"""

import asyncio
import os
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

FUNCTIONS = {1: "coil", 2: "discrete", 3: "holding", 4: "input"}
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS = 1, 2
REQUEST = struct.Struct(">BBHH")
LENGTH = REQUEST.size + 2


class Mode(Enum):
    """How a unit fares."""

    WELL = "well"
    SILENT = "silent"
    EXCEPTION = "exception"
    NOISY = "noisy"
    """Its answers arrive with a bit flipped."""


@dataclass(slots=True)
class Unit:
    """A device: 16-bit words by table and address. Whoever counts writes them.

    `answers` are those in which somebody who asks can read what is held, `spoilt` those with a bit flipped.
    """

    number: int
    words: dict[tuple[str, int], int] = field(default_factory=dict)
    mode: Mode = Mode.WELL
    answers: int = 0
    spoilt: int = 0

    def hold(self, table: str, at: int, value: int, width: int = 1) -> None:
        """Hold a whole number in `width` registers from `at` on, the highest word first."""
        for step in range(width):
            self.words[table, at + step] = value >> (16 * (width - 1 - step)) & 0xFFFF

    def answer(self, request: bytes) -> bytes:
        """The answer to a request to this unit, whose CRC is right; nothing if it is silent."""
        _, function, at, count = REQUEST.unpack(request[: REQUEST.size])
        if self.mode is Mode.SILENT:
            return b""
        table = FUNCTIONS.get(function)
        held = [] if table is None else [self.words.get((table, at + step)) for step in range(count)]
        if table is None or self.mode is Mode.EXCEPTION or None in held:
            code = ILLEGAL_FUNCTION if table is None else ILLEGAL_ADDRESS
            return closed(bytes((self.number, function | 0x80, code)))
        known = [word for word in held if word is not None]
        data = _bits(known) if table in {"coil", "discrete"} else struct.pack(f">{count}H", *known)
        said = closed(bytes((self.number, function, len(data))) + data)
        if self.mode is Mode.NOISY:
            self.spoilt += 1
            return said[:-1] + bytes((said[-1] ^ 1,))
        self.answers += 1
        return said


def _bits(held: list[int]) -> bytes:
    data = bytearray((len(held) + 7) // 8)
    for number, bit in enumerate(held):
        data[number // 8] |= bool(bit) << number % 8
    return bytes(data)


def crc(data: bytes) -> int:
    """CRC-16 of Modbus: x^16 + x^15 + x^2 + 1, lowest bit first, from FFFF (MODBUS over Serial Line, 6.2.2)."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ 0xA001 if value & 1 else value >> 1
    return value


def closed(data: bytes) -> bytes:
    """A frame with its CRC."""
    return data + crc(data).to_bytes(2, "little")


class Bus:
    """All units of a line: bytes in, bytes out. Pure."""

    def __init__(self, units: Mapping[int, Unit]) -> None:
        self.units = units
        self._buffer = b""

    def feed(self, data: bytes) -> bytes:
        """Take what was asked; give what is answered."""
        self._buffer += data
        said = b""
        while len(self._buffer) >= LENGTH:
            request = self._buffer[:LENGTH]
            if closed(request[:-2]) != request:
                self._buffer = self._buffer[1:]
                continue
            self._buffer = self._buffer[LENGTH:]
            unit = self.units.get(request[0])
            said += b"" if unit is None else unit.answer(request)
        return said


async def serve(near: int, bus: Bus, asked: Callable[[], None] = lambda: None) -> None:
    """Answer on the near end of a pseudo-terminal until cancelled; `asked` is called after each answer."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    os.set_blocking(near, False)
    loop.add_reader(near, ready.set)
    try:
        while True:
            await ready.wait()
            ready.clear()
            try:
                said = bus.feed(os.read(near, 4096))
            except BlockingIOError:
                continue
            if said:
                os.write(near, said)
            asked()
    finally:
        loop.remove_reader(near)
