"""How a street and its gateway fare at a moment, read off the record."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from devices.device import DeviceId
from devices.message import SECOND
from devices.reading import Quantity, Reading
from gateway.lighting.decision import Decision, Rank
from gateway.lighting.engine import Engine
from gateway.lighting.health import Health
from gateway.lighting.plan import Plan, Zone
from gateway.record.reader import Kept, Reader
from gateway.record.search import clock_sets
from gateway.study.faults import open_faults
from gateway.study.light import NOTHING_PROVEN, Light, light
from gateway.study.replay import rebuild

DAY = 24 * 3600 * SECOND


@dataclass(frozen=True, slots=True)
class Doubted:
    """A sensor that is not believed: when it was last heard (ns; None for never), and the lamps on failsafe for it.

    `why` is the verdict's own word ("stale", "offline") and `since` its time; "" and None if it was never believed.
    """

    sensor: DeviceId
    zone: str
    heard: int | None
    expect: int | None
    failsafe: tuple[DeviceId, ...]
    why: str = ""
    since: int | None = None


@dataclass(frozen=True, slots=True)
class Behind:
    """How many entries a target has not got yet, of when the last is that it has (ns), and how many it will not take.

    `has_at` is None for one that never got any.
    """

    target: str
    entries: int
    has_at: int | None = None
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Faulty:
    """A fault of a lamp or a feed by its TALQ name, and since when it stands (ns)."""

    device: DeviceId
    fault: str
    since: int


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
    lit: bool
    """Whether any lamp should shine now."""
    dark: tuple[DeviceId, ...]
    """Lamps that should shine and themselves say that they do not."""
    batteries: Mapping[DeviceId, float]
    """Sensors whose battery is low, and per cent that are left."""
    rejected_from: tuple[tuple[str, str, int], ...]
    """Of what was rejected the topic, what was found in the last one, and how many; the most frequent first."""
    clock_steps: tuple[tuple[int, int], ...]
    """When the clock was set in the last days, and by how much (ns)."""
    unset: int
    """Entries that wait for the wall clock to be set: only then is it known when they were."""
    believed: int
    """Until when the wall clock was believed (ns)."""
    feeds_off: Mapping[str, int] = field(default_factory=dict)
    """Switched feeds none of whose lamps answers or need shine, and how many lamps: these are not `silent`."""
    faults: tuple[Faulty, ...] = ()
    """The faults that stand, the oldest first."""
    light: Light = NOTHING_PROVEN


PATIENT = 5_000
"""Entries that a target may be behind before that is worth a warning."""

LOW_BATTERY = 15.0
"""Per cent of charge below which somebody should think of a new one."""

BATTERY_AGE = 6 * 3600 * SECOND
"""A battery's own word is told for so long."""

SETTLED = 60 * SECOND
"""A lamp has that long to follow an order before its own word counts against it."""

CLOCK_DAYS = 7 * DAY
"""Clock steps are told for so long."""

ANSWERING = 10 * 60 * SECOND
"""A lamp that says nothing for so long does not answer."""


def survey(reader: Reader, at: int, targets: tuple[str, ...]) -> Survey:
    """Look at everything once. Raises `RecordError` if no gateway has run there yet."""
    engine = rebuild(reader, at)
    engine.advance(at)
    heard = reader.last_seen()
    lamps = [lamp.id for zone in engine.plan.zones for lamp in zone.luminaires]
    lit = [zone for zone in engine.plan.zones if zone.luminaires]
    verdicts = _verdicts(reader, at)
    doubted = [
        _reasoned(item, verdicts) for zone in lit for item in _doubted(zone, engine.zone(zone.luminaires[0].id).health)
    ]
    silent = [lamp for lamp in lamps if heard.get(lamp, 0) < at - ANSWERING]
    feeds = _feeds_off(engine, silent)
    last = reader.last_seq()
    refused = Counter(line.target for line in reader.refused())
    rejected = [kept for kept in reader.rejected(reader.last_seq(at - DAY)) if kept.at > at - DAY]
    return Survey(
        at=at,
        lamps=len(lamps),
        failsafe=tuple(lamp for lamp in lamps if engine.standing(lamp).decided.rank is Rank.FAILSAFE),
        silent=tuple(lamp for lamp in silent if not any(lamp in dark for dark in feeds.values())),
        sensors=sum(len(dict(zone.sensors())) for zone in engine.plan.zones),
        doubted=tuple(doubted),
        entries=last,
        rejected=len(rejected),
        refused=refused.total(),
        targets=tuple(_behind(reader, target, last, refused[target]) for target in targets),
        damaged=reader.damaged(),
        lit=any(decision.level for decision in engine.decisions()),
        dark=_dark(reader, engine.decisions(), at),
        batteries=_batteries(reader, at),
        rejected_from=_sources(rejected),
        clock_steps=tuple((when, step.shift) for when, step in clock_sets(reader, at - CLOCK_DAYS, at) if step.shift),
        unset=reader.waits(),
        believed=reader.believed_until(),
        feeds_off={feed: len(dark) for feed, dark in feeds.items()},
        faults=_faults(reader, engine.plan, at),
        light=light(engine),
    )


