"""What the daemon takes of the processor when nobody says anything."""

import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Figure
from benchmarks.intake import FILTER
from benchmarks.processes import Measured, bare_client, gateway
from benchmarks.site import streets
from tests.servers import Mosquitto

SETTLED = 3.0
"""Seconds after the start in which the daemon may still be busy with itself."""


def idle(folder: Path, seconds: float) -> Iterator[Figure]:
    """Watch a gateway of a hundred silent sensors, connected to its broker."""
    broker = Mosquitto(folder / "mosquitto")
    broker.start()
    try:
        site, file = folder / "site", folder / "bare"
        streets(site, broker.port)
        with bare_client(folder, broker.port, FILTER, file) as bare, gateway(site) as daemon:
            daemon.until(lambda: b"link up" in (site / "log").read_bytes(), "the gateway's link")
            bare.until(file.exists, "the bare client")
            time.sleep(SETTLED)
            ours, theirs = _used((daemon, bare), seconds)
    finally:
        broker.stop()
    yield Figure("idle", ours, "% of a core", theirs, "an aiomqtt client that only counts", 0.5)


def _used(processes: tuple[Measured, Measured], seconds: float) -> tuple[float, float]:
    before = [process.cpu() for process in processes]
    time.sleep(seconds)
    first, second = (100 * (process.cpu() - was) / seconds for process, was in zip(processes, before, strict=True))
    return first, second
