"""One frame of the HLK-LD2410, LD2410B or LD2410C into what the radar sees.

Byte layout: Hi-Link, "LD2410B serial communication protocol", section 2.3; numbers are little-endian. Behind the mode
and AA stand the state, the distance and energy of what moves, the distance and energy of what is still, and the
detection distance; in the engineering mode then energies by gate, a light value and the output pin; then 55 00.
"""

import struct
from dataclasses import dataclass

from devices.convention import Malformed
from devices.framing.ld2410 import ANSWER, AROUND, BEFORE, DATA, ENDS, REPORT

TARGET = struct.Struct("<BHBHBH")
TAIL = b"\x55\x00"
MOVING, STILL = 1, 2
"""Bits of the state."""

ADJUSTING = (4, 5, 6)
"""States while the radar looks for its own thresholds (firmware 2.44 and later), and after that: nobody is meant."""

FARTHEST = 1000
"""Centimetres. The radar sees 6 m (data sheet) and has no checksum: what is far beyond is a damaged frame."""

MOST_ENERGY = 100


@dataclass(frozen=True, slots=True)
class Seen:
    """Who is there: metres to what moves, to what is still, and to whom the radar detects; None for nobody."""

    moving: float | None
    still: float | None
    detected: float | None


def seen(frame: bytes) -> Seen | None:
    """Say what a report sees; None for the answer to a command, and while it adjusts itself. Raises `Malformed`."""
    if not _is_frame(frame):
        expected = "F4 F3 F2 F1 ... 55 00 F8 F7 F6 F5 of 23 or 45 bytes"
        raise Malformed(expected, f"{frame[:8].hex(' ').upper()} ... of {len(frame)} bytes")
    if frame.startswith(ANSWER):
        return None
    state, moving, moving_energy, still, still_energy, detected = TARGET.unpack_from(frame, BEFORE + 2)
    if max(moving_energy, still_energy) > MOST_ENERGY:
        raise Malformed(f"energies of {MOST_ENERGY} at most", f"{moving_energy} and {still_energy}")
    if state in ADJUSTING:
        return None
    if state > MOVING | STILL:
        raise Malformed("a state from 0 to 6", f"{state}")
    return Seen(
        _metres(moving) if state & MOVING else None,
        _metres(still) if state & STILL else None,
        _metres(detected) if state else None,
    )


def _is_frame(frame: bytes) -> bool:
    length, end = int.from_bytes(frame[4:BEFORE], "little"), ENDS.get(frame[:4])
    if end is None or len(frame) != length + AROUND or not frame.endswith(end):
        return False
    if not frame.startswith(REPORT):
        return True
    data = frame[BEFORE : -len(end)]
    return length in DATA and data.startswith(DATA[length]) and data.endswith(TAIL)


def _metres(raw: int) -> float:
    if raw > FARTHEST:
        raise Malformed(f"a distance within {FARTHEST} cm", f"{raw} cm")
    return raw / 100
