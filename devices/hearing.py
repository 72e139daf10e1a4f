"""One message while it is understood: what it says so far, and what was wrong with parts of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from devices.convention import Announcement, Heard, Malformed
from devices.device import Device, DeviceId, Kind
from devices.light import LightState
from devices.message import Message
from devices.reading import Availability, Quality, Quantity, Reading
from devices.scale import Orders, Scale
from devices.stamp import when
from devices.values import says_nothing, value_of

T = TypeVar("T")

MOST = 512
"""Readings and states that one message may bring; the rest of a longer one is refused."""


@dataclass(frozen=True, slots=True)
class Lamp:
    """How a lamp's states are understood: the steps it says, and what it was told."""

    scale: Scale
    orders: Orders


class Hearing:
    """What one message of one device says. `said` is the time in it: Unix time, text, or None.

    Parts are told one by one; a bad one is kept as a complaint, and `heard` gives the good ones before it complains.
    """

    def __init__(self, message: Message, device: Device, said: float | str | None = None) -> None:
        self._message = message
        self._device = device
        self._time, self._quality = when(said, message, device)
        self._items: list[Heard] = []
        self._wrong: list[Malformed] = []

    def say(
        self,
        quantity: Quantity,
        raw: object,
        where: str = "",
        *,
        factor: float = 1.0,
        channel: str = "",
        period: int | None = None,
        quality: Quality = Quality.GOOD,
        at: float | str | None = None,
    ) -> None:
        """Take a value: raw * `factor` in our unit, for booleans a word. What says nothing is left out.

        `where` names the part for a complaint; `at` is a time of its own, such as that of a line of a history.
        """
        if says_nothing(raw):
            return
        value = self.trying(lambda: value_of(quantity, raw, factor), where or quantity.value)
        if value is None:
            return
        time, known = (self._time, self._quality) if at is None else when(at, self._message, self._device)
        self._keep(Reading(self._device.id, quantity, value, time, channel, period, known | quality))

    def old(self, at: float | str) -> Quality:
        """What speaks against a line of a history: one whose time is not believed is still no news."""
        _, quality = when(at, self._message, self._device)
        return Quality.HISTORICAL if Quality.CLOCK_UNCERTAIN in quality else Quality.GOOD

    def state(self, lamp: Lamp, step: float, power: float | None = None, energy: float | None = None) -> None:
        """Take what a lamp says of itself: a step of its scale, watts, watt-hours.

        A retained state is left out: it says what was, while supervision asks what is.
        """
        if self._message.retained or self._device.kind is not Kind.LUMINAIRE:
            return
        target = lamp.orders.answered(self._device.id, step, lamp.scale)
        level = lamp.scale.level(step)
        self._keep(LightState(self._device.id, level, self._message.time, power, energy, target))

    def available(self, *, online: bool) -> None:
        """Take that the device came or went."""
        message = self._message
        self._keep(Availability(self._device.id, online, message.time, message.retained))

    def trying(self, read: Callable[[], T], where: str) -> T | None:
        """Read a part; None, and a complaint that names the part, if it is bad."""
        try:
            return read()
        except Malformed as malformed:
            self.complain(malformed, where)
            return None

    def complain(self, malformed: Malformed, where: str) -> None:
        """Keep what is wrong with a part."""
        self._wrong.append(Malformed(malformed.expected, malformed.found, malformed.where or where))

    def heard(self) -> Iterator[Heard]:
        """Give what was understood. Raises `Malformed`, one for all parts that were not, at the end."""
        yield from self._items
        if self._wrong:
            few = self._wrong[:4]
            raise Malformed(
                "; ".join(wrong.expected for wrong in few),
                "; ".join(wrong.found for wrong in few),
                ", ".join(wrong.where for wrong in few),
            )

    def _keep(self, item: Heard) -> None:
        if len(self._items) >= MOST:
            raise Malformed(f"at most {MOST} readings in a message", "more")
        self._items.append(item)


def announce(convention: str, address: str, hear: Callable[[Device], Iterator[Heard]]) -> Iterator[Heard]:
    """Say that somebody speaks whom nobody has configured, and what it offers; nothing if that is nothing.

    `hear` understands the message for a stand-in that is a lamp as well as a sensor. Raises what it raises.
    """
    stand_in = Device(DeviceId(address), Kind.LUMINAIRE, "", convention, address)
    complaint: Malformed | None = None
    heard: list[Heard] = []
    try:
        for item in hear(stand_in):
            heard.append(item)  # noqa: PERF402 - what came before an error must stay
    except Malformed as malformed:
        complaint = malformed
    offers = sorted({offer for item in heard for offer in _offers(item)})
    if offers:
        yield Announcement(convention, address, tuple(offers))
    if complaint is not None:
        raise complaint


def _offers(item: Heard) -> Iterator[str]:
    if isinstance(item, Reading):
        yield item.quantity.value
    elif isinstance(item, LightState):
        yield Quantity.LEVEL.value
