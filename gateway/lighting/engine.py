"""Facts in, decisions out. One engine for the daemon, the study and the simulation; it has no clock."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple, TypeAlias, TypeVar

from devices.convention import Numbered
from devices.device import DeviceId
from devices.reading import Availability, Reading
from gateway.lighting.agenda import Agenda
from gateway.lighting.bubble import arms
from gateway.lighting.calendar import Calendar
from gateway.lighting.decision import Decision, Snapshot
from gateway.lighting.facts import Cancel, ClockSet, Fact, Maintenance, Override, Proof, order
from gateway.lighting.health import NEVER
from gateway.lighting.inheritance import heirloom, means_the_same, side_by_side, untouched
from gateway.lighting.maintenance import Works
from gateway.lighting.plan import Plan, ZoneId
from gateway.lighting.stack import Stack
from gateway.lighting.zone import ZoneEngine

VERSION = "4"
"""Of the rules: it changes when the same plan and the same tape make other decisions."""

Name = TypeVar("Name")

Tape: TypeAlias = Iterable[tuple[int, Sequence[Fact]]]


class Wiring(NamedTuple):
    """The zones of a plan, which of them (by number) a sensor or an order concerns, and when each is due."""

    zones: tuple[ZoneEngine, ...]
    of_lamp: Mapping[DeviceId, ZoneEngine]
    of_sensor: Mapping[DeviceId, tuple[int, ...]]
    of_target: Mapping[DeviceId | ZoneId, tuple[int, ...]]
    agenda: Agenda
    ordered: set[int]
    """Where somebody ordered anything."""


@dataclass(frozen=True, slots=True)
class Successor:
    """Another plan, ready to hold: its zones, and what changes by it. Good until the engine learns anything more."""

    plan: Plan
    wiring: Wiring
    made: tuple[Decision | Reading, ...]
    snapshot: Snapshot


class Engine:
    """The light of a plan's zones from `now` on (nanoseconds UTC), or from where a snapshot left off.

    A snapshot of another plan is taken as far as its zones and sensors are still there.
    """

    def __init__(self, plan: Plan, now: int, snapshot: Snapshot | None = None) -> None:
        self.plan = plan
        self._now = now
        self._works = Works()
        self._build()
        if snapshot is not None:
            self._restore(snapshot.state)

    def _build(self) -> None:
        calendar = Calendar(self.plan.latitude, self.plan.longitude, self.plan.timezone)
        zones = {zone.id: zone for zone in self.plan.zones}
        made = tuple(ZoneEngine(zone, calendar, arms(zone, zones)) for zone in self.plan.zones)
        for zone in made:
            zone.begin(self._now)
        self._connect(_wired(made))

    def _connect(self, wiring: Wiring) -> None:
        self._zones, self._of_lamp, self._of_sensor, self._of_target, self._agenda, self._ordered = wiring

    @property
    def sure(self) -> bool:
        """Whether the clock is believed, in every zone."""
        return all(zone.sure for zone in self._zones)

    @property
    def now(self) -> int:
        """How far time has passed."""
        return self._now

    def advance(self, now: int, facts: Iterable[Fact] = ()) -> list[Decision | Reading]:
        """Let time pass to `now`, stopping at every change that is due; learn `facts` there; say all that changed.

        What is due at `now` itself happens together with the facts of `now`, or as soon as time has passed it, so that
        it does not matter how often the engine is asked. A `now` before the last one is the last one. Readings among
        the answer are about sensors: who is believed again or no more, and why (quantity TRUST).
        """
        now = max(now, self._now)
        made: list[Decision | Reading] = []
        while (due := self._agenda.soonest()) < now:
            self._pass_to(max(due, self._now), made)
        self._now = now
        learned = list(facts)
        if len(learned) > 1:
            learned.sort(key=order)
        if learned:
            self._learn(learned, made)
        return made

    def adopt(self, plan: Plan, now: int) -> list[Decision | Reading]:
        """Let another plan hold from `now` on; say what changes by that.

        A zone whose rules are the same, and those of the zones next to it, decides nothing. A changed one keeps what is
        known of its sensors, its orders and its lamps, and is settled at once.
        """
        made = self.advance(now)
        successor = self.prepare(plan)
        self.take(successor)
        return [*made, *successor.made]

    def prepare(self, plan: Plan) -> Successor:
        """What `take` needs so that another plan holds from now on, as `adopt` has it. Changes nothing."""
        before = self.plan
        moved = (before.latitude, before.longitude, before.timezone) != (plan.latitude, plan.longitude, plan.timezone)
        old = {engine.zone.id: engine for engine in self._zones}
        zones = {zone.id: zone for zone in plan.zones}
        calendar = Calendar(plan.latitude, plan.longitude, plan.timezone)
        taken: list[ZoneEngine] = []
        changed: list[ZoneEngine] = []
        for zone in plan.zones:
            engine, around = old.get(zone.id), arms(zone, zones)
            same = engine is not None and not moved and side_by_side(engine.neighbours, around)
            if engine is not None and same and untouched(engine.zone, zone):
                taken.append(engine)
                continue
            taken.append(ZoneEngine(zone, calendar, around))
            if engine is not None and same and means_the_same(engine.zone, zone):
                taken[-1].restore(engine.state(), self._now)
            else:
                taken[-1].restore(heirloom(tuple(old.values()), zone), self._now)
                changed.append(taken[-1])
        made = [change for engine in changed for change in engine.settle(self._now)]
        return Successor(plan, _wired(tuple(taken)), tuple(made), self._snapshot(plan, taken))

    def take(self, successor: Successor) -> None:
        """Let a plan hold that was prepared just now. Nothing here can fail, so that no plan ever holds by halves."""
        self.plan = successor.plan
        self._connect(successor.wiring)

    def _pass_to(self, instant: int, made: list[Decision | Reading]) -> None:
        self._now = instant
        self._settle(dict.fromkeys(self._agenda.take(instant), True), made)

    def _settle(self, touched: dict[int, bool], made: list[Decision | Reading]) -> None:
        """Settle in the plan's order the zones that changed, by number, and of the rest those that are due."""
        for number in sorted(touched):
            zone = self._zones[number]
            due = self._now if touched[number] else zone.due
            if due <= self._now:
                made += zone.settle(self._now)
                due = zone.due
            self._agenda.put(number, due)

    def _learn(self, facts: list[Fact], made: list[Decision | Reading]) -> None:
        touched: dict[int, bool] = {}
        for fact in facts:
            if isinstance(fact, (Reading, Availability)):
                concerned: Iterable[int] = self._of_sensor.get(fact.device, ())
            elif isinstance(fact, Numbered):
                continue
            elif isinstance(fact, ClockSet):
                self._set_clock(fact, touched, made)
                continue
            elif isinstance(fact, Proof):
                concerned = self._of_target.get(fact.target, ())
            else:
                self._works.observe(fact)
                if isinstance(fact, Maintenance):
                    continue
                concerned = self._ordering(fact, touched)
            for number in concerned:
                changed, verdicts = self._zones[number].observe(fact, self._now, facts)
                touched[number] = touched.get(number, False) or changed
                made.extend(verdicts)
        self._settle(touched, made)

    def _ordering(self, fact: Override | Cancel, touched: dict[int, bool]) -> Iterable[int]:
        """The zones that an order concerns: its own, and those with orders, since one may be of the same id.

        A person's word comes when it comes to all zones alike: whoever is due at the same moment settles beside it.
        """
        for number in self._agenda.take(self._now):
            touched.setdefault(number, False)
        self._ordered = {number for number in self._ordered if self._zones[number].orders}
        if isinstance(fact, Override):
            self._ordered.update(self._of_target.get(fact.target, ()))
        return tuple(self._ordered)

    def _set_clock(self, fact: ClockSet, touched: dict[int, bool], made: list[Decision | Reading]) -> None:
        """Finish what belongs to the old time, in every zone; then set all of them to the new one."""
        changed = {number: touched.get(number, False) for number in range(len(self._zones))}
        self._settle(changed, made)
        before = self._now
        self._now += fact.shift
        self._works.shift(fact.shift)
        for number, zone in enumerate(self._zones):
            zone.shift(fact.shift, before, sure=fact.sure)
            touched[number] = True

    def next_change(self) -> int | None:
        """The next instant at which something may change by itself; None if never."""
        due = self._agenda.soonest()
        return due if due < NEVER else None

    def standing(self, lamp: DeviceId) -> Decision:
        """The decision that holds for a lamp. Raises `KeyError` for a lamp not in the plan or not decided yet."""
        return self._of_lamp[lamp].standing[lamp]

    def decisions(self) -> list[Decision]:
        """The decisions that hold, lamp by lamp in the plan's order."""
        return list(chain.from_iterable(zone.standing.values() for zone in self._zones))

    def orders(self) -> list[Override]:
        """The orders of persons that hold or are to come, zone by zone in the plan's order."""
        return [order for zone in self._zones for order in zone.orders]

    def maintenance(self) -> list[Maintenance]:
        """The maintenance that stands, by lamp. It is on the tape and in snapshots, and moves no light."""
        return self._works.standing(self._now)

    def proofs(self) -> dict[DeviceId, tuple[Proof, ...]]:
        """The last words, by watts and by lux, on how lamps dim, of those of which there are any."""
        return {lamp: words for zone in self._zones for lamp, words in zone.proofs.known.items()}

    def stack(self, lamp: DeviceId) -> Stack:
        """What every layer says of a lamp as of now, with the figures of now. Changes nothing."""
        return self._of_lamp[lamp].stack(lamp, self._now)

    def zone(self, lamp: DeviceId) -> ZoneEngine:
        """The zone of a lamp, for those who explain. Raises `KeyError` for a lamp that is not in the plan."""
        return self._of_lamp[lamp]

    def believed(self, sensor: DeviceId) -> bool:
        """Whether a sensor is believed in every zone that it hangs in; those next to it only listen."""
        zones = [self._zones[number] for number in self._of_sensor.get(sensor, ())]
        return all(zone.health.believed(sensor) for zone in zones if zone.health.knows(sensor))

    def snapshot(self) -> Snapshot:
        """All that the next decisions depend on."""
        return self._snapshot(self.plan, self._zones)

    def _snapshot(self, plan: Plan, zones: Iterable[ZoneEngine]) -> Snapshot:
        state: dict[str, object] = {"now": self._now, "zones": {zone.zone.id: zone.state() for zone in zones}}
        if works := self._works.state(self._now):
            state["maintenance"] = works
        return Snapshot(plan.digest, VERSION, state)

    def _restore(self, state: Any) -> None:
        self._now = max(self._now, state["now"])
        self._works.restore(state.get("maintenance", ()))
        for zone in self._zones:
            if zone.zone.id in state["zones"]:
                zone.restore(state["zones"][zone.zone.id], state["now"])
        self._connect(_wired(self._zones))


def _wired(zones: tuple[ZoneEngine, ...]) -> Wiring:
    """Let every zone hear what its sensors say and what is ordered for it, and be asked when it is due."""
    return Wiring(
        zones=zones,
        of_lamp={lamp.id: zone for zone in zones for lamp in zone.zone.luminaires},
        of_sensor=_numbered(zone.sensors() for zone in zones),
        of_target=_numbered((zone.zone.id, *(lamp.id for lamp in zone.zone.luminaires)) for zone in zones),
        agenda=Agenda(zone.due for zone in zones),
        ordered={number for number, zone in enumerate(zones) if zone.orders},
    )


def _numbered(names: Iterable[Iterable[Name]]) -> dict[Name, tuple[int, ...]]:
    """The numbers of those who have each name among theirs."""
    numbers: dict[Name, list[int]] = {}
    for number, each in enumerate(names):
        for name in each:
            numbers.setdefault(name, []).append(number)
    return {name: tuple(having) for name, having in numbers.items()}


def play(engine: Engine, tape: Tape, until: int) -> Iterator[Decision | Reading]:
    """Every decision an engine makes of these facts: explain, simulate, compare and the tests."""
    for at, facts in tape:
        yield from engine.advance(at, facts)
    yield from engine.advance(until)
