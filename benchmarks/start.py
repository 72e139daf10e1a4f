"""From the start of the process to the first order that a lamp hears."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Figure, percentile
from benchmarks.hour import write_hour
from benchmarks.latency import ORDERS
from benchmarks.processes import Measured, bare_client, gateway
from benchmarks.site import SITE, streets
from benchmarks.wire import Wire
from tests.servers import Mosquitto

TIMES = 3
"""Starts of each kind; the median counts."""


def start(folder: Path) -> Iterator[Figure]:
    """Start on a fresh site and on one with a record, each a few times."""
    broker = Mosquitto(folder / "mosquitto")
    broker.start()
    fresh: list[float] = []
    later: list[float] = []
    bare: list[float] = []
    try:
        for turn in range(TIMES):
            bare.append(_bare(folder, broker.port, turn))
            for times, name in ((fresh, "fresh"), (later, "later")):
                site = folder / f"{name}-{turn}"
                streets(site, broker.port)
                if times is later:
                    asyncio.run(_with_an_hour(site))
                times.append(first_order(site, broker.port))
    finally:
        broker.stop()
    beside = "an aiomqtt client's start to its first message"
    baseline = percentile(bare, 50)
    yield Figure("start to first order, fresh site", percentile(fresh, 50), "s", baseline, beside, 1.0)
    yield Figure("start to first order, an hour on record", percentile(later, 50), "s", baseline, beside, 1.0)


async def _with_an_hour(site: Path) -> None:
    write_hour(site)


def first_order(site: Path, port: int) -> float:
    """Seconds from the start of a site's gateway to the first order that a lamp hears."""
    with Wire(port, "lamp") as wire:
        wire.subscribe(ORDERS)
        with gateway(site) as daemon:
            return _heard(wire, daemon)


def _bare(folder: Path, port: int, turn: int) -> float:
    """The baseline hears what we repeat until it does."""
    file = folder / f"bare-{turn}"
    with Wire(port, "sensor") as wire, bare_client(folder, port, "bench/start", file) as client:

        def counted() -> bool:
            wire.publish(b"bench/start", b"here")
            wire.read(0.0)
            return file.exists() and file.read_text() not in {"", "0"}

        client.until(counted, "the bare client", 0.005)
        return time.perf_counter() - client.started


def _heard(wire: Wire, daemon: Measured) -> float:
    daemon.until(lambda: wire.read(0.05), f"the first order of {SITE}", 0.0)
    return time.perf_counter() - daemon.started
