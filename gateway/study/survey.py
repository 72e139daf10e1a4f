"""How a street and its gateway fare at a moment, read off the record."""

from collections.abc import Mapping
from dataclasses import dataclass

from devices.device import DeviceId
from devices.message import SECOND
from gateway.lighting.decision import Rank
from gateway.lighting.health import Health
from gateway.lighting.plan import Zone
from gateway.record.reader import Reader
from gateway.study.replay import rebuild

DAY = 24 * 3600 * SECOND


@dataclass(frozen=True, slots=True)
class Doubted:
    """A sensor that is not believed: when it was last heard (ns; None for never), and the lamps on failsafe for it."""

    sensor: DeviceId
    zone: str
    heard: int | None
    expect: int | None
    failsafe: tuple[DeviceId, ...]


@dataclass(frozen=True, slots=True)
class Behind:
    """How many entries a target has not got yet."""

    target: str
    entries: int


@dataclass(frozen=True, slots=True)
class Survey:
    """What the record says of a street at `at` (ns)."""

    at: int
    lamps: int
    failsafe: tuple[DeviceId, ...]
    silent: tuple[DeviceId, ...]
    sensors: int
    doubted: tuple[Doubted, ...]
    entries: int
    rejected: int
    refused: int
    targets: tuple[Behind, ...]
    damaged: Mapping[str, str]
    """Damaged files in whose place this record was begun, by name, and what was wrong with them."""

    @property
    def warnings(self) -> int:
        """How many subjects want somebody's eye."""
        behind = any(target.entries > PATIENT for target in self.targets)
        return sum(map(bool, (self.silent, self.doubted, self.rejected, self.refused, self.damaged, behind)))


PATIENT = 5_000
"""Entries that a target may be behind before that is worth a warning."""

ANSWERING = 10 * 60 * SECOND
"""A lamp that says nothing for so long does not answer."""


def survey(reader: Reader, at: int, targets: tuple[str, ...]) -> Survey:
    """Look at everything once. Raises `RecordError` if no gateway has run there yet."""
    engine = rebuild(reader, at)
    engine.advance(at)
    heard = reader.last_seen()
    lamps = [lamp.id for zone in engine.plan.zones for lamp in zone.luminaires]
    lit = [zone for zone in engine.plan.zones if zone.luminaires]
    doubted = [item for zone in lit for item in _doubted(zone, engine.zone(zone.luminaires[0].id).health)]
    last = reader.last_seq()
    return Survey(
        at=at,
        lamps=len(lamps),
        failsafe=tuple(lamp for lamp in lamps if engine.standing(lamp).decided.rank is Rank.FAILSAFE),
        silent=tuple(lamp for lamp in lamps if heard.get(lamp, 0) < at - ANSWERING),
        sensors=sum(len(dict(zone.sensors())) for zone in engine.plan.zones),
        doubted=tuple(doubted),
        entries=last,
        rejected=sum(kept.at > at - DAY for kept in reader.rejected()),
        refused=len(reader.refused()),
        targets=tuple(Behind(target, last - reader.cursor(target)) for target in targets),
        damaged=reader.damaged(),
    )


def _doubted(zone: Zone, health: Health) -> list[Doubted]:
    found = []
    for sensor, expect in zone.sensors():
        if not health.believed(sensor):
            lamps = tuple(lamp.id for lamp in zone.luminaires if _alone(zone, health, sensor, lamp.at))
            found.append(Doubted(sensor, zone.id, health.heard(sensor), expect, lamps))
    return found


def _alone(zone: Zone, health: Health, sensor: DeviceId, at: float) -> bool:
    """Whether a lamp there has lost its last watcher, this sensor among them."""
    watchers = [watch.sensor for watch in zone.watches if watch.covers(at)]
    return sensor in watchers and not any(health.believed(watcher) for watcher in watchers)
