"""How fast a gateway makes up for an outage of the server that gets a copy, while sensors go on speaking."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Better, Figure
from benchmarks.load import counts
from benchmarks.processes import gateway
from benchmarks.site import Target, streets
from benchmarks.traffic import fill
from benchmarks.wire import Wire
from devices.message import SECOND
from gateway.record.reader import Reader
from tests.servers import Mosquitto, VictoriaMetrics

RATE = 100
"""Readings a second that come meanwhile, and came during the outage."""


def catchup(folder: Path, behind: int) -> Iterator[Figure]:
    """Start a gateway whose server lacks so many entries, and feed it; stop the watch when the server lacks none."""
    broker, server = Mosquitto(folder / "mosquitto"), VictoriaMetrics(folder / "server")
    site = folder / "site"
    broker.start()
    try:
        server.start()
        streets(site, broker.port, Target(1, server.url))
        fill(site / "state", behind, time.time_ns() - behind * SECOND // RATE, SECOND // RATE)
        rate = _caught_up(site, broker.port, behind)
    finally:
        server.stop()
        broker.stop()
    outage = behind / RATE / 60
    print(f"catchup: {outage:.0f} minutes of outage made up in {behind / rate:.1f} s", file=sys.stderr)
    beside = f"readings that come meanwhile; {outage:.0f} min of them were missing"
    yield Figure("catching up after an outage", rate, "entries/s", float(RATE), beside, better=Better.MORE)


def _caught_up(site: Path, port: int, behind: int) -> float:
    """Entries a second, from the first that the server gets to the newest."""
    said = counts(sys.maxsize, "meanwhile")
    reader = Reader(site / "state")
    with gateway(site) as daemon, Wire(port, "load") as wire:
        daemon.until(lambda: reader.cursor("copy"), "the first copy", 0.005)
        first, begun = reader.cursor("copy"), time.perf_counter()

        def made_up() -> bool:
            wire.publish(*next(said))
            wire.read(0.0)
            return reader.cursor("copy") >= behind

        daemon.until(made_up, "the rest of the copy", 1 / RATE)
        rate = (reader.cursor("copy") - first) / (time.perf_counter() - begun)
    reader.close()
    return rate
