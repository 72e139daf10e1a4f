"""The sensed reasons for light of one program in one zone.

A zone whose nights have several programs keeps one set for each. All of them learn every fact, so that none is blind
when its night comes; only that of the night is asked.
"""

from collections.abc import Container, Iterable, Sequence
from typing import Any

from devices.device import DeviceId
from devices.reading import Reading
from gateway.lighting.bubble import Arm
from gateway.lighting.decision import Cause
from gateway.lighting.facts import Fact
from gateway.lighting.health import Health
from gateway.lighting.layers.count import CountLayer, Outlook
from gateway.lighting.layers.failsafe import FailsafeLayer
from gateway.lighting.layers.presence import PresenceLayer
from gateway.lighting.lit import NOBODY
from gateway.lighting.plan import CLASSES, Program, Step, Zone


class Reasons:
    """Failsafe, presence and count as one program has them; the latter two are None where it does not use them."""

    def __init__(self, zone: Zone, program: Program, health: Health, neighbours: tuple[Arm, ...] = ()) -> None:
        self._counters = tuple(counter.sensor for counter in zone.counters)
        self._believed = believed = health.believed
        self.failsafe = FailsafeLayer(zone, program, health)
        self.presence = PresenceLayer(zone, program.presence, neighbours) if program.presence else None
        self.count = CountLayer(program.count, program.failsafe, zone.counters, believed) if program.count else None
        self.timed = tuple(layer for layer in (self.presence, self.count) if layer is not None)
        """Those that may change by themselves, each when it is due."""

    def begin(self, at: int) -> None:
        """Start at `at`: also a counter that is believed without a word has not counted for a whole window yet."""
        if self.count is not None and any(self._believed(counter) for counter in self._counters):
            self.count.regained(at)

    def observe(self, fact: Reading, at: int, beside: Sequence[Fact] = ()) -> bool:
        """Learn a sign of life, among all that is learned `beside` it; say whether the light may change."""
        changed = self.presence is not None and self.presence.observe(fact, at)
        changed |= self.count is not None and self.count.observe(fact, at, beside)
        return changed

    def forget(self, sensor: DeviceId) -> None:
        """A sensor said what cannot be: its running totals begin anew with the next."""
        if self.count is not None:
            self.count.forget(sensor)

    def trust_changed(self, verdict: Reading, at: int) -> None:
        """A sensor is believed again, or no more."""
        self.failsafe.trust_changed()
        if self.count is None or verdict.device not in self._counters:
            return
        if verdict.value:
            self.count.regained(at)
        else:
            self.count.lost(at)

    def settle(self, at: int) -> None:
        """Let everything that is due at `at` happen."""
        for layer in self.timed:
            layer.settle(at)

    def turned(self) -> set[DeviceId]:
        """The lamps that went into the light of somebody, or out of it, since this was last asked."""
        return self.presence.lit.turned() if self.presence is not None else set()

    @property
    def lit(self) -> Container[DeviceId]:
        """The lamps in the light of somebody."""
        return NOBODY if self.presence is None else self.presence.lit.lamps

    @property
    def in_view(self) -> bool:
        """Whether somebody may be in the zone to see its lamps change: they may where nothing tells."""
        return self.presence is None or self.presence.lit.somebody

    def presences(self, lamps: Iterable[DeviceId], at: int) -> dict[DeviceId, Cause]:
        """What is asked for those of some lamps that are in the light of somebody."""
        return self.presence.asks(lamps, at) if self.presence is not None else {}

    def people(self, *, dark: bool) -> bool | None:
        """Whether people are about by the flow, where light goes by it: without presence, and while it may be dark."""
        return self.count.people if self.count is not None and (dark or self.presence is None) else None

    def outlook(self, at: int) -> Outlook | None:
        """What the flow asks for at `at`; None where the program does not count."""
        return self.count.outlook(at) if self.count is not None else None

    def shift(self, by: int) -> None:
        """Keep what was left when street time jumped by `by`."""
        for layer in self.timed:
            layer.shift(by)

    def state(self) -> dict[str, object]:
        """All of it as JSON."""
        return {
            "presence": self.presence.state() if self.presence is not None else None,
            "count": self.count.state() if self.count is not None else None,
        }

    def restore(self, states: Any, name: str, at: int) -> None:
        """Be as when the `states` of a zone's programs, by name, were taken at `at`.

        A program that was not there yet takes over from the first of them. Where the count was not kept for as long as
        this program looks back, a whole window must be seen again.
        """
        self.failsafe.trust_changed()
        known: Any = states.get(name) or next(iter(states.values()), {})
        if self.presence is not None and known.get("presence") is not None:
            self.presence.restore(known["presence"])
        if self.count is None:
            return
        counted = known.get("count")
        if counted is not None:
            self.count.restore(counted)
        if counted is None or counted.get("window", 0) < self.count.window:
            self.begin(at)


def owed_now(step: Step, picked: str | None, *, people: bool) -> str:
    """The class under which the light may not fall: the step's for people or for nobody, at most the one picked."""
    named = step.owed if people else step.empty
    return named if picked is None else min(named, picked, key=CLASSES.__getitem__)
