"""The record that an hour of a hundred counters leaves, cut off as by a loss of power."""

import time
from pathlib import Path

from devices.convention import Numbered
from devices.device import Device, Kind
from devices.message import SECOND
from devices.reading import Quantity, Reading
from gateway.configuration.build import load
from gateway.lighting.engine import Engine
from gateway.links.delivery import Origin
from gateway.record.entry import Adopted, Entry
from gateway.record.writer import Record

EVERY = 60 * SECOND
"""How often each counter speaks, in nanoseconds: docs/native.md's own example."""

HOUR = 3600 * SECOND
SNAPSHOTS = 900 * SECOND
"""As far apart as the gateway makes them; the last one is missing, so that a whole quarter is there to be replayed."""


def write_hour(folder: Path) -> int:
    """Write the hour that ends now into a site's record; say how many entries that took. Needs a running loop."""
    site = load(folder)
    counters = [device for device in site.devices if device.kind is Kind.SENSOR]
    begin = time.time_ns() - HOUR
    engine = Engine(site.plan, begin)
    record = Record(site.state, site.id)
    record.start()
    record.append(Entry(begin, (Adopted(site.plan, "bench"),), (*engine.advance(begin), engine.snapshot())))
    snapshot, entries = begin + SNAPSHOTS, 1
    for step in range(HOUR // EVERY):
        for number, counter in enumerate(counters):
            at = begin + step * EVERY + number * EVERY // len(counters)
            record.append(_message(engine, counter, at, step))
            entries += 1
        if begin + step * EVERY >= snapshot:
            snapshot += SNAPSHOTS
            record.append(Entry(engine.now, (), (engine.snapshot(),)))
            entries += 1
    record.close()
    return entries


def _message(engine: Engine, counter: Device, at: int, step: int) -> Entry:
    """One count: of nobody, mostly."""
    count = Reading(counter.id, Quantity.PEDESTRIANS, float(step % 7 == 0), at, period=EVERY)
    origin = Origin("mqtt", 1, step % 60_000 + 1, digest=step.to_bytes(16, "big"))
    return Entry(at, (Numbered(counter.id, "hour", step), count), tuple(engine.advance(at, [count])), origin)
