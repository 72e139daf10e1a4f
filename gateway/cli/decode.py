"""`reverbere decode`: what a message means, or why it means nothing."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from devices.convention import RADARS, Announcement, Convention, Heard, Rejected, find, hear
from devices.device import Device, DeviceId, Kind
from devices.framing import FRAMINGS, SPOKEN
from devices.light import LightState
from devices.message import SECOND, Message
from devices.reading import Quantity, Reading
from gateway.cli.show import as_json, errors, iso

FRAMED = {framing: convention for convention, framings in SPOKEN.items() for framing in framings}
"""What is spoken in a framing where nothing else is said."""

PIECE = 4096
"""Bytes of a stream that a framer is given at once, as from a line: it may copy what is left at each frame."""

SPACING = SECOND // 1000
"""Between the frames of one stream: its times are unique in milliseconds."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What to understand: by which convention, on which topic (on a line: port), and who is configured already."""

    convention: str
    topic: str
    site: str = "site"
    devices: tuple[Device, ...] = ()


def decode(asked: Asked, payload: bytes, context: Sequence[Message] = ()) -> int:
    """Print what one message means after those of the context; the exit status."""
    now = time.time_ns()
    message = Message(asked.topic, payload, now)
    return _print(understand(asked, [replace(earlier, time=now) for earlier in context], [message]))


def decode_stream(asked: Asked, framing: str, data: bytes) -> int:
    """Print what the frames of a serial stream mean, and on standard error how its bytes fared; the exit status."""
    now = time.time_ns()
    framer = FRAMINGS[framing]()
    pieces = (data[start : start + PIECE] for start in range(0, len(data), PIECE))
    frames = [frame for piece in pieces for frame in framer.feed(piece)] + framer.end()
    messages = [Message(asked.topic, frame, now + index * SPACING) for index, frame in enumerate(frames)]
    status = _print(understand(asked, [], messages))
    errors.print(f"{framer.good} good frames, {framer.bad} bad, {framer.skipped} bytes skipped", markup=False)
    return status


def understand(asked: Asked, context: Sequence[Message], messages: Sequence[Message]) -> Iterator[Heard]:
    """Hear messages as a gateway would whose devices are configured: who is not, is by the address that is seen."""
    devices = list(asked.devices) or _on_a_line(asked)
    devices += _waiting(_hear(asked, devices, [], [*context, *messages]))
    for item in _hear(asked, devices, context, messages):
        if not isinstance(item, Announcement):
            yield item


def _hear(
    asked: Asked, devices: Sequence[Device], context: Sequence[Message], messages: Sequence[Message]
) -> Iterator[Heard]:
    convention: Convention = find(asked.convention)(asked.site, devices)
    for earlier in context:
        hear(convention, earlier)
    for message in messages:
        yield from hear(convention, message)


def _on_a_line(asked: Asked) -> list[Device]:
    """Who speaks where nothing but the port says so."""
    if asked.convention not in RADARS and not asked.topic.startswith("/"):
        return []
    return [Device(DeviceId(asked.topic), Kind.SENSOR, f"serial:{asked.topic}", asked.convention, asked.topic)]


def _waiting(heard: Iterator[Heard]) -> list[Device]:
    """Who announced themselves, each once: whoever offers a level in one of his announcements is a lamp."""
    offers: dict[tuple[str, str], set[str]] = {}
    for item in heard:
        if isinstance(item, Announcement):
            offers.setdefault((item.convention, item.address), set()).update(item.offers)
    return [_configured(convention, address, offered) for (convention, address), offered in offers.items()]


def _configured(convention: str, address: str, offers: set[str]) -> Device:
    kind = Kind.LUMINAIRE if Quantity.LEVEL.value in offers else Kind.SENSOR
    # Nobody said in which time zone its clock hangs: most likely in that of this machine.
    options = {"time_zone": datetime.now(UTC).astimezone().tzinfo}
    return Device(DeviceId(address), kind, "mqtt", convention, address, "", options)


def _print(heard: Iterator[Heard]) -> int:
    refused = 0
    for item in heard:
        if isinstance(item, Rejected):
            refused += 1
            where = f" in {item.where}" if item.where else ""
            errors.print(f"expected {item.expected}{where}, found {item.found}", markup=False)
        elif isinstance(item, Reading | LightState):
            for reading in _readings(item):
                as_json(_line(reading))
    return 1 if refused else 0


def _readings(item: Reading | LightState) -> Iterator[Reading]:
    if isinstance(item, Reading):
        yield item
        return
    yield Reading(item.lamp, Quantity.LEVEL, item.level, item.time)
    if item.power is not None:
        yield Reading(item.lamp, Quantity.POWER, item.power, item.time)
    if item.energy is not None:
        yield Reading(item.lamp, Quantity.ENERGY, item.energy, item.time)
    for fault in sorted(item.faults):
        yield Reading(item.lamp, Quantity.FAULT, 1.0, item.time, fault)


def _line(reading: Reading) -> dict[str, object]:
    kind, value = reading.quantity.kind, reading.value
    return {
        "device": reading.device,
        "quantity": reading.quantity.value,
        "channel": reading.channel,
        "value": bool(value) if kind == "bool" else int(value) if kind == "int" else value,
        "unit": reading.quantity.unit,
        "time": iso(reading.time),
        "period": None if reading.period is None else reading.period / SECOND,
        "quality": "+".join(str(mark.name).lower() for mark in reading.quality) or "good",
    }
