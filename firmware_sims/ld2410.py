"""An HLK-LD2410 radar on a serial line: it says ten times a second whether somebody is there, and how far away.

Layout after Hi-Link's "LD2410B serial communication protocol", 2.3: F4 F3 F2 F1, length, mode 02, AA, state, distance
and energy of what moves and of what is still, detection distance, 55 00, F8 F7 F6 F5; numbers are little-endian.
"""

import struct
from dataclasses import dataclass
from pathlib import Path

from firmware_sims.ailment import Ailment
from firmware_sims.breakage import Breakage
from firmware_sims.radar import FramePlayer, RadarLine
from firmware_sims.sight import Looks
from firmware_sims.street import Street
from gateway.clock import SECOND, Clock

HEAD, TAIL = b"\xf4\xf3\xf2\xf1", b"\xf8\xf7\xf6\xf5"
BASIC, BEGIN, END = 0x02, 0xAA, b"\x55\x00"
NOBODY, MOVING = 0, 1
CENTIMETRES = 180
AGAIN = 60 * SECOND


def frame(*, present: bool) -> bytes:
    """A frame of the basic mode. What was measured last stays in it when nobody is there."""
    energy, still = (60, 30) if present else (0, 0)
    state = MOVING if present else NOBODY
    target = struct.pack("<BHBHBH", state, CENTIMETRES, energy, CENTIMETRES, still, CENTIMETRES)
    body = bytes([BASIC, BEGIN]) + target + END
    return HEAD + struct.pack("<H", len(body)) + body + TAIL


class Ld2410:
    """The frames of one radar; see `firmware_sims.radar.RadarModel`."""

    def __init__(self, looks: Looks, start: int) -> None:
        self._looks = looks
        self.nobody, self.somebody = frame(present=False), frame(present=True)
        self._present = looks.begin(start).near > 0

    def damaged(self, good: bytes) -> bytes:
        """A frame with an end that is none."""
        return good[: -len(TAIL)] + bytes(len(TAIL))

    def frame(self, at: int) -> bytes:
        """Whether somebody is there at an instant."""
        for sight in self._looks.due(at):
            self._present = sight.near > 0
        return self.somebody if self._present else self.nobody


@dataclass(frozen=True, slots=True)
class Ld2410Part:
    """A radar on the serial line named `link`, which sees from `start` to `end` metres."""

    id: str
    start: float
    end: float
    link: Path
    breakages: tuple[Breakage[Ailment], ...] = ()


class PresenceRadar(FramePlayer):
    """Plays one radar."""

    def __init__(self, part: Ld2410Part, clock: Clock, street: Street) -> None:
        line = RadarLine(part.id, part.link, breakages=part.breakages)
        super().__init__(line, clock, lambda start: Ld2410(Looks(street, part.start, part.end, AGAIN), start))