def _faults(reader: Reader, plan: Plan, at: int) -> tuple[Faulty, ...]:
    """Those of lamps and feeds that the plan has: of one that was taken down nobody says that its fault is over."""
    lamps = [lamp for zone in plan.zones for lamp in zone.luminaires]
    known = {*(lamp.id for lamp in lamps), *(lamp.feed for lamp in lamps)}
    return tuple(
        Faulty(said.device, said.channel, said.time) for said in open_faults(reader, at) if said.device in known
    )


def _feeds_off(engine: Engine, silent: Collection[DeviceId]) -> dict[str, frozenset[DeviceId]]:
    """The feeds that seem to be switched off because nothing on them need shine, with their lamps."""
    feeds: dict[str, set[DeviceId]] = {}
    for zone in engine.plan.zones:
        for lamp in zone.luminaires:
            if lamp.feed:
                feeds.setdefault(lamp.feed, set()).add(lamp.id)
    return {
        feed: frozenset(lamps)
        for feed, lamps in sorted(feeds.items())
        if lamps <= set(silent) and not any(engine.standing(lamp).level for lamp in lamps)
    }


def _behind(reader: Reader, target: str, last: int, refused: int) -> Behind:
    cursor = reader.cursor(target)
    has = next(reader.entries(cursor - 1, cursor), None) if cursor else None
    return Behind(target, last - cursor, None if has is None else has.at, refused)


def _verdicts(reader: Reader, at: int) -> dict[DeviceId, Reading]:
    """The last word on each sensor that was ever judged while readings are kept."""
    return {verdict.device: verdict for verdict in reader.series(Quantity.TRUST, end=at)}


def _reasoned(doubted: Doubted, verdicts: Mapping[DeviceId, Reading]) -> Doubted:
    verdict = verdicts.get(doubted.sensor)
    if verdict is None or verdict.value:
        return doubted
    return replace(doubted, why=verdict.channel, since=verdict.time)


def _dark(reader: Reader, decisions: Iterable[Decision], at: int) -> tuple[DeviceId, ...]:
    """Lamps that should shine, had the time to, and say that they do not."""
    said = {state.device: state for state in reader.series(Quantity.LEVEL, start=at - ANSWERING, end=at)}
    due = (item for item in decisions if item.level and item.lamp in said)
    return tuple(
        item.lamp
        for item in due
        if not said[item.lamp].value and said[item.lamp].time > item.time + item.ramp + SETTLED
    )


def _batteries(reader: Reader, at: int) -> dict[DeviceId, float]:
    said = {word.device: word.value for word in reader.series(Quantity.BATTERY, start=at - BATTERY_AGE, end=at)}
    return {device: left for device, left in said.items() if left < LOW_BATTERY}


def _sources(rejected: Iterable[Kept]) -> tuple[tuple[str, str, int], ...]:
    found, count = dict[str, str](), Counter[str]()
    for kept in rejected:
        topic = kept.rejected.message.topic
        count[topic] += 1
        found[topic] = kept.rejected.found
    return tuple((topic, found[topic], times) for topic, times in count.most_common())


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
