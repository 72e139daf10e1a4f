"""Which lamps are in the light of somebody: kept up to date by the sensors that see them, one at a time."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import TypeAlias

from devices.device import DeviceId
from gateway.lighting.bubble import View, Way

Reach: TypeAlias = tuple[int, int]
"""So many lamps below a stretch and above it."""

NOBODY: frozenset[DeviceId] = frozenset()


def within(steps: int, side: Way, reach: Reach) -> bool:
    """Whether a lamp so many lamps from a stretch on a side (0 and 0: in it) is reached."""
    return steps <= (reach[0], 0, reach[1])[side + 1]


class _Lights:
    """The lamps that one sensor can light: `steps` has how far from the stretch each stands, and on which side."""

    def __init__(self, view: View) -> None:
        self.steps = {lamp: (steps, side) for lamp, steps, side in view.steps()}
        self.reach: Reach | None = None
        self._within: dict[Reach | None, frozenset[DeviceId]] = {None: NOBODY}

    def within(self, reach: Reach | None) -> frozenset[DeviceId]:
        """Those in the stretch and so many beyond it; none where nobody is."""
        if reach not in self._within:
            self._within[reach] = frozenset(
                lamp for lamp, (steps, side) in self.steps.items() if reach is not None and within(steps, side, reach)
            )
        return self._within[reach]


class Lit:
    """The lamps of one zone that are lit for those whom its sensors see."""

    def __init__(self, views: Mapping[DeviceId, View]) -> None:
        self._lights = {sensor: _Lights(view) for sensor, view in views.items() if view.lights}
        self._reaching = 0
        self._by: dict[DeviceId, set[DeviceId]] = {}
        self._turned: set[DeviceId] = set()

    @property
    def lamps(self) -> AbstractSet[DeviceId]:
        """Those that are lit now."""
        return self._by.keys()

    @property
    def somebody(self) -> bool:
        """Whether anybody is there for whom a lamp may be lit."""
        return self._reaching > 0

    def by(self, lamp: DeviceId) -> list[DeviceId]:
        """The sensors for whose sake a lamp is lit, by name."""
        return sorted(self._by.get(lamp, ()))

    def steps(self, sensor: DeviceId, lamp: DeviceId) -> tuple[int, Way]:
        """How many lamps from the stretch of a sensor a lamp stands, and on which side."""
        return self._lights[sensor].steps[lamp]

    def put(self, sensor: DeviceId, reach: Reach | None) -> None:
        """Light what those whom a sensor sees reach, and nothing for it where it sees nobody (None)."""
        lights = self._lights.get(sensor)
        if lights is None or lights.reach == reach:
            return
        self._reaching += (reach is not None) - (lights.reach is not None)
        were, are = lights.within(lights.reach), lights.within(reach)
        lights.reach = reach
        for lamp in were - are:
            self._by[lamp].remove(sensor)
            if not self._by[lamp]:
                del self._by[lamp]
                self._turned ^= {lamp}
        for lamp in are - were:
            if lamp not in self._by:
                self._by[lamp] = set()
                self._turned ^= {lamp}
            self._by[lamp].add(sensor)

    @property
    def changed(self) -> bool:
        """Whether any lamp is lit now that was not when `turned` was last asked, or the other way round."""
        return bool(self._turned)

    def turned(self) -> set[DeviceId]:
        """The lamps that are lit now and were not when this was last asked, or the other way round."""
        turned, self._turned = self._turned, set()
        return turned
