"""lighting.yaml put together: zones as written, and programs whole, with what each inherits from the one it is like."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.configuration.models import (
    ActiveBlock,
    CountBlock,
    LightingFile,
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
from gateway.configuration.source import Route, Source
from gateway.configuration.units import Unreadable
from gateway.lighting.plan import Active, Ahead, CountRule, Curve, Place, PresenceRule, Problem, Program, Ramp, Step

_REQUIRED = ("active", "failsafe", "ramp", "steps")


@dataclass(slots=True)
class Rules:
    """What lighting.yaml says; None for what is there and not understood. `names` are the places of the zones' keys."""

    zones: dict[str, ZoneBlock | None] = field(default_factory=dict)
    programs: dict[str, Program | None] = field(default_factory=dict)
    names: dict[str, Place] = field(default_factory=dict)


def read_rules(source: Source) -> tuple[Rules, list[Problem]]:
    """Understand lighting.yaml as far as possible."""
    rules = Rules()
    file, problems = fit(LightingFile, source, (), source.value)
    if file is None:
        return rules, problems
    blocks: dict[str, ProgramBlock | None] = {}
    for name, tree in file.programs.items():
        blocks[name], found = fit(ProgramBlock, source, ("programs", name), tree)
        problems += found
    for name in blocks:
        rules.programs[name], found = _Program(source, blocks, name).build()
        problems += found
    for name, tree in file.zones.items():
        route = ("zones", name)
        rules.zones[name], found = fit(ZoneBlock, source, route, tree)
        rules.names[name] = source.key(route)
        problems += [*found, *_zone_problems(source, route, rules.zones[name], rules.programs)]
    problems += neighbour_problems(source, rules.zones)
    if not file.zones:
        problems.append(Problem(source.key(("zones",)), "there is no zone", "At least one street below  zones:"))
    return rules, problems


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

    def __init__(self, source: Source, blocks: dict[str, ProgramBlock | None], name: str) -> None:
        self._source = source
        self._blocks = blocks
        self._name = name
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
        parts = {key: getattr(self._blocks[owner], key) for key, owner in owners.items() if owner is not None}
        places: dict[str, Route] = {key: ("programs", owner, key) for key, owner in owners.items() if owner is not None}
        place = self._source.key(("programs", self._name))
        for key in _REQUIRED:
            if key not in parts:
                found = f'"{key}" is missing in {self._name}'
                self._problems.append(Problem(place, found, f"Write  {key}:  or a program it is  like:"))
        if self._problems:
            return None, self._problems
        program = Program(
            name=self._name,
            active=self._active(parts["active"], places["active"]),
            failsafe=parts["failsafe"],
            count=self._count(parts["count"], places["count"]) if "count" in parts else None,
            presence=self._presence(parts["presence"], places["presence"]) if "presence" in parts else None,
            ramp=self._ramp(parts["ramp"], places["ramp"]),
            steps=tuple(self._step(step, (*places["steps"], index)) for index, step in enumerate(parts["steps"])),
            place=place,
            failsafe_place=self._source.at(places["failsafe"]),
        )
        return (None if self._problems else program), self._problems

    def _chain(self) -> list[tuple[str, ProgramBlock]] | None:
        """The program and those it is like, nearest first; None if one of them is not understood."""
        chain: list[tuple[str, ProgramBlock]] = []
        name: str | None = self._name
        while name is not None:
            block = self._blocks[name]
            if block is None:
                return None
            chain.append((name, block))
            place = self._source.at(("programs", name, "like"))
            if block.like is not None and block.like not in self._blocks:
                if name == self._name:
                    known = tuple(known for known in self._blocks if known != name)
                    self._problems.append(unknown(place, block.like, "programs", known))
                return None
            if block.like in dict(chain):
                found = f"{self._name} would be like itself"
                self._problems.append(Problem(place, found, "A program that does not lead back here"))
                return None
            name = block.like
        return chain

    def _active(self, block: ActiveBlock, route: Route) -> Active:
        return Active(block.start, block.end, place=self._source.at(route))

    def _count(self, block: CountBlock, route: Route) -> CountRule:
        written = self._source.tree((*route, "curve"))
        if isinstance(written, dict) and len(written) > len(block.curve):
            place = self._source.key((*route, "curve"))
            self._problems.append(Problem(place, "two points of the curve have the same flow", "One level for a flow"))
        return CountRule(
            window=block.window,
            curve=Curve(tuple(sorted(block.curve.items()))),
            hold=block.hold,
            confirm=block.confirm,
            combine=block.combine,
            place=self._source.key(route),
        )

    def _presence(self, block: PresenceBlock, route: Route) -> PresenceRule:
        written = self._source.tree((*route, "ahead"))
        if isinstance(written, dict) and len(written) > len(block.ahead or {}):
            place = self._source.key((*route, "ahead"))
            self._problems.append(Problem(place, "two points of ahead have the same speed", "One number for a speed"))
        ahead = Ahead(tuple(sorted((block.ahead or {}).items())))
        place = self._source.key(route)
        return PresenceRule(block.level, block.hold, block.max_on, ahead, block.behind, place=place)

    def _ramp(self, block: RampBlock, route: Route) -> Ramp:
        return Ramp(block.up, block.down, block.steady, block.in_view, place=self._source.key(route))

    def _step(self, block: StepBlock, route: Route) -> Step:
        return Step(
            start=block.start,
            owed=block.owed,
            empty=block.empty or block.owed,
            default=block.default,
            max=block.max,
            place=self._source.at(route),
        )
