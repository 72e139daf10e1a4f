"""What may speak on a serial line, by the bytes that came: every framing is tried, and the one that fits is named."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from devices.framing.cobs import Cobs
from devices.framing.framer import Framer
from devices.framing.ld24xx import Ld2450Frames
from devices.framing.ld2410 import Ld2410Frames
from devices.framing.lines import Lines
from devices.framing.nmea import Nmea
from devices.framing.slip import Slip

BAUDS: Final = (115_200, 256_000, 9_600, 57_600, 19_200, 38_400)
"""In which order speeds are tried: those of boards, of the LD24xx radars, and of old devices."""

ENOUGH: Final = 2
"""Good frames without which nothing is believed: one may be chance."""

TEXT: Final = 0.95
"""The share of printable characters from which on bytes are taken for text."""

SHOWN: Final = 60
"""Characters of a text that are shown."""


@dataclass(frozen=True, slots=True)
class Guess:
    """What fits best. `framing` is "" where none does: then `text` is what can be read, or ""."""

    framing: str
    good: int
    bad: int
    skipped: int
    text: str = ""


def guess(data: bytes) -> Guess:
    """Say which framing fits these bytes, wherever they begin and end."""
    found = [_tried(name, make(), data) for name, make in _BINARY.items()]
    fitting = [one for one in found if one.good >= ENOUGH and one.good > one.bad and one.skipped * 2 < len(data)]
    if fitting:
        return max(fitting, key=lambda one: (one.good - one.bad, -one.skipped))
    return _lines(data)


def _tried(name: str, framer: Framer, data: bytes) -> Guess:
    framer.feed(data)
    framer.end()
    return Guess(name, framer.good, framer.bad, framer.skipped)


def _lines(data: bytes) -> Guess:
    """Lines of JSON; or text that is none; or nothing."""
    framer = Lines()
    frames = framer.feed(data)
    objects = [frame for frame in frames if frame.strip().startswith(b"{") and frame.strip().endswith(b"}")]
    text = _text(data)
    if objects and text:
        return Guess("lines", len(objects), len(frames) - len(objects), framer.skipped)
    return Guess("", 0, len(frames), len(data), text)


def _text(data: bytes) -> str:
    """The last line that can be read, if most of it is text."""
    written = data.decode("utf-8", "replace")
    fine = sum((letter.isprintable() and letter != "\ufffd") or letter in "\r\n\t" for letter in written)
    if not written or fine < TEXT * len(written):
        return ""
    lines = [line.strip() for line in written.splitlines() if line.strip()]
    return max(lines[-3:], key=len)[:SHOWN] if lines else ""


_BINARY: Final[Mapping[str, type[Ld2450Frames | Ld2410Frames | Nmea | Slip | Cobs]]] = {
    "ld2450": Ld2450Frames,
    "ld2410": Ld2410Frames,
    "nmea": Nmea,
    "slip": Slip,
    "cobs": Cobs,
}
"""Framings whose frames prove themselves, by a header and an end or by a checksum."""
