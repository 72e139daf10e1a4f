"""What a birth certificate says: which metrics there are, by which aliases, and what each of them means."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from devices.conventions.sparkplug.payload import Metric
from devices.described import Described, Meaning, Place, meanings
from devices.dimming import Shape, shape

OURS_NOT: Final = ("bdSeq", "Node Control/", "Device Control/", "Node Info/", "Device Info/", "Properties/")
"""How metrics begin that say something of the node and its software."""


@dataclass(frozen=True, slots=True)
class Birth:
    """The metrics of a node or a device, by name; nothing before it was born."""

    metrics: Mapping[str, Metric] = field(default_factory=dict)
    names: Mapping[int, str] = field(default_factory=dict)
    described: Mapping[Place, Described] = field(default_factory=dict)
    meanings: Mapping[Place, Meaning] = field(default_factory=dict)

    def named(self, metric: Metric) -> str | None:
        """The name of a metric that may be said by its alias only; None if no birth has said it."""
        return metric.name or (self.names.get(metric.alias) if metric.alias is not None else None)

    def datatype(self, name: str, metric: Metric) -> int:
        """The datatype of a value: its own, or that of the birth."""
        born = self.metrics.get(name)
        return metric.datatype or (born.datatype if born is not None else 0)

    def lamp(self, folder: str) -> Shape:
        """Which metrics are the lamp, in a folder ("" for the whole device); none that are said to be read-only."""
        return shape(
            (at, known)
            for at, known in self.described.items()
            if known.sort in ("whole", "number", "truth")
            and (not folder or at.place == folder or at.place.startswith(f"{folder}/"))
            and self.metrics[whole(at)].properties.get("readOnly") is not True
        )


UNBORN: Final = Birth()


def birth_of(metrics: Iterable[Metric]) -> Birth:
    """Take the metrics of a birth, or of data that name their metrics themselves."""
    named = {metric.name: metric for metric in metrics if metric.name and not metric.name.startswith(OURS_NOT)}
    described = {placed(name): metric.described() for name, metric in named.items()}
    aliases = {metric.alias: name for name, metric in named.items() if metric.alias is not None}
    return Birth(named, aliases, described, meanings(described))


def placed(name: str) -> Place:
    """A metric's folder and its name in it, of which `whole` makes the very name again."""
    folder, _, last = name.rpartition("/")
    return Place(folder, last) if folder else Place("", name)


def whole(at: Place) -> str:
    """A metric's name with its folder."""
    return f"{at.place}/{at.name}" if at.place else at.name
