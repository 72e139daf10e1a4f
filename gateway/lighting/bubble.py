"""The geometry of light around somebody: which lamps are next to a sensor's stretch, and from where people come.

Everything is computed once a plan, in metres of one zone's own line. A neighbouring zone continues that line: below
0 m or beyond the zone's length, and backwards where two ends of the same name touch.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, groupby
from typing import Literal, TypeAlias

from devices.device import DeviceId
from gateway.lighting.plan import Luminaire, PresenceRule, Watch, Zone, ZoneId

Way: TypeAlias = Literal[-1, 0, 1]
"""Towards 0 m, not known, towards the zone's length."""

UNKNOWN: Way = 0

BASELINE = 10.0
"""Metres that two sensors must be apart for a speed to be worked out: a motion sensor is not exact in where it sees."""

NEXT = 2
"""So many sensors on each side are looked back to, so that one that is dead or busy does not hide where people go."""

Row: TypeAlias = tuple[tuple[DeviceId, ...], ...]
"""Lamps outwards from a stretch, position by position; lamps at the same metre are one position, others' lamps none."""


def turned(way: Way) -> Way:
    """The opposite way."""
    return 1 if way < 0 else -1 if way > 0 else 0


@dataclass(frozen=True, slots=True)
class Arm:
    """A neighbour as a zone sees it: its metre `m` is `base + sense * m` here."""

    zone: Zone
    base: float
    sense: Literal[-1, 1]

    def here(self, metres: float) -> float:
        """A place of the neighbour in metres of this zone."""
        return self.base + self.sense * metres

    def there(self, metres: float) -> float:
        """A place of this zone in metres of the neighbour."""
        return self.sense * (metres - self.base)


@dataclass(frozen=True, slots=True)
class Origin:
    """A sensor that somebody passes before another: the way they go, and metres from edge to edge of the stretches."""

    sensor: DeviceId
    way: Way
    metres: float


@dataclass(frozen=True, slots=True)
class View:
    """A presence sensor as one zone sees it, in the zone's metres.

    `inside` are the zone's lamps in the stretch, or those nearest to the sensor where the stretch has none; `below` and
    `above` those beyond it. `away` is the way of those who go away from the sensor, as far as it is known. `arm` is the
    neighbour that the sensor hangs in; None for the zone's own.
    """

    sensor: DeviceId
    start: float
    end: float
    position: float
    away: Way
    arm: Arm | None
    inside: tuple[DeviceId, ...] = ()
    below: Row = ()
    above: Row = ()
    origins: tuple[Origin, ...] = ()

    @property
    def lights(self) -> bool:
        """Whether a sign of this sensor can move a lamp of the zone."""
        return bool(self.inside) or any(self.below) or any(self.above)

    def steps(self) -> Iterator[tuple[DeviceId, int, Way]]:
        """Every lamp that it can light, with how many lamps from the stretch it stands (0: in it) and on which side."""
        yield from ((lamp, 0, UNKNOWN) for lamp in self.inside)
        yield from ((lamp, steps, -1) for steps, lamps in enumerate(self.below, 1) for lamp in lamps)
        yield from ((lamp, steps, 1) for steps, lamps in enumerate(self.above, 1) for lamp in lamps)


def arms(zone: Zone, zones: Mapping[ZoneId, Zone]) -> tuple[Arm, ...]:
    """The neighbours of a zone that are in the plan."""
    found: list[Arm] = []
    for neighbour in zone.neighbours:
        other = zones.get(neighbour.zone)
        if other is None:
            continue
        edge = zone.length if neighbour.end == "end" else 0.0
        sense: Literal[-1, 1] = 1 if neighbour.end != neighbour.at else -1
        touching = other.length if neighbour.at == "end" else 0.0
        found.append(Arm(other, edge - sense * touching, sense))
    return tuple(found)


