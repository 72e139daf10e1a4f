"""What the operator wants, as one immutable value: zones, lamps, sensors and programs, each knowing its place."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from math import ceil
from typing import Literal, NewType, Protocol, TypeAlias

from devices.device import DeviceId
from gateway.lighting.nights import Nights

ZoneId = NewType("ZoneId", str)
"""Zones and devices share one name space, so that an override's target is plain."""

End: TypeAlias = Literal["start", "end"]
"""An end of a zone: 0 m, or its length."""

DUST = 1e-6
"""What arithmetic may add by rounding; without it 40.000000001 would be rounded up to 41."""

CLASSES = {
    "P1": 15.0,
    "P2": 10.0,
    "P3": 7.5,
    "P4": 5.0,
    "P5": 3.0,
    "P6": 2.0,
    "P7": 0.0,
    "C0": 50.0,
    "C1": 30.0,
    "C2": 20.0,
    "C3": 15.0,
    "C4": 10.0,
    "C5": 7.5,
}
"""Maintained average horizontal illuminance in lux that a lighting class asks (EN 13201-2:2015, tables 2 and 3)."""

FLOW_DUST = 1e-9
"""People per hour that arithmetic may lose by rounding: a step of the light at 20/h is not missed by 19.99999999999."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in the files: line and column from 1, and the line as it stood."""

    file: str
    line: int
    column: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with the files: where, what was found, what was expected, and what may have been meant."""

    place: Place
    found: str
    expected: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class LampType:
    """Power of a lamp in watts: at 100 %, at its lowest level `minimum_level` (%), and when off.

    `curve` are measured points (per cent, watts), level rising, where there are any. Power within `tolerance` per cent
    of what is expected fits a level. A lamp that does not fade by itself `fades` not: it is told levels in between.
    `proof` says when it may be dimmed: `watched`, until its watts misfit; `required`, once it is proven that it dims as
    told; `none`, whatever its watts say.
    """

    nominal: float
    minimum: float
    minimum_level: float
    standby: float
    curve: tuple[tuple[float, float], ...] = ()
    tolerance: float = 20.0
    fades: bool = True
    proof: Literal["watched", "required", "none"] = "watched"


@dataclass(frozen=True, slots=True)
class Luminaire:
    """A lamp `at` metres along its zone. `never_dim` says why it stays at 100 % while active, e.g. "crossing".

    `feed` is the switched feed that gives it power; lamps of one feed rise and fall as one.
    """

    id: DeviceId
    at: float
    type: LampType
    never_dim: str = ""
    place: Place | None = field(default=None, compare=False)
    feed: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a sensor may say and still be believed.

    At most `at_most` people an hour walk past: 75 a minute and metre of width is what a footway can carry (Highway
    Capacity Manual 2000, exhibit 18-3), so the default is that of one four metres wide. Presence lasts `stuck_after`
    nanoseconds at most: where 750 people an hour pass, a sensor that holds 30 s sees no gap until the night, so the
    default is a day. It changes at most `flaps` times an hour. `zeros` says whether counting nobody may be doubted.
    """

    at_most: float = 18_000.0
    stuck_after: int = 24 * 3600 * 10**9
    flaps: float = 900.0
    zeros: bool = True


@dataclass(frozen=True, slots=True)
class Watch:
    """The stretch of a zone, `start` to `end` metres, in which a sensor sees whether somebody is there.

    `expect` is the longest silence in nanoseconds after which the sensor is no longer believed; None where silence is
    trusted. `at` is where the sensor hangs (None: in the middle), `faces` the end of the zone that it looks towards, so
    that it can be said where those go who come ("in") or go away ("out").
    """

    sensor: DeviceId
    start: float
    end: float
    expect: int | None
    at: float | None = None
    faces: End | None = None
    place: Place | None = field(default=None, compare=False)
    limits: Limits = Limits()

    def covers(self, at: float) -> bool:
        """Whether a point of the zone is seen."""
        return self.start <= at <= self.end

    @property
    def position(self) -> float:
        """Where the sensor is, in metres."""
        return (self.start + self.end) / 2 if self.at is None else self.at


