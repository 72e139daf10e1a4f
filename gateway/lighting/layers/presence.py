"""The third reason for light: somebody is there, and goes somewhere."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from devices.device import DeviceId
from devices.message import SECOND
from devices.reading import Quantity, Reading
from gateway.lighting.bubble import UNKNOWN, Arm, View, Way, turned, views
from gateway.lighting.decision import Cause, Rank
from gateway.lighting.facts import packed, unpacked
from gateway.lighting.glow import Claim, Glow, note
from gateway.lighting.health import NEVER
from gateway.lighting.lit import Lit, Reach, within
from gateway.lighting.plan import PresenceRule, Zone
from gateway.lighting.travel import FASTEST, SLOWEST, Travel, Travels

LONGEST_PASSAGE = 2 * SECOND
"""A count is presence only if its period is no longer than this (DESIGN: presence)."""


@dataclass(slots=True)
class _Seen:
    """What one sensor sees: `on` until it says off, and until when (ns) light is owed for it."""

    on: bool
    until: int
    sign: Reading


class PresenceLayer:
    """Light around whoever a sensor sees, until `hold` after the last sign.

    Lit are the lamps in the sensor's stretch, `ahead` of somebody and `behind` them. Where it is not known which way
    they go, either side may be ahead. Sensors of neighbouring zones light the lamps that their walkers come near to.
    """

    def __init__(self, zone: Zone, rule: PresenceRule, neighbours: tuple[Arm, ...] = ()) -> None:
        self._rule = rule
        self._length = zone.length
        self._views = views(zone, rule, neighbours)
        self._bubble = bool(rule.ahead.most or rule.behind)
        self._beside = max(rule.ahead.lamps(None), rule.behind)
        self._travels = Travels(self._views, rule)
        self._seen: dict[DeviceId, _Seen] = {}
        self.lit = Lit(self._views)
        self.due = NEVER

    def sensors(self) -> Iterator[DeviceId]:
        """Every sensor that this zone listens to for presence, those of its neighbours too."""
        return iter(self._views)

    def observe(self, fact: Reading, at: int) -> bool:
        """Learn what a sensor sees; say whether that changes the light."""
        view = self._views.get(fact.device)
        if view is None:
            return False
        if self._learn(fact, view, at):
            self.lit.put(fact.device, self._reach(fact.device))
        self.due = min(self.due, self._travels.due)
        return self.lit.changed

    def _learn(self, fact: Reading, view: View, at: int) -> bool:
        if fact.quantity in (Quantity.PRESENCE, Quantity.OCCUPANCY):
            return self._arrive(fact, at) if fact.value > 0 else self._leave(fact, at)
        if fact.quantity is Quantity.PEDESTRIANS and fact.value > 0:
            return (fact.period or 0) <= LONGEST_PASSAGE and self._pass(fact, view, at)
        if fact.quantity is Quantity.SPEED and self._bubble:
            return self._measure(fact, view, at)
        return False

    def _arrive(self, sign: Reading, at: int) -> bool:
        before = self._seen.get(sign.device)
        until = at + max(self._rule.max_on, self._rule.hold)
        self._keep(_Seen(on=True, until=until, sign=sign))
        changed = before is None
        if self._bubble and (before is None or not before.on):
            changed |= self._travels.arrive(sign, at, until)
        return changed

    def _leave(self, sign: Reading, at: int) -> bool:
        seen = self._seen.get(sign.device)
        if seen is None or not seen.on:
            return False
        self._keep(_Seen(on=False, until=at + self._rule.hold, sign=seen.sign))
        self._travels.leave(sign.device, at)
        return False

    def _pass(self, sign: Reading, view: View, at: int) -> bool:
        seen = self._seen.get(sign.device)
        way = _way(sign, view)
        there = seen is not None and seen.on
        changed = False
        if self._bubble and way:
            changed = self._travels.measure(sign, way, None, at)
        elif seen is not None and seen.on:
            # Whoever is known to be there hides nobody who passes: `max_on` may end before the hold of the passage.
            self._keep(_Seen(on=True, until=max(seen.until, at + self._rule.hold), sign=seen.sign))
        else:
            self._keep(_Seen(on=False, until=at + self._rule.hold, sign=sign))
            changed = seen is None
        if self._bubble and not there:
            changed |= self._travels.arrive(sign, at, at + self._rule.hold)
        return changed

    def _measure(self, fact: Reading, view: View, at: int) -> bool:
        """A speed is about somebody who is seen; what nobody on a street reaches is no speed."""
        known = fact.device in self._seen or self._travels.any_past(fact.device)
        speed = abs(fact.value)
        if not known or not SLOWEST <= speed <= FASTEST:
            return False
        return self._travels.measure(fact, _way(fact, view), speed, at)

    def _keep(self, seen: _Seen) -> None:
        self._seen[seen.sign.device] = seen
        self.due = min(self.due, seen.until)

    def settle(self, at: int) -> None:
        """Forget whom nobody has seen for long enough."""
        if at < self.due:
            return
        gone = [sensor for sensor, seen in self._seen.items() if seen.until <= at]
        for sensor in gone:
            del self._seen[sensor]
        for sensor in self._travels.settle(at).union(gone):
            self.lit.put(sensor, self._reach(sensor))
        self._reschedule()

    def _reschedule(self) -> None:
        self.due = min((self._travels.due, *(seen.until for seen in self._seen.values())))

    def _reach(self, sensor: DeviceId) -> Reach | None:
        """How far light goes for those whom a sensor sees; None where it sees nobody."""
        reaches = [self._reach_of(way, travel) for way, travel in self._travels.past(sensor)]
        if sensor in self._seen:
            reaches.append((self._beside, self._beside))
        return (max(below for below, _ in reaches), max(above for _, above in reaches)) if reaches else None

    def _reach_of(self, way: Way, travel: Travel) -> Reach:
        behind = self._rule.behind
        ahead = max(travel.ahead, behind)
        return ahead if way <= 0 else behind, ahead if way >= 0 else behind

    def asks(self, lamps: Iterable[DeviceId], at: int) -> dict[DeviceId, Cause]:
        """The program's presence level for those of some lamps that are lit; the nearest walker speaks for each."""
        glows: dict[DeviceId, list[Glow]] = {}
        causes: dict[DeviceId, Cause] = {}
        lit = self.lit.lamps
        for lamp in lamps:
            if lamp in lit:
                causes[lamp] = self._cause(min(self._claims(lamp, glows), key=Claim.key), at)
        return causes

    def _claims(self, lamp: DeviceId, glows: dict[DeviceId, list[Glow]]) -> Iterator[Claim]:
        """The shares of a lamp in every glow that reaches it. `glows` keeps those of each sensor for the next lamp."""
        for sensor in self.lit.by(lamp):
            if sensor not in glows:
                glows[sensor] = list(self._glows(self._views[sensor]))
            steps, side = self.lit.steps(sensor, lamp)
            for glow in glows[sensor]:
                if within(steps, side, glow.reach):
                    yield Claim(steps, side, glow)

    def _glows(self, view: View) -> Iterator[Glow]:
        """Whoever is seen, who may go either way; then those of whom it is known."""
        known = list(self._travels.past(view.sensor))
        seen = self._seen.get(view.sensor)
        if seen is not None:
            way, travel = max(known, key=_pace, default=(UNKNOWN, None))
            yield Glow(view, seen.sign, seen.until, (self._beside, self._beside), seen.on, way, travel)
        for way, travel in known:
            yield Glow(view, travel.sign, travel.until, self._reach_of(way, travel), way=way, travel=travel)

    def _cause(self, claim: Claim, at: int) -> Cause:
        glow, rule = claim.glow, self._rule
        left = None if glow.on else (glow.until - at) / SECOND
        return Cause(Rank.PRESENCE, rule.level, left, (glow.sign,), note(claim, self._length, at), place=rule.place)

    def shift(self, by: int) -> None:
        """Keep what was left when street time jumped by `by`."""
        for seen in self._seen.values():
            seen.until += by
        self._travels.shift(by)
        self._reschedule()

    def state(self) -> list[object]:
        """All of it as JSON."""
        seen = {sensor: [seen.on, seen.until, packed(seen.sign)] for sensor, seen in sorted(self._seen.items())}
        return [seen, self._travels.state()]

    def restore(self, state: Any) -> None:
        """Be as when `state` was taken. In the first release there was no list around `seen`."""
        seen_by, travels = (state, None) if isinstance(state, dict) else state
        self._seen = {
            DeviceId(sensor): _Seen(on, until, unpacked(sign))
            for sensor, (on, until, sign) in seen_by.items()
            if sensor in self._views
        }
        if travels is not None:
            self._travels.restore(travels)
        for sensor in self._views:
            self.lit.put(sensor, self._reach(sensor))
        self._reschedule()


def _way(fact: Reading, view: View) -> Way:
    """Which way somebody goes by what a sensor says of them: in or out, or a speed above 0 for who goes away."""
    away = fact.channel == "out" or (fact.channel != "in" and fact.quantity is Quantity.SPEED and fact.value > 0)
    towards = fact.channel == "in" or (fact.channel != "out" and fact.quantity is Quantity.SPEED and fact.value < 0)
    return view.away if away else turned(view.away) if towards else 0


def _pace(known: tuple[Way, Travel]) -> float:
    return known[1].speed or 0.0
