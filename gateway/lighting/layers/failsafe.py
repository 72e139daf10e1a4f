"""The second reason for light: not knowing. Unknown is not empty, lamp by lamp, layer by layer."""

from devices.device import DeviceId
from gateway.lighting.decision import Cause, Rank
from gateway.lighting.health import Health
from gateway.lighting.plan import Program, Zone


class FailsafeLayer:
    """The program's failsafe for each lamp that no believed sensor speaks for.

    It holds for all lamps where nobody counts although the program does, else for those that nobody watches.
    """

    def __init__(self, zone: Zone, program: Program, health: Health) -> None:
        self._program = program
        self._health = health
        self._counters = tuple(counter.sensor for counter in zone.counters)
        self._watchers = {
            lamp.id: tuple(watch.sensor for watch in zone.watches if watch.covers(lamp.at)) for lamp in zone.luminaires
        }
        self._uncounted = False
        self._unknown: frozenset[DeviceId] | None = None

    def trust_changed(self) -> None:
        """Somebody is believed again, or no more."""
        self._unknown = None

    def unknown(self) -> frozenset[DeviceId]:
        """The lamps that it holds for: one value until it changes."""
        if self._unknown is None:
            self._uncounted = self._program.count is not None and not self._any_believed(self._counters)
            self._unknown = frozenset(self._watchers if self._uncounted else self._blind())
        return self._unknown

    def _blind(self) -> list[DeviceId]:
        if self._program.presence is None:
            return []
        return [lamp for lamp, watchers in self._watchers.items() if not self._any_believed(watchers)]

    def _any_believed(self, sensors: tuple[DeviceId, ...]) -> bool:
        return any(self._health.believed(sensor) for sensor in sensors)

    def ask(self, lamp: DeviceId) -> Cause | None:
        """Failsafe for a lamp, and of whom nothing is known; None where somebody speaks for it."""
        if lamp not in self.unknown():
            return None
        note = self._silent() if self._uncounted else self._missing(lamp)
        return Cause(Rank.FAILSAFE, self._program.failsafe, note=note, place=self._program.failsafe_place)

    def _silent(self) -> str:
        silent = ", ".join(map(self._named, self._counters)) or "none is configured"
        return f"no counter of the zone is believed ({silent})"

    def _missing(self, lamp: DeviceId) -> str:
        watchers = self._watchers[lamp]
        if not watchers:
            return "no presence sensor sees this lamp"
        return f"no presence sensor that sees this lamp is believed ({', '.join(map(self._named, watchers))})"

    def _named(self, sensor: DeviceId) -> str:
        """A sensor, and why it is not believed if not for its silence."""
        doubts = " and ".join(sorted(self._health.doubts(sensor)))
        return f"{sensor}: {doubts}" if doubts else sensor
