"""What one fact costs the engine: a zone of 20 lamps with every layer, and the same among 2,582 zones."""

import gc
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from pathlib import Path

from benchmarks.evening import DUSK, Said, all_evenings, evening, first_words, town
from benchmarks.figure import Figure, percentile
from devices.device import DeviceId
from devices.message import SECOND
from devices.reading import Quantity, Reading
from gateway.lighting.decision import Decision
from gateway.lighting.engine import Engine

MANY = 2_582
"""Zones of a large town: each with its own lamps and sensors."""

AIM = 30.0
"""Microseconds per fact of one zone of 20 lamps."""

GROWTH = 1.5
"""How many times as much a fact may cost among many zones, for the noise of the machine; the aim is 1."""


@dataclass
class Costs:
    """Microseconds of processor time per fact, with what fell due before it; apart for those that moved a lamp."""

    moving: list[float] = field(default_factory=list)
    idle: list[float] = field(default_factory=list)
    decisions: int = 0

    @property
    def all(self) -> list[float]:
        """Of every fact."""
        return self.moving + self.idle


def engine(folder: Path, *, facts: int) -> Iterator[Figure]:  # noqa: ARG001 - it needs no folder
    """Microseconds per fact, beside a dictionary and the arithmetic of two times."""
    baseline = _baseline(facts)
    alone = Costs()
    for night in count():
        _live(alone, 1, 1, islice(evening(0, night), facts - len(alone.all)))
        if len(alone.all) == facts:
            break
    share = f"{100 * len(alone.moving) / len(alone.all):.0f} % of facts"
    mean = _mean(alone.all)
    yield Figure("engine, a fact: one zone of 20 lamps", mean, "us", baseline, aim=AIM)
    yield Figure("  the slowest in a hundred (p99)", percentile(alone.all, 99), "us", baseline)
    yield Figure(f"  those that move light, {share}", _mean(alone.moving), "us", baseline)
    yield Figure("  those that move none", _mean(alone.idle), "us", baseline)
    yield Figure("  decisions for each fact that moves light", alone.decisions / max(1, len(alone.moving)), "")
    few, every = Costs(), Costs()
    _live(few, MANY, 1, islice(evening(0), facts))
    beside = "baseline: one zone"
    yield Figure(f"a fact among {MANY:,} zones, one speaks", _mean(few.all), "us", mean, beside, GROWTH, of_ratio=True)
    _live(every, MANY, MANY, islice(all_evenings(MANY, 3), max(facts, 3 * MANY)))
    yield Figure("the same, all speak", _mean(every.all), "us", mean, beside, GROWTH, of_ratio=True)


def _mean(costs: list[float]) -> float:
    return sum(costs) / len(costs) if costs else 0.0


def _live(costs: Costs, zones: int, speaking: int, tape: Iterable[Said]) -> None:
    """Let some of the zones of a town live through a tape, and note what each fact costs."""
    tested = Engine(town(zones), DUSK - SECOND)
    tested.advance(DUSK - 1)
    tested.advance(DUSK, [reading for _, reading in first_words(speaking)])
    heard = list(tape)
    gc.collect()
    for at, reading in heard:
        begin = time.process_time_ns()
        made = tested.advance(at, [reading])
        took = (time.process_time_ns() - begin) / 1000
        decided = sum(isinstance(item, Decision) for item in made)
        costs.decisions += decided
        (costs.moving if decided else costs.idle).append(took)


def _baseline(facts: int) -> float:
    """A fact that is put into a dictionary, and two times that are subtracted and compared."""
    latest: dict[tuple[DeviceId, Quantity], Reading] = {}
    epoch = datetime(1970, 1, 1, tzinfo=UTC)

    def learn(at: int, reading: Reading) -> bool:
        latest[reading.device, reading.quantity] = replace(reading, time=at)
        moment = epoch + timedelta(microseconds=at // 1000)
        return moment + timedelta(seconds=20) > epoch

    tape = evening(0)[:facts]
    begin = time.process_time()
    for at, reading in tape:
        learn(at, reading)
    return (time.process_time() - begin) / len(tape) * 1e6
