"""Poles of a list laid beside what a site has already: new zones, types and lamps, and what changes of old ones."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from statistics import fmean

from gateway.configuration.equipment import Equipment, Unit
from gateway.configuration.inventory.along import Point, along
from gateway.configuration.inventory.names import LampNames, TypeNames, ZoneNames
from gateway.configuration.inventory.poles import BadRow, Pole
from gateway.configuration.models import LuminaireBlock
from gateway.configuration.rules import Rules

ASTRAY = 40.0
"""Metres beside its street from which on a lamp is told of."""


NEAR = 0.5
"""Metres that coordinates may differ from where a lamp is said to be already: less is no change."""

SHORTEST = 10
"""Metres of a zone that a list begins."""


class BadRowsError(Exception):
    """Rows that mean no lamp, in the order of the list."""

    def __init__(self, rows: Sequence[BadRow]) -> None:
        self.rows = tuple(sorted(rows, key=lambda row: row.line))
        super().__init__("\n".join(f"line {row.line}: {row.why}" for row in self.rows))


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a list does not say: one `zone` for all of it, how lamps are spoken to, and watts where it has none."""

    zone: str = ""
    convention: str = "native"
    watts: float | None = None


@dataclass(frozen=True, slots=True)
class LampBlock:
    """A lamp as devices.yaml is to have it: all keys of a new one, those that differ of an old one."""

    id: str
    keys: Mapping[str, str]
    new: bool


@dataclass(slots=True)
class Arrangement:
    """What a list brings: zones by id with label and length in metres, types with watts, lamps, and things to know."""

    zones: dict[str, tuple[str, int]] = field(default_factory=dict)
    longer: dict[str, int] = field(default_factory=dict)
    types: dict[str, float] = field(default_factory=dict)
    lamps: list[LampBlock] = field(default_factory=list)
    unchanged: int = 0
    notes: list[str] = field(default_factory=list)


def arrange(poles: Sequence[Pole], equipment: Equipment, rules: Rules, wishes: Wishes) -> Arrangement:
    """Lay the poles of a list beside a site. Raises `BadRowsError` with every row that does not fit."""
    return _Arranging(equipment, rules, wishes).arrange(poles)


@dataclass(frozen=True, slots=True)
class _Lamp:
    """A pole with its names."""

    pole: Pole
    name: str
    label: str
    type: str


def anchored(metres: Sequence[float], old: Mapping[int, float]) -> list[float]:
    """Metres as others count them who know where some of the lamps stand: from the same start, and the same way on.

    Two lamps say which way is on; one alone leaves it as it is. Places before the start come out below 0.
    """
    if not old:
        return list(metres)
    here, there = fmean(metres[index] for index in old), fmean(old.values())
    same = sum((metres[index] - here) * (at - there) for index, at in old.items()) >= 0
    return [there + (one - here if same else here - one) for one in metres]


