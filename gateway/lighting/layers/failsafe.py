"""The second reason for light: not knowing. Unknown is not empty, lamp by lamp, layer by layer."""

from devices.device import DeviceId
from gateway.lighting.decision import Ask, Cause, Rank
from gateway.lighting.health import Health
from gateway.lighting.plan import Luminaire, Program, Zone


class FailsafeLayer:
    """The program's failsafe for each lamp that no believed sensor speaks for."""

    def __init__(self, zone: Zone, program: Program, health: Health) -> None:
        self._zone = zone
        self._program = program
        self._health = health
        self._watchers = {
            lamp.id: tuple(watch.sensor for watch in zone.watches if watch.covers(lamp.at)) for lamp in zone.luminaires
        }

    def ask(self) -> Ask:
        """Failsafe for the zone where nobody counts although the program does; for a lamp where nobody watches it."""
        program = self._program
        if program.count is not None and not any(self._health.believed(item.sensor) for item in self._zone.counters):
            silent = ", ".join(self._named(item.sensor) for item in self._zone.counters) or "none is configured"
            return Ask(self._cause(f"no counter of the zone is believed ({silent})"))
        if program.presence is None:
            return Ask()
        blind = (lamp for lamp in self._zone.luminaires if not self._watched(lamp))
        return Ask(None, {lamp.id: self._cause(self._missing(lamp)) for lamp in blind})

    def _watched(self, lamp: Luminaire) -> bool:
        return any(self._health.believed(sensor) for sensor in self._watchers[lamp.id])

    def _missing(self, lamp: Luminaire) -> str:
        watchers = self._watchers[lamp.id]
        if not watchers:
            return "no presence sensor sees this lamp"
        return f"no presence sensor that sees this lamp is believed ({', '.join(map(self._named, watchers))})"

    def _named(self, sensor: DeviceId) -> str:
        """A sensor, and why it is not believed if not for its silence."""
        doubts = " and ".join(sorted(self._health.doubts(sensor)))
        return f"{sensor}: {doubts}" if doubts else sensor

    def _cause(self, note: str) -> Cause:
        program = self._program
        return Cause(Rank.FAILSAFE, program.failsafe, note=note, place=program.failsafe_place)
