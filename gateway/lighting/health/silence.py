"""Silence: a sensor that says nothing for longer than its heartbeat, or that said it goes."""

from collections.abc import Iterable
from typing import Any

from devices.device import DeviceId
from devices.reading import Availability, Quantity, Reading
from gateway.lighting.health.signs import NEVER, is_sign_of_life


class Silence:
    """Which sensors of one zone are heard: each from its first sign of life until it is silent too long.

    `expected` gives each sensor's longest silence in nanoseconds; None is a sensor whose silence is trusted: it is
    believed until it says, or its last will says, that it went. A sensor nobody has heard yet is not believed: unknown
    is not empty.
    """

    def __init__(self, expected: Iterable[tuple[DeviceId, int | None]]) -> None:
        self._expected = dict(expected)
        self._until = {sensor: NEVER if expect is None else 0 for sensor, expect in self._expected.items()}
        self._heard: dict[DeviceId, int] = {}
        self._believed = {sensor for sensor, until in self._until.items() if until == NEVER}
        self.due = NEVER

    def knows(self, sensor: DeviceId) -> bool:
        """Whether a sensor is one of the zone's own."""
        return sensor in self._until

    def believed(self, sensor: DeviceId) -> bool:
        """Whether a sensor is believed, as of the last `observe` or `settle`."""
        return sensor in self._believed

    def heard(self, sensor: DeviceId) -> int | None:
        """When a sensor last gave a sign of life."""
        return self._heard.get(sensor)

    def observe(self, fact: Reading | Availability, at: int) -> Reading | None:
        """Learn a sign of life or a farewell; say so where it changes who is believed."""
        sensor = fact.device
        if sensor not in self._until:
            return None
        if isinstance(fact, Availability):
            if not fact.online:
                self._until[sensor] = at
                return self._doubt(sensor, at, "offline")
            if fact.retained:
                return None
        elif not is_sign_of_life(fact):
            return None
        expect = self._expected[sensor]
        self._heard[sensor] = at
        self._until[sensor] = NEVER if expect is None else at + expect
        self.due = min(self.due, self._until[sensor])
        if sensor in self._believed:
            return None
        self._believed.add(sensor)
        return Reading(sensor, Quantity.TRUST, 1, at)

    def settle(self, at: int) -> list[Reading]:
        """Doubt every sensor that has been silent too long at `at`; say which."""
        if at < self.due:
            return []
        silent = sorted(sensor for sensor in self._believed if self._until[sensor] <= at)
        verdicts = [verdict for sensor in silent if (verdict := self._doubt(sensor, at, "stale"))]
        self.due = min((self._until[sensor] for sensor in self._believed), default=NEVER)
        return verdicts

    def shift(self, by: int) -> None:
        """Keep what was left when street time jumped by `by`."""
        self._heard = {sensor: at + by for sensor, at in self._heard.items()}
        self._until = {sensor: until if until == NEVER else until + by for sensor, until in self._until.items()}
        self.due = min((self._until[sensor] for sensor in self._believed), default=NEVER)

    def _doubt(self, sensor: DeviceId, at: int, verdict: str) -> Reading | None:
        if sensor not in self._believed:
            return None
        self._believed.remove(sensor)
        return Reading(sensor, Quantity.TRUST, 0, at, verdict)

    def state(self) -> dict[str, object]:
        """All of it as JSON."""
        return {"until": dict(self._until), "heard": dict(self._heard), "believed": sorted(self._believed)}

    def restore(self, state: Any) -> None:
        """Be as when `state` was taken; sensors that were not there stay as at a start."""
        known = self._until.keys()
        self._until |= {sensor: until for sensor, until in state["until"].items() if sensor in known}
        self._heard = {sensor: at for sensor, at in state["heard"].items() if sensor in known}
        self._believed = {sensor for sensor in state["believed"] if sensor in known}
        self.due = min((self._until[sensor] for sensor in self._believed), default=NEVER)
