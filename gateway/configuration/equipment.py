"""devices.yaml put together: ranges unfolded, refinements laid over them, every device once with its places."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from gateway.configuration import ranges, units
from gateway.configuration.keys import KeyUnit, read_keys
from gateway.configuration.models import DeviceBlock, DevicesFile, LuminaireBlock, SensorBlock, TypeBlock
from gateway.configuration.shape import fit
from gateway.configuration.source import Route, Source, Tree
from gateway.configuration.units import Unreadable
from gateway.lighting.plan import LampType, Place, Problem

B = TypeVar("B", bound=DeviceBlock)
B_co = TypeVar("B_co", bound=DeviceBlock, covariant=True)

_OF_ONE = ("label", "address", "serial", "pin")
"""What no two devices share, so that a range cannot say it."""


@dataclass(frozen=True, slots=True)
class Unit(Generic[B_co]):
    """One device as written: `block` has every key that any of its blocks gives, `at` its own.

    `place` is the key that introduced it, `places` are those of its values.
    """

    id: str
    block: B_co
    place: Place
    places: Mapping[str, Place]

    def at(self, key: str) -> Place:
        """The place of a value, or of the device where the key is not written."""
        return self.places.get(key, self.place)

    def missing(self, key: str, meaning: str) -> Problem:
        """The problem that a key is not written."""
        return Problem(self.place, f'"{key}" is missing', f"Write  {key}:  {meaning}")


@dataclass(slots=True)
class Equipment:
    """What devices.yaml says. `names` are all ids in it, also those whose blocks are not understood."""

    sensors: list[Unit[SensorBlock]] = field(default_factory=list)
    luminaires: list[Unit[LuminaireBlock]] = field(default_factory=list)
    types: dict[str, LampType | None] = field(default_factory=dict)
    names: dict[str, Place] = field(default_factory=dict)
    keys: list[KeyUnit] = field(default_factory=list)


def read_equipment(source: Source) -> tuple[Equipment, list[Problem]]:
    """Understand devices.yaml as far as possible."""
    equipment = Equipment()
    file, problems = fit(DevicesFile, source, (), source.value)
    if file is None:
        return equipment, problems
    sensors = _Unfolding(SensorBlock, source, "sensors", equipment.names)
    equipment.sensors = sensors.unfold(file.sensors)
    luminaires = _Unfolding(LuminaireBlock, source, "luminaires", equipment.names)
    equipment.luminaires = luminaires.unfold(file.luminaires)
    problems += sensors.problems + luminaires.problems
    for name, tree in file.types.items():
        equipment.types[name] = _type(source, ("types", name), tree, problems)
    equipment.keys, found = read_keys(source, file.keys)
    problems += found
    return equipment, problems


def _type(source: Source, route: Route, tree: Tree, problems: list[Problem]) -> LampType | None:
    block, found = fit(TypeBlock, source, route, tree)
    problems += found
    if block is None:
        return None
    try:
        drawn = block.full, block.dimmed, block.standby, block.curve, block.tolerance
        return replace(units.lamp_type(*drawn, fades=block.fades), proof=block.proof)
    except Unreadable as unreadable:
        problems.append(Problem(source.at(route), unreadable.found, unreadable.expected, unreadable.hint))
        return None


@dataclass(slots=True)
class _Draft(Generic[B]):
    """One device while its blocks are laid over each other."""

    place: Place
    block: B
    places: dict[str, Place] = field(default_factory=dict)
    broken: bool = False


class _Unfolding(Generic[B]):
    """One section of devices.yaml on its way from keys to devices."""

    def __init__(self, model: type[B], source: Source, section: str, names: dict[str, Place]) -> None:
        self.problems: list[Problem] = []
        self._model = model
        self._source = source
        self._section = section
        self._names = names
        self._drafts: dict[str, _Draft[B]] = {}

    def unfold(self, section: Mapping[str, Tree]) -> list[Unit[B]]:
        """Each device of the section that is understood, in the order of the file."""
        for key, tree in section.items():
            self._lay(key, tree)
        return [
            Unit(name, draft.block, draft.place, draft.places)
            for name, draft in self._drafts.items()
            if not draft.broken
        ]

    def _lay(self, key: str, tree: Tree) -> None:
        """Lay one block over the devices that its key stands for."""
        route = (self._section, key)
        place = self._source.key(route)
        try:
            names = ranges.names(key)
        except Unreadable as unreadable:
            self.problems.append(Problem(place, unreadable.found, unreadable.expected, unreadable.hint))
            return
        block, problems = fit(self._model, self._source, route, tree)
        self.problems += problems
        if not self._belongs(names, place):
            return
        if block is not None:
            self._check_range(names, block, route)
        for index, name in enumerate(names.ids):
            self._names.setdefault(name, place)
            draft = self._drafts.setdefault(name, _Draft(place, self._model()))
            if block is None:
                draft.broken = True
            else:
                self._refine(draft, block, route, index)

    def _refine(self, draft: _Draft[B], block: B, route: Route, index: int) -> None:
        """Lay what a block says over the device that is its `index`-th."""
        written = {key: value for key in block.model_fields_set if (value := getattr(block, key)) is not None}
        draft.places |= {key: self._source.at((*route, key)) for key in written}
        if block.at is not None:
            written["at"] = block.at + (block.every or 0.0) * index
        draft.block = draft.block.model_copy(update=written)

    def _belongs(self, names: ranges.Names, place: Place) -> bool:
        """Whether the ids are all new or all refined, and none is one of the other section's."""
        for name in names.ids:
            if name in self._names and name not in self._drafts:
                found = f'"{name}" is already the name of another device, in line {self._names[name].line}'
                self.problems.append(Problem(place, found, "An id of its own for each device"))
                return False
        there = [name for name in names.ids if name in self._drafts]
        if there and len(there) < len(names.ids):
            first = there[0]
            found = f"{first} is already there, in line {self._names[first].line}, and others of this range are not"
            self.problems.append(Problem(place, found, "A range has new devices, or refines devices that are there"))
            return False
        return True

    def _check_range(self, names: ranges.Names, block: B, route: Route) -> None:
        several = len(names.ids) > 1
        if several and block.at is not None and block.every is None:
            expected = "The distance from one to the next:  every: 30 m"
            self.problems.append(
                Problem(self._source.at((*route, "at")), "all of the range hang at one place", expected)
            )
        if block.every is not None and (block.at is None or not names.many):
            place = self._source.key((*route, "every"))
            self.problems.append(Problem(place, '"every" belongs to a range with "at"', "A range such as lamp-01..20"))
        for key in _OF_ONE:
            if several and getattr(block, key, None) is not None:
                place = self._source.key((*route, key))
                expected = f"Write it for each, below the range:  {names.ids[0]}: {{{key}: ...}}"
                self.problems.append(Problem(place, f'a range cannot share one "{key}"', expected))
