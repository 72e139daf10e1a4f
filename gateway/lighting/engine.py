"""Facts in, decisions out. One engine for the daemon, the study and the simulation; it has no clock."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, TypeAlias

from devices.convention import Numbered
from devices.device import DeviceId
from devices.reading import Availability, Reading
from gateway.lighting.bubble import arms
from gateway.lighting.calendar import Calendar
from gateway.lighting.decision import Decision, Snapshot
from gateway.lighting.facts import Cancel, ClockSet, Fact, Maintenance, Override, order
from gateway.lighting.health import NEVER
from gateway.lighting.inheritance import heirloom, means_the_same, side_by_side, untouched
from gateway.lighting.maintenance import Works
from gateway.lighting.plan import Plan
from gateway.lighting.zone import Stack, ZoneEngine

VERSION = "3"
"""Of the rules: it changes when the same plan and the same tape make other decisions."""

Tape: TypeAlias = Iterable[tuple[int, Sequence[Fact]]]


@dataclass(frozen=True, slots=True)
class Successor:
    """Another plan, ready to hold: its zones, and what changes by it. Good until the engine learns anything more."""

    plan: Plan
    zones: tuple[ZoneEngine, ...]
    of_sensor: Mapping[DeviceId, tuple[ZoneEngine, ...]]
    of_lamp: Mapping[DeviceId, ZoneEngine]
    due: int
    made: tuple[Decision | Reading, ...]
    snapshot: Snapshot


class Engine:
    """The light of a plan's zones from `now` on (nanoseconds UTC), or from where a snapshot left off.

    A snapshot of another plan is taken as far as its zones and sensors are still there.
    """

    def __init__(self, plan: Plan, now: int, snapshot: Snapshot | None = None) -> None:
        self.plan = plan
        self._now = now
        self._zones: tuple[ZoneEngine, ...] = ()
        self._of_sensor: Mapping[DeviceId, tuple[ZoneEngine, ...]] = {}
        self._of_lamp: Mapping[DeviceId, ZoneEngine] = {}
        self._due = 0
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
        self._zones, self._of_sensor, self._of_lamp = made, _hearing(made), _shining(made)

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
        while self._due < now:
            self._pass_to(max(self._due, self._now), made)
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
        return Successor(
            plan=plan,
            zones=tuple(taken),
            of_sensor=_hearing(taken),
            of_lamp=_shining(taken),
            due=min((zone.due for zone in taken), default=NEVER),
            made=tuple(made),
            snapshot=self._snapshot(plan, taken),
        )

    def take(self, successor: Successor) -> None:
        """Let a plan hold that was prepared just now. Nothing here can fail, so that no plan ever holds by halves."""
        self.plan, self._zones, self._due = successor.plan, successor.zones, successor.due
        self._of_sensor, self._of_lamp = successor.of_sensor, successor.of_lamp

    def _pass_to(self, instant: int, made: list[Decision | Reading]) -> None:
        self._now = instant
        for zone in self._zones:
            if zone.due <= instant:
                made.extend(zone.settle(instant))
        self._reschedule()

    def _learn(self, facts: list[Fact], made: list[Decision | Reading]) -> None:
        touched: dict[ZoneEngine, bool] = {}
        first = False
        self._works.observe(facts)
        for fact in facts:
            if isinstance(fact, ClockSet):
                self._set_clock(fact, touched, made)
                first = True
                continue
            if isinstance(fact, (Numbered, Maintenance)):
                continue
            for zone in self._concerned(fact):
                first = first or zone.due <= self._due
                changed, verdicts = zone.observe(fact, self._now, facts)
                touched[zone] = touched.get(zone, False) or changed
                made.extend(verdicts)
        # Zones settle in the plan's order; mostly there is but one.
        for zone in self._zones if len(touched) > 1 else tuple(touched):
            if touched.get(zone) or (zone in touched and zone.due <= self._now):
                made.extend(zone.settle(self._now))
        soonest = min((zone.due for zone in touched), default=NEVER)
        if first and soonest > self._due:
            self._reschedule()
        else:
            # Whoever is due first still is, so nobody else need be asked.
            self._due = min(self._due, soonest)

    def _concerned(self, fact: Reading | Availability | Override | Cancel) -> Iterable[ZoneEngine]:
        if isinstance(fact, (Reading, Availability)):
            return self._of_sensor.get(fact.device, ())
        return self._zones

    def _set_clock(self, fact: ClockSet, touched: dict[ZoneEngine, bool], made: list[Decision | Reading]) -> None:
        for zone in self._zones:
            if touched.pop(zone, False) or zone.due <= self._now:
                made.extend(zone.settle(self._now))
        before = self._now
        self._now += fact.shift
        self._works.shift(fact.shift)
        for zone in self._zones:
            zone.shift(fact.shift, before, sure=fact.sure)
            touched[zone] = True

    def _reschedule(self) -> None:
        self._due = min((zone.due for zone in self._zones), default=NEVER)

    def next_change(self) -> int | None:
        """The next instant at which something may change by itself; None if never."""
        return self._due if self._due < NEVER else None

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

    def stack(self, lamp: DeviceId) -> Stack:
        """What every layer says of a lamp as of now, with the figures of now. Changes nothing."""
        return self._of_lamp[lamp].stack(lamp, self._now)

    def zone(self, lamp: DeviceId) -> ZoneEngine:
        """The zone of a lamp, for those who explain. Raises `KeyError` for a lamp that is not in the plan."""
        return self._of_lamp[lamp]

    def believed(self, sensor: DeviceId) -> bool:
        """Whether a sensor is believed in every zone that it hangs in; those next to it only listen."""
        zones = self._of_sensor.get(sensor, ())
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
        self._reschedule()


def _hearing(zones: Iterable[ZoneEngine]) -> dict[DeviceId, tuple[ZoneEngine, ...]]:
    """Which zones hear what a sensor says."""
    hearing: dict[DeviceId, list[ZoneEngine]] = {}
    for zone in zones:
        for sensor in zone.sensors():
            hearing.setdefault(sensor, []).append(zone)
    return {sensor: tuple(listeners) for sensor, listeners in hearing.items()}


def _shining(zones: Iterable[ZoneEngine]) -> dict[DeviceId, ZoneEngine]:
    """The zone of each lamp."""
    return {lamp.id: zone for zone in zones for lamp in zone.zone.luminaires}


def play(engine: Engine, tape: Tape, until: int) -> Iterator[Decision | Reading]:
    """Every decision an engine makes of these facts: explain, simulate, compare and the tests."""
    for at, facts in tape:
        yield from engine.advance(at, facts)
    yield from engine.advance(until)
