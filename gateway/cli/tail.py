"""`reverbere tail`: what comes in and what is decided, as it is recorded."""

import base64
import time
from collections.abc import Iterator
from datetime import tzinfo
from pathlib import Path

from devices.convention import Announcement, Rejected
from devices.light import LightState
from devices.reading import Availability, Quality, Reading
from gateway.cli.opened import opened
from gateway.cli.show import as_json, clock_time, console, iso, zone_of
from gateway.lighting.decision import Decision
from gateway.lighting.facts import ClockSet, Override
from gateway.record.entry import Entry
from gateway.record.reader import Reader

POLL = 0.25
"""Seconds between two looks at the record: following is reading."""

MARGIN = 10
"""Entries that are read for each line asked for: some of them tell nothing."""

SHOWN = 80
"""Characters of a rejected payload that are shown."""


def follow(folder: Path, lines: int, *, rejected: bool, as_objects: bool) -> None:
    """Print the last `lines` lines, then, while a gateway runs, what comes; until interrupted."""
    with opened(folder) as here:
        zone = zone_of(here.site.plan)
        items = _rejections(here.reader) if rejected else _items(here.reader, lines)
        for at, item in _last_and_on(items, lines):
            if as_objects:
                print_object(at, item)
            else:
                console.print(line_of(at, item, zone), markup=False)


def line_of(at: int, item: object, zone: tzinfo) -> str:
    """What was heard or decided at a moment (ns), as a line for people."""
    return f"{clock_time(at, zone)}  {_line(item, zone)}"


def print_object(at: int, item: object) -> None:
    """Print it as a JSON object on a line, for programs."""
    as_json({"at": iso(at), **_object(item)})


def _last_and_on(items: Iterator[tuple[int, object] | None], lines: int) -> Iterator[tuple[int, object]]:
    """The last few of what is there, then all that comes; None in `items` means that all there is was read."""
    kept: list[tuple[int, object]] = []
    for item in items:
        if item is None:
            break
        kept = [*kept[-(lines - 1) :], item] if lines > 1 else [item]
    yield from kept[-lines:] if lines else ()
    yield from (item for item in items if item is not None)


def _items(reader: Reader, lines: int) -> Iterator[tuple[int, object] | None]:
    """Readings, lamp states, decisions and the like in the order of the record, from a few more than `lines` on."""
    after = max(0, reader.last_seq() - MARGIN * lines)
    while True:
        for entry in reader.entries(after):
            after = entry.seq
            yield from ((entry.at, item) for item in _telling(entry))
        yield None
        if not reader.running():
            return
        time.sleep(POLL)


def _telling(entry: Entry) -> Iterator[object]:
    told = (Reading, LightState, Availability, Announcement, Rejected, Override, ClockSet, Decision)
    yield from (item for item in (*entry.learned, *entry.made) if isinstance(item, told))


def _rejections(reader: Reader) -> Iterator[tuple[int, object] | None]:
    after = 0
    while True:
        for kept in reader.rejected(after):
            after = kept.seq
            yield kept.at, kept.rejected
        yield None
        if not reader.running():
            return
        time.sleep(POLL)


def _line(item: object, zone: tzinfo) -> str:
    match item:
        case Reading():
            channel = f" {item.channel}" if item.channel else ""
            marks = f"  [{_marks(item.quality)}]" if item.quality else ""
            return f"{item.device:<16} {item.quantity.value}{channel} {item.value:g} {_unit(item)}{marks}".rstrip()
        case Decision():
            return (
                f"{item.lamp:<16} -> {item.level} %  because of {item.decided.rank.value}  {item.decided.note}".rstrip()
            )
        case LightState():
            power = f", {item.power:.1f} W" if item.power is not None else ""
            faults = f"  {', '.join(sorted(item.faults))}" if item.faults else ""
            return f"{item.lamp:<16} is at {item.level:.0f} %{power}{faults}"
        case Availability():
            return f"{item.device:<16} {'online' if item.online else 'offline'}"
        case Announcement():
            return f"waiting: {item.convention} device at {item.address}, offers {', '.join(item.offers)}"
        case Rejected():
            where = f" in {item.where}" if item.where else ""
            topic, shown = item.message.topic, item.message.payload[:SHOWN]
            return f"rejected {topic}: expected {item.expected}{where}, found {item.found}: {shown!r}"
        case Override():
            until = clock_time(item.expires, zone)
            return f"{item.target:<16} order {item.id}: {item.level} % until {until}, {item.owner}: {item.reason}"
        case _:
            return str(item)


def _unit(reading: Reading) -> str:
    unit = reading.quantity.unit
    return "" if unit == "1" else unit


def _marks(quality: Quality) -> str:
    return ", ".join(mark.name.lower() for mark in quality if mark.name)


def _object(item: object) -> dict[str, object]:
    match item:
        case Reading():
            return {
                "reading": item.quantity.value,
                "device": item.device,
                "channel": item.channel,
                "value": item.value,
                "time": iso(item.time),
                "quality": [mark.name.lower() for mark in item.quality if mark.name],
            }
        case Decision():
            return {"decision": item.level, "lamp": item.lamp, "because": item.decided.rank.value}
        case LightState():
            return {"state": item.level, "lamp": item.lamp, "power": item.power, "energy": item.energy}
        case Rejected():
            return {
                "rejected": item.message.topic,
                "expected": item.expected,
                "found": item.found,
                "where": item.where,
                "payload": base64.b64encode(item.message.payload).decode(),
            }
        case Availability():
            return {"online": item.online, "device": item.device}
        case _:
            return {type(item).__name__.lower(): str(item)}
