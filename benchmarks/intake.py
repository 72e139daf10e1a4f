"""How fast a backlog becomes durable, and what it costs, beside a client that only counts the same messages."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figure import Better, Figure
from benchmarks.load import counts, pour
from benchmarks.processes import Measured, bare_client, gateway
from benchmarks.ready import until_listening
from benchmarks.site import RECEIVE_MAXIMUM, SITE, streets
from benchmarks.wire import Wire
from gateway.record.reader import Reader
from tests.servers import Mosquitto

FILTER = f"reverbere/{SITE}/sensor/+"
BEGUN = 1_000
"""Messages after which the clock starts: what comes before is the process's own start."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What it took to take a backlog in."""

    rate: float
    cpu: float
    """Seconds of processor time for 100,000 messages."""


SHORT = 10.0
"""Seconds that such a measure takes about."""
INTERVALS = {"100ms": 0.1, "1s": 1.0}
"""Commit intervals beside 0, and their seconds: they trade this rate for the wear of a card."""


def intake(folder: Path, messages: int) -> Iterator[Figure]:
    """Let the broker keep so many messages for a client that is away, then let it come back."""
    broker = Mosquitto(folder / "mosquitto")
    broker.start()
    try:
        bare = _bare(folder, broker.port, messages)
        ours = _ours(folder / "0s", broker.port, messages, "0s")
        spared = {
            interval: _ours(folder / interval, broker.port, _few(messages, seconds), interval)
            for interval, seconds in INTERVALS.items()
        }
    finally:
        broker.stop()
    beside = "an aiomqtt client that only counts"
    yield Figure("durable QoS 1 intake", ours.rate, "/s", bare.rate, beside, 15_000, Better.MORE)
    for interval, taken in spared.items():
        most = RECEIVE_MAXIMUM / INTERVALS[interval]
        window = "receive_maximum / commit_interval; mosquitto sends more after a reconnect"
        yield Figure(f"the same, commit_interval {interval}", taken.rate, "/s", most, window)
    yield Figure("processor time for 100,000 messages", ours.cpu, "s", bare.cpu, beside)


def _few(messages: int, seconds: float) -> int:
    """As many messages as are taken in a short time, with a receive maximum each interval."""
    return min(messages, round(SHORT / seconds * RECEIVE_MAXIMUM))


def _bare(folder: Path, port: int, messages: int) -> Taken:
    file = folder / "bare"
    with bare_client(folder, port, FILTER, file) as client:
        client.until(file.exists, "the bare client's subscription")
    _queue(port, messages, "for-bare")
    file.unlink()
    with bare_client(folder, port, FILTER, file) as client:
        client.until(file.exists, "the bare client")
        return _watch(client, lambda: int(file.read_text() or 0), messages)


def _ours(site: Path, port: int, messages: int, interval: str) -> Taken:
    streets(site, port, interval=interval)
    with gateway(site) as daemon:
        until_listening(site, port, daemon)
    reader = Reader(site / "state")
    stored = reader.last_seq()
    _queue(port, messages, f"for-us-{interval}")
    with gateway(site) as daemon:
        taken = _watch(daemon, lambda: reader.last_seq() - stored, messages)
    reader.close()
    return taken


def _queue(port: int, messages: int, boot: str) -> None:
    with Wire(port, "load") as wire:
        pour(wire, counts(messages, boot))


def _watch(process: Measured, done: Callable[[], int], messages: int) -> Taken:
    """Look on while it takes the messages in. Decisions are entries too, so the gateway may do a few more."""
    process.until(lambda: done() >= BEGUN, "the first messages")
    first, start, cpu = done(), time.perf_counter(), process.cpu()
    process.until_level(done, messages, "the last message")
    last, seconds, used = done(), time.perf_counter() - start, process.cpu() - cpu
    return Taken((last - first) / seconds, used / (last - first) * 1e5)
