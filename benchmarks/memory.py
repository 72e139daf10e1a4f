"""How much memory the daemon takes with a hundred sensors, some traffic and a server that gets a copy."""

import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.figure import Figure
from benchmarks.intake import FILTER
from benchmarks.load import counts, pour
from benchmarks.processes import Measured, bare_client, gateway
from benchmarks.ready import until_listening
from benchmarks.site import Target, streets
from benchmarks.wire import Wire
from gateway.record.reader import Reader
from tests.servers import Influxdb, Mosquitto, Server, VictoriaMetrics


def memory(folder: Path, messages: int) -> Iterator[Figure]:
    """Measure with a server of each kind."""
    for kind, version, aim in ((Influxdb, 1, 60), (VictoriaMetrics, 2, 100)):
        yield from _with(folder / kind.name, kind, version, aim, messages)


def _with(folder: Path, kind: Callable[[Path], Server], version: int, aim: float, messages: int) -> Iterator[Figure]:
    broker, server = Mosquitto(folder / "mosquitto"), kind(folder / "server")
    server.start()
    broker.start()
    try:
        if version == 1:
            create_database(server.url)
        site, file = folder / "site", folder / "bare"
        streets(site, broker.port, Target(version, server.url))
        with bare_client(folder, broker.port, FILTER, file) as bare, gateway(site) as daemon:
            bare.until(file.exists, "the bare client")
            _feed(site, daemon, broker.port, messages)
            ours, theirs = daemon.memory(), bare.memory()
    finally:
        broker.stop()
        server.stop()
    name = f"proportional memory, copy to {server.name} (interface {version})"
    yield Figure(name, ours, "MB", theirs, "an aiomqtt client that only counts", aim)


def _feed(site: Path, daemon: Measured, port: int, messages: int) -> None:
    """Have messages stored and handed on, all of them."""
    until_listening(site, port, daemon)
    reader = Reader(site / "state")
    stored = reader.last_seq()
    with Wire(port, "load") as wire:
        pour(wire, counts(messages, "memory"))
    daemon.until(lambda: reader.last_seq() >= stored + messages, "the record")
    daemon.until(lambda: reader.cursor("copy") >= reader.last_seq(), "the copy")
    reader.close()


def create_database(url: str) -> None:
    """Make the database of an InfluxDB 1: that is its owner's business, not the gateway's."""
    request = urllib.request.Request(f"{url}/query", data=b"q=CREATE DATABASE bench")  # noqa: S310 - our own server
    urllib.request.urlopen(request, timeout=10.0).close()  # noqa: S310 - as above