def views(zone: Zone, rule: PresenceRule, neighbours: Iterable[Arm] = ()) -> dict[DeviceId, View]:
    """Every sensor that a zone listens to for presence: its own, and of its neighbours' those that matter.

    A program without bubble listens to its own, and lights what their stretches cover.
    """
    reach = max(rule.ahead.most, rule.behind)
    own = [_watched(watch, zone) for watch in zone.watches]
    if reach == 0:
        return {view.sensor: view for view in own}
    around = tuple(neighbours)
    everybody = [lamp.at for lamp in zone.luminaires]
    everybody += [arm.here(lamp.at) for arm in around for lamp in arm.zone.luminaires]
    sides = [[_mapped(watch, arm) for watch in arm.zone.watches] for arm in around]
    found = {view.sensor: _lit(view, zone.luminaires, everybody, reach) for view in own}
    for arm, side in zip(around, sides, strict=True):
        line = [arm.here(lamp.at) for lamp in arm.zone.luminaires] + [lamp.at for lamp in zone.luminaires]
        for view in side:
            lit = _lit(view, zone.luminaires, line, reach)
            if lit.lights:
                found.setdefault(view.sensor, lit)
    known = {view.sensor: view for view in chain(*sides, own)}
    lines = [[*own, *side] for side in sides] or [own]
    linked = {sensor: _with_origins(view, lines) for sensor, view in found.items()}
    heard = {origin.sensor for view in linked.values() for origin in view.origins}
    return {sensor: known[sensor] for sensor in sorted(heard - linked.keys())} | linked


def _watched(watch: Watch, zone: Zone) -> View:
    inside = tuple(lamp.id for lamp in zone.luminaires if watch.covers(lamp.at))
    return View(watch.sensor, watch.start, watch.end, watch.position, _away(watch, 1), None, inside)


def _mapped(watch: Watch, arm: Arm) -> View:
    start, end = sorted((arm.here(watch.start), arm.here(watch.end)))
    return View(watch.sensor, start, end, arm.here(watch.position), _away(watch, arm.sense), arm)


def _away(watch: Watch, sense: Literal[-1, 1]) -> Way:
    if watch.faces is None:
        return 0
    return sense if watch.faces == "end" else turned(sense)


def _lit(view: View, lamps: Iterable[Luminaire], line: Iterable[float], reach: int) -> View:
    """A view with the lamps that it lights; `line` are the places of all lamps that people pass there."""
    places = sorted(set(line))
    covered = {at for at in places if view.start <= at <= view.end}
    if not covered and places:
        nearest = min(abs(at - view.position) for at in places)
        covered = {at for at in places if abs(at - view.position) == nearest}
    by_place = {at: tuple(lamp.id for lamp in group) for at, group in groupby(sorted(lamps, key=_at), key=_at)}

    def row(side: Iterable[float]) -> Row:
        return tuple(by_place.get(at, ()) for at in side)[:reach]

    return replace(
        view,
        inside=tuple(lamp for at in sorted(covered) for lamp in by_place.get(at, ())),
        below=row(at for at in reversed(places) if at < view.start and at not in covered),
        above=row(at for at in places if at > view.end and at not in covered),
    )


def _at(lamp: Luminaire) -> float:
    return lamp.at


def _with_origins(view: View, lines: Iterable[list[View]]) -> View:
    """A view with the sensors that people pass before it, on each line that it stands on."""
    found: dict[tuple[DeviceId, Way], Origin] = {}
    for line in lines:
        if any(other.sensor == view.sensor for other in line):
            for origin in _origins(view, line):
                found[origin.sensor, origin.way] = origin
    return replace(view, origins=tuple(found[key] for key in sorted(found)))


def _origins(view: View, line: list[View]) -> Iterator[Origin]:
    """The next sensors on each side. People are first seen where they enter a stretch: edges are what is measured."""
    lower = sorted((view.start - other.start, other.sensor) for other in line if other.start <= view.start - BASELINE)
    upper = sorted((other.end - view.end, other.sensor) for other in line if other.end >= view.end + BASELINE)
    yield from (Origin(sensor, 1, metres) for metres, sensor in lower[:NEXT])
    yield from (Origin(sensor, -1, metres) for metres, sensor in upper[:NEXT])
