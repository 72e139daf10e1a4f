"""Bytes of a serial line into frames, without I/O."""

from collections.abc import Callable, Mapping

from devices.framing.framer import Framer
from devices.framing.ld24xx import Ld2450Frames
from devices.framing.lines import Lines

FRAMINGS: Mapping[str, Callable[[], Framer]] = {"lines": Lines, "ld2450": Ld2450Frames}
"""Framings by the name that operators write. Make a new framer each time a port is opened."""
