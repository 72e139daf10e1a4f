"""Lamps under supervision, simulated to the message: what is sent may be lost, what a lamp draws may be wrong."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from devices.device import DeviceId
from devices.light import LightCommand, LightState
from devices.reading import Availability, Reading
from gateway.lighting.decision import Decision
from gateway.lighting.lamps.lamp import Fitting
from gateway.lighting.lamps.power import watts
from gateway.lighting.lamps.supervisor import Given, Lamps
from gateway.lighting.plan import LampType
from tests.lighting.street import LED, MINUTE, SECOND

RAMP = 2 * SECOND
Draws = Callable[[int, float], float]
"""Watts by instant and level."""


@dataclass
class Bulb:
    """A lamp that follows orders at once, says its state when told and every minute; `powered` by its feed."""

    id: DeviceId
    level: float = 0.0
    order: str = ""
    powered: bool = True
    draws: Draws = lambda _at, level: watts(LED, level)
    silent_meter: bool = False

    def state(self, at: int) -> LightState:
        power = None if self.silent_meter else self.draws(at, self.level)
        return LightState(self.id, self.level, at, power, target=self.level, confirms=self.order)


@dataclass
class Testbed:
    """Time passes in `run`; `deaf` are lamps that hear nothing and `mute` those whose words are lost."""

    __test__ = False

    names: Iterable[str]
    kind: LampType = LED
    feed: str = ""
    min_on: int = 0
    now: int = 1_000 * MINUTE
    deaf: set[DeviceId] = field(default_factory=set)
    mute: set[DeviceId] = field(default_factory=set)
    sent: list[tuple[int, LightCommand]] = field(default_factory=list)
    found: list[Reading] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.bulbs = {DeviceId(name): Bulb(DeviceId(name)) for name in self.names}
        self.lamps = Lamps(MINUTE, self.fittings())

    def fittings(self) -> dict[DeviceId, Fitting]:
        return {name: Fitting(self.kind, self.feed, "mqtt", self.min_on) for name in self.bulbs}

    def decide(self, level: int, *names: str) -> None:
        """A decision for these lamps, or for all."""
        told = [DeviceId(name) for name in names] or list(self.bulbs)
        self._advance([Decision(self.now, name, level, RAMP, ()) for name in told])

    def restart(self) -> None:
        """The gateway starts anew: it knows the faults that the record had open."""
        last = {(fault.device, fault.channel): fault for fault in self.found}
        self.lamps = Lamps(MINUTE, self.fittings())
        self.lamps.restore(fault for fault in last.values() if fault.value)

    def switch(self, *, on: bool) -> None:
        """The feed is switched: lamps die without a word, and are born dark."""
        for bulb in self.bulbs.values():
            bulb.powered, bulb.level, bulb.order = on, 0.0, ""
        if on:
            self._advance([Availability(name, online=True, time=self.now) for name in self.bulbs])

    def run(self, length: int) -> None:
        """Let time pass, to the minute and to whatever is due between."""
        end = self.now + length
        while self.now < end:
            due = self.lamps.next_change()
            minute = (self.now // MINUTE + 1) * MINUTE
            self.now = max(self.now, min(end, minute, due if due is not None else end))
            said = self._reports() if self.now == minute else []
            self._advance(said)

    def _reports(self) -> list[LightState]:
        living = (bulb for bulb in self.bulbs.values() if bulb.powered and bulb.id not in self.mute)
        return [bulb.state(self.now) for bulb in living]

    def _advance(self, given: Iterable[Given]) -> None:
        orders = self.lamps.advance(self.now, given)
        answers: list[LightState] = []
        for order in orders:
            self.sent.append((self.now, order))
            bulb = self.bulbs[order.lamp]
            if bulb.powered and order.lamp not in self.deaf:
                bulb.level, bulb.order = order.level, order.id
                if order.lamp not in self.mute:
                    answers.append(bulb.state(self.now))
        self.found += self.lamps.findings()
        if answers:
            self._advance(answers)

    def faults(self) -> list[tuple[str, str, bool]]:
        """What was found, in order: (device, fault, whether it began)."""
        return [(fault.device, fault.channel, bool(fault.value)) for fault in self.found]
