"""What one device that nobody configured has said so far, while it is listened to."""

from codecs import getincrementaldecoder
from collections import deque
from collections.abc import Sequence
from typing import Final

from devices.convention import Announcement, Heard, Rejected
from devices.device import Device, Kind
from devices.light import LightState
from devices.message import Message
from devices.reading import Availability, Quality, Quantity, Reading
from gateway.onboarding.proposal import LONGEST_EXAMPLE, MOST_EXAMPLES, MOST_TOPICS, PEOPLE, SOMEBODY, Example, Value

MOST_VALUES: Final = 40
"""Quantities and channels of one device that are kept."""

LONGEST_BYTES: Final = 128
"""Bytes of a message that is no text."""


class Dossier:
    """Gathers what is heard of a device. `device` is how it would be configured."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.offers: set[str] = set()
        self.described = False
        self.values: dict[tuple[str, str], Value] = {}
        self.examples: deque[Example] = deque(maxlen=MOST_EXAMPLES)
        self.topics: dict[str, None] = {}
        self.first = self.last = 0
        self.moved: int | None = None
        self.read = self.refused = 0
        self.trouble = ""
        self.gap = 0
        self.retains = False
        self.behind = 0
        self._lit = False

    @property
    def kind(self) -> Kind:
        """A lamp is what says a level, or that it has one."""
        return Kind.LUMINAIRE if self._lit or Quantity.LEVEL.value in self.offers else Kind.SENSOR

    def announced(self, announcement: Announcement, message: Message) -> None:
        """Take what a device offers."""
        self.offers |= set(announcement.offers)
        self.first = self.first or message.time

    def heard(self, items: Sequence[Heard], message: Message, *, again: bool) -> bool:
        """Take what a message of this device says; whether somebody moved.

        `again` says that the topic has spoken before: a broker repeats what it retains only once, so that what is
        marked as retained and comes again is said so by the device.
        """
        said = [item for item in items if isinstance(item, (Reading, LightState, Availability))]
        readings = [item for item in said if isinstance(item, Reading)]
        self.retains |= again and message.retained and bool(readings)
        if readings and not message.retained:
            old = [item for item in readings if Quality.HISTORICAL in item.quality]
            self.behind = message.time - old[0].time if len(old) == len(readings) else 0
        self._spoke(message)
        self._keep(message)
        moved = False
        for item in said:
            if isinstance(item, Reading):
                moved |= self._take(item)
            elif isinstance(item, LightState):
                self._lit = True
                self._put(Quantity.LEVEL.value, "", item.level, message.time)
        if any(not isinstance(item, Availability) for item in said):
            self.read += 1
            self.trouble = ""
        if moved:
            self.moved = message.time
        return moved

    def refuse(self, rejected: Rejected) -> None:
        """Take that a message of this device meant nothing."""
        self.refused += 1
        where = f" in {rejected.where}" if rejected.where else ""
        self.trouble = f"expected {rejected.expected}{where}, found {rejected.found}"[:LONGEST_EXAMPLE]

    def _take(self, reading: Reading) -> bool:
        """Keep a reading; whether somebody moved by it."""
        name = reading.quantity.value
        before = self.values.get((name, reading.channel))
        self.offers.add(name)
        self._put(name, reading.channel, reading.value, reading.time)
        if reading.quality & (Quality.RETAINED | Quality.HISTORICAL):
            return False
        if reading.quantity is Quantity.PEDESTRIANS_TOTAL:
            return before is not None and reading.value > before.value
        return reading.value > 0 and name in PEOPLE | SOMEBODY

    def _put(self, quantity: str, channel: str, value: float, time: int) -> None:
        if (quantity, channel) in self.values or len(self.values) < MOST_VALUES:
            self.values[quantity, channel] = Value(quantity, channel, value, time)

    def _spoke(self, message: Message) -> None:
        self.first = self.first or message.time
        if self.last and not message.retained:
            self.gap = max(self.gap, message.time - self.last)
        self.last = max(self.last, message.time)
        if len(self.topics) < MOST_TOPICS:
            self.topics[message.topic] = None

    def _keep(self, message: Message) -> None:
        self.examples.append(example(message))


def example(message: Message) -> Example:
    """A message as it can be shown: text, few bytes in hexadecimal, or how many bytes; of a picture nothing is kept."""
    start = message.payload[:LONGEST_EXAMPLE]
    text = _text(start)
    if text is not None:
        shown = text + ("..." if len(message.payload) > len(start) else "")
    elif len(message.payload) <= LONGEST_BYTES:
        shown = message.payload.hex(" ").upper()
    else:
        shown = f"{len(message.payload)} bytes that are no text"
    return Example(message.topic[:LONGEST_EXAMPLE], shown, message.time, message.retained)


def _text(start: bytes) -> str | None:
    """The text of which this is the beginning, perhaps cut inside a character; None for what is none."""
    try:
        text = " ".join(getincrementaldecoder("utf-8")().decode(start).split())
    except UnicodeDecodeError:
        return None
    return text if text.isprintable() else None
