"""What one fact costs the engine: a zone of 20 lamps with every layer, and the same among 2,582 zones."""

import gc
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from benchmarks.figure import Figure
from devices.device import DeviceId
from devices.message import SECOND
from devices.reading import Quantity, Reading
from gateway.lighting.engine import Engine
from gateway.lighting.plan import (
    Active,
    Ahead,
    Counter,
    CountRule,
    Curve,
    LampType,
    Luminaire,
    Moment,
    Plan,
    PresenceRule,
    Program,
    Ramp,
    Step,
    Watch,
    Zone,
    ZoneId,
)

MANY = 2_582
"""Zones of a large town: each with its own lamps and sensors."""

AIM = 30.0
"""Microseconds per fact of one zone of 20 lamps."""

GROWTH = 1.5
"""How many times as much a fact may cost among many zones, for the noise of the machine; the aim is 1."""

MINUTE = 60 * SECOND
DUSK = 1_795_284_000 * SECOND  # 2026-11-21 18:00 UTC: night in Chalon-sur-Saône
LED = LampType(28.0, 4.0, 10.0, 0.5)
PROGRAM = Program(
    "all-layers",
    Active(Moment("sunset", 0), Moment("sunrise", 0)),
    60.0,
    CountRule(10 * MINUTE, Curve(((0.0, 40.0), (20.0, 60.0), (60.0, 100.0))), 10 * MINUTE, 2),
    PresenceRule(100.0, 20 * SECOND, 10 * MINUTE, Ahead(((1.4, 2.0), (13.9, 5.0))), 1),
    Ramp(2 * SECOND, 45 * SECOND),
    (Step(Moment("clock", 12 * 60 * MINUTE), "P4", "P6", 20.0, 100.0),),
)


def engine(folder: Path, *, facts: int) -> Iterator[Figure]:  # noqa: ARG001 - it needs no folder
    """Microseconds per fact, beside a dictionary and the arithmetic of two times."""
    baseline = _baseline(facts)
    alone = _cost(1, 1, facts)
    yield Figure("engine, a fact: one zone of 20 lamps", alone, "us", baseline, aim=AIM)
    few = _cost(1, MANY, facts)
    beside = "baseline: one zone"
    yield Figure(f"the same among {MANY:,} zones, one speaks", few, "us", alone, beside, GROWTH, of_ratio=True)
    every = _cost(MANY, MANY, facts)
    yield Figure(f"the same among {MANY:,} zones, all speak", every, "us", alone, beside, GROWTH, of_ratio=True)


def _zone(number: int) -> Zone:
    name = f"zone-{number}"
    lamps = tuple(Luminaire(DeviceId(f"{name}-lamp-{at}"), float(at), LED) for at in range(15, 615, 30))
    watches = tuple(
        Watch(DeviceId(f"{name}-motion-{at}"), float(at), at + 60.0, 60 * MINUTE) for at in range(0, 600, 60)
    )
    counters = tuple(Counter(DeviceId(f"{name}-counter-{at}"), float(at), 60 * MINUTE) for at in (0, 600))
    return Zone(ZoneId(name), name, 600.0, lamps, watches, counters, PROGRAM, "P4", 5.0)


def said(zones: int) -> Iterator[tuple[int, Reading]]:
    """People who walk through each street at 1.4 m/s, sensor after sensor, and the counts of each minute.

    The zones speak in turn, and each as often as if it were alone.
    """
    at = DUSK
    start = {zone: zone * MINUTE // zones for zone in range(zones)}
    while True:
        for watch in range(10):
            for zone, later in start.items():
                name = f"zone-{zone}"
                motion = DeviceId(f"{name}-motion-{watch * 60}")
                yield at + later, Reading(motion, Quantity.PRESENCE, 1.0, at + later)
            at += MINUTE
            for zone, later in start.items():
                name = f"zone-{zone}"
                motion, counter = DeviceId(f"{name}-motion-{watch * 60}"), DeviceId(f"{name}-counter-0")
                yield at + later, Reading(motion, Quantity.PRESENCE, 0.0, at + later)
                yield at + later, Reading(counter, Quantity.PEDESTRIANS, float(watch == 0), at + later, "", MINUTE)
            at += MINUTE


def _cost(speaking: int, zones: int, facts: int) -> float:
    """Microseconds of processor time per fact, with what falls due meanwhile in every zone."""
    plan = Plan("digest", 46.7806, 4.8528, "Europe/Paris", tuple(_zone(number) for number in range(zones)))
    tested = Engine(plan, DUSK - SECOND)
    tested.advance(DUSK - 1)
    tape = said(speaking)
    for at, reading in islice(tape, 4 * speaking):
        tested.advance(at, [reading])
    return _timed(lambda at, reading: tested.advance(at, [reading]), list(islice(tape, max(facts, 3 * speaking))))


def _timed(learn: Callable[[int, Reading], object], tape: list[tuple[int, Reading]]) -> float:
    gc.collect()
    begin = time.process_time()
    for at, reading in tape:
        learn(at, reading)
    return (time.process_time() - begin) / len(tape) * 1e6


def _baseline(facts: int) -> float:
    """A fact that is put into a dictionary, and two times that are subtracted and compared."""
    latest: dict[tuple[DeviceId, Quantity], Reading] = {}
    epoch = datetime(1970, 1, 1, tzinfo=UTC)

    def learn(at: int, reading: Reading) -> bool:
        latest[reading.device, reading.quantity] = replace(reading, time=at)
        moment = epoch + timedelta(microseconds=at // 1000)
        return moment + timedelta(seconds=20) > epoch

    return _timed(learn, list(islice(said(1), facts)))
