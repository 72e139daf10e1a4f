"""Bytes of a serial line into frames, without I/O."""

from collections.abc import Callable, Mapping

from devices.framing.cobs import Cobs
from devices.framing.framer import Framer
from devices.framing.ld24xx import Ld2450Frames
from devices.framing.ld2410 import Ld2410Frames
from devices.framing.lines import Lines
from devices.framing.nmea import Nmea
from devices.framing.slip import Slip

FRAMINGS: Mapping[str, Callable[[], Framer]] = {
    "lines": Lines,
    "nmea": Nmea,
    "slip": Slip,
    "cobs": Cobs,
    "ld2410": Ld2410Frames,
    "ld2450": Ld2450Frames,
}
"""Framings by the name that operators write. Make a new framer each time a port is opened."""

SPOKEN: Mapping[str, tuple[str, ...]] = {
    "native": ("lines", "nmea", "slip", "cobs"),
    "ld2410": ("ld2410",),
    "ld2450": ("ld2450",),
}
"""In which framings a convention is spoken; the first is meant where nothing else is said."""
