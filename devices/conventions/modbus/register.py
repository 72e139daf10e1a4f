"""Where a quantity stands in a device's registers, and how its words are one value."""

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from devices.reading import Quantity

TABLES: Final = ("holding", "input", "coil", "discrete")
"""The four tables of a device (MODBUS Application Protocol V1.1b3, section 4.3), by their usual short names."""

BITS: Final = ("coil", "discrete")

TYPES: Final = {"uint16": ">H", "int16": ">h", "uint32": ">I", "int32": ">i", "float32": ">f", "uint64": ">Q"}
"""How words are one number, the highest word first."""


@dataclass(frozen=True, slots=True)
class Register:
    """One quantity: where it stands, times `factor` in our unit, on a channel.

    `at` is the address on the line, from 0: what a manual calls 40001 or 30001 is 0. With `low_word_first` the words of
    a value over several registers are turned round.
    """

    quantity: Quantity
    at: int
    table: str = "holding"
    type: str = "uint16"
    factor: float = 1.0
    channel: str = ""
    low_word_first: bool = False

    @property
    def width(self) -> int:
        """How many registers it takes."""
        return 1 if self.table in BITS else struct.calcsize(TYPES[self.type]) // 2

    @property
    def name(self) -> str:
        """What it is called in words: "input 7"."""
        return f"{self.table} {self.at}"


def value(register: Register, words: Sequence[int]) -> float | None:
    """What a register's words say, for booleans whether they are not 0.

    None for a float that is none, by which devices say that they know nothing.
    """
    if register.table in BITS or register.quantity.kind == "bool":
        return any(words)
    ordered = reversed(words) if register.low_word_first else words
    (number,) = struct.unpack(TYPES[register.type], b"".join(word.to_bytes(2, "big") for word in ordered))
    return number if math.isfinite(number) else None
