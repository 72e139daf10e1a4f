"""What an HLK-LD2450 radar sends: targets as bytes. Pure.

Layout after Hi-Link's "HLK-LD2450 serial communication protocol", 2.3: AA FF 03 00, three targets of 8 bytes, 55 CC;
each target is x, y, speed and resolution as 16-bit little-endian numbers.
"""

import struct
from collections.abc import Sequence
from typing import NamedTuple

HEAD = b"\xaa\xff\x03\x00"
TAIL = b"\x55\xcc"
TARGETS = 3
ABSENT = bytes(8)
LARGEST = 0x7FFF


class Target(NamedTuple):
    """Somebody seen: `x` to the side and `y` ahead in mm, `speed` in cm/s (above 0: moving away), resolution in mm."""

    x: int
    y: int
    speed: int
    resolution: int = 320


def frame(targets: Sequence[Target | None]) -> bytes:
    """The 30 bytes for up to three targets; a place without a target is eight zero bytes."""
    places = [ABSENT if target is None else _place(target) for target in targets]
    return HEAD + b"".join(places).ljust(TARGETS * len(ABSENT), b"\0") + TAIL


def damaged(good: bytes) -> bytes:
    """The same frame with an end that is none."""
    return good[: -len(TAIL)] + b"\0\0"


def _place(target: Target) -> bytes:
    return struct.pack("<HHHH", *map(_signed, target[:3]), target.resolution)


def _signed(value: int) -> int:
    """Sign and magnitude, not two's complement, and the other way round than usual: bit 15 set means above 0."""
    magnitude = min(abs(value), LARGEST)
    return magnitude | 0x8000 if value > 0 else magnitude
