"""What a bridge says its devices can do: `exposes` of bridge/devices, and the names of bridge/groups."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeGuard

from devices.convention import Malformed
from devices.payload import Tree, shown
from devices.reading import Quantity

MOST_PROPERTIES = 400
"""Of one device; the largest known have about a hundred."""

LONGEST_NAME = 256
MOST_STEPS = 1e6

OFFERED: Mapping[str, Quantity] = {
    "occupancy": Quantity.PRESENCE,
    "presence": Quantity.PRESENCE,
    "motion": Quantity.PRESENCE,
    "illuminance": Quantity.ILLUMINANCE,
    "illuminance_lux": Quantity.ILLUMINANCE,
    "temperature": Quantity.TEMPERATURE,
    "humidity": Quantity.HUMIDITY,
    "battery": Quantity.BATTERY,
    "voltage": Quantity.VOLTAGE,
    "target_distance": Quantity.DISTANCE,
    "brightness": Quantity.LEVEL,
}
"""What properties say by their names."""


@dataclass(frozen=True, slots=True)
class Property:
    """One value that a device says: its unit, and its range where it has one."""

    unit: str = ""
    highest: float | None = None


@dataclass(frozen=True, slots=True)
class Description:
    """A device or a group: its friendly name and its properties; `switched` are those that are only on or off."""

    name: str
    properties: Mapping[str, Property] = field(default_factory=dict)
    switched: bool = False

    @property
    def offers(self) -> tuple[str, ...]:
        """The quantities that it can say, by their names."""
        said = {OFFERED[name].value for name in self.properties if name in OFFERED}
        return tuple(sorted(said | ({Quantity.LEVEL.value} if self.switched or self.dims("brightness") else set())))

    def dims(self, prop: str) -> bool:
        """Whether it has this property of brightness."""
        return prop in self.properties


UNDESCRIBED = Description("")


def devices_of(listed: Tree) -> Iterator[Description]:
    """Read bridge/devices; what is no description is passed over. Raises `Malformed` for what is no list."""
    for entry in _entries(listed):
        name, definition = entry.get("friendly_name"), entry.get("definition")
        if not _is_name(name) or not isinstance(definition, dict) or entry.get("disabled") is True:
            continue
        properties: dict[str, Property] = {}
        kinds: set[str] = set()
        _collect(definition.get("exposes"), properties, kinds)
        yield Description(name, properties, switched=bool(kinds & {"light", "switch"}))


def groups_of(listed: Tree) -> Iterator[Description]:
    """Read bridge/groups: a group of lamps is a lamp. Raises `Malformed` for what is no list."""
    for entry in _entries(listed):
        name = entry.get("friendly_name")
        if _is_name(name) and entry.get("members"):
            yield Description(name, {"brightness": Property(highest=None)}, switched=True)


def _entries(listed: Tree) -> Iterator[dict[str, Tree]]:
    if not isinstance(listed, list):
        raise Malformed("a list of devices or groups", shown(listed))
    return (entry for entry in listed if isinstance(entry, dict))


def _is_name(name: Tree) -> TypeGuard[str]:
    return isinstance(name, str) and 0 < len(name) <= LONGEST_NAME and "#" not in name and "+" not in name


def _collect(exposes: Tree, properties: dict[str, Property], kinds: set[str]) -> None:
    """Gather properties, also from the features that a light or a switch is made of."""
    for entry in exposes if isinstance(exposes, list) else ():
        if not isinstance(entry, dict) or len(properties) >= MOST_PROPERTIES:
            continue
        if isinstance(entry.get("features"), list):
            kinds.add(str(entry.get("type")))
            _collect(entry["features"], properties, kinds)
        name, highest, unit = entry.get("property"), entry.get("value_max"), entry.get("unit")
        if isinstance(name, str):
            properties[name] = Property(unit if isinstance(unit, str) else "", _highest(highest))


def _highest(said: Tree) -> float | None:
    number = isinstance(said, int | float) and not isinstance(said, bool)
    return float(said) if number and 0 < said < MOST_STEPS else None
