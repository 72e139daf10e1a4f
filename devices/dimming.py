"""Lamps that are some values of a device: one that dims, one that switches, or both. Pure."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from devices.described import SETTINGS, Described, Place
from devices.hearing import Hearing, Lamp
from devices.naming import words_of
from devices.scale import Orders, Scale

DIMS: Final = frozenset({"brightness", "dimmer", "dimming", "dim", "intensity"})
"""Words of a value that dims a lamp."""

OUTPUT: Final = frozenset({"level", "output", "value", "percent", "percentage"})
"""Words of one that does, at a place that is called a lamp."""

SWITCHES: Final = frozenset({"power", "on", "onoff", "switch", "relay", "state", "light", "lamp", "output"})
OF_LAMPS: Final = frozenset({"light", "lights", "lamp", "lamps", "luminaire", "led", "lantern", "streetlight"}) | DIMS

PER_CENT: Final = 100.0
SAME: Final = 6
"""Decimals of a step: what a sum of floats leaves behind is no other step."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Which values of a device are its lamp."""

    dims: Place | None = None
    switches: Place | None = None


def dims(at: Place, known: Described) -> bool:
    """Whether this value is the level of a lamp."""
    words, around = set(words_of(at.name)), set(words_of(at.place))
    if known.sort not in ("whole", "number", "unknown") or words & SETTINGS or known.unit not in ("", "%"):
        return False
    return bool(words & DIMS or (words & OUTPUT and around & OF_LAMPS) or (words & OF_LAMPS and known.unit == "%"))


def switches(at: Place, known: Described) -> bool:
    """Whether this value switches a lamp; one that is not known to be settable must be called a lamp's."""
    words, around = set(words_of(at.name)), set(words_of(at.place))
    if known.sort not in ("truth", "word", "unknown") or words & SETTINGS or not words & SWITCHES:
        return False
    return known.settable or bool((words | around) & OF_LAMPS)


def shape(values: Iterable[tuple[Place, Described]]) -> Shape:
    """Find the lamp among the values of a device: the first that dims, and the first that switches at its place."""
    listed = list(values)
    level = next((at for at, known in listed if dims(at, known)), None)
    near = (at for at, known in listed if switches(at, known) and (level is None or at.place == level.place))
    return Shape(level, next(near, None))


@dataclass(frozen=True, slots=True)
class Steps:
    """Values from 0, dark, to full light, `size` apart; a range below 0 begins at its lowest value."""

    scale: Scale
    size: float
    lowest: float
    base: float

    def value(self, level: float) -> float:
        """The value to ask for."""
        return max(round(self.base + self.scale.step(level) * self.size, SAME), self.lowest)

    def step(self, value: float) -> float:
        """The step that a value is; beyond the range it is at its end."""
        return min(max(round((value - self.base) / self.size, SAME), 0.0), self.scale.full)


def steps(known: Described) -> Steps:
    """Make the steps of a value from its range, 0 to 100 where it has none."""
    lowest = known.lowest if known.lowest is not None else 0.0
    base = min(lowest, 0.0)
    span = (known.highest if known.highest is not None else PER_CENT) - base
    if not 0 < span < math.inf:
        base, lowest, span = 0.0, 0.0, PER_CENT
    size = known.step if known.step is not None and 0 < known.step <= span else 0.0
    if not size or span / size > 1e6:  # noqa: PLR2004 - finer than any lamp
        size = 1.0 if known.sort == "whole" else span / PER_CENT
    return Steps(Scale(max(round(math.floor(span / size + 1e-6)), 1)), size, lowest, base)


@dataclass(slots=True)
class LampMemory:
    """What a lamp was told, and what it said last, value by value."""

    orders: Orders = field(default_factory=Orders)
    on: bool | None = None
    step: float | None = None
    scale: Scale | None = None
    power: float | None = None
    energy: float | None = None

    def tell(self, hearing: Hearing) -> None:
        """Say what is known of the lamp now; nothing before its level is."""
        if self.on is False:
            hearing.state(Lamp(self.scale or Scale(1), self.orders), 0.0, self.power, self.energy)
        elif self.scale is not None and self.step is not None:
            hearing.state(Lamp(self.scale, self.orders), self.step, self.power, self.energy)
        elif self.scale is None and self.on is not None:
            hearing.state(Lamp(Scale(1), self.orders), 1.0, self.power, self.energy)
