"""The third reason for light: somebody is there, and goes somewhere."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from devices.device import DeviceId
from devices.message import SECOND
from devices.reading import Quantity, Reading
from gateway.lighting.bubble import UNKNOWN, Arm, Row, View, Way, turned, views
from gateway.lighting.decision import Ask, Cause, Rank
from gateway.lighting.facts import packed, unpacked
from gateway.lighting.health import NEVER
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


@dataclass(frozen=True, slots=True)
class _Glow:
    """Light for one walker of one sensor until an instant (ns), `below` and `above` so many lamps from its stretch.

    `travel` is what is known of how they go.
    """

    view: View
    sign: Reading
    until: int
    below: int
    above: int
    on: bool = False
    way: Way = UNKNOWN
    travel: Travel | None = None


@dataclass(frozen=True, slots=True)
class _Claim:
    """One lamp's share in a glow: `steps` lamps from the stretch on the side `side`; 0 in it."""

    steps: int
    side: Way
    glow: _Glow

    def key(self) -> tuple[int, int]:
        """The nearest walker speaks for a lamp, and of those the one whose light lasts longest."""
        return self.steps, -self.glow.until


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
        self.due = NEVER

    def sensors(self) -> Iterator[DeviceId]:
        """Every sensor that this zone listens to for presence, those of its neighbours too."""
        return iter(self._views)

    @property
    def somebody(self) -> bool:
        """Whether anybody is there for whom a lamp of the zone is lit."""
        return any(self._views[sensor].lights for part in (self._seen, self._travels.sensors()) for sensor in part)

    def observe(self, fact: Reading, at: int) -> bool:
        """Learn what a sensor sees; say whether that changes the light."""
        view = self._views.get(fact.device)
        if view is None:
            return False
        changed = self._learn(fact, view, at)
        self.due = min(self.due, self._travels.due)
        return changed and view.lights

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
        changed = False
        if self._bubble and way:
            changed = self._travels.measure(sign, way, None, at)
        elif seen is None or not seen.on:
            self._keep(_Seen(on=False, until=at + self._rule.hold, sign=sign))
            changed = seen is None
        if self._bubble and (seen is None or not seen.on):
            changed |= self._travels.arrive(sign, at, at + self._rule.hold)
        return changed

    def _measure(self, fact: Reading, view: View, at: int) -> bool:
        """A speed is about somebody who is seen; what nobody on a street reaches is no speed."""
        known = fact.device in self._seen or bool(self._travels.of(fact.device))
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
        self._seen = {sensor: seen for sensor, seen in self._seen.items() if seen.until > at}
        self._travels.settle(at)
        self._reschedule()

    def _reschedule(self) -> None:
        self.due = min((self._travels.due, *(seen.until for seen in self._seen.values())))

    def ask(self, at: int) -> Ask:
        """The program's presence level for each lamp in the light of somebody; the nearest walker speaks for it."""
        claims: dict[DeviceId, _Claim] = {}
        for sensor in sorted({*self._seen, *self._travels.sensors()}):
            view = self._views[sensor]
            if view.lights:
                for glow in self._glows(view):
                    _claim(claims, glow)
        return Ask(None, {lamp: self._cause(claim, at) for lamp, claim in claims.items()})

    def _glows(self, view: View) -> Iterator[_Glow]:
        """Whoever is seen, who may go either way; then those of whom it is known."""
        ways = self._travels.of(view.sensor)
        known = [(way, travel) for way, travels in ways.items() for travel in travels]
        seen = self._seen.get(view.sensor)
        if seen is not None:
            way, travel = max(known, key=_pace, default=(UNKNOWN, None))
            yield _Glow(view, seen.sign, seen.until, self._beside, self._beside, seen.on, way, travel)
        for way, travel in known:
            ahead, behind = self._rule.ahead.lamps(travel.speed), self._rule.behind
            below, above = (max(behind, ahead if way in (side, UNKNOWN) else 0) for side in (-1, 1))
            yield _Glow(view, travel.sign, travel.until, below, above, way=way, travel=travel)

    def _cause(self, claim: _Claim, at: int) -> Cause:
        glow = claim.glow
        left = None if glow.on else (glow.until - at) / SECOND
        note = _note(claim, self._length, at)
        return Cause(Rank.PRESENCE, self._rule.level, left, (glow.sign,), note, place=self._rule.place)

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
        self._reschedule()


def _claim(claims: dict[DeviceId, _Claim], glow: _Glow) -> None:
    """Give a glow each lamp that nobody nearer speaks for."""
    view = glow.view
    rows: tuple[tuple[Way, Row], ...] = (
        (0, (view.inside,)),
        (-1, view.below[: glow.below]),
        (1, view.above[: glow.above]),
    )
    for side, row in rows:
        for steps, lamps in enumerate(row, 1 if side else 0):
            claim = _Claim(steps, side, glow)
            for lamp in lamps:
                if lamp not in claims or claim.key() < claims[lamp].key():
                    claims[lamp] = claim


def _way(fact: Reading, view: View) -> Way:
    """Which way somebody goes by what a sensor says of them: in or out, or a speed above 0 for who goes away."""
    away = fact.channel == "out" or (fact.channel != "in" and fact.quantity is Quantity.SPEED and fact.value > 0)
    towards = fact.channel == "in" or (fact.channel != "out" and fact.quantity is Quantity.SPEED and fact.value < 0)
    return view.away if away else turned(view.away) if towards else 0


def _pace(known: tuple[Way, Travel]) -> float:
    return known[1].speed or 0.0


def _note(claim: _Claim, length: float, at: int) -> str:
    """Who it is that a lamp is lit for: where, how fast and to which end, as far as that is known."""
    glow = claim.glow
    who = "somebody is there" if glow.on else "held after the last sign"
    if claim.steps:
        side = "from" if not glow.way else "ahead of" if glow.way == claim.side else "behind"
        who = f"{claim.steps} lamp{'s' if claim.steps > 1 else ''} {side} somebody near {_metres(glow, at)}"
    if glow.travel is None or not glow.way:
        return who
    speed = f"{glow.travel.speed:.1f} m/s " if glow.travel.speed is not None else ""
    near = "" if claim.steps else f", now near {_metres(glow, at)}"
    return f"{who}, {speed}towards {length if glow.way > 0 else 0:g} m{near}"


def _metres(glow: _Glow, at: int) -> str:
    """Where somebody is by now: in a neighbouring zone in its own metres."""
    view, travel = glow.view, glow.travel
    place = view.position
    if travel is not None and travel.speed is not None and glow.way and travel.enters:
        walked = travel.speed * (at - travel.since) / SECOND
        edge = view.start if glow.way > 0 else view.end
        place = min(view.end, max(view.start, edge + glow.way * walked))
    if view.arm is None:
        return f"{place:.0f} m"
    return f"{view.arm.there(place):.0f} m of {view.arm.zone.id}"