class _Arranging:
    """One list on its way into a site."""

    def __init__(self, equipment: Equipment, rules: Rules, wishes: Wishes) -> None:
        self._rules = rules
        self._wishes = wishes
        self._old = {unit.id: unit for unit in equipment.luminaires}
        labels = {zone: block.label if block is not None else None for zone, block in rules.zones.items()}
        self._zones = ZoneNames(labels)
        self._names = LampNames(equipment)
        self._types = TypeNames(equipment.types)
        self._bad: list[BadRow] = []
        self._made = Arrangement()

    def arrange(self, poles: Sequence[Pole]) -> Arrangement:
        for zone, there in self._by_zone(poles).items():
            known = [lamp for pole in there if (lamp := self._known(pole)) is not None]
            metres = self._metres(known, zone)
            self._reach(zone, max(metres, default=0.0))
            for lamp, at in zip(known, metres, strict=True):
                self._lay(lamp, zone, at)
        if self._bad:
            raise BadRowsError(self._bad)
        self._made.types = self._types.made
        return self._made

    def _known(self, pole: Pole) -> _Lamp | None:
        """A pole with its names; a row to refuse where it has none."""
        try:
            name, label = self._names.of(pole)
            return _Lamp(pole, name, label, self._types.of(pole, self._wishes.watts))
        except ValueError as why:
            self._refuse(pole, str(why))
            return None

    def _by_zone(self, poles: Sequence[Pole]) -> dict[str, list[Pole]]:
        """The poles of each street by its zone, in the order of the list; one zone for all where that is wished."""
        zones: dict[str, list[Pole]] = {}
        for pole in poles:
            name = self._wishes.zone or pole.street
            if not name:
                self._refuse(
                    pole, f"it is not said in which street {pole.number} stands: --zone NAME takes all of them"
                )
                continue
            zones.setdefault(self._zones.of(name), []).append(pole)
        return zones

    def _metres(self, lamps: Sequence[_Lamp], zone: str) -> list[float]:
        """Where the lamps of one street stand along it."""
        if all(lamp.pole.metres is not None for lamp in lamps):
            return [lamp.pole.metres or 0.0 for lamp in lamps]
        points = [lamp.pole.point for lamp in lamps if lamp.pole.point is not None]
        if len(points) < len(lamps):
            lost = next(lamp.pole for lamp in lamps if lamp.pole.point is None)
            self._refuse(lost, f"{lost.number} has no coordinates, and others of its street have no metres")
            return [0.0] * len(lamps)
        return self._along(lamps, points, zone)

    def _along(self, lamps: Sequence[_Lamp], points: Sequence[Point], zone: str) -> list[float]:
        """Where they stand by their coordinates: lamps that the zone has already say where it begins."""
        found = along(points)
        for lamp, beside in zip(lamps, found.beside, strict=True):
            if beside > ASTRAY:
                where = (
                    f"{lamp.pole.number} (line {lamp.pole.line}) stands {beside:.0f} m beside the line of its street"
                )
                self._made.notes.append(f"{where}: is it of another one?")
        old = {index: at for index, lamp in enumerate(lamps) if (at := self._at(lamp.name, zone)) is not None}
        metres = anchored(found.metres, old)
        for lamp, at in zip(lamps, metres, strict=True):
            if at < -NEAR:
                self._refuse(lamp.pole, f"{lamp.pole.number} stands {-at:.0f} m before the start of {zone}")
        return [old[index] if abs(old.get(index, -1) - at) <= NEAR else max(at, 0.0) for index, at in enumerate(metres)]

    def _at(self, name: str, zone: str) -> float | None:
        """Where a lamp stands in a zone by the files."""
        unit = self._old.get(name)
        return unit.block.at if unit is not None and unit.block.zone == zone else None

    def _reach(self, zone: str, farthest: float) -> None:
        """A zone reaches as far as its last lamp."""
        length = max(SHORTEST, ceil(round(farthest, 1)))
        block = self._rules.zones.get(zone)
        if block is None:
            self._made.zones[zone] = (self._zones.made[zone], length)
        elif length > block.length:
            self._made.longer[zone] = length

    def _lay(self, lamp: _Lamp, zone: str, at: float) -> None:
        place = f"{round(at, 1):g} m"
        keys = {"zone": zone, "at": place, "type": lamp.type, "feed": lamp.pole.feed, "label": lamp.label}
        said = {key: value for key, value in keys.items() if value}
        old = self._old.get(lamp.name)
        if old is None:
            self._made.lamps.append(LampBlock(lamp.name, _placed(said, self._wishes.convention), new=True))
        elif differing := dict(_differing(old, said, at)):
            self._made.lamps.append(LampBlock(lamp.name, differing, new=False))
        else:
            self._made.unchanged += 1

    def _refuse(self, pole: Pole, why: str) -> None:
        self._bad.append(BadRow(pole.line, why))


def _placed(said: Mapping[str, str], convention: str) -> dict[str, str]:
    """The keys of a new lamp in the order in which people write them."""
    return {"zone": said["zone"], "at": said["at"], "convention": convention, **said}


def _differing(old: Unit[LuminaireBlock], said: Mapping[str, str], at: float) -> Iterator[tuple[str, str]]:
    """What a list says otherwise than the files."""
    for key, value in said.items():
        if key == "at":
            if old.block.at is None or round(old.block.at, 1) != round(at, 1):
                yield key, value
        elif getattr(old.block, key) != value:
            yield key, value
