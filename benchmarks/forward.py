"""How many points a second reach a server that gets a copy, beside one that takes everything and keeps nothing."""

import asyncio
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.figure import Better, Figure
from benchmarks.memory import create_database
from benchmarks.processes import PATIENCE, Measured
from benchmarks.site import SITE
from benchmarks.traffic import fill
from devices.message import SECOND
from gateway.broker import free_port
from gateway.export.forward import Forwarder
from gateway.export.influx import InfluxV1
from gateway.record.reader import Reader
from tests.servers import Influxdb, Server, ServerMissing, VictoriaMetrics


class Notes:
    """Remembers in memory how far the server is, and says when it has everything up to `last`."""

    def __init__(self, last: int) -> None:
        self._last = last
        self.complete = asyncio.Event()

    def cursor(self, target: str) -> int:  # noqa: ARG002 - there is one only
        """Nothing was forwarded before."""
        return 0

    def advance(self, target: str, seq: int) -> None:  # noqa: ARG002 - as above
        """Everything up to `seq` is there."""
        if seq >= self._last:
            self.complete.set()

    def refuse(self, target: str, seq: int, line: str, reason: str) -> None:
        """Nothing should be. Raises `RuntimeError`."""
        raise RuntimeError(f"{target} refused {line!r} of {seq}: {reason}")

    def drop(self, points: tuple[int, ...]) -> None:
        """Nothing was refused, so nothing is given up. Raises `RuntimeError`."""
        raise RuntimeError(f"{points} were never refused")

    async def committed(self) -> bool:
        """All that is remembered here is remembered at once."""
        return True


def forward(folder: Path, entries: int) -> Iterator[Figure]:
    """Forward a record of so many readings to a server of each kind that is there."""
    state = folder / "state"
    fill(state, entries, time.time_ns() - entries * SECOND // 100, SECOND // 100)
    with _sink(folder) as url:
        baseline = _rate(state, url)
    for kind in (VictoriaMetrics, Influxdb):
        try:
            with _running(kind(folder / kind.name)) as url:
                rate = _rate(state, url)
        except ServerMissing as missing:
            print(f"{kind.name} left out: {missing}", file=sys.stderr)
            continue
        beside = "a server that keeps nothing"
        yield Figure(f"forwarding to {kind.name}", rate, "points/s", baseline, beside, better=Better.MORE)


def _rate(state: Path, url: str) -> float:
    """Points a second, from the first request to the answer of the last."""
    return asyncio.run(_forwarded(state, url))


async def _forwarded(state: Path, url: str) -> float:
    reader = Reader(state)
    notes = Notes(reader.last_seq())
    forwarder = Forwarder(InfluxV1("copy", url, SITE), reader, notes, SITE)
    begun = time.perf_counter()
    running = asyncio.create_task(forwarder.run(), name="forward")
    async with asyncio.timeout(PATIENCE):
        await notes.complete.wait()
    took = time.perf_counter() - begun
    running.cancel()
    await asyncio.wait([running])
    points = forwarder.status().accepted
    await asyncio.to_thread(forwarder.close)
    return points / took


@contextmanager
def _running(server: Server) -> Iterator[str]:
    server.start()
    try:
        if isinstance(server, Influxdb):
            create_database(server.url)
        yield server.url
    finally:
        server.stop()


@contextmanager
def _sink(folder: Path) -> Iterator[str]:
    port = free_port()
    with Measured([sys.executable, "-m", "benchmarks.sink", str(port)], folder / "sink.log") as process:
        process.until(_accepts(port), "the sink")
        yield f"http://127.0.0.1:{port}"


def _accepts(port: int) -> Callable[[], bool]:
    def accepts() -> bool:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            return False
        return True

    return accepts
