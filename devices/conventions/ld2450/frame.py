"""One frame of the HLK-LD2450 into targets.

Byte layout: Hi-Link, "HLK-LD2450 serial communication protocol", section 2.3. Numbers are little-endian
sign-magnitude with the sense inverted: bit 15 set is positive. The document's own example is the test's golden vector;
public decoders exist that read the signs the other way round.
"""

import struct
from dataclasses import dataclass

from devices.convention import Malformed
from devices.framing.ld24xx import HEADER, LENGTH, TAIL

TARGET = struct.Struct("<HHHH")
FARTHEST = 10_000
"""Millimetres. The radar sees 6 m (data sheet) and has no checksum: what is far beyond is a damaged frame."""


@dataclass(frozen=True, slots=True)
class Target:
    """Somebody: `x` millimetres to the right, `y` ahead of the radar, `speed` in cm/s (above 0: going away)."""

    x: int
    y: int
    speed: int


def targets(frame: bytes) -> list[Target]:
    """Say who is in a frame, three at most. Raises `Malformed` for what is not one."""
    if len(frame) != LENGTH:
        raise Malformed(f"a frame of {LENGTH} bytes", f"{len(frame)} bytes")
    if not frame.startswith(HEADER) or not frame.endswith(TAIL):
        raise Malformed("AA FF 03 00 ... 55 CC", f"{frame[:4].hex(' ')} ... {frame[-2:].hex(' ')}".upper())
    present: list[Target] = []
    for x, y, speed, _resolution in TARGET.iter_unpack(frame[len(HEADER) : -len(TAIL)]):
        if (x, y, speed) != (0, 0, 0):
            present.append(_plausible(Target(_signed(x), _signed(y), _signed(speed))))
    return present


def _signed(raw: int) -> int:
    magnitude = raw & 0x7FFF
    return magnitude if raw & 0x8000 else -magnitude


def _plausible(target: Target) -> Target:
    if abs(target.x) > FARTHEST or abs(target.y) > FARTHEST:
        raise Malformed(f"a target within {FARTHEST} mm", f"x {target.x} mm, y {target.y} mm")
    return target