@dataclass(frozen=True, slots=True)
class Counter:
    """A sensor that counts the people who pass `at` metres along its zone; `expect` as in `Watch`.

    `wraps_at` is the value after which its running total shows 0, where the operator knows it.
    """

    sensor: DeviceId
    at: float
    expect: int | None
    place: Place | None = field(default=None, compare=False)
    wraps_at: int | None = None
    limits: Limits = Limits()


@dataclass(frozen=True, slots=True)
class Curve:
    """Light by flow: points (people per hour, per cent), flow rising, level never falling, straight lines between.

    Two points of one flow are a step: the second holds from there on.
    """

    points: tuple[tuple[float, float], ...]

    def at(self, flow: float) -> float:
        """Level in per cent for a flow in people per hour; level before the first and after the last point."""
        return _on_line(self.points, flow + FLOW_DUST)


def _on_line(points: tuple[tuple[float, float], ...], x: float) -> float:
    """The value at `x` of straight lines through points; that of the first before it, that of the last after it."""
    right = bisect_right(points, x, key=lambda point: point[0])
    if right == 0:
        return points[0][1]
    if right == len(points):
        return points[-1][1]
    (x0, y0), (x1, y1) = points[right - 1], points[right]
    return y0 + (y1 - y0) * (x - x0) / (x1 - x0)


@dataclass(frozen=True, slots=True)
class CountRule:
    """Light by flow: durations in nanoseconds, `confirm` in whole windows (DESIGN: flow, after UNI 11248 TAI).

    With `classes`, the flow picks the lighting class: (people per hour, class) from where on it holds. The curve of a
    zone then gives each class its light, and never more than that class is owed.
    """

    window: int
    curve: Curve
    hold: int
    confirm: int
    combine: Literal["highest", "sum"] = "highest"
    place: Place | None = field(default=None, compare=False)
    classes: tuple[tuple[float, str], ...] = ()

    def lighting_class(self, flow: float) -> str | None:
        """The class that a flow (people per hour) picks; None where the rule picks none."""
        if not self.classes:
            return None
        return self.classes[max(0, bisect_right(self.classes, flow + FLOW_DUST, key=lambda point: point[0]) - 1)][1]


@dataclass(frozen=True, slots=True)
class Ahead:
    """Lamps lit in front of somebody by speed: points (m/s, lamps), both rising, straight lines between."""

    points: tuple[tuple[float, float], ...] = ()

    def lamps(self, speed: float | None) -> int:
        """How many in front of somebody, rounded up; where the speed is not known, as for the slowest: a walker."""
        if not self.points:
            return 0
        return ceil(_on_line(self.points, self.points[0][0] if speed is None else speed) - DUST)

    @property
    def most(self) -> int:
        """How many in front of the fastest."""
        return max((ceil(lamps - DUST) for _, lamps in self.points), default=0)


@dataclass(frozen=True, slots=True)
class PresenceRule:
    """Light for somebody who is there: until `hold` ns after the last sign; an `on` counts for `max_on` ns at most.

    `ahead` and `behind` are the lamps that are lit beyond the stretch of the sensor: the bubble.
    """

    level: float
    hold: int
    max_on: int
    ahead: Ahead = Ahead()
    behind: int = 0
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment of each day: the local clock, sunset or sunrise, moved by `offset` nanoseconds.

    For the clock, `offset` is the time since local midnight.
    """

    event: Literal["clock", "sunset", "sunrise"]
    offset: int


@dataclass(frozen=True, slots=True)
class Active:
    """The part of a night in which lamps may be lit, within one noon-to-noon day."""

    start: Moment
    end: Moment
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Dark:
    """Legal darkness: the part of a night in which a street may be dark where nobody is, and who decided so."""

    start: Moment
    end: Moment
    because: str
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Step:
    """From `start` to the next step: the class owed where people are, the one allowed where nobody is, bounds in %."""

    start: Moment
    owed: str
    empty: str
    default: float
    max: float
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Ramp:
    """How light changes: durations in nanoseconds of a change to more and to less.

    A lamp that became brighter does not become darker for `steady` ns. In view of somebody light changes by at most
    `in_view` per cent a second (None: by whatever `up` and `down` come to), except where they arrive.
    """

    up: int
    down: int
    steady: int = 0
    in_view: float | None = None
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Program:
    """Dimming rules of a zone. `failsafe` is per cent."""

    name: str
    active: Active
    failsafe: float
    count: CountRule | None
    presence: PresenceRule | None
    ramp: Ramp
    steps: tuple[Step, ...]
    place: Place | None = field(default=None, compare=False)
    failsafe_place: Place | None = field(default=None, compare=False)
    dark: Dark | None = None

    def on(self, night: date) -> "Program":  # noqa: ARG002 - a program alone is that of every night
        """The program of a night: this one."""
        return self


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a zone's calendar: the program of some nights."""

    nights: Nights
    program: Program
    place: Place | None = field(default=None, compare=False)


