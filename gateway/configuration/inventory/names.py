"""What lamps and makes of lamp of a list are called: ids by the number on the pole, types by their names and watts."""

import re
from collections.abc import Mapping

from gateway.configuration.equipment import Equipment
from gateway.configuration.inventory.poles import Pole
from gateway.configuration.ranges import LONGEST
from gateway.configuration.starting import slugged
from gateway.lighting.plan import LampType

_PREFIX = re.compile(r"(?:pl|point-lumineux|lamp|lampe|pole|mat|mast|candelabre|support|leuchte|n|no|nr|num)-?(?=\d)")


class UnknownPowerError(ValueError):
    """Nobody says how many watts a lamp has."""


class LampNames:
    """Gives each pole one id, and no two the same: that of the lamp with its label, if there is one already."""

    def __init__(self, equipment: Equipment) -> None:
        self._lamps = {unit.id for unit in equipment.luminaires}
        self._labels = {slugged(unit.block.label): unit.id for unit in equipment.luminaires if unit.block.label}
        self._others = set(equipment.names) - self._lamps
        self._given: dict[str, Pole] = {}

    def of(self, pole: Pole) -> tuple[str, str]:
        """Its id and its label. Raises `ValueError` in words where the number is no name, or not its own."""
        name = self._labels.get(slugged(pole.number)) or self._id(pole.number)
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
