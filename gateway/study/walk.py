"""A walk along a zone to try its sensors: which lamp is watched by what, and where nobody is seen."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from devices.device import DeviceId
from devices.message import SECOND
from devices.reading import Quality, Quantity, Reading
from gateway.lighting.plan import Luminaire, Watch, Zone

EARLY = 3 * SECOND
"""Who comes is seen this long before they say that they have come."""

SLACK = 5.0
"""Metres by which a sensor may see beyond its stretch, and a walker be elsewhere than thought, between two stands."""

MOMENTARY = 2 * SECOND
"""A count of a period of at most this is a sign of somebody there, as it is for the lights."""


@dataclass(frozen=True, slots=True)
class Stand:
    """The walker stood `at` metres from `since` to `until` (ns): `under` a lamp, or at an end of the zone (None)."""

    at: float
    since: int
    until: int
    under: DeviceId | None = None


@dataclass(frozen=True, slots=True)
class Sign:
    """A sensor says that somebody is there now, or that nobody is any more."""

    sensor: DeviceId
    time: int
    there: bool


@dataclass(frozen=True, slots=True)
class LampSeen:
    """Who watches a lamp by the plan, and who saw the walker there. `tried` is whether the walker stood under it."""

    lamp: Luminaire
    watched: tuple[DeviceId, ...]
    saw: tuple[DeviceId, ...]
    tried: bool

    @property
    def safe(self) -> bool:
        """Whether somebody who watches it saw the walker."""
        return bool(set(self.watched) & set(self.saw))


@dataclass(frozen=True, slots=True)
class SensorSeen:
    """A sensor and where the walker was, in metres, each time it began to see them.

    It is `misplaced` if that was never near the stretch that it is said to see.
    """

    watch: Watch
    where: tuple[float, ...]
    misplaced: bool


@dataclass(frozen=True, slots=True)
class Walk:
    """What came of a walk. `blind` are the stretches (metres) that no sensor sees by the plan."""

    lamps: tuple[LampSeen, ...]
    sensors: tuple[SensorSeen, ...]
    swapped: tuple[tuple[DeviceId, DeviceId], ...]
    blind: tuple[tuple[float, float], ...]
    counted: tuple[tuple[DeviceId, int], ...]

    @property
    def good(self) -> bool:
        """Whether every lamp that was tried is watched by somebody who saw the walker, and no sensor is elsewhere."""
        return all(lamp.safe for lamp in self.lamps if lamp.tried) and not any(one.misplaced for one in self.sensors)


def signs(readings: Iterable[Reading]) -> Iterator[Sign]:
    """What readings say of somebody being there, in their order; what a broker merely repeats says nothing."""
    for reading in readings:
        if reading.quality & (Quality.RETAINED | Quality.HISTORICAL):
            continue
        if reading.quantity in (Quantity.PRESENCE, Quantity.OCCUPANCY):
            yield Sign(reading.device, reading.time, reading.value > 0)
        elif reading.quantity is Quantity.PEDESTRIANS and reading.value > 0 and (reading.period or 0) <= MOMENTARY:
            yield Sign(reading.device, reading.time, there=True)


def walk(zone: Zone, stands: Sequence[Stand], readings: Sequence[Reading]) -> Walk:
    """Judge a walk from its stands, in order, and all that the zone's sensors said meanwhile, in order.

    Between two stands the walker is taken to have gone at a steady pace. A lamp was tried if somebody stood under it;
    where nobody stood under any (who only said when they began and ended) every lamp counts as tried, and is seen by
    who watches it and saw the walker at all.
    """
    said = list(signs(readings))
    sensors = tuple(_sensor_seen(watch, stands, said) for watch in zone.watches)
    by_sensor = {one.watch.sensor: one for one in sensors}
    lamps = (_lamp_seen(zone, lamp, stands, said) for lamp in sorted(zone.luminaires, key=lambda lamp: lamp.at))
    people = {counter.sensor: 0 for counter in zone.counters}
    for reading in readings:
        if reading.device in people and reading.quantity is Quantity.PEDESTRIANS and not _repeated(reading):
            people[reading.device] += int(reading.value)
    return Walk(
        tuple(lamps),
        sensors,
        tuple((a, b) for a, b in combinations(by_sensor, 2) if _swapped(by_sensor[a], by_sensor[b])),
        tuple(blind(zone)),
        tuple(people.items()),
    )


def blind(zone: Zone) -> Iterator[tuple[float, float]]:
    """The stretches of a zone, in metres, in which no presence sensor sees anybody, by the plan."""
    seen = 0.0
    for watch in sorted(zone.watches, key=lambda watch: watch.start):
        if watch.start > seen:
            yield seen, watch.start
        seen = max(seen, watch.end)
    if seen < zone.length:
        yield seen, zone.length


def _repeated(reading: Reading) -> bool:
    return bool(reading.quality & (Quality.RETAINED | Quality.HISTORICAL))


def _sensor_seen(watch: Watch, stands: Sequence[Stand], said: Sequence[Sign]) -> SensorSeen:
    """Who only walked from one end to the other was anywhere between: that tells of no wrong place."""
    places = tuple(_onsets(watch.sensor, stands, said))
    misplaced = bool(places) and _led(stands) and not any(_near(watch, at) for at in places)
    return SensorSeen(watch, places, misplaced)


def _led(stands: Sequence[Stand]) -> bool:
    return any(stand.under is not None for stand in stands)


def _near(watch: Watch, at: float) -> bool:
    return watch.start - SLACK <= at <= watch.end + SLACK


def _lamp_seen(zone: Zone, lamp: Luminaire, stands: Sequence[Stand], said: Sequence[Sign]) -> LampSeen:
    watched = tuple(watch.sensor for watch in zone.watches if watch.covers(lamp.at))
    if not _led(stands):
        anywhere = {sign.sensor for sign in said if sign.there}
        return LampSeen(lamp, watched, tuple(sensor for sensor in watched if sensor in anywhere), tried=True)
    here = [stand for stand in stands if stand.under == lamp.id]
    saw = {sensor for stand in here for sensor in _seers(zone, stand, said)}
    return LampSeen(lamp, watched, tuple(sorted(saw)), tried=bool(here))


def _seers(zone: Zone, stand: Stand, said: Sequence[Sign]) -> Iterator[DeviceId]:
    """Who saw somebody begin to be there, or went on seeing them where they should."""
    for watch in zone.watches:
        own = [sign for sign in said if sign.sensor == watch.sensor and sign.time <= stand.until]
        fresh = any(sign.there and sign.time >= stand.since - EARLY for sign in own)
        if fresh or (own and own[-1].there and watch.covers(stand.at)):
            yield watch.sensor


def _onsets(sensor: DeviceId, stands: Sequence[Stand], said: Sequence[Sign]) -> Iterator[float]:
    """Where the walker was each time a sensor began to see somebody, or said it again."""
    was = False
    for sign in said:
        if sign.sensor == sensor:
            if sign.there and not was:
                yield where(stands, sign.time)
            was = sign.there


def where(stands: Sequence[Stand], time: int) -> float:
    """Where the walker was, in metres. Raises `ValueError` without a stand."""
    if not stands:
        raise ValueError("expected a stand at least, found none")
    for before, after in pairwise(stands):
        if before.until < time < after.since:
            share = (time - before.until) / (after.since - before.until)
            return before.at + share * (after.at - before.at)
    return min(stands, key=lambda stand: max(stand.since - time, time - stand.until, 0)).at


def _swapped(one: SensorSeen, other: SensorSeen) -> bool:
    """Whether each saw the walker only where the other should have."""
    return (
        one.misplaced
        and other.misplaced
        and all(_near(other.watch, at) for at in one.where)
        and all(_near(one.watch, at) for at in other.where)
    )