class Rules(Protocol):
    """What says which program a night has: a program alone, or a zone with its calendar."""

    def on(self, night: date) -> Program:
        """The program of the night that begins at the noon of a date."""
        ...


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another zone whose end `at` touches the end `end` of this one, so that people walk from one into the other."""

    end: End
    zone: ZoneId
    at: End


@dataclass(frozen=True, slots=True)
class Zone:
    """Luminaires and sensors along a line in metres. `design` is the maintained average in lux at 100 %.

    Where the design is not known (None), nothing below 100 % can be said to be enough. The first line of the calendar
    that means a night gives its program; `program` is that of the others.
    """

    id: ZoneId
    label: str
    length: float
    luminaires: tuple[Luminaire, ...]
    watches: tuple[Watch, ...]
    counters: tuple[Counter, ...]
    program: Program
    design_class: str
    design: float | None
    neighbours: tuple[Neighbour, ...] = ()
    place: Place | None = field(default=None, compare=False)
    calendar: tuple[Line, ...] = ()

    def floor(self, lighting_class: str) -> float:
        """Per cent of light output that gives a lighting class in this zone, at most 100."""
        if self.design is None:
            return 100.0
        return min(100.0, 100.0 * CLASSES[lighting_class] / self.design)

    def on(self, night: date) -> Program:
        """The program of the night that begins at the noon of a date."""
        return next((line.program for line in self.calendar if line.nights.include(night)), self.program)

    @property
    def rules(self) -> Rules:
        """What says which program a night has; zones that share a program and have no calendar share it."""
        return self if self.calendar else self.program

    def programs(self) -> tuple[Program, ...]:
        """Each program that some night may have, once: that of most nights first."""
        each = {program.name: program for program in (self.program, *(line.program for line in self.calendar))}
        return tuple(each.values())

    def sensors(self) -> Iterator[tuple[DeviceId, int | None]]:
        """Each sensor of the zone once, with the longest silence after which it is not believed."""
        expected: dict[DeviceId, int | None] = {}
        for watch in self.watches:
            expected.setdefault(watch.sensor, watch.expect)
        for counter in self.counters:
            expected.setdefault(counter.sensor, counter.expect)
        return iter(expected.items())

    def limits(self) -> dict[DeviceId, Limits]:
        """What each sensor of the zone may say and still be believed."""
        limits = {counter.sensor: counter.limits for counter in self.counters}
        return limits | {watch.sensor: watch.limits for watch in self.watches}


@dataclass(frozen=True, slots=True)
class Plan:
    """All that can move a lamp. `digest` covers the values, not the places and not the labels."""

    digest: str
    latitude: float
    longitude: float
    timezone: str
    zones: tuple[Zone, ...]

    def zone_of(self, device: DeviceId) -> Zone | None:
        """The zone that a lamp or a sensor belongs to."""
        for zone in self.zones:
            if any(lamp.id == device for lamp in zone.luminaires) or any(
                sensor == device for sensor, _ in zone.sensors()
            ):
                return zone
        return None
