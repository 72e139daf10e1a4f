"""The HLK-LD2450 radar: how many people are there, and who crosses a line. Where they are is never said."""

from collections.abc import Iterator, Sequence

from devices.convention import Convention, Heard, Malformed
from devices.conventions.ld2450.frame import targets
from devices.conventions.ld2450.line import CountingLine
from devices.device import Device
from devices.light import LightCommand
from devices.message import SECOND, Message
from devices.reading import Quality, Quantity, Reading

PERIOD = SECOND // 10
"""Nanoseconds of one frame."""

HEARTBEAT = 5 * SECOND
"""Longest silence in nanoseconds where the operator named none."""

PAUSE = 10 * SECOND
"""Nanoseconds between two frames after which nobody who was there is taken to be the same."""


def make(site: str, devices: Sequence[Device]) -> Convention:  # noqa: ARG001 - a radar knows no site
    """Build the convention for the radars of one site behind one link; a radar's address is its port."""
    return Ld2450(devices)


class Ld2450:
    """The radars by their ports, each with who was there."""

    def __init__(self, devices: Sequence[Device]) -> None:
        self._radars = {device.address: Radar(device) for device in devices}

    def topics(self) -> frozenset[str]:
        """Give the ports."""
        return frozenset(self._radars)

    def decode(self, message: Message) -> Iterator[Heard]:
        """Say what changed with a frame: mostly nothing. Raises `Malformed` for what is no frame."""
        radar = self._radars.get(message.topic)
        if radar is None:
            raise Malformed(f"a port among {', '.join(sorted(self._radars)) or 'none'}", message.topic)
        yield from radar.hear(message)

    def encode(self, command: LightCommand) -> Sequence[Message]:
        """Raise `KeyError`: a radar is no lamp."""
        raise KeyError(command.lamp)


class Radar:
    """One radar: `occupancy` on change and twice a heartbeat, `pedestrians` and `speed` at each crossing of its line.

    Options: `count_line` in metres ahead of the radar (none: no counting) and `heartbeat` in nanoseconds.
    """

    def __init__(self, device: Device) -> None:
        self._id = device.id
        at = device.options.get("count_line")
        self._line = CountingLine(float(at)) if isinstance(at, int | float) else None
        heartbeat = device.options.get("heartbeat", HEARTBEAT)
        self._repeat = heartbeat // 2 if isinstance(heartbeat, int) else HEARTBEAT // 2
        self._occupancy: int | None = None
        self._spoken = 0
        self._last = 0

    def hear(self, message: Message) -> Iterator[Heard]:
        """Say what changed with a frame. Raises `Malformed`."""
        if self._line is not None and message.time - self._last > PAUSE:
            self._line.reset()
        self._last = message.time
        try:
            there = targets(message.payload)
        except Malformed:
            if self._line is not None:
                self._line.miss()
            raise
        yield from self._speak_of(len(there), message.time)
        if self._line is not None:
            for crossing in self._line.see([(target.x / 1000, target.y / 1000) for target in there]):
                way, guess = crossing.way, Quality.ESTIMATED
                yield Reading(self._id, Quantity.PEDESTRIANS, 1.0, message.time, way, PERIOD, guess)
                yield Reading(self._id, Quantity.SPEED, round(crossing.speed, 2), message.time, way, quality=guess)

    def _speak_of(self, occupancy: int, time: int) -> Iterator[Heard]:
        if occupancy == self._occupancy and 0 <= time - self._spoken < self._repeat:
            return
        self._occupancy, self._spoken = occupancy, time
        yield Reading(self._id, Quantity.OCCUPANCY, float(occupancy), time)
