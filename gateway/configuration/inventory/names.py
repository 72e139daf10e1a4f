"""What a list brings is called: zones by their streets, lamps by the number on the pole, types by names and watts."""

import re
from collections.abc import Iterator, Mapping
from itertools import count

from gateway.configuration.equipment import Equipment
from gateway.configuration.inventory.poles import Pole
from gateway.configuration.places import folded
from gateway.configuration.ranges import LONGEST
from gateway.configuration.starting import slugged, zone_id
from gateway.lighting.plan import LampType

_PREFIX = re.compile(r"(?:pl|point-lumineux|lamp|lampe|pole|mat|mast|candelabre|support|leuchte|n|no|nr|num)-?(?=\d)")


class UnknownPowerError(ValueError):
    """Nobody says how many watts a lamp has."""


class ZoneNames:
    """Gives each street one zone, and no two streets the same new one: `made` are those, with what they are called.

    `zones` are the ids that are there already, with their labels. A street has the zone with its label, else the one
    with its id; capitals, accents and hyphens make no difference.
    """

    def __init__(self, zones: Mapping[str, str | None]) -> None:
        self.made: dict[str, str] = {}
        self._old = frozenset(zones)
        self._given: dict[str, str] = {}
        for zone, label in zones.items():
            self._given.setdefault(_read(label or zone), zone)
        for zone, label in zones.items():
            if _is_name(zone, label):
                self._given.setdefault(_read(zone), zone)

    def of(self, street: str) -> str:
        """The zone of a street."""
        name = _read(street)
        if name not in self._given:
            self._given[name] = street if street in self._old else self._new(street)
        return self._given[name]

    def _new(self, street: str) -> str:
        zone = next(each for each in _numbered(zone_id(street)) if each not in self._old and each not in self.made)
        self.made[zone] = street
        return zone


def _read(name: str) -> str:
    """A name as people compare it; one of signs alone as it is."""
    return folded(name) or name


def _is_name(zone: str, label: str | None) -> bool:
    """Whether the id of a zone is another name of it: not if it was only made of its label, and perhaps numbered."""
    return label is None or re.fullmatch(rf"{zone_id(label)}(-\d+)?", zone) is None


def _numbered(first: str) -> Iterator[str]:
    """An id, and what follows where it is taken."""
    yield first
    for number in count(2):
        ending = f"-{number}"
        yield f"{first[: LONGEST - len(ending)].rstrip('-')}{ending}"


class LampNames:
    """Gives each pole one id, and no two the same: that of the lamp with its label, if there is one already."""

    def __init__(self, equipment: Equipment) -> None:
        self._lamps = {unit.id for unit in equipment.luminaires}
        self._labels = {_read(unit.block.label): unit.id for unit in equipment.luminaires if unit.block.label}
        self._others = set(equipment.names) - self._lamps
        self._given: dict[str, Pole] = {}

    def of(self, pole: Pole) -> tuple[str, str]:
        """Its id and its label. Raises `ValueError` in words where the number is no name, or not its own."""
        name = self._labels.get(_read(pole.number)) or self._id(pole.number)
        if name in self._others:
            raise ValueError(f'{pole.number} would be "{name}", which is the id of another device')
        first = self._given.setdefault(name, pole)
        if first is not pole:
            raise ValueError(f"{pole.number} stands in line {first.line} already: each pole needs a number of its own")
        return name, pole.number

    @staticmethod
    def _id(number: str) -> str:
        slug = slugged(number)
        if not slug:
            raise ValueError(f'"{number}" has neither a letter nor a digit that an id could have')
        return f"lamp-{_PREFIX.sub('', slug, count=1)}"[:LONGEST].strip("-")


class TypeNames:
    """Gives each make of lamp a name: `made` are those that the site does not have yet, with their watts."""

    def __init__(self, types: Mapping[str, LampType | None]) -> None:
        self.made: dict[str, float] = {}
        self._known = {name: kind.nominal for name, kind in types.items() if kind is not None}

    def of(self, pole: Pole, usual: float | None) -> str:
        """The type of a lamp: by its name, and by its watts too where a name has several.

        Raises `UnknownPowerError` where a type is new and nobody says its watts.
        """
        name = slugged(pole.type)
        known = {**self._known, **self.made}
        watts = pole.watts
        if name in known and watts in (None, known[name]):
            return name
        if watts is None:
            watts = usual
        if watts is None:
            what = f'the power of "{pole.type}"' if pole.type else "its type and its power"
            raise UnknownPowerError(
                f"{pole.number}: nobody says {what}: a column of watts, or --watts 28 for all of these"
            )
        power = f"{watts:g}w".replace(".", "-")
        if not name:
            name = f"lamp-type-{power}"
        elif name in known and known[name] != watts:
            name = f"{name}-{power}"
        if known.get(name) != watts:
            self.made[name] = watts
        return name
