"""One zone: its reasons for light in their order, cap, floor and ramp -> decisions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeAlias

from devices.device import DeviceId
from devices.message import SECOND
from devices.reading import Availability, Reading
from gateway.lighting.bubble import Arm
from gateway.lighting.calendar import Calendar
from gateway.lighting.decision import Ask, Cause, Decision, Rank
from gateway.lighting.facts import Cancel, Fact, Override, Proof
from gateway.lighting.fades import Change, Fades
from gateway.lighting.health import NO_VERDICTS, Health, is_sign_of_life
from gateway.lighting.layers.count import Outlook
from gateway.lighting.layers.override import OverrideLayer
from gateway.lighting.layers.program import Now, ProgramLayer
from gateway.lighting.plan import Luminaire, Program, Step, Zone
from gateway.lighting.proofs import Proofs
from gateway.lighting.reasons import Reasons
from gateway.lighting.stack import NOTHING, Common, Floors, Kind, Own, Stack, Stacks, stacked, whole


class Situation(NamedTuple):
    """All that the lamps of a zone have in common and that can move them. While it is equal, they stay as they are."""

    now: Now
    flow: Outlook | None
    people: bool | None
    unknown: frozenset[DeviceId]
    ordered: Ask


Outcome: TypeAlias = tuple[int, Rank, str]
"""A level in whole per cent, and rank and key of what decided it."""


class _Timed(Protocol):
    """A part that may change by itself."""

    @property
    def due(self) -> int: ...


class ZoneEngine:
    """The light of one zone.

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
        self._number = {lamp.id: number for number, lamp in enumerate(zone.luminaires)}
        self._floors = Floors(zone)
        self.proofs = Proofs(zone)
        self._floors.hold(self.proofs.held())
        self._situation: Situation | None = None
        self._outcomes: dict[Kind, Outcome] = {}
        self.standing: dict[DeviceId, Decision] = {}
        layers = (layer for reasons in self._reasons.values() for layer in reasons.timed)
        self._timed: tuple[_Timed, ...] = (self.health, self._override, self._program, self._fades, *layers)

    @property
    def due(self) -> int:
        """The next instant at which something may change by itself."""
        return min([part.due for part in self._timed])

    def begin(self, at: int) -> None:
        """Start at `at`, having seen nothing yet."""
        for reasons in self._reasons.values():
            reasons.begin(at)

    def sensors(self) -> set[DeviceId]:
        """Every sensor that it listens to, those of its neighbours too."""
        return {sensor for sensor, _ in self.zone.sensors()}.union(
            *(reasons.presence.sensors() for reasons in self._reasons.values() if reasons.presence is not None)
        )

    def observe(
        self, fact: Reading | Availability | Override | Cancel | Proof, at: int, beside: Sequence[Fact] = ()
    ) -> tuple[bool, Sequence[Reading]]:
        """Learn a fact; say whether the light may change now, and who is believed again or no more.

        `beside` is all that is learned at this moment: a running total has its number there.
        """
        if isinstance(fact, (Override, Cancel)):
            changed, verdicts = self._override.observe(fact, at), NO_VERDICTS
        elif isinstance(fact, Proof):
            changed, verdicts = self._prove(fact), NO_VERDICTS
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
        return changed, verdicts

    def _prove(self, proof: Proof) -> bool:
        """Learn how lamps dim; say whether other lamps are held at full light now."""
        changed = self.proofs.observe(proof)
        if changed:
            self._floors.hold(self.proofs.held())
            self._situation = None
        return changed

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
        self._program.settle(at)
        for reasons in self._reasons.values():
            reasons.settle(at)
        made.extend(self._decided(at))
        return made

    def _decided(self, at: int) -> Iterator[Decision]:
        """What is decided for the lamps whose level, or what decides it, is another than what stands."""
        situation = self._look(at)
        suspects = self._suspects(situation)
        if not suspects:
            return
        common = self._common(situation.now, at)
        changed = list(self._changed(suspects, situation, common, at))
        reasons, ramp = self._tonight(situation.now), situation.now.program.ramp
        stacks = Stacks(common, self._floors)
        presences = reasons.presences([lamp.id for lamp, _, _ in changed], at)
        for lamp, kind, steady in changed:
            name = lamp.id
            own = Own(situation.ordered.of(name), reasons.failsafe.ask(name), presences.get(name))
            level, causes = stacks.of(lamp, kind, own, steady)
            before = self.standing.get(name)
            change = Change(name, level if before is None else before.level, level)
            if self._fades.needed:
                in_view = own.failsafe is not None or reasons.in_view
                lasts = self._fades.begin(change, at, ramp, in_view=in_view, arriving=own != NOTHING)
            else:
                lasts = change.ramp(ramp)
            self.standing[name] = decision = Decision(at, name, level, lasts, causes)
            yield decision

    def _look(self, at: int) -> Situation:
        """What the lamps have in common at `at`."""
        now = self._program.now(at)
        reasons = self._tonight(now)
        flow, people = reasons.outlook(at), reasons.people(dark=now.dark)
        return Situation(now, flow, people, reasons.failsafe.unknown(), self._override.ask(at))

    def _suspects(self, situation: Situation) -> Sequence[Luminaire]:
        """The lamps that may have changed since they were last looked at, in the plan's order.

        All of them in a new situation. Else who went into the light of somebody or out of it, and who waits.
        """
        suspects, tonight = self._fades.settle(), self._tonight(situation.now)
        for reasons in self._reasons.values():
            turned = reasons.turned()
            if reasons is tonight:
                suspects |= turned
        if situation != self._situation:
            self._situation = situation
            self._outcomes.clear()
            return self.zone.luminaires
        return [self._lamps[lamp] for lamp in sorted(suspects, key=self._number.__getitem__)]

    def _changed(
        self, suspects: Iterable[Luminaire], situation: Situation, common: Common, at: int
    ) -> Iterator[tuple[Luminaire, Kind, Cause | None]]:
        """Those for whom another level holds, or another cause decides, than stands; and what they wait for.

        Notes everybody who waits to become darker.
        """
        now, _, _, unknown, orders = situation
        lit, outcomes, may_wait = self._tonight(now).lit, self._outcomes, now.active and now.program.ramp.steady > 0
        undimmed = self._floors.undimmed
        for lamp in suspects:
            name, order = lamp.id, orders.of(lamp.id)
            kind = undimmed.get(name, ""), name in unknown, name in lit, None if order is None else order.key
            outcome = outcomes.get(kind)
            if outcome is None:
                stack = self._unsteadied(lamp, common, at)
                outcome = outcomes[kind] = stack.level, stack.decided.rank, stack.decided.key
            steady = self._steady(name, outcome[0], order, now, at) if may_wait else None
            if steady is not None:
                self._fades.wait(name, now.program.ramp)
                outcome = whole(steady.level), steady.rank, steady.key
            before = self.standing.get(name)
            if before is None or outcome != (before.level, before.causes[0].rank, before.causes[0].key):
                yield lamp, kind, steady

    def stack(self, lamp: DeviceId, at: int) -> Stack:
        """What every layer says of a lamp at `at`, with figures of that instant. Changes nothing."""
        return self._stack(lamp, self._common(self._program.now(at), at), at)

    def _stack(self, lamp: DeviceId, common: Common, at: int) -> Stack:
        stack = self._unsteadied(self._lamps[lamp], common, at)
        steady = self._steady(lamp, stack.level, stack.override, common.now, at)
        return stack if steady is None else stack.kept(steady)

    def _unsteadied(self, lamp: Luminaire, common: Common, at: int) -> Stack:
        reasons, order = self._tonight(common.now), self._override.ask(at).of(lamp.id)
        own = Own(order, reasons.failsafe.ask(lamp.id), reasons.presences((lamp.id,), at).get(lamp.id))
        return stacked(lamp, common, own, self._floors)

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

    def _tonight(self, now: Now) -> Reasons:
        """The reasons of the program of this night: it changes with the night, what they have learned stays."""
        return self._reasons[now.program.name]

    def _common(self, now: Now, at: int) -> Common:
        reasons = self._tonight(now)
        presence, count = reasons.presence, reasons.count
        return Common(
            now,
            None if count is None else count.ask_for_people(at) if now.dark else count.ask(at),
            None if presence is not None else count is not None and count.people,
            count.owed(at) if count is not None else None,
        )

    def _steady(self, lamp: DeviceId, level: int, order: Cause | None, now: Now, at: int) -> Cause | None:
        """What keeps a lamp brighter than all that asks for light: it became brighter only now.

        A person's order and the end of the night do not wait.
        """
        ramp = now.program.ramp
        if not ramp.steady or order is not None or not now.active:
            return None
        most = whole(now.step.max)
        before, until = self.standing.get(lamp), self._fades.steady_until(lamp, ramp)
        if before is None or at >= until or min(before.level, most) <= level:
            return None
        note = "became brighter a short while ago"
        return Cause(Rank.STEADY, float(min(before.level, most)), (until - at) / SECOND, note=note, place=ramp.place)

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
        self._program.believe(sure=sure)
        self._situation = None

    def state(self) -> dict[str, object]:
        """All of it as JSON. Of the standing decisions only what the next ones depend on."""
        proofs = self.proofs.state()
        return {
            **({"proofs": proofs} if proofs else {}),
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
        self.proofs.restore(state.get("proofs", ()))
        self._floors.hold(self.proofs.held())
        # Version 1 knew one program a zone, and kept its layers beside the rest.
        programs = state.get("programs", {"": state})
        for name, reasons in self._reasons.items():
            reasons.restore(programs, name, at)
        self._program.believe(sure=state["sure"])
        self._fades.restore(state.get("fades", {}))
        self._situation = None
        self._program.settle(at)
        common = self._common(self._program.now(at), at)
        for lamp, (time, level, ramp, rank, key) in state["standing"].items():
            if lamp in self._lamps:
                first = Cause(Rank(rank), level, key=key)
                self.standing[lamp] = Decision(time, lamp, level, ramp, (first,))
                causes = self._stack(lamp, common, at).causes()
                if first.rank is Rank.STEADY:
                    self._fades.wait(lamp, common.now.program.ramp)
                same = next((cause for cause in causes if (cause.rank, cause.key) == (first.rank, first.key)), first)
                rest = tuple(cause for cause in causes if cause is not same)
                self.standing[lamp] = Decision(time, lamp, level, ramp, (same, *rest))


def _essence(decision: Decision) -> Iterator[object]:
    decided = decision.decided
    yield from (decision.time, decision.level, decision.ramp, decided.rank.value, decided.key)
