"""A slow reading of the light bubble, written from the guide's words: it looks at the whole tape for every question."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from devices.device import DeviceId
from devices.reading import Quantity, Reading
from gateway.lighting.plan import Neighbour, PresenceRule, Zone, ZoneId

if TYPE_CHECKING:
    from tests.model import Model

SECOND = 10**9


@dataclass(frozen=True)
class Stretch:
    """What a sensor sees of a line of lamps, in metres of that line."""

    sensor: DeviceId
    start: float
    end: float
    middle: float


@dataclass(frozen=True)
class Line:
    """The zone and at most one neighbour, laid end to end."""

    lamps: dict[DeviceId, float]
    stretches: list[Stretch]


@dataclass(frozen=True)
class Light:
    """A stretch that is lit from `start` on, before `end`, and so many lamps on either side of it."""

    stretch: Stretch
    start: int
    end: int
    below: int
    above: int


class Bubble:
    """Which lamps of a model's zone somebody is near to."""

    def __init__(self, model: "Model", rule: PresenceRule, zones: dict[ZoneId, Zone]) -> None:
        self.model = model
        self.rule = rule
        own = Line({lamp.id: lamp.at for lamp in model.zone.luminaires}, list(self._own(model.zone)))
        self.lines = [self._joined(own, neighbour, zones) for neighbour in model.zone.neighbours] or [own]

    @staticmethod
    def _own(zone: Zone) -> Iterator[Stretch]:
        for watch in zone.watches:
            middle = watch.at if watch.at is not None else (watch.start + watch.end) / 2
            yield Stretch(watch.sensor, watch.start, watch.end, middle)

    def _joined(self, own: Line, neighbour: Neighbour, zones: dict[ZoneId, Zone]) -> Line:
        other = zones[neighbour.zone]

        def here(metres: float) -> float:
            walked = metres if neighbour.at == "start" else other.length - metres
            return self.model.zone.length + walked if neighbour.end == "end" else -walked

        stretches: list[Stretch] = []
        for seen in self._own(other):
            ends = here(seen.start), here(seen.end)
            stretches.append(Stretch(seen.sensor, min(ends), max(ends), here(seen.middle)))
        return Line(own.lamps | {lamp.id: here(lamp.at) for lamp in other.luminaires}, [*own.stretches, *stretches])

    def lit(self, lamp: DeviceId, at: int) -> bool:
        return any(
            lamp in self._lamps(line, light)
            for line in self.lines
            for stretch in line.stretches
            for light in (*self._signs(stretch), *self._travels(line, stretch))
            if light.start <= at < light.end
        )

    def _lamps(self, line: Line, light: Light) -> set[DeviceId]:
        places = sorted(set(line.lamps.values()))
        seen = light.stretch
        lit = {place for place in places if seen.start <= place <= seen.end}
        if not lit:
            nearest = min(abs(place - seen.middle) for place in places)
            lit = {place for place in places if abs(place - seen.middle) == nearest}
        below = [place for place in places if place < seen.start and place not in lit]
        above = [place for place in places if place > seen.end and place not in lit]
        lit |= set(below[len(below) - light.below :]) | set(above[: light.above])
        return {name for name, place in line.lamps.items() if place in lit}

    def _signs(self, stretch: Stretch) -> Iterator[Light]:
        beside = max(self._ahead(0.0), self.rule.behind)
        for start, end in self.model.presence[stretch.sensor]:
            yield Light(stretch, start, end, beside, beside)

    def _travels(self, line: Line, stretch: Stretch) -> Iterator[Light]:
        for at, speed, up in self._walks(line, stretch):
            through = round((stretch.end - stretch.start) / speed * SECOND)
            presence = next(end for start, end in self._lasting(stretch.sensor) if start == at)
            end = min(presence, at + through + self.rule.hold)
            ahead, behind = max(self._ahead(speed), self.rule.behind), self.rule.behind
            yield Light(stretch, at, end, behind if up else ahead, ahead if up else behind)

    def _walks(self, line: Line, stretch: Stretch) -> Iterator[tuple[int, float, bool]]:
        for other, metres, up in self._before(line, stretch):
            for at in self._arrivals(stretch.sensor):
                for earlier in self._arrivals(other.sensor):
                    if earlier < at and 0.4 <= metres * SECOND / (at - earlier) <= 20:
                        yield at, metres * SECOND / (at - earlier), up

    @staticmethod
    def _before(line: Line, stretch: Stretch) -> list[tuple[Stretch, float, bool]]:
        """The two stretches that people come through on each side."""
        below = sorted(
            (stretch.start - other.start, other.sensor, other)
            for other in line.stretches
            if stretch.start - other.start >= 10
        )
        above = sorted(
            (other.end - stretch.end, other.sensor, other) for other in line.stretches if other.end - stretch.end >= 10
        )
        return [(other, metres, True) for metres, _, other in below[:2]] + [
            (other, metres, False) for metres, _, other in above[:2]
        ]

    def _ahead(self, speed: float) -> int:
        points = sorted(self.rule.ahead.points)
        if not points:
            return 0
        if speed <= points[0][0]:
            return ceil(points[0][1])
        for (slow, few), (fast, many) in itertools.pairwise(points):
            if speed <= fast:
                return ceil(few + (many - few) * (speed - slow) / (fast - slow) - 1e-6)
        return ceil(points[-1][1])

    def _lasting(self, sensor: DeviceId) -> Iterator[tuple[int, int]]:
        """Each first sign, and until when whoever made it is there at most."""
        most = max(self.rule.max_on, self.rule.hold)
        for first in self._arrivals(sensor):
            offs = [at for at, value in self._said(sensor) if at > first and value == 0 and self._is_on(sensor, at)]
            yield first, min([first + most, *(off + self.rule.hold for off in offs)])

    def _said(self, sensor: DeviceId) -> Iterator[tuple[int, float]]:
        for at, fact in self.model._of(sensor):
            if isinstance(fact, Reading) and fact.quantity is Quantity.PRESENCE:
                yield at, fact.value

    def _is_on(self, sensor: DeviceId, at: int) -> bool:
        """Whether a sensor's last word before `at` was "on", not too long ago."""
        last = [(when, value) for when, value in self._said(sensor) if when < at]
        return bool(last) and last[-1][1] > 0 and at <= last[-1][0] + max(self.rule.max_on, self.rule.hold)

    def _arrivals(self, sensor: DeviceId) -> list[int]:
        """When a sensor saw somebody after it had said for 10 s that nobody is there."""
        arrivals: list[int] = []
        heard, on_until = -(10**30), -(10**30)
        rule = self.rule
        for at, value in self._said(sensor):
            on = at <= on_until
            if value > 0 and not on:
                if at - heard >= 10 * SECOND:
                    arrivals.append(at)
                heard = at
            if value == 0 and on:
                heard = at
                on_until = at - 1
            if value > 0:
                on_until = at + max(rule.max_on, rule.hold)
        return arrivals
