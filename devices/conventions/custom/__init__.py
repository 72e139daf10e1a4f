"""Custom: a sensor of any make whose payload is JSON, a number or a word, by a mapping that the operator wrote.

A device's address is its topic, or the option `topic` is. Option `reads` is a list of `Read`: which place of the
payload is which quantity (docs/deploy-a-sensor.md, "Anything else").

One pedestrian: what the operator says it is: of `pedestrians` each one of a number that was counted since the last
message, of `pedestrians_total` each by which a running total grew. What it cannot see: whatever has no place of its own
in the payload; payloads that are neither JSON nor text.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from devices.convention import Convention, Heard, Malformed
from devices.conventions.custom.path import Path, at_path
from devices.device import Device
from devices.hearing import Hearing
from devices.light import LightCommand
from devices.message import Message
from devices.payload import Tree, shown, text, tree
from devices.reading import Quantity

NAME = "custom"
STRUCTURED = "{["


@dataclass(frozen=True, slots=True)
class Read:
    """One quantity: where it stands, times `factor` in our unit, on a channel, over a `period` (nanoseconds).

    `on` and `off` are what means true and false, where that is not a usual word.
    """

    quantity: Quantity
    path: Path
    factor: float = 1.0
    channel: str = ""
    period: int | None = None
    on: tuple[str, ...] = ()
    off: tuple[str, ...] = ()


def make(site: str, devices: Sequence[Device]) -> Convention:  # noqa: ARG001 - it knows no site
    """Build the convention for the devices behind one broker."""
    return Custom(devices)


class Custom:
    """Knows devices by their topics."""

    def __init__(self, devices: Sequence[Device]) -> None:
        self._devices: dict[str, list[Device]] = {}
        for device in devices:
            self._devices.setdefault(_topic(device), []).append(device)

    def topics(self) -> frozenset[str]:
        """Give the topics of the devices."""
        return frozenset(self._devices)

    def decode(self, message: Message) -> Iterator[Heard]:
        """Say what a payload means. Raises `Malformed` after the good parts."""
        if message.topic not in self._devices:
            expected = f"a topic whose payload devices.yaml explains: {', '.join(sorted(self._devices)) or 'none'}"
            raise Malformed(expected, shown(message.topic), "topic")
        for device in self._devices[message.topic]:
            yield from _hear(message, device)

    def encode(self, command: LightCommand) -> Sequence[Message]:
        """Raise `KeyError`: only sensors are read in this way."""
        raise KeyError(command.lamp)


def _topic(device: Device) -> str:
    topic = device.options.get("topic", device.address)
    return topic if isinstance(topic, str) else device.address


def _hear(message: Message, device: Device) -> Iterator[Heard]:
    said = _payload(message.payload)
    time = device.options.get("reads_time")
    when = at_path(said, time) if isinstance(time, tuple) else None
    is_time = isinstance(when, int | float | str) and not isinstance(when, bool)
    hearing = Hearing(message, device, when if is_time else None)
    reads = device.options.get("reads", ())
    for read in reads if isinstance(reads, tuple) else ():
        if isinstance(read, Read):
            _say(hearing, read, at_path(said, read.path))
    yield from hearing.heard()


def _payload(payload: bytes) -> Tree:
    """JSON where it begins as an object or a list; else the text, which is a number or a word. "" if it is empty."""
    if not payload:
        return ""
    written = payload.lstrip()[:1].decode("ascii", "replace")
    return tree(payload) if written in STRUCTURED else text(payload).strip('"')


def _say(hearing: Hearing, read: Read, value: Tree) -> None:
    where = ".".join(map(str, read.path)) or read.quantity.value
    word = str(value).lower() if isinstance(value, bool) else str(value)
    if read.quantity.kind == "bool" and (read.on or read.off):
        if word in read.on or word in read.off:
            hearing.say(read.quantity, word in read.on, where, channel=read.channel)
        elif value is not None:
            expected = f"one of {', '.join((*read.on, *read.off))}"
            hearing.complain(Malformed(expected, shown(value)), where)
    else:
        hearing.say(read.quantity, value, where, factor=read.factor, channel=read.channel, period=read.period)
