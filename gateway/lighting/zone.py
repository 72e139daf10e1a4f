"""One zone: its reasons for light in their order, cap, floor and ramp -> decisions."""

from collections.abc import Iterator, Mapping, Sequence
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
from gateway.lighting.health import NO_VERDICTS, Health, is_sign_of_life
from gateway.lighting.layers.override import OverrideLayer
from gateway.lighting.layers.program import Now, ProgramLayer
from gateway.lighting.plan import CLASSES, DUST, Luminaire, Program, Step, Zone
from gateway.lighting.reasons import Reasons, owed_now


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
    picked: str | None = None
    """The lighting class that the flow picks; None where the step's own are owed."""


class ZoneEngine:
    """The light of one zone. `due` is the next instant at which something may change by itself.

    `neighbours` are the zones whose sensors it listens to besides its own: for presence, not for health.
    """

    def __init__(self, zone: Zone, calendar: Calendar, neighbours: tuple[Arm, ...] = ()) -> None:
        self.zone = zone
        self.neighbours = neighbours
        self.health = Health(zone, calendar.zone)
        self._override = OverrideLayer(zone.id, (lamp.id for lamp in zone.luminaires))
        programs = zone.programs()
        self._reasons = {program.name: Reasons(zone, program, self.health, neighbours) for program in programs}
        self._program = ProgramLayer(zone.rules, calendar)
        self._fades = Fades(program.ramp for program in programs)
        self._lamps = {lamp.id: lamp for lamp in zone.luminaires}
        self.standing: dict[DeviceId, Decision] = {}
        self.due = 0

    def begin(self, at: int) -> None:
        """Start at `at`, having seen nothing yet."""
        for reasons in self._reasons.values():
            reasons.begin(at)
        self._reschedule()

    def sensors(self) -> set[DeviceId]:
        """Every sensor that it listens to, those of its neighbours too."""
        return {sensor for sensor, _ in self.zone.sensors()}.union(
            *(reasons.presence.sensors() for reasons in self._reasons.values() if reasons.presence is not None)
        )

    def observe(
        self, fact: Reading | Availability | Override | Cancel, at: int, beside: Sequence[Fact] = ()
    ) -> tuple[bool, Sequence[Reading]]:
        """Learn a fact; say whether the light may change now, and who is believed again or no more.

        `beside` is all that is learned at this moment: a running total has its number there.
        """
        if isinstance(fact, (Override, Cancel)):
            changed, verdicts = self._override.observe(fact, at), NO_VERDICTS
        else:
            verdicts, possible = self.health.observe(fact, at)
            for verdict in verdicts:
                self._trust_changed(verdict, at)
            changed = bool(verdicts)
            if isinstance(fact, Reading) and is_sign_of_life(fact):
                for reasons in self._reasons.values():
                    if possible:
                        changed |= reasons.observe(fact, at, beside)
                    else:
                        reasons.forget(fact.device)
        self._reschedule()
        return changed, verdicts

    def _trust_changed(self, verdict: Reading, at: int) -> None:
        for reasons in self._reasons.values():
            reasons.trust_changed(verdict, at)

    def settle(self, at: int) -> list[Decision | Reading]:
        """Let everything that is due at `at` happen; say who is not believed any more and what was decided."""
        made: list[Decision | Reading] = []
        for verdict in self.health.settle(at):
            self._trust_changed(verdict, at)
            made.append(verdict)
        self._override.settle(at)
        for reasons in self._reasons.values():
            reasons.settle(at)
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
        count = self._reasons[self.program(at).name].count
        return count.sliding(at) if count is not None else None

    def counted(self, at: int) -> Mapping[DeviceId, float]:
        """People that each believed counter had in the sliding window; nobody where the program does not count."""
        count = self._reasons[self.program(at).name].count
        return count.counted(at) if count is not None else {}

    def held_since(self, at: int) -> int | None:
        """When the flow that is held was last reached (ns); None where that is not known."""
        count = self._reasons[self.program(at).name].count
        return count.held_since() if count is not None else None

    def program(self, at: int) -> Program:
        """The program of the night that `at` belongs to."""
        return self._program.now(at).program

    def step(self, at: int) -> Step:
        """The step of that program which holds at `at`."""
        return self._program.now(at).step

    def _asks(self, at: int) -> Asks:
        """What is asked for by the program of this night: it changes with the night, what it has learned stays."""
        now = self._program.now(at)
        reasons = self._reasons[now.program.name]
        presence, count = reasons.presence, reasons.count
        return Asks(
            now,
            self._override.ask(at),
            reasons.failsafe.ask(),
            presence.ask(at) if presence is not None else Ask(),
            None if count is None else count.ask_for_people(at) if now.dark else count.ask(at),
            None if presence is not None else count is not None and count.people,
            presence is None or presence.somebody,
            count.owed(at) if count is not None else None,
        )

    def _decide(self, lamp: Luminaire, asks: Asks, at: int) -> Decision | None:
        stack = self._stack(lamp, asks, at)
        before = self.standing.get(lamp.id)
        if stack.steady is not None:
            self._fades.wait(lamp.id, asks.now.program.ramp)
        decided = stack.decided
        if before is not None and before.level == stack.level:
            old = before.decided
            if (old.rank, old.key) == (decided.rank, decided.key):
                return None
        arriving = stack.presence is not None or stack.failsafe is not None or stack.override is not None
        in_view = asks.in_view or stack.failsafe is not None
        level = stack.level if before is None else before.level
        change = Change(lamp.id, level, stack.level, in_view, arriving)
        return Decision(at, lamp.id, stack.level, self._fades.begin(change, at, asks.now.program.ramp), stack.causes())

    def _stack(self, lamp: Luminaire, asks: Asks, at: int) -> Stack:
        override, failsafe, presence = asks.override.of(lamp.id), asks.failsafe.of(lamp.id), asks.presence.of(lamp.id)
        default, step, count = asks.now.default, asks.now.step, asks.count
        if not asks.now.active:
            decided = override or Cause(Rank.INACTIVE, 0.0, place=asks.now.program.active.place)
            level = _whole(decided.level)
            return Stack(level, override, failsafe, presence, count, default, None, None, decided)
        people = presence is not None if asks.people is None else asks.people
        known = people or failsafe is not None
        owed = owed_now(step, None if failsafe is not None else asks.picked, people=known)
        floor = self._floor(lamp, None if asks.now.dark and not known else owed)
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
        steady = self._steady(lamp.id, level, asks, at) if override is None else None
        if steady is not None:
            level, decided = _whole(steady.level), steady
        return Stack(level, override, failsafe, presence, count, default, cap, floor, decided, steady)

    def _steady(self, lamp: DeviceId, level: int, asks: Asks, at: int) -> Cause | None:
        """What keeps a lamp brighter than all that asks for light: it became brighter only now."""
        ramp, most = asks.now.program.ramp, _whole(asks.now.step.max)
        before, until = self.standing.get(lamp), self._fades.steady_until(lamp, ramp)
        if before is None or at >= until or min(before.level, most) <= level:
            return None
        note = "became brighter a short while ago"
        return Cause(Rank.STEADY, float(min(before.level, most)), (until - at) / SECOND, note=note, place=ramp.place)

    def _floor(self, lamp: Luminaire, owed: str | None) -> Cause:
        place = self.zone.place
        if lamp.never_dim:
            return Cause(Rank.FLOOR, 100.0, self.zone.design, note=lamp.never_dim, key="never_dim", place=lamp.place)
        if owed is None:
            return Cause(Rank.FLOOR, 0.0, 0.0, note="nobody is here, and it may be dark", key="dark", place=place)
        if self.zone.design is None:
            return Cause(Rank.FLOOR, 100.0, note="no design illuminance is known", key="no design", place=place)
        return Cause(Rank.FLOOR, self.zone.floor(owed), CLASSES[owed], note=owed, key=owed, place=place)

    @property
    def sure(self) -> bool:
        """Whether the clock is believed."""
        return self._program.sure

    @property
    def orders(self) -> tuple[Override, ...]:
        """The orders of persons for this zone and its lamps that hold or are to come; who begins first comes first."""
        return self._override.orders

    def shift(self, by: int, at: int, *, sure: bool) -> None:
        """Street time jumped by `by` from `at`: keep what was left, look at the calendar again."""
        self.health.shift(by)
        self._override.shift(by, at)
        for reasons in self._reasons.values():
            reasons.shift(by)
        self._fades.shift(by)
        self._program.sure = sure
        self.due = 0

    def _reschedule(self) -> None:
        self.due = min(
            self.health.due,
            self._override.due,
            self._program.due,
            self._fades.due,
            *(reasons.due for reasons in self._reasons.values()),
        )

    def state(self) -> dict[str, object]:
        """All of it as JSON. Of the standing decisions only what the next ones depend on."""
        return {
            "health": self.health.state(),
            "override": self._override.state(),
            "programs": {name: reasons.state() for name, reasons in self._reasons.items()},
            "sure": self._program.sure,
            "fades": self._fades.state(),
            "standing": {lamp: list(_essence(decision)) for lamp, decision in sorted(self.standing.items())},
        }

    def restore(self, state: Any, at: int) -> None:
        """Be as when `state` was taken at `at`."""
        self.health.restore(state["health"])
        self._override.restore(state["override"])
        # Version 1 knew one program a zone, and kept its layers beside the rest.
        programs = state.get("programs", {"": state})
        for name, reasons in self._reasons.items():
            reasons.restore(programs, name, at)
        self._program.sure = state["sure"]
        self._fades.restore(state.get("fades", {}))
        asks = self._asks(at)
        for lamp, (time, level, ramp, rank, key) in state["standing"].items():
            if lamp in self._lamps:
                first = Cause(Rank(rank), level, key=key)
                self.standing[lamp] = Decision(time, lamp, level, ramp, (first,))
                causes = self._stack(self._lamps[lamp], asks, at).causes()
                if first.rank is Rank.STEADY:
                    self._fades.wait(lamp, asks.now.program.ramp)
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
