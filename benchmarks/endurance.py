"""Whether the daemon's memory grows with what passes through it: a line through it over millions of messages.

What the rules remember of people goes by the street's time and not by messages: half an hour of it here, which at this
pace are millions of counts. So nobody walks by, and the counters say so.
"""

import math
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from benchmarks.figure import Figure
from benchmarks.load import counts, pour
from benchmarks.processes import Measured, gateway
from benchmarks.ready import until_listening
from benchmarks.site import Target, streets
from benchmarks.wire import Wire
from gateway.record.reader import Reader
from tests.servers import Mosquitto, VictoriaMetrics

SAMPLES = 100
"""How often memory is looked at, each time when all that was sent is stored and handed on."""
WARM = 100_000
"""Messages at the beginning that are left out, a tenth of all at least, while caches and the duplicate window fill."""
TWO_SIGMA = 2.0
"""Student's t for 95 per cent and some ninety samples is 1.99."""


class Line(NamedTuple):
    """The least-squares line through some points: how steep, and how far off that may be (95 per cent)."""

    slope: float
    uncertainty: float


def endurance(folder: Path, messages: int) -> Iterator[Figure]:
    """Play so many messages through broker, gateway, record and a server that gets a copy."""
    broker, server = Mosquitto(folder / "mosquitto"), VictoriaMetrics(folder / "server")
    site = folder / "site"
    broker.start()
    try:
        server.start()
        streets(site, broker.port, Target(1, server.url))
        with gateway(site) as daemon:
            until_listening(site, broker.port, daemon)
            samples = list(_sampled(site, daemon, broker.port, messages))
    finally:
        server.stop()
        broker.stop()
    warm = [sample for sample in samples if sample[0] * 1e6 > max(WARM, messages // 10)]
    line = fit(warm)
    name = f"memory growth over {messages:,} messages"
    beside = "aim: its own uncertainty (95 %), for a slope of zero"
    yield Figure(name, line.slope, "B per million messages", None, beside, line.uncertainty)
    yield Figure("proportional memory at the end", samples[-1][1] / 1e6, "MB", warm[0][1] / 1e6, "after the beginning")


def _sampled(site: Path, daemon: Measured, port: int, messages: int) -> Iterator[tuple[float, float]]:
    """Millions of messages passed, and bytes of proportional memory then."""
    said = counts(messages, "endurance", people=0)
    reader = Reader(site / "state")
    before = reader.last_seq()
    each = messages // SAMPLES
    with Wire(port, "load") as wire:
        for sample in range(1, SAMPLES + 1):
            pour(wire, islice(said, each))
            daemon.until(lambda done=sample * each: reader.last_seq() >= before + done, "the record")  # type: ignore[misc] # mypy infers no lambda with a default
            daemon.until(lambda: reader.cursor("copy") >= reader.last_seq(), "the copy")
            memory = daemon.memory()
            print(f"  {sample * each:>12,} messages  {memory:8.3f} MB", file=sys.stderr, flush=True)
            yield sample * each / 1e6, memory * 1e6
    reader.close()


def fit(points: list[tuple[float, float]]) -> Line:
    """The line through three points or more."""
    number = len(points)
    middle = sum(x for x, _ in points) / number
    height = sum(y for _, y in points) / number
    spread = sum((x - middle) ** 2 for x, _ in points)
    slope = sum((x - middle) * (y - height) for x, y in points) / spread
    rest = sum((y - height - slope * (x - middle)) ** 2 for x, y in points)
    return Line(slope, TWO_SIGMA * math.sqrt(rest / (number - 2) / spread))
