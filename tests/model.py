"""A small, slow model of DESIGN's section on light, written from its words and not from the engine's code.

It looks at the whole tape for every question. Only the calendar is shared with the product; it has tests of its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import ceil

from devices.device import DeviceId
from devices.reading import Availability, Quality, Quantity, Reading
from gateway.lighting.calendar import Calendar, Standing
from gateway.lighting.facts import Fact
from gateway.lighting.plan import CLASSES, Luminaire, Plan, Zone
from tests.bubble_model import Bubble

HOUR = 3600 * 10**9
Interval = tuple[int, int]


class Model:
    """One zone of a plan over one tape of (instant, facts)."""

    def __init__(self, plan: Plan, zone: Zone, tape: Sequence[tuple[int, Sequence[Fact]]]) -> None:
        self.zone = zone
        self.program = zone.program
        others = (program for program in zone.programs() if program.name != zone.program.name)
        self.others = {
            program.name: Model(plan, replace(zone, program=program, calendar=()), tape) for program in others
        }
        self.calendar = Calendar(plan.latitude, plan.longitude, plan.timezone)
        self.live: list[tuple[int, Reading | Availability]] = []
        for at, facts in tape:
            words = [fact for fact in facts if isinstance(fact, Availability)]
            words.sort(key=lambda word: word.online)
            readings = [fact for fact in facts if isinstance(fact, Reading)]
            readings.sort(key=lambda reading: reading.value)
            self.live += [(at, word) for word in words if not (word.online and word.retained)]
            old = Quality.RETAINED | Quality.HISTORICAL
            self.live += [(at, reading) for reading in readings if not reading.quality & old]
        self.counters = [counter.sensor for counter in zone.counters]
        self.trust = {sensor: self._trust(sensor, expect) for sensor, expect in zone.sensors()}
        self.counts = {counter: list(self._counts(counter)) for counter in self.counters}
        zones = {other.id: other for other in plan.zones}
        near = (zone, *(zones[neighbour.zone] for neighbour in zone.neighbours))
        self.presence = {watch.sensor: self._presence(watch.sensor) for other in near for watch in other.watches}
        rule = self.program.presence
        self.bubble = Bubble(self, rule, zones) if rule is not None and (rule.ahead.points or rule.behind) else None

    def _of(self, sensor: DeviceId) -> Iterator[tuple[int, Reading | Availability]]:
        return ((at, fact) for at, fact in self.live if fact.device == sensor)

    def _trust(self, sensor: DeviceId, expect: int | None) -> list[Interval]:
        """The half-open intervals in which a sensor is believed."""
        assert expect is not None, "the model knows no trusted silence"
        trust: list[Interval] = []
        for at, fact in self._of(sensor):
            believed = bool(trust) and at < trust[-1][1]
            if isinstance(fact, Availability) and not fact.online:
                if believed:
                    trust[-1] = (trust[-1][0], at)
            elif believed or (trust and trust[-1][1] == at and self._alive_before(sensor, at, expect)):
                trust[-1] = (trust[-1][0], at + expect)
            else:
                trust.append((at, at + expect))
        return trust

    def _alive_before(self, sensor: DeviceId, at: int, expect: int) -> bool:
        """Whether a sensor's silence ends at the very instant at which it would have become too long."""
        earlier = [fact for instant, fact in self._of(sensor) if instant < at]
        gone = any(
            isinstance(fact, Availability) and not fact.online for instant, fact in self._of(sensor) if instant == at
        )
        newest = max((instant for instant, _ in self._of(sensor) if instant < at), default=0)
        return bool(earlier) and not gone and newest + expect == at

    def believed(self, sensor: DeviceId, at: int) -> bool:
        return any(start <= at < end for start, end in self.trust[sensor])

    def _counts(self, counter: DeviceId) -> Iterator[tuple[int, int, float]]:
        for at, fact in self._of(counter):
            if isinstance(fact, Reading) and fact.quantity is Quantity.PEDESTRIANS and fact.value > 0:
                yield at - (fact.period or 0), at, fact.value

    def people(self, counter: DeviceId, start: int, end: int, *, known: int) -> float:
        """People in (start, end] as far as they had been reported at `known`."""
        total = 0.0
        for first, last, people in self.counts[counter]:
            if last > known:
                continue
            if first == last:
                total += people * (start < last <= end)
            else:
                total += people * max(0, min(last, end) - max(first, start)) / (last - first)
        return total

    def flow(self, start: int, end: int, believed_at: int) -> float:
        """People per hour of the highest counter that is believed."""
        flows = [
            self.people(counter, start, end, known=believed_at)
            for counter in self.counters
            if self.believed(counter, believed_at)
        ]
        rule = self.program.count
        together = sum(flows) if rule is not None and rule.combine == "sum" else max(flows, default=0.0)
        return together * HOUR / (end - start)

    def held(self, until: int) -> float:
        """The flow that holds just after `until`: up at once, down only where a window ends."""
        rule = self.program.count
        assert rule is not None
        counts = {(at, counter) for counter in self.counters for _, at, _ in self.counts[counter] if at <= until}
        gains = {start for counter in self.counters for start, _ in self.trust[counter] if start <= until}
        losses = {end for counter in self.counters for _, end in self.trust[counter] if end <= until}
        first = min(gains, default=until)
        windows = set(range((first // rule.window + 1) * rule.window, until + 1, rule.window))
        held = 0.0
        for now in sorted({at for at, _ in counts} | gains | losses | windows):
            if now in losses and not any(self.believed(counter, now) for counter in self.counters):
                held = 0.0
            if now in gains or any(at == now for at, _ in counts):
                held = max(held, self.flow(now - rule.window, now, now))
            if now in windows:
                lately = [(at, counter) for at, counter in counts if now - rule.hold < at <= now]
                if rule.combine == "sum":
                    seen = [self.flow(at - rule.window, at, at) for at, _ in lately]
                else:
                    seen = [
                        self.people(counter, at - rule.window, at, known=at) * HOUR / rule.window
                        for at, counter in lately
                    ]
                seen.append(self.flow(now - rule.hold - rule.window, now - rule.hold, now))
                ends = [now - back * rule.window for back in range(rule.confirm)]
                seen += [self.flow(end - rule.window, end, now) for end in ends]
                held = min(held, max(seen))
        return held

    def _presence(self, sensor: DeviceId) -> list[Interval]:
        """The half-open intervals in which light is owed for what a sensor saw."""
        rule = self.program.presence
        if rule is None:
            return []
        owed: list[Interval] = []
        on = False
        for at, fact in self._of(sensor):
            if not isinstance(fact, Reading):
                continue
            if fact.quantity in {Quantity.PRESENCE, Quantity.OCCUPANCY}:
                if fact.value > 0:
                    owed.append((at, at + max(rule.max_on, rule.hold)))
                    on = True
                elif on and at <= owed[-1][1]:
                    owed = [(start, min(end, at)) for start, end in owed]
                    owed.append((at, at + rule.hold))
                    on = False
            elif self._passage(fact) and on and at < owed[-1][1]:
                owed.append((at, max(owed[-1][1], at + rule.hold)))
            elif self._passage(fact):
                owed = [(start, min(end, at)) for start, end in owed]
                owed.append((at, at + rule.hold))
                on = False
        return owed

    @staticmethod
    def _passage(fact: Reading) -> bool:
        """Whether a count says that somebody is there: only one of 2 s or less does."""
        return fact.quantity is Quantity.PEDESTRIANS and fact.value > 0 and (fact.period or 0) <= 2 * 10**9

    def level(self, lamp: Luminaire, at: int) -> int:
        """The level of a lamp just after `at`, without orders of persons."""
        standing = self.calendar.standing(self.zone.rules, at)
        if not standing.active:
            return 0
        return self.others.get(standing.program.name, self).lit(lamp, at, standing)

    def lit(self, lamp: Luminaire, at: int, standing: Standing) -> int:
        """The level of a lamp just after `at`, by this program, within its active period or its darkness."""
        program, zone = self.program, self.zone
        step = program.steps[standing.step]
        watchers = [watch.sensor for watch in zone.watches if watch.covers(lamp.at)]
        blind = program.presence is not None and not any(self.believed(sensor, at) for sensor in watchers)
        counting = any(self.believed(counter, at) for counter in self.counters)
        blind |= program.count is not None and not counting
        walking = program.count is not None and self.flow(at - program.count.window, at, at) > 0
        wanted = [0.0 if standing.dark else step.default]
        owed, empty = step.owed, step.empty
        if program.count is not None and counting:
            held = self.held(at)
            gains = [start for counter in self.counters for start, _ in self.trust[counter] if start <= at]
            unsure = at < max(gains) + program.count.window
            curve = program.count.curve.at(held)
            if unsure:
                wanted.append(max(curve, program.failsafe))
            elif walking or not standing.dark:
                wanted.append(curve)
            if program.count.classes and not unsure and not blind:
                picked = [name for flow, name in program.count.classes if flow <= held + 1e-9][-1]
                owed, empty = (min(name, picked, key=CLASSES.__getitem__) for name in (owed, empty))
        there = any(start <= at < end for sensor in watchers for start, end in self.presence.get(sensor, []))
        there |= self.bubble is not None and self.bubble.lit(lamp.id, at)
        if program.presence is not None and there:
            wanted.append(program.presence.level)
        if program.presence is None:
            there = walking
        floor = 100.0
        if not lamp.never_dim and standing.dark and not there and not blind:
            floor = 0.0
        elif not lamp.never_dim and zone.design is not None:
            floor = 100 * CLASSES[owed if there or blind else empty] / zone.design
        level = max(min(max(wanted), step.max), program.failsafe if blind else 0.0, min(floor, 100.0))
        return ceil(level - 1e-6)
