"""`reverbere watch`: one device, live."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Group
from rich.live import Live
from rich.text import Text

from devices.convention import Rejected
from devices.device import Device, DeviceId
from devices.light import LightState
from devices.reading import Availability, Quality, Quantity, Reading
from gateway.cli.explained.unknown import UnknownNameError
from gateway.cli.opened import Opened, opened
from gateway.cli.radar import Radar, from_above
from gateway.cli.show import ago, console
from gateway.cli.tail import line_of, print_object
from gateway.clock import SECOND
from gateway.configuration.problems import did_you_mean, suggest
from gateway.lighting.decision import Decision
from gateway.record.entry import Entry
from gateway.record.reader import Reader

POLL = 0.25
"""Real seconds between two looks."""

LATELY = 15 * 60 * SECOND
"""What was said before that is not shown, but when it was heard last is."""

MINUTE = 60 * SECOND
BARS = "▁▂▃▄▅▆▇█"
LAST_LINES = 8


@dataclass(slots=True)
class Seen:
    """What a device said lately: the last reading of each series, people by minute, and the last lines."""

    device: Device
    last: dict[tuple[str, str], Reading] = field(default_factory=dict)
    people: dict[int, int] = field(default_factory=dict)
    online: bool | None = None
    lines: list[str] = field(default_factory=list)
    heard: int | None = None

    def take(self, at: int, item: object) -> None:
        """Note what was heard of it or decided for it at a moment (ns)."""
        if isinstance(item, Reading):
            self.last[item.quantity.value, item.channel] = item
            if item.quantity is Quantity.PEDESTRIANS and not item.quality & Quality.RETAINED:
                minute = item.time // MINUTE
                self.people[minute] = self.people.get(minute, 0) + int(item.value)
        if isinstance(item, Availability):
            self.online = item.online
        if not isinstance(item, Decision):
            self.heard = max(at, self.heard or 0)


def watch(folder: Path, name: str, lasts: float | None, *, as_objects: bool) -> None:
    """Show what a device says, for so many real seconds or until Ctrl-C; where no gateway runs, what it said last.

    In a terminal a picture; else a line, or with `as_objects` an object, for each thing said. Where people are in front
    of a radar is in the picture alone. Raises `UnknownNameError`, `ConfigurationError`, `RecordError`.
    """
    with opened(folder) as here:
        device = _device(here, name)
        until = None if lasts is None else time.monotonic() + lasts
        if console.is_terminal and not as_objects:
            _picture(here, device, until)
        else:
            _lines(here, device, until, as_objects=as_objects)


def _device(here: Opened, name: str) -> Device:
    device = here.site.device(name)
    if device is None:
        known = [word for one in here.site.devices for word in (one.id, one.label) if word]
        hint = did_you_mean(suggest(name, known)) or "All that are:  reverbere devices"
        raise UnknownNameError(f'"{name}" is no device of {here.site.id}. {hint}')
    return device


def _lines(here: Opened, device: Device, until: float | None, *, as_objects: bool) -> None:
    for entry in _follow(here.reader, _start(here.reader, here.now), until):
        if entry is None:
            continue
        for item in _about(entry, device):
            if as_objects:
                print_object(entry.at, item)
            else:
                console.print(line_of(entry.at, item, here.zone), markup=False)


def _picture(here: Opened, device: Device, until: float | None) -> None:
    seen, radar = Seen(device), Radar.of(device, here.site.state)
    seen.heard = here.reader.last_seen().get(device.id)
    with Live(console=console, auto_refresh=False) as live:
        for entry in _follow(here.reader, _start(here.reader, here.now), until):
            if entry is not None:
                for item in _about(entry, device):
                    seen.take(entry.at, item)
                    seen.lines = [*seen.lines[1 - LAST_LINES :], line_of(entry.at, item, here.zone)]
                continue
            now = _now(here)
            picture = [*_head(here, seen, now), *_values(seen, now), *_bars(seen, now)]
            if radar is not None:
                picture += [Text(line) for line in from_above(radar)]
            picture += [Text(), *(Text(line, style="dim") for line in seen.lines)]
            live.update(Group(*picture), refresh=True)


def _now(here: Opened) -> int:
    return max(here.now, here.reader.last_at()) if here.reader.running() else here.now


def _start(reader: Reader, now: int) -> int:
    return reader.last_seq(now - LATELY)


def _follow(reader: Reader, after: int, until: float | None) -> Iterator[Entry | None]:
    """Entries as they come; None whenever all there are were given, after which it waits a moment."""
    while True:
        for entry in reader.entries(after):
            after = entry.seq
            yield entry
        yield None
        if not reader.running() or (until is not None and time.monotonic() >= until):
            return
        time.sleep(POLL)


def _about(entry: Entry, device: Device) -> Iterator[object]:
    """What an entry has of a device; what meant nothing, if its topic has the device's address."""
    for item in (*entry.learned, *entry.made):
        match item:
            case Reading(device=name) | Availability(device=name) | LightState(lamp=name) | Decision(lamp=name):
                if name == device.id:
                    yield item
            case Rejected(message=message) if device.address in message.topic:
                yield item


def _head(here: Opened, seen: Seen, now: int) -> Iterator[Text]:
    device = seen.device
    zone = here.site.plan.zone_of(device.id)
    named = f"{device.id}  {device.label}" if device.label else device.id
    yield Text(f"{named}    {device.convention}    {zone.label or zone.id if zone else ''}", style="bold")
    if seen.heard is None:
        yield Text("never heard: is it on, and does it speak where the gateway listens?  reverbere check")
    else:
        gone = "   says that it is offline" if seen.online is False else ""
        yield Text(f"heard {ago(seen.heard, now)}{gone}   {_trust(here, device.id)}")
    yield Text()


def _trust(here: Opened, device: DeviceId) -> str:
    last = None
    for verdict in here.reader.series(Quantity.TRUST, device):
        last = verdict
    if last is None:
        return ""
    return "believed" if last.value else f"not believed: {last.channel}"


def _values(seen: Seen, now: int) -> Iterator[Text]:
    for (quantity, channel), reading in sorted(seen.last.items()):
        if reading.quantity is Quantity.TRUST:
            continue
        name = f"{quantity} {channel}".strip()
        yield Text(f"  {name:<24} {_value(reading):<14} {ago(reading.time, now)}")


def _value(reading: Reading) -> str:
    if reading.quantity.kind == "bool":
        return "yes" if reading.value else "no"
    unit = reading.quantity.unit
    return f"{reading.value:g}" + ("" if unit == "1" else f" {unit}")


def _bars(seen: Seen, now: int) -> Iterator[Text]:
    """People of the last quarter of an hour, a bar a minute."""
    if not seen.people:
        return
    minutes = range(now // MINUTE - 14, now // MINUTE + 1)
    counts = [seen.people.get(minute, 0) for minute in minutes]
    most = max(*counts, 1)
    bars = "".join(BARS[count * (len(BARS) - 1) // most] if count else " " for count in counts)
    yield Text(f"  people a minute          |{bars}| {sum(counts)} in 15 min, {most} at most")
