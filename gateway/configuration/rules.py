"""lighting.yaml put together: zones as written, and programs whole, with what each inherits from the one it is like."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from gateway.configuration.models import (
    ActiveBlock,
    CalendarBlock,
    CountBlock,
    DarkBlock,
    LightingFile,
    OverridesBlock,
    PresenceBlock,
    ProgramBlock,
    RampBlock,
    StepBlock,
    ZoneBlock,
)
from gateway.configuration.neighbours import neighbour_problems
from gateway.configuration.problems import unknown
from gateway.configuration.ranges import slug
from gateway.configuration.shape import fit
from gateway.configuration.source import Route, Source, Tree, read
from gateway.configuration.units import Unreadable, say_duration
from gateway.lighting.nights import Nights
from gateway.lighting.plan import (
    Active,
    Ahead,
    CountRule,
    Curve,
    Dark,
    Place,
    PresenceRule,
    Problem,
    Program,
    Ramp,
    Step,
)
from gateway.lighting.selection import USE, p_class

SHIPPED = Path(__file__).with_name("programs.yaml")
"""Programs that come with reverbere."""

_REQUIRED = ("active", "failsafe", "ramp", "steps")


@dataclass(frozen=True, slots=True)
class CalendarLine:
    """A line of the calendar as written; `zones` are None where it is for all."""

    nights: Nights
    zones: tuple[str, ...] | None
    program: str
    place: Place


@dataclass(frozen=True, slots=True)
class _Written:
    """The block of a program, None where it is not understood, and the file it stands in."""

    block: ProgramBlock | None
    source: Source


@dataclass(slots=True)
class Rules:
    """What lighting.yaml says; None for what is there and not understood. `names` are the places of the zones' keys.

    `darks` is the legal darkness of zones, and `calendar` has the lines that are understood.
    """

    zones: dict[str, ZoneBlock | None] = field(default_factory=dict)
    programs: dict[str, Program | None] = field(default_factory=dict)
    names: dict[str, Place] = field(default_factory=dict)
    darks: dict[str, Dark] = field(default_factory=dict)
    calendar: list[CalendarLine] = field(default_factory=list)
    overrides: OverridesBlock = field(default_factory=OverridesBlock)


def read_rules(source: Source) -> tuple[Rules, list[Problem]]:
    """Understand lighting.yaml as far as possible."""
    rules = Rules()
    file, problems = fit(LightingFile, source, (), source.value)
    if file is None:
        return rules, problems
    overrides, found = fit(OverridesBlock, source, ("overrides",), file.overrides)
    problems += found
    if overrides is not None:
        rules.overrides = overrides
        problems += _override_problems(source, overrides)
    written, found = _written(source, file.programs)
    problems += found
    written = {**_shipped(), **written}
    for name in written:
        rules.programs[name], found = _Program(written, name).build()
        problems += found
    for name, tree in file.zones.items():
        route = ("zones", name)
        rules.zones[name], found = fit(ZoneBlock, source, route, tree)
        rules.names[name] = source.key(route)
        problems += [*found, *_zone_problems(source, route, rules.zones[name], rules.programs)]
        if (zone := rules.zones[name]) is not None and zone.dark is not None:
            rules.darks[name] = _dark(zone.dark, source, (*route, "dark"))
    problems += neighbour_problems(source, rules.zones)
    for index, tree in enumerate(file.calendar):
        line, found = _line(source, ("calendar", index), tree, rules)
        problems += found
        rules.calendar += [line] if line is not None else []
    if not file.zones:
        problems.append(Problem(source.key(("zones",)), "there is no zone", "At least one street below  zones:"))
    return rules, problems


def _override_problems(source: Source, block: OverridesBlock) -> Iterator[Problem]:
    if block.lasts > block.at_most:
        found = f"an override would last {say_duration(block.lasts)}, longer than any may"
        place = source.at(("overrides", "lasts"))
        yield Problem(place, found, f"At most what at_most says: {say_duration(block.at_most)}")


def _written(source: Source, programs: Mapping[str, Tree]) -> tuple[dict[str, _Written], list[Problem]]:
    written: dict[str, _Written] = {}
    problems: list[Problem] = []
    for name, tree in programs.items():
        block, found = fit(ProgramBlock, source, ("programs", name), tree)
        written[name] = _Written(block, source)
        problems += found
    return written, problems


@cache
def _shipped() -> dict[str, _Written]:
    source, _ = read(SHIPPED)
    file, _ = fit(LightingFile, source, (), source.value)
    return _written(source, file.programs)[0] if file is not None else {}


def _line(source: Source, route: Route, tree: Tree, rules: Rules) -> tuple[CalendarLine | None, list[Problem]]:
    block, problems = fit(CalendarBlock, source, route, tree)
    if block is None:
        return None, problems
    if block.nights is None and block.weekdays is None:
        expected = "Write  nights:  or  weekdays:  or both; the program of all other nights is the zone's own"
        problems.append(Problem(source.at(route), "this line does not say which nights it means", expected))
    if block.program not in rules.programs:
        problems.append(unknown(source.at((*route, "program")), block.program, "programs", tuple(rules.programs)))
    problems += [
        unknown(source.at((*route, "zones")), zone, "zones", tuple(rules.zones))
        for zone in block.zones or ()
        if zone not in rules.zones
    ]
    nights = Nights(block.nights or (), block.weekdays or ())
    return None if problems else CalendarLine(nights, block.zones, block.program, source.at(route)), problems


def _dark(block: DarkBlock, source: Source, route: Route) -> Dark:
    return Dark(block.start, block.end, block.because, place=source.at(route))


def _zone_problems(
    source: Source, route: Route, zone: ZoneBlock | None, programs: dict[str, Program | None]
) -> Iterator[Problem]:
    try:
        slug(str(route[-1]))
    except Unreadable as unreadable:
        yield Problem(source.key(route), unreadable.found, unreadable.expected, unreadable.hint)
    if zone is None:
        return
    if zone.program not in programs:
        yield unknown(source.at((*route, "program")), zone.program, "programs", tuple(programs))
    if zone.length == 0:
        yield Problem(source.at((*route, "length")), "a zone without length", "Metres from its start to its end: 600 m")


class _Program:
    """One program, put together from its own block and those it is like."""

    def __init__(self, written: Mapping[str, _Written], name: str) -> None:
        self._written = written
        self._name = name
        self._source = written[name].source
        self._problems: list[Problem] = []

    def build(self) -> tuple[Program | None, list[Problem]]:
        """The program, or None where some part of it is missing or not understood."""
        chain = self._chain()
        if chain is None:
            return None, self._problems
        owners = {
            key: next((name for name, block in chain if getattr(block, key) is not None), None)
            for key in ProgramBlock.model_fields
        }
        parts = {key: getattr(self._written[owner].block, key) for key, owner in owners.items() if owner is not None}
        stands = {
            key: _Stand(self._written[owner].source, ("programs", owner, key))
            for key, owner in owners.items()
            if owner is not None
        }
        place = self._source.key(("programs", self._name))
        for key in _REQUIRED:
            if key not in parts:
                found = f'"{key}" is missing in {self._name}'
                self._problems.append(Problem(place, found, f"Write  {key}:  or a program it is  like:"))
        if self._problems:
            return None, self._problems
        program = Program(
            name=self._name,
            active=self._active(parts["active"], stands["active"]),
            failsafe=parts["failsafe"],
            count=self._count(parts["count"], stands["count"]) if "count" in parts else None,
            presence=self._presence(parts["presence"], stands["presence"]) if "presence" in parts else None,
            ramp=self._ramp(parts["ramp"], stands["ramp"]),
            steps=tuple(self._step(step, stands["steps"].at(index)) for index, step in enumerate(parts["steps"])),
            place=place,
            failsafe_place=stands["failsafe"].at(),
            dark=_dark(parts["dark"], stands["dark"].source, stands["dark"].route) if "dark" in parts else None,
        )
        return (None if self._problems else program), self._problems

    def _chain(self) -> list[tuple[str, ProgramBlock]] | None:
        """The program and those it is like, nearest first; None if one of them is not understood."""
        chain: list[tuple[str, ProgramBlock]] = []
        name: str | None = self._name
        while name is not None:
            block = self._written[name].block
            if block is None:
                return None
            chain.append((name, block))
            place = self._source.at(("programs", name, "like"))
            if block.like is not None and block.like not in self._written:
                if name == self._name:
                    known = tuple(known for known in self._written if known != name)
                    self._problems.append(unknown(place, block.like, "programs", known))
                return None
            if block.like in dict(chain):
                found = f"{self._name} would be like itself"
                self._problems.append(Problem(place, found, "A program that does not lead back here"))
                return None
            name = block.like
        return chain

    def _active(self, block: ActiveBlock, stand: "_Stand") -> Active:
        return Active(block.start, block.end, place=stand.at())

    def _count(self, block: CountBlock, stand: "_Stand") -> CountRule:
        if (block.curve is None) == (block.classes is None):
            expected = "curve: {0/h: 40%, 60/h: 100%}  or  classes: {0/h: P6, 20/h: P5, 60/h: P4}, one of the two"
            self._problems.append(Problem(stand.key(), "what the flow is to give is not said once", expected))
        for table, points in (("curve", block.curve), ("classes", block.classes)):
            tree = stand.tree(table)
            if isinstance(tree, dict) and points is not None and len(tree) > len(points):
                found = f"two points of {'the curve' if table == 'curve' else table} have the same flow"
                self._problems.append(Problem(stand.key(table), found, "One level for a flow"))
        return CountRule(
            window=block.window,
            curve=Curve(tuple(sorted((block.curve or {}).items()))),
            hold=block.hold,
            confirm=block.confirm,
            combine=block.combine,
            place=stand.key(),
            classes=tuple(self._classes(block, stand)),
        )

    def _classes(self, block: CountBlock, stand: "_Stand") -> Iterator[tuple[float, str]]:
        """The class from each flow on; how busy a street is gives one with the weights of the rest."""
        for flow, picked in sorted((block.classes or {}).items()):
            if picked not in USE:
                yield flow, picked
            elif block.weights is not None:
                weights = block.weights
                yield flow, p_class(weights.speed, picked, weights.traffic, weights.parked, weights.ambient)
            else:
                expected = "Write  weights:  with speed, traffic, parked and ambient, or a class such as P5 here"
                problem = Problem(stand.at("classes"), f'"{picked}" is no class without weights', expected)
                self._problems += [] if problem in self._problems else [problem]

    def _presence(self, block: PresenceBlock, stand: "_Stand") -> PresenceRule:
        written = stand.tree("ahead")
        if isinstance(written, dict) and len(written) > len(block.ahead or {}):
            place = stand.key("ahead")
            self._problems.append(Problem(place, "two points of ahead have the same speed", "One number for a speed"))
        ahead = Ahead(tuple(sorted((block.ahead or {}).items())))
        return PresenceRule(block.level, block.hold, block.max_on, ahead, block.behind, place=stand.key())

    def _ramp(self, block: RampBlock, stand: "_Stand") -> Ramp:
        return Ramp(block.up, block.down, block.steady, block.in_view, place=stand.key())

    def _step(self, block: StepBlock, place: Place) -> Step:
        return Step(
            start=block.start,
            owed=block.owed,
            empty=block.empty or block.owed,
            default=block.default,
            max=block.max,
            place=place,
        )


@dataclass(frozen=True, slots=True)
class _Stand:
    """Where a part of a program stands: its file and the way to it."""

    source: Source
    route: Route

    def at(self, *below: str | int) -> Place:
        return self.source.at((*self.route, *below))

    def key(self, *below: str | int) -> Place:
        return self.source.key((*self.route, *below))

    def tree(self, *below: str | int) -> Tree:
        return self.source.tree((*self.route, *below))
