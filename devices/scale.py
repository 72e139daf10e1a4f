"""Levels in whole per cent, and the steps in which a make says them. Pure.

A level becomes the first step that gives at least its light, as levels themselves are rounded up: doubt lights the
lamp. A step becomes the per cent that it is, so a level comes back within one step.
"""

import math
from dataclasses import dataclass, field

from devices.device import DeviceId
from devices.light import LightCommand


@dataclass(frozen=True, slots=True)
class Scale:
    """Steps from 0, dark, to `full`: 100, 254, 255, or 1 for a lamp that is only switched."""

    full: float

    def step(self, level: float) -> int:
        """The step to ask for."""
        return math.ceil(level * self.full / 100 - 1e-6)

    def level(self, step: float) -> float:
        """The light output in per cent that a step is; beyond the scale it is full."""
        return round(min(max(step * 100 / self.full, 0.0), 100.0), 2)


@dataclass(slots=True)
class Orders:
    """What each lamp of a convention was told last, so that its answer in steps is known for that order's."""

    _levels: dict[DeviceId, int] = field(default_factory=dict)

    def give(self, command: LightCommand) -> None:
        """Remember an order."""
        self._levels[command.lamp] = command.level

    def answered(self, lamp: DeviceId, step: float, scale: Scale) -> float | None:
        """The level that was ordered, where the lamp says the very step that it was asked for."""
        level = self._levels.get(lamp)
        return float(level) if level is not None and scale.step(level) == step else None
