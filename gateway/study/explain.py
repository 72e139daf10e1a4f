"""Why a lamp is as bright as it is, at any moment of the record."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, pairwise

from devices.device import DeviceId
from devices.message import SECOND
from devices.reading import Quantity, Reading
from gateway.lighting.decision import Decision
from gateway.lighting.facts import Maintenance, Proof
from gateway.lighting.lamps.power import watts
from gateway.lighting.plan import CLASSES, Luminaire, Program, Step, Zone
from gateway.lighting.proofs import deciding
from gateway.lighting.stack import Stack
from gateway.lighting.zone import ZoneEngine
from gateway.record.journal import adoption, decided_before, written
from gateway.record.reader import Adoption, Reader
from gateway.study.faults import open_faults
from gateway.study.forecast import Change, coming
from gateway.study.replay import rebuild

LATELY = 4
"""Earlier changes that are told."""

LOOKED_AT = 40
"""Earlier decisions that are looked through for changes: some change but the cause."""

UNWRITTEN = 16 * 60 * SECOND
"""So long nothing is written while a gateway runs, at most: a snapshot is due every 15 minutes."""

DAY = 24 * 3600 * SECOND

STATE_AGE = 10 * 60 * SECOND
"""A lamp's own word is told for so long."""


@dataclass(frozen=True, slots=True)
class Sensor:
    """What a sensor has to do with a lamp: whether it is believed and when it was last heard (ns; None for never)."""

    id: DeviceId
    believed: bool
    heard: int | None


@dataclass(frozen=True, slots=True)
class Away:
    """A time in which the record was not written: from the last entry before to the first behind (ns; None: none)."""

    start: int
    end: int | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that `explain` tells of a lamp at `at` (ns)."""

    at: int
    lamp: Luminaire
    zone: Zone
    program: Program
    step: Step
    plan: str
    active: bool
    decision: Decision
    stack: Stack
    sliding: float | None
    counted: Mapping[DeviceId, float]
    """People that each believed counter had in the sliding window."""
    held_since: int | None
    """When the flow that is held was last reached (ns)."""
    watchers: tuple[Sensor, ...]
    counters: tuple[Sensor, ...]
    said: dict[Quantity, Reading]
    lately: tuple[Change, ...]
    """The last changes of its level within a day, newest first."""
    coming: tuple[Change, ...]
    """The next changes of its level, if nobody is seen from now on."""
    adopted: Adoption | None
    """How the plan came to hold; None where that is not kept."""
    last: int
    """The last entry that had been learned by then."""
    away: Away | None
    """The time around it in which no gateway ran."""
    faults: tuple[Reading, ...] = ()
    """With which the faults that stand began: of the lamp, and of the feed it hangs on."""
    maintenance: Maintenance | None = None
    proof: Proof | None = None
    """What was found out last of whether it dims as told; None if nothing was."""

    @property
    def lux(self) -> float | None:
        """Average illuminance in lux that the level gives, by the zone's design; None where that is not known."""
        return None if self.zone.design is None else self.zone.design * self.decision.level / 100

    @property
    def owed(self) -> float | None:
        """Average illuminance in lux below which the level may not fall now; None where no class says so."""
        floor = self.stack.floor
        return None if floor is None else CLASSES.get(floor.note)

    @property
    def reached(self) -> int:
        """When the level decided is reached, by its ramp (ns)."""
        return self.decision.time + self.decision.ramp

    @property
    def expected_power(self) -> float:
        """Watts that the lamp should draw at the level it says it has, or at the one decided."""
        level = self.said.get(Quantity.LEVEL)
        return watts(self.lamp.type, self.decision.level if level is None else level.value)


def explain(reader: Reader, lamp: DeviceId, at: int) -> Explanation:
    """Rebuild the engine of `at` from the record and ask it why.

    Raises `RecordError` if nothing was decided by then, `KeyError` if the plan of then knows no such lamp.
    """
    engine = rebuild(reader, at)
    engine.advance(at)
    zone = engine.zone(lamp)
    luminaire = next(item for item in zone.zone.luminaires if item.id == lamp)
    watchers = (watch.sensor for watch in zone.zone.watches if watch.covers(luminaire.at))
    said = reader.series(device=lamp, start=at - STATE_AGE, end=at)
    last, decision = reader.last_seq(at), engine.standing(lamp)
    stack = engine.stack(lamp)
    return Explanation(
        at=at,
        lamp=luminaire,
        zone=zone.zone,
        program=zone.program(at),
        step=zone.step(at),
        plan=engine.plan.digest,
        active=stack.floor is not None,
        decision=decision,
        stack=stack,
        sliding=zone.sliding(at),
        counted=zone.counted(at),
        held_since=zone.held_since(at),
        watchers=_sensors(zone, watchers),
        counters=_sensors(zone, (counter.sensor for counter in zone.zone.counters)),
        said={reading.quantity: reading for reading in said},
        lately=_lately(reader, decision, last),
        coming=coming(engine, lamp),
        adopted=adoption(reader, last, engine.plan.digest),
        last=last,
        away=_away(reader, last, at),
        faults=tuple(_faults(reader, luminaire, at)),
        proof=deciding(zone.proofs.known.get(lamp, ())),
        maintenance=next((work for work in engine.maintenance() if work.lamp == lamp), None),
    )


def _lately(reader: Reader, standing: Decision, last: int) -> tuple[Change, ...]:
    """The changes of level that led to what holds, newest first; those of a clock that was set back since are none."""
    # A lamp may have kept its level for months: what came after it was told so is not looked through.
    told = written(reader, standing)
    until = last if told is None else min(told, last)
    earlier = decided_before(reader, standing.lamp, until, reader.last_seq(standing.time - DAY))
    known = [standing, *islice(earlier, LOOKED_AT)]
    changes = (
        Change(before.level, after, before)
        for after, before in pairwise(known)
        if after.level != before.level and after.time <= standing.time
    )
    return tuple(islice(changes, LATELY))


def _away(reader: Reader, last: int, at: int) -> Away | None:
    """A gateway that runs writes its state down each quarter of an hour: where nothing was written, none ran."""
    learned = next(reader.entries(last - 1, last)).at
    if at - learned <= UNWRITTEN:
        return None
    behind = next(iter(reader.page(last, 1)), None)
    return Away(learned, None if behind is None else behind.at)


def _faults(reader: Reader, lamp: Luminaire, at: int) -> Iterator[Reading]:
    for device in filter(None, (lamp.id, lamp.feed)):
        yield from open_faults(reader, at, DeviceId(device))


def _sensors(zone: ZoneEngine, names: Iterable[DeviceId]) -> tuple[Sensor, ...]:
    return tuple(Sensor(name, zone.health.believed(name), zone.health.heard(name)) for name in names)
