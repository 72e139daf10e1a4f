"""Sensors before the tests of their health: who is accused of what, when, and for how long nobody believes them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from zoneinfo import ZoneInfo

from benchmarks.counts import HOUR, Counts
from benchmarks.evening import PROGRAM
from devices.device import DeviceId
from devices.reading import Quantity, Reading
from gateway.lighting.health import Health
from gateway.lighting.plan import Counter, Limits, Watch, Zone, ZoneId


class Accusation(NamedTuple):
    """A verdict against a sensor: when it was given, from when on it looks back, and when it was over (ns)."""

    sensor: DeviceId
    cause: str
    at: int
    since: int
    until: int


@dataclass(slots=True)
class Trial:
    """The sensors of one zone under judgement; nobody is accused of silence. Hear everything, then `close`."""

    counters: Sequence[DeviceId]
    watches: Sequence[DeviceId]
    zone: ZoneInfo
    limits: Limits = field(default_factory=Limits)
    accusations: list[Accusation] = field(default_factory=list)
    _open: dict[DeviceId, list[tuple[str, int, int]]] = field(default_factory=dict)

    def hear(self, tape: Iterable[tuple[int, Reading]]) -> "Trial":
        """Hear all that is said, in order of time, up to the last word."""
        health = Health(self._street(), self.zone)
        at = 0
        for at, said in tape:
            verdicts, _ = health.observe(said, at)
            for verdict in verdicts:
                self._note(verdict, at)
        for sensor in list(self._open):
            self._release(sensor, at)
        return self

    def _street(self) -> Zone:
        counters = tuple(Counter(name, 0.0, None, limits=self.limits) for name in self.counters)
        watches = tuple(Watch(name, 0.0, 10.0, None, limits=self.limits) for name in self.watches)
        return Zone(ZoneId("street"), "street", 100.0, (), watches, counters, PROGRAM, "P4", 5.0)

    def _note(self, verdict: Reading, at: int) -> None:
        if verdict.value:
            self._release(verdict.device, at)
        else:
            since = at - (verdict.period or 0)
            self._open.setdefault(verdict.device, []).append((verdict.channel, at, since))

    def _release(self, sensor: DeviceId, at: int) -> None:
        for cause, given, since in self._open.pop(sensor, []):
            self.accusations.append(Accusation(sensor, cause, given, since, at))


def counting(counts: Counts, sensors: Sequence[DeviceId]) -> Iterator[tuple[int, Reading]]:
    """The words of some counters of a table, in order of time."""
    for at, said in counts.hours:
        for name in sensors:
            if name in said:
                yield at, Reading(name, Quantity.PEDESTRIANS, said[name], at, period=HOUR)
