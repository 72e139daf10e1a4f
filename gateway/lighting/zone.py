"""One zone: its reasons for light in their order, cap, floor and ramp -> decisions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from devices.device import DeviceId
from devices.message import SECOND
from devices.reading import Availability, Reading
from gateway.lighting.bubble import Arm
from gateway.lighting.calendar import Calendar
from gateway.lighting.decision import Ask, Cause, Decision, Rank
from gateway.lighting.facts import Cancel, Fact, Override
from gateway.lighting.fades import Change, Fades
from gateway.lighting.health import NEVER, Health, is_sign_of_life
from gateway.lighting.layers.count import CountLayer
from gateway.lighting.layers.failsafe import FailsafeLayer
from gateway.lighting.layers.override import OverrideLayer
from gateway.lighting.layers.presence import PresenceLayer
from gateway.lighting.layers.program import Now, ProgramLayer
from gateway.lighting.plan import CLASSES, DUST, Luminaire, Zone


@dataclass(frozen=True, slots=True)
class Stack:
    """What every layer says of one lamp at one instant, the clamps, and the level that came of it."""

    level: int
    override: Cause | None
    failsafe: Cause | None
    presence: Cause | None
    count: Cause | None
    default: Cause
    cap: Cause | None
    floor: Cause | None
    decided: Cause
    steady: Cause | None = None

    def causes(self) -> tuple[Cause, ...]:
        """The deciding cause first, then every other that spoke, highest rank first."""
        clamps = (self.cap, self.floor, self.steady)
        spoke = (self.override, self.failsafe, self.presence, self.count, self.default, *clamps)
        return (self.decided, *(cause for cause in spoke if cause is not None and cause is not self.decided))


@dataclass(frozen=True, slots=True)
class Asks:
    """What the layers ask for at one instant, gathered once for all lamps of the zone."""

    now: Now
    override: Ask
    failsafe: Ask
    presence: Ask
    count: Cause | None
    people: bool | None
    """Whether people are about by the flow; None where presence tells lamp by lamp."""
    in_view: bool
    """Whether somebody may be in the zone to see its lamps change."""


class ZoneEngine:
    """The light of one zone. `due` is the next instant at which something may change by itself.

    `neighbours` are the zones whose sensors it listens to besides its own: for presence, not for health.
    """

    def __init__(self, zone: Zone, calendar: Calendar, neighbours: tuple[Arm, ...] = ()) -> None:
        self.zone = zone
        program = zone.program
        self.health = Health(zone.sensors())
        self._override = OverrideLayer(zone.id, (lamp.id for lamp in zone.luminaires))
        self._failsafe = FailsafeLayer(zone, self.health)
        self._presence = PresenceLayer(zone, program.presence, neighbours) if program.presence else None
        believed = self.health.believed
        self._count = CountLayer(program.count, program.failsafe, zone.counters, believed) if program.count else None
        self._program = ProgramLayer(program, calendar)
        self._fades = Fades(program.ramp)
        self._lamps = {lamp.id: lamp for lamp in zone.luminaires}
        self.standing: dict[DeviceId, Decision] = {}
        self.due = 0

    def sensors(self) -> set[DeviceId]:
        """Every sensor that it listens to, those of its neighbours too."""
        own = {sensor for sensor, _ in self.zone.sensors()}
        return own if self._presence is None else own.union(self._presence.sensors())

    def observe(
        self, fact: Reading | Availability | Override | Cancel, at: int, beside: Sequence[Fact] = ()
    ) -> tuple[bool, Reading | None]:
        """Learn a fact; say whether the light may change now, and who is believed again or no more.

        `beside` is all that is learned at this moment: a running total has its number there.
        """
        if isinstance(fact, (Override, Cancel)):
            changed, verdict = self._override.observe(fact, at), None
        else:
            verdict = self.health.observe(fact, at)
            if verdict is not None:
                self._trust_changed(verdict, at)
            changed = verdict is not None
            if isinstance(fact, Reading) and is_sign_of_life(fact):
                changed |= self._presence is not None and self._presence.observe(fact, at)
                changed |= self._count is not None and self._count.observe(fact, at, beside)
        self._reschedule()
        return changed, verdict

    def _trust_changed(self, verdict: Reading, at: int) -> None:
        if self._count is None or not any(counter.sensor == verdict.device for counter in self.zone.counters):
            return
        if verdict.value:
            self._count.regained(at)
        else:
            self._count.lost(at)

    def settle(self, at: int) -> list[Decision | Reading]:
        """Let everything that is due at `at` happen; say who is not believed any more and what was decided."""
        made: list[Decision | Reading] = []
        for verdict in self.health.settle(at):
            self._trust_changed(verdict, at)
            made.append(verdict)
        self._override.settle(at)
        if self._presence is not None:
            self._presence.settle(at)
        if self._count is not None:
            self._count.settle(at)
        self._fades.settle()
        asks = self._asks(at)
        for lamp in self.zone.luminaires:
            decision = self._decide(lamp, asks, at)
            if decision is not None:
                self.standing[lamp.id] = decision
                made.append(decision)
        self._reschedule()
        return made

    def stack(self, lamp: DeviceId, at: int) -> Stack:
        """What every layer says of a lamp at `at`, with figures of that instant. Changes nothing."""
        return self._stack(self._lamps[lamp], self._asks(at), at)

    def sliding(self, at: int) -> float | None:
        """People per hour in the sliding window that ends at `at`; None where the program does not count."""
        return self._count.sliding(at) if self._count is not None else None

    def _asks(self, at: int) -> Asks:
        return Asks(
            self._program.now(at),
            self._override.ask(at),
            self._failsafe.ask(),
            self._presence.ask(at) if self._presence is not None else Ask(),
            self._count.ask(at) if self._count is not None else None,
            None if self._presence is not None else self._count is not None and self._count.people,
            self._presence is None or self._presence.somebody,
        )

    def _decide(self, lamp: Luminaire, asks: Asks, at: int) -> Decision | None:
        stack = self._stack(lamp, asks, at)
        before = self.standing.get(lamp.id)
        if stack.steady is not None:
            self._fades.wait(lamp.id)
        decided = stack.decided
        if before is not None and before.level == stack.level:
            old = before.decided
            if (old.rank, old.key) == (decided.rank, decided.key):
                return None
        arriving = stack.presence is not None or stack.failsafe is not None or stack.override is not None
        in_view = asks.in_view or stack.failsafe is not None
        level = stack.level if before is None else before.level
        ramp = self._fades.begin(Change(lamp.id, level, stack.level, in_view, arriving), at)
        return Decision(at, lamp.id, stack.level, ramp, stack.causes())

    def _stack(self, lamp: Luminaire, asks: Asks, at: int) -> Stack:
        override, failsafe, presence = asks.override.of(lamp.id), asks.failsafe.of(lamp.id), asks.presence.of(lamp.id)
        default, step, count = asks.now.default, asks.now.step, asks.count
        if not asks.now.active:
            decided = override or Cause(Rank.INACTIVE, 0.0, place=self.zone.program.active.place)
            level = _whole(decided.level)
            return Stack(level, override, failsafe, presence, count, default, None, None, decided)
        people = presence is not None if asks.people is None else asks.people
        floor = self._floor(lamp, step.owed if people or failsafe else step.empty)
        wanted = max((cause for cause in (presence, count, default) if cause is not None), key=_level)
        cap = Cause(Rank.CAP, step.max, key=default.key, place=step.place) if wanted.level > step.max else None
        decided = cap or wanted
        if failsafe is not None and failsafe.level >= decided.level:
            decided = failsafe
        if override is not None:
            decided = override
        forced = override is not None and any(isinstance(by, Override) and by.force for by in override.because)
        if floor.level > decided.level and not forced:
            decided = floor
        level = _whole(decided.level)
        steady = self._steady(lamp.id, level, step.max, at) if override is None else None
        if steady is not None:
            level, decided = _whole(steady.level), steady
        return Stack(level, override, failsafe, presence, count, default, cap, floor, decided, steady)

    def _steady(self, lamp: DeviceId, level: int, most: float, at: int) -> Cause | None:
        """What keeps a lamp brighter than all that asks for light: it became brighter only now."""
        before, until = self.standing.get(lamp), self._fades.steady_until(lamp)
        if before is None or at >= until or min(before.level, _whole(most)) <= level:
            return None
        kept = float(min(before.level, _whole(most)))
        note = "became brighter a short while ago"
        return Cause(Rank.STEADY, kept, (until - at) / SECOND, note=note, place=self.zone.program.ramp.place)

    def _floor(self, lamp: Luminaire, owed: str) -> Cause:
        place = self.zone.place
        if lamp.never_dim:
            return Cause(Rank.FLOOR, 100.0, self.zone.design, note=lamp.never_dim, key="never_dim", place=lamp.place)
        return Cause(Rank.FLOOR, self.zone.floor(owed), CLASSES[owed], note=owed, key=owed, place=place)

    def shift(self, by: int, *, sure: bool) -> None:
        """Street time jumped by `by`: keep what was left, look at the calendar again."""
        self.health.shift(by)
        self._override.shift(by)
        for layer in (self._presence, self._count):
            if layer is not None:
                layer.shift(by)
        self._fades.shift(by)
        self._program.sure = sure
        self.due = 0

    def _reschedule(self) -> None:
        self.due = min(
            self.health.due,
            self._override.due,
            self._program.due,
            self._fades.due,
            self._presence.due if self._presence is not None else NEVER,
            self._count.due if self._count is not None else NEVER,
        )

    def state(self) -> dict[str, object]:
        """All of it as JSON. Of the standing decisions only what the next ones depend on."""
        return {
            "health": self.health.state(),
            "override": self._override.state(),
            "presence": self._presence.state() if self._presence is not None else None,
            "count": self._count.state() if self._count is not None else None,
            "sure": self._program.sure,
            "fades": self._fades.state(),
            "standing": {lamp: list(_essence(decision)) for lamp, decision in sorted(self.standing.items())},
        }

    def restore(self, state: Any, at: int) -> None:
        """Be as when `state` was taken at `at`."""
        self.health.restore(state["health"])
        self._override.restore(state["override"])
        if self._presence is not None and state["presence"] is not None:
            self._presence.restore(state["presence"])
        if self._count is not None and state["count"] is not None:
            self._count.restore(state["count"])
        self._program.sure = state["sure"]
        self._fades.restore(state.get("fades", {}))
        asks = self._asks(at)
        for lamp, (time, level, ramp, rank, key) in state["standing"].items():
            if lamp in self._lamps:
                first = Cause(Rank(rank), level, key=key)
                self.standing[lamp] = Decision(time, lamp, level, ramp, (first,))
                causes = self._stack(self._lamps[lamp], asks, at).causes()
                if first.rank is Rank.STEADY:
                    self._fades.wait(lamp)
                same = next((cause for cause in causes if (cause.rank, cause.key) == (first.rank, first.key)), first)
                rest = tuple(cause for cause in causes if cause is not same)
                self.standing[lamp] = Decision(time, lamp, level, ramp, (same, *rest))
        self._reschedule()


def _essence(decision: Decision) -> Iterator[object]:
    decided = decision.decided
    yield from (decision.time, decision.level, decision.ramp, decided.rank.value, decided.key)


def _level(cause: Cause) -> float:
    return cause.level


def _whole(level: float) -> int:
    """Whole per cent, rounded up: doubt lights the lamp."""
    return ceil(level - DUST)
