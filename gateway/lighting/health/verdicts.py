"""All tests of all sensors of a zone: who is believed, who is not and why."""

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any

from devices.device import DeviceId
from devices.reading import Availability, Quantity, Reading
from gateway.lighting.health.impossible import can_be
from gateway.lighting.health.sensor import Sensor
from gateway.lighting.health.signs import is_sign_of_life
from gateway.lighting.health.silence import Silence
from gateway.lighting.health.zeros import Zeros
from gateway.lighting.plan import Limits, Zone

NO_VERDICTS: Sequence[Reading] = ()


class Health:
    """Trust in the sensors of one zone: a sensor is believed while it is heard and no test doubts it.

    A verdict is a reading of `trust`: 0 with the cause as channel and, where the cause began earlier, that time as its
    period; 1 when all tests agree that the sensor is to be believed again. `due` is when silence may say more.
    """

    def __init__(self, zone: Zone, timezone: tzinfo) -> None:
        self._silence = Silence(zone.sensors())
        counters = {counter.sensor for counter in zone.counters}
        limits = zone.limits()
        self._sensors = {
            name: Sensor(limits.get(name, Limits()), timezone if name in counters else None)
            for name, _ in zone.sensors()
        }
        self._counters = [
            (name, sensor.zeros) for name, sensor in self._sensors.items() if name in counters and sensor.zeros
        ]

    @property
    def due(self) -> int:
        """When silence may have a say, in nanoseconds."""
        return self._silence.due

    def knows(self, sensor: DeviceId) -> bool:
        """Whether a sensor is one of the zone's own."""
        return sensor in self._sensors

    def believed(self, sensor: DeviceId) -> bool:
        """Whether a sensor is believed, as of the last `observe` or `settle`."""
        return self._silence.believed(sensor) and not self._sensors[sensor].doubts

    def heard(self, sensor: DeviceId) -> int | None:
        """When a sensor last gave a sign of life."""
        return self._silence.heard(sensor)

    def doubts(self, sensor: DeviceId) -> dict[str, int]:
        """Why a sensor is doubted although it is heard: each cause, and since when in nanoseconds."""
        return dict(self._sensors[sensor].doubts)

    def observe(self, fact: Reading | Availability, at: int) -> tuple[Sequence[Reading], bool]:
        """Learn what a sensor says; say what that changes in who is believed, and whether it can be true at all.

        Sensors of other zones are asked only for what can be.
        """
        name = fact.device
        sensor = self._sensors.get(name)
        if sensor is None:
            return NO_VERDICTS, isinstance(fact, Availability) or can_be(fact)
        trusted = self.believed(name)
        begun: list[str] = []
        possible = True
        if isinstance(fact, Availability):
            if not (fact.online and fact.retained):
                begun = sensor.link(fact, at)
        elif is_sign_of_life(fact):
            begun, possible = sensor.read(fact, at, lambda: self._others(name))
        heard = self._silence.observe(fact, at)
        if heard is None and not begun and trusted == self.believed(name):
            return NO_VERDICTS, possible
        return list(self._verdicts(name, begun, heard, trusted=trusted, at=at)), possible

    def _verdicts(
        self, name: DeviceId, begun: Sequence[str], heard: Reading | None, *, trusted: bool, at: int
    ) -> list[Reading]:
        doubts = self._sensors[name].doubts
        verdicts = [
            Reading(name, Quantity.TRUST, 0, at, cause, at - doubts[cause] if doubts[cause] < at else None)
            for cause in begun
        ]
        if heard is not None and not heard.value:
            verdicts.append(heard)
        if not trusted and self.believed(name):
            verdicts.append(Reading(name, Quantity.TRUST, 1, at))
        return verdicts

    def _others(self, name: DeviceId) -> list[Zeros]:
        return [zeros for other, zeros in self._counters if other != name and self.believed(other)]

    def settle(self, at: int) -> list[Reading]:
        """Doubt every sensor that has been silent too long at `at`; say which."""
        return self._silence.settle(at)

    def shift(self, by: int) -> None:
        """Keep what was left when street time jumped by `by`."""
        self._silence.shift(by)
        for sensor in self._sensors.values():
            sensor.shift(by)

    def state(self) -> dict[str, object]:
        """All of it as JSON."""
        tests = {name: sensor.state() for name, sensor in sorted(self._sensors.items())}
        return {**self._silence.state(), "tests": tests}

    def restore(self, state: Any) -> None:
        """Be as when `state` was taken; sensors that were not there stay as at a start."""
        self._silence.restore(state)
        for name, tests in state.get("tests", {}).items():
            if name in self._sensors:
                self._sensors[name].restore(tests)
