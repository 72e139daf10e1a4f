"""A simulated week of several zones with its record: all that happens to a gateway and its street in a week.

Walkers, orders, maintenance, clock steps, restarts with and without a last snapshot, plans that change (a curve, a
stretch, a lamp that goes and comes back), edits that are refused, sensors that fall silent.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from devices.device import DeviceId
from devices.reading import Quantity, Reading
from gateway.lighting.engine import Engine
from gateway.lighting.facts import Cancel, ClockSet, Fact, Maintenance, Override
from gateway.lighting.plan import Plan
from gateway.record.entry import Adopted, Declined, Entry, Made
from gateway.record.reader import Reader
from gateway.record.writer import Record
from gateway.study.replay import rebuild
from tests.lighting.street import DUSK, EAST, HOUR, MINUTE, MOTION, QUIET, SECOND, WEST, one_lamp_zone, plan, street

DAY = 24 * HOUR
BEGIN = DUSK - 2 * HOUR
LAMPS = tuple(DeviceId(name) for name in ("lamp-1", "lamp-2", "lamp-3", "lamp-yard", "lamp-gate"))
YARD, GATE = DeviceId("motion-yard"), DeviceId("motion-gate")
PLAN = plan(street(), one_lamp_zone("yard", LAMPS[3], YARD), one_lamp_zone("gate", LAMPS[4], GATE))
_STREET = street()
BRIGHTER = replace(QUIET, failsafe=90.0, steps=tuple(replace(step, owed="P4", max=100.0) for step in QUIET.steps))
OTHERS = (
    ("brighter", (street(BRIGHTER), PLAN.zones[1], PLAN.zones[2])),
    ("without-lamp-3", (replace(_STREET, luminaires=_STREET.luminaires[:2]), PLAN.zones[1], PLAN.zones[2])),
    ("longer-stretch", (replace(_STREET, watches=(replace(_STREET.watches[0], end=90.0), _STREET.watches[1])),)),
)
PLANS = (PLAN, *(replace(PLAN, digest=name, zones=(*zones, *PLAN.zones[len(zones) :])) for name, zones in OTHERS))
"""What is adopted in turn."""
ALWAYS = tuple(lamp for lamp in LAMPS if lamp != DeviceId("lamp-3"))
"""The lamps that every plan has."""
TARGETS = ("street", "yard", *LAMPS)
SNAPSHOT = 15 * MINUTE


@dataclass
class Week:
    """The gateway of that week. Timers are kept a moment after they were due, as a living gateway keeps them."""

    folder: Path
    random: Random = field(default_factory=lambda: Random(4))
    now: int = BEGIN
    orders: int = 0
    restarts: int = 0
    steps: int = 0
    reloads: int = 0
    refused: int = 0
    works: int = 0
    plan: Plan = PLAN

    async def live(self, until: int) -> None:
        """From the first afternoon on: one run after another."""
        while self.now < until:
            await self._run(min(until, self.now + self.random.randint(8, 40) * HOUR))
            self.restarts += 1
            self.now += self.random.choice([SECOND, 30 * SECOND, 25 * MINUTE])

    async def _run(self, until: int) -> None:
        engine = self._engine()
        record = Record(self.folder, "chalon")
        record.start()
        self._adopt(engine, record)
        snapshot_due = self.now + SNAPSHOT
        while self.now < until:
            at = self.now + self.random.randint(1, 3 * MINUTE)
            while (due := min(engine.next_change() or at, snapshot_due)) < at:
                self.now = max(self.now, due + self.random.randint(1, 5_000_000))
                timed: list[Made] = list(engine.advance(self.now))
                if due == snapshot_due:
                    timed.append(engine.snapshot())
                    snapshot_due = self.now + SNAPSHOT
                record.append(Entry(self.now, (), tuple(timed)))
            self.now = max(at, self.now + 1)
            if self._edited(engine, record):
                continue
            facts = self._facts()
            decided = tuple(engine.advance(self.now, facts))
            record.append(Entry(self.now, tuple(facts), decided))
            shift = sum(fact.shift for fact in facts if isinstance(fact, ClockSet))
            self.now += shift
            snapshot_due += shift
            await asyncio.sleep(0)
        if self.random.random() < 0.5:  # stopped; otherwise it died
            record.append(Entry(self.now, (), (*engine.advance(self.now), engine.snapshot())))
        await record.drain()
        record.close()

    def _engine(self) -> Engine:
        if not self.restarts:
            return Engine(PLAN, self.now)
        reader = Reader(self.folder)
        try:
            return rebuild(reader, reader.last_at())
        finally:
            reader.close()

    def _adopt(self, engine: Engine, record: Record) -> None:
        made = [*engine.adopt(self.plan, self.now), *engine.advance(self.now)]
        learned = (Adopted(self.plan, "0.1", "g.morel", "for the test"),)
        record.append(Entry(self.now, learned, (*made, engine.snapshot())))

    def _edited(self, engine: Engine, record: Record) -> bool:
        """Somebody edits the files: sometimes with a mistake."""
        chance = self.random.random()
        if chance < 0.004:
            self.reloads += 1
            self.plan = self.random.choice(PLANS)
            self._adopt(engine, record)
        elif chance < 0.006:
            self.refused += 1
            record.append(Entry(self.now, (Declined("g.morel", "", ("lighting.yaml:3:1: no",), 1),)))
        return chance < 0.006

    def _facts(self) -> Sequence[Fact]:
        chance = self.random.random()
        if chance < 0.002:
            self.steps += 1
            return [ClockSet(self.random.choice([-HOUR, -MINUTE, 5 * SECOND, 20 * MINUTE]), sure=True)]
        if chance < 0.012:
            self.orders += 1
            return [self._order()]
        if chance < 0.016:
            return [Cancel(f"o-{self.orders}", "g.morel", "g.morel")]
        if chance < 0.019:
            self.works += 1
            lamp, until = self.random.choice(LAMPS), self.now + self.random.randint(5, 120) * MINUTE
            return [Maintenance(f"m-{self.works}", lamp, self.now, until, "s.ruiz", "new driver", "s.ruiz")]
        return [self._reading() for _ in range(self.random.randint(1, 3))]

    def _order(self) -> Override:
        start = self.now + self.random.choice([0, 0, 2 * HOUR])
        target, level = self.random.choice(TARGETS), self.random.randint(0, 100)
        force, by_clock = self.random.random() < 0.2, self.random.random() < 0.5
        length = self.random.randint(1, 180) * MINUTE
        who = ("g.morel", "repair", force, "root", by_clock)
        return Override(f"o-{self.orders}", DeviceId(target), level, start, start + length, *who)

    def _reading(self) -> Reading:
        sensor = self.random.choice([WEST, EAST, *MOTION, YARD, GATE, *MOTION])
        if sensor in (WEST, EAST):
            people = self.random.choice([0, 0, 0, 1, 2, 6])
            return Reading(sensor, Quantity.PEDESTRIANS, people, self.now, period=self.random.choice([1, 60]) * SECOND)
        return Reading(sensor, Quantity.PRESENCE, float(self.random.random() < 0.4), self.now)
