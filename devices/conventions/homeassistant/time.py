"""What ends by time: presence that is never taken back (`off_delay`), values that lapse (`expire_after`).

Nothing here has a clock: what has ended is noticed when somebody who has one asks, never by a message, which may be
one that came before and is learned by nobody.
"""

from collections.abc import Iterator, Sequence

from devices.convention import Heard
from devices.conventions.homeassistant.entity import Entity
from devices.device import Device, DeviceId
from devices.message import Message
from devices.reading import Availability, Quality, Quantity, Reading


class Deadlines:
    """Until when somebody is there whom a device never takes back, and until when a silent device is believed."""

    def __init__(self) -> None:
        self._offs: dict[tuple[DeviceId, str], int] = {}
        self._ends: dict[DeviceId, int] = {}
        self.due: int | None = None
        """No end is before this; one may be later than it."""

    def heed(self, message: Message, device: Device, its: Sequence[Entity], item: Heard) -> None:
        """Learn of a reading, and of the entities of its message, how long they hold."""
        if message.retained or not isinstance(item, Reading):
            return
        delays = [entity.off_delay for entity in its if entity.off_delay is not None]
        if item.quantity is Quantity.PRESENCE and delays:
            self._offs.pop((device.id, item.channel), None)
            if item.value:
                self._offs[device.id, item.channel] = self._due(message.time + max(delays))
        expiries = [entity.expire_after for entity in its if entity.expire_after is not None]
        if expiries:
            self._ends[device.id] = max(self._due(message.time + max(expiries)), self._ends.get(device.id, 0))

    def passed(self, now: int, devices: frozenset[DeviceId]) -> Iterator[Heard]:
        """What has ended by now of these devices; each thing is said once."""
        if self.due is None or now < self.due:
            return
        for (device, channel), end in list(self._offs.items()):
            if end <= now:
                del self._offs[device, channel]
                if device in devices:
                    yield Reading(device, Quantity.PRESENCE, 0.0, end, channel, quality=Quality.ESTIMATED)
        for device, end in list(self._ends.items()):
            if end <= now:
                del self._ends[device]
                if device in devices:
                    yield Availability(device, online=False, time=now)
        self.due = min((*self._offs.values(), *self._ends.values()), default=None)

    def shift(self, by: int) -> None:
        """Keep what was left when street time jumped by `by`."""
        self._offs = {of: end + by for of, end in self._offs.items()}
        self._ends = {of: end + by for of, end in self._ends.items()}
        self.due = None if self.due is None else self.due + by

    def _due(self, end: int) -> int:
        self.due = end if self.due is None else min(self.due, end)
        return end
