"""From a sensor's word to its lamp's order, beside publish to subscribe of one bare client at the same broker."""

import json
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

from benchmarks.figure import Better, Figure, percentile
from benchmarks.load import Echoes, paced
from benchmarks.processes import Measured, gateway
from benchmarks.site import SENSORS, SITE, crossings, lamp_topic, sensor_topic
from benchmarks.wire import Said, Wire
from tests.servers import Mosquitto

RATES = (100, 1_000)
"""Messages per second. At 1,000/s each lamp is ordered every 100 ms: the gateway leaves 50 ms between two orders."""

ROUNDS = 3
"""Both are measured in turns, so that what else the machine does falls on both alike."""

SETTLED = 1.0
"""Seconds without an order after which the lamps are quiet."""

ON, OFF = b'"level":100,', b'"level":40,'
"""What an order says of a lamp whose street somebody uses, and of one whose street is empty (P6 of 5 lx)."""

ORDERS = f"reverbere/{SITE}/lamp/+/set"

BOOT, SEQ = uuid.uuid4().hex[:8].encode(), count()
"""All sensors number together: each number is used once, which is what matters."""


def latency(folder: Path, seconds: float) -> Iterator[Figure]:
    """Measure both at each rate, for so many seconds in all each."""
    broker = Mosquitto(folder / "mosquitto")
    broker.start()
    try:
        crossings(folder / "site", broker.port)
        with Wire(broker.port, "load") as wire:
            wire.subscribe(ORDERS)
            wire.subscribe("bench/bare/+")
            with gateway(folder / "site") as daemon:
                _warm_up(wire, daemon)
                for rate in RATES:
                    yield from _at(wire, rate, seconds, lambda rate, n: _echo(folder, broker.port, rate, n))
    finally:
        broker.stop()


def _warm_up(wire: Wire, daemon: Measured) -> None:
    """Have every sensor say that nobody is there, until every lamp was told so."""
    told: dict[bytes, bytes] = {}

    def until(condition: Callable[[], bool], what: str) -> None:
        def heard() -> bool:
            told.update(wire.read(0.1))
            return condition()

        daemon.until(heard, what, 0.0)

    until(lambda: len(told) == SENSORS, "the first orders")
    for number in range(SENSORS):
        wire.publish(sensor_topic(number).encode(), _presence(on=False))
    until(lambda: all(OFF in order for order in told.values()), "dim lamps")
    _confirm(wire)
    quiet = time.perf_counter() + SETTLED
    while time.perf_counter() < quiet:
        if wire.read(0.1):
            quiet = time.perf_counter() + SETTLED


def _confirm(wire: Wire) -> None:
    """Have every lamp say that it is as told, or it would be told again while something else is measured."""
    for number in range(SENSORS):
        wire.publish(lamp_topic(number).replace("/set", "/state").encode(), b'{"v": 1, "level": 40}')


def _at(wire: Wire, rate: int, seconds: float, echo: Callable[[int, int], list[float]]) -> Iterator[Figure]:
    through, bare = Echoes(), Echoes()
    paho: list[float] = []
    messages = round(rate * seconds / ROUNDS / SENSORS / 2) * SENSORS * 2
    for _ in range(ROUNDS):
        _add(bare, paced(wire, _to_ourselves(messages), rate))
        _add(through, paced(wire, _to_lamps(messages), rate))
        _confirm(wire)
        paho += echo(rate, messages)
    for echoes in (bare, through):
        if echoes.missing or echoes.strays:
            lost = f"{echoes.missing} answers missing, {echoes.strays} that nobody asked for"
            raise RuntimeError(f"every message should have had one answer at {rate}/s: {lost}")
    for per_cent in (50, 99):
        yield Figure(
            f"presence to lamp order, p{per_cent} at {rate}/s",
            percentile(through.seconds, per_cent) * 1e3,
            "ms",
            percentile(bare.seconds, per_cent) * 1e3,
            "publish to subscribe of a bare client (raw sockets)",
            aim=3 if per_cent == 99 else None,
            better=Better.LESS,
            of_ratio=True,
        )
        yield Figure(
            f"the same, p{per_cent} at {rate}/s",
            percentile(through.seconds, per_cent) * 1e3,
            "ms",
            percentile(paho, per_cent) * 1e3,
            "publish to subscribe of paho's client",
        )


def _echo(folder: Path, port: int, rate: int, messages: int) -> list[float]:
    """Publish to subscribe of paho's client, in a process of its own."""
    file = folder / "echo"
    command = [sys.executable, "-m", "benchmarks.echo", str(port), str(rate), str(messages), str(file)]
    subprocess.run(command, check=True)
    seconds: list[float] = json.loads(file.read_text())
    return seconds


def _add(total: Echoes, echoes: Echoes) -> None:
    total.seconds += echoes.seconds
    total.missing += echoes.missing
    total.strays += echoes.strays


def _to_lamps(messages: int) -> Iterator[tuple[Said, Said]]:
    """Each sensor in turn sees somebody; the next time round nobody."""
    for number in range(messages):
        sensor = number % SENSORS
        on = number // SENSORS % 2 == 0
        question = sensor_topic(sensor).encode(), _presence(on=on)
        yield question, (lamp_topic(sensor).encode(), ON if on else OFF)


def _to_ourselves(messages: int) -> Iterator[tuple[Said, Said]]:
    """The same payloads, to a topic we listen to ourselves."""
    for number in range(messages):
        topic, payload = f"bench/bare/{number % SENSORS}".encode(), _presence(on=True)
        yield (topic, payload), (topic, payload)


def _presence(*, on: bool) -> bytes:
    """What a presence sensor says."""
    return b'{"v": 1, "presence": %b, "boot": "%b", "seq": %d}' % (b"true" if on else b"false", BOOT, next(SEQ))
