"""The HLK-LD2410, LD2410B and LD2410C radars on a serial line: whether somebody is there, and how far away.

Presence is what the state of a frame says: distances and energies stay at their last values when nobody is there. The
distance is that of detection; channels `moving` and `still` are the distances of what moves and of what does not, said
only while there is such. The light value of the engineering mode is no illuminance, and is left out.

One pedestrian: nobody counts here. A crowd and one person are the same presence. What it cannot see: how many there
are, who passes, which way, and anybody beyond 6 m; a branch in the wind it takes for somebody.

Source: Hi-Link, "LD2410B serial communication protocol", section 2.3. The LD2410S, which looks alike, speaks another
protocol and is not understood.
"""

from collections.abc import Iterator, Sequence

from devices.convention import Convention, Heard, Malformed
from devices.conventions.ld2410.frame import Seen, seen
from devices.device import Device
from devices.light import LightCommand
from devices.message import SECOND, Message
from devices.reading import Quality, Quantity, Reading

HEARTBEAT = 5 * SECOND
"""Longest silence in nanoseconds where the operator named none."""

PACE = SECOND
"""Nanoseconds between two readings at least, while somebody stays there: moving or still may change at each frame."""


def make(site: str, devices: Sequence[Device]) -> Convention:  # noqa: ARG001 - a radar knows no site
    """Build the convention for the radars of one site behind one link; a radar's address is its port."""
    return Ld2410(devices)


class Ld2410:
    """The radars by their ports, each with what it said last."""

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
    """One radar: presence and distances when somebody comes or goes, moves or stands, and twice a heartbeat.

    Option: `heartbeat` in nanoseconds.
    """

    def __init__(self, device: Device) -> None:
        self._id = device.id
        heartbeat = device.options.get("heartbeat", HEARTBEAT)
        self._repeat = heartbeat // 2 if isinstance(heartbeat, int) else HEARTBEAT // 2
        self._state: tuple[bool, bool] | None = None
        self._spoken = 0

    def hear(self, message: Message) -> Iterator[Heard]:
        """Say what changed with a frame. Raises `Malformed`."""
        there = seen(message.payload)
        if there is None or not self._is_due((there.moving is not None, there.still is not None), message.time):
            return
        quality = Quality.RETAINED if message.retained else Quality.GOOD
        present = there.detected is not None
        yield Reading(self._id, Quantity.PRESENCE, float(present), message.time, quality=quality)
        for channel, metres in _distances(there):
            yield Reading(self._id, Quantity.DISTANCE, metres, message.time, channel, quality=quality)

    def _is_due(self, state: tuple[bool, bool], time: int) -> bool:
        """Whether to speak: a changed presence at once, how somebody is there at a pace."""
        waited = time - self._spoken
        before = self._state
        patience = self._repeat if before == state else min(PACE, self._repeat)
        if before is not None and any(before) == any(state) and 0 <= waited < patience:
            return False
        self._state, self._spoken = state, time
        return True


def _distances(there: Seen) -> Iterator[tuple[str, float]]:
    """The distances that were measured: the radar says 0 where it knows none."""
    for channel, metres in (("", there.detected), ("moving", there.moving), ("still", there.still)):
        if metres:
            yield channel, metres
