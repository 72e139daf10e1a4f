"""Which lamp is told when, and what is found out about them. Never changes a target."""

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from typing import NamedTuple, TypeAlias

from devices.device import DeviceId
from devices.light import LightCommand, LightState
from devices.message import SECOND
from devices.reading import Availability, Quantity, Reading
from gateway.lighting.decision import Decision
from gateway.lighting.facts import Maintenance, Proof
from gateway.lighting.lamps.faults import Fault, Turn, Verdicts
from gateway.lighting.lamps.feed import Feed
from gateway.lighting.lamps.lamp import FLASHES, SILENT_REFRESHES, Fitting, Lamp
from gateway.lighting.lamps.proof import Trial, apart, telling
from gateway.lighting.lamps.way import Way

FEED_PATIENCE = 2
"""So many refreshes longer than a lamp's silence is waited for whether its whole feed is silent."""

COMPANY, SPREAD = 10, SECOND // 10
"""When all lamps were told at once, so many of them hear the first repetition together, the next so much later (ns)."""


class Watts(NamedTuple):
    """What a lamp draws at its target: None as long as it has not said so since it settled there.

    `tells` says whether watts at its target, beside those at full light, can prove anything.
    """

    settled: bool
    metered: bool
    drawn: float | None
    tells: bool


Given: TypeAlias = Decision | LightState | Availability


class Lamps:
    """Decisions and what lamps say in, orders out; `findings` says what of that is a fault.

    `refresh` is how often a lamp is told its level again (ns). `cut` are the links that cannot be reached just now:
    who is behind one of them is not blamed for silence.
    """

    def __init__(self, refresh: int, fittings: Mapping[DeviceId, Fitting] | None = None) -> None:
        self.cut: frozenset[str] = frozenset()
        self._refresh = refresh
        self._fittings: Mapping[DeviceId, Fitting] = fittings or {}
        self._lamps: dict[DeviceId, Lamp] = {}
        self._ways: dict[str, Way] = {}
        self._feeds: dict[str, Feed] = {}
        self._maintained: dict[DeviceId, int] = {}
        self._open: dict[DeviceId, dict[str, int]] = {}
        self._findings: list[Reading] = []
        self._known: dict[DeviceId, Trial] = {}
        self._proofs: list[Proof] = []

    def restore(self, faults: Iterable[Reading]) -> None:
        """Know the faults that stand, before anything is decided: a restart neither repeats nor forgets one."""
        for fault in faults:
            self._open.setdefault(fault.device, {})[fault.channel] = fault.time

    def know(self, proofs: Mapping[DeviceId, Sequence[Proof]]) -> None:
        """Know what was found out of how lamps dim, before anything is decided: a restart neither repeats it."""
        for lamp, words in proofs.items():
            by = {proof.by: proof for proof in words}
            watts, lux = by.get("watts"), by.get("lux")
            if watts is not None:
                self._known[lamp] = Trial(watts.verdict, watts.time)
            elif lux is not None and lux.verdict == "fits" and self._failed_before(lamp, lux.time):
                # A person has measured that its light is right though its watts are not.
                self._known[lamp] = Trial("misfit", lux.time)

    def advance(self, now: int, given: Iterable[Given] = ()) -> list[LightCommand]:
        """Learn what was decided and said at `now`; say the orders that are due."""
        for item in given:
            self._learn(item, now)
        orders: list[LightCommand] = []
        for way in self._ways.values():
            while (lamp := way.take(now)) is not None:
                orders.append(self._tell(self._lamps[lamp], now))
        return orders

    def next_change(self) -> int | None:
        """When the next order is due; None if never."""
        due = [change for way in self._ways.values() if (change := way.next_change()) is not None]
        return min(due, default=None)

    def findings(self) -> list[Reading]:
        """The faults that began or ended since this was asked last: readings of 1 and 0, by their time."""
        found, self._findings = self._findings, []
        return found

    def proofs(self) -> list[Proof]:
        """What was found out of how lamps dim since this was asked last."""
        found, self._proofs = self._proofs, []
        return found

    @property
    def proving(self) -> bool:
        """Whether anything was found out that nobody has asked for yet."""
        return bool(self._proofs)

    def prove_anew(self, lamps: Iterable[DeviceId]) -> None:
        """Say of these lamps again what their watts prove or disprove, whatever was said before."""
        for name in lamps:
            if name in self._lamps:
                self._lamps[name].trial.verdict = None

    def resend(self, now: int) -> list[LightCommand]:
        """Every lamp's present order again: the way to the lamps was broken, and nobody knows what they missed."""
        for number, lamp in enumerate(self._lamps.values()):
            lamp.unanswered, lamp.tries = None, 0
            lamp.early = self._early(number)
            self._soon(lamp, now)
        return self.advance(now)

    def rewire(self, lamps: Iterable[DeviceId], now: int) -> list[LightCommand]:
        """The way to these lamps is another: they are told their order as if they were new."""
        for name in lamps:
            if name in self._lamps:
                self._lamps[name].born()
                self._soon(self._lamps[name], now)
        return self.advance(now)

    def identify(self, lamp: DeviceId, now: int) -> list[LightCommand]:
        """Let a lamp flash, so that somebody below it sees which one it is; then it is told its target again.

        Asked again meanwhile, it begins anew. Raises `KeyError` for a lamp for which nothing was decided yet.
        """
        state = self._lamps[lamp]
        if state.maintained is None:
            state.flashes = FLASHES
            self._soon(state, now)
        return self.advance(now)

    def maintain(self, works: Iterable[Maintenance], now: int) -> list[LightCommand]:
        """The maintenance that stands: those lamps hear nothing and raise no alarm until it ends; all others do."""
        self._maintained = {work.lamp: work.expires for work in works if work.expires > now}
        for name, state in self._lamps.items():
            before, state.maintained = state.maintained, self._maintained.get(name)
            if state.maintained is not None:
                self._leave_alone(state)
            elif before is not None:
                self._end_maintenance(state)
                self._soon(state, now)
        return self.advance(now)

    def refit(self, fittings: Mapping[DeviceId, Fitting], refresh: int) -> None:
        """Know other fittings, and how often lamps are told: who went is forgotten, of those that stay nothing is."""
        self._fittings, self._refresh = fittings, refresh
        lost = {feed.name: feed for feed in self._feeds.values()}
        self._lamps = {name: lamp for name, lamp in self._lamps.items() if name in fittings}
        self._feeds = {}
        self._ways = {}
        for lamp in self._lamps.values():
            if lamp.fitting.type != fittings[lamp.id].type:
                lamp.trial = Trial()
            lamp.fitting, lamp.refresh = fittings[lamp.id], refresh
            self._join(lamp, lost)
            if lamp.maintained is not None:
                self._way(lamp).remind(lamp.id, lamp.maintained)
            else:
                self._await_turn(lamp)

    def twin(self) -> "Lamps":
        """The same lamps once more, to try something on: what happens to either is nothing to the other."""
        never_changed = (*self._fittings.values(), *(lamp.actual for lamp in self._lamps.values()))
        return deepcopy(self, {id(value): value for value in never_changed})

    def shift(self, by: int) -> None:
        """Keep what was left when street time jumped by `by` nanoseconds."""
        self._maintained = {name: until + by for name, until in self._maintained.items()}
        parts: list[Lamp | Way | Feed] = [*self._lamps.values(), *self._ways.values(), *self._feeds.values()]
        for part in parts:
            part.shift(by)

    def actual(self, lamp: DeviceId) -> LightState | None:
        """What a lamp last said of itself."""
        state = self._lamps.get(lamp)
        return state.actual if state else None

    def confirmed(self, lamp: DeviceId) -> bool:
        """Whether a lamp has confirmed the order that stands."""
        state = self._lamps.get(lamp)
        return state is not None and state.confirmed is not None

    def watts(self, lamp: DeviceId, now: int) -> Watts:
        """Whether a lamp has settled at its target, and what it draws there."""
        state = self._lamps.get(lamp)
        if state is None:
            return Watts(settled=False, metered=False, drawn=None, tells=False)
        kind, said = state.fitting.type, state.actual
        if kind is None or kind.proof == "none" or said is None or said.power is None:
            return Watts(state.settled(now), metered=False, drawn=None, tells=False)
        tells = bool(state.target) and telling(kind, state.target) and apart(kind, 100.0, state.target)
        return Watts(state.settled(now), metered=True, drawn=state.drawn, tells=tells)

    def faults(self) -> dict[str, dict[str, int]]:
        """The faults that stand, by lamp or feed, and since when (ns)."""
        feeds = {feed.name: {str(Fault.SUPPLY_LOSS): feed.lost} for feed in self._feeds.values() if feed.lost}
        return {**{name: lamp.verdicts.open for name, lamp in self._lamps.items() if lamp.verdicts.open}, **feeds}

    def feeds_off(self) -> dict[str, int]:
        """The feeds none of whose lamps answers, and since when (ns): by day they are switched off, as a rule."""
        return {feed.name: feed.off for feed in self._feeds.values() if feed.off is not None}

    # ------------------------------------------------------------------------------------------------- learning
    def _learn(self, item: Given, now: int) -> None:
        match item:
            case Decision():
                state = self._lamps.get(item.lamp) or self._meet(item.lamp)
                if state.decide(item.level, item.ramp, now):
                    self._soon(state, now)
            case LightState() if item.lamp in self._lamps:
                self._said(self._lamps[item.lamp], item, now)
            case Availability(online=True) if item.device in self._lamps:
                # Retained or not: a lamp that comes knows no order yet, whatever it confirmed in its last life.
                state = self._lamps[item.device]
                state.born()
                self._soon(state, now)
                if not item.retained:
                    self._feed_is_back(state, now)

    def _failed_before(self, lamp: DeviceId, time: int) -> bool:
        return any(since < time for since in self._open.get(lamp, {}).values())

    def _meet(self, name: DeviceId) -> Lamp:
        fitting = self._fittings.get(name, Fitting())
        lamp = self._lamps[name] = Lamp(name, fitting, self._refresh, verdicts=Verdicts(self._open.pop(name, None)))
        lamp.trial = self._known.pop(name, lamp.trial)
        lamp.early = self._early(len(self._lamps) - 1)
        self._join(lamp, {})
        lamp.maintained = self._maintained.get(name)
        if lamp.maintained is not None:
            self._leave_alone(lamp)
        return lamp

    def _join(self, lamp: Lamp, known: Mapping[str, Feed]) -> None:
        """Hang a lamp on its feed, if it has one."""
        name = lamp.fitting.feed
        if not name:
            return
        if name not in self._feeds:
            before, lost = known.get(name), self._open.pop(DeviceId(name), {}).get(Fault.SUPPLY_LOSS)
            self._feeds[name] = Feed(name, [], before.off, before.lost) if before else Feed(name, [], lost, lost)
        self._feeds[name].lamps.append(lamp)

    def _early(self, number: int) -> int:
        return number // COMPANY * SPREAD % (self._refresh // 2)

    def _said(self, lamp: Lamp, said: LightState, now: int) -> None:
        if lamp.hear(said, now):
            if lamp.maintained is None:
                if lamp.arrived:
                    lamp.flashed = False
                    self._way(lamp).remind(lamp.id, lamp.refreshed())
                self._find(lamp.id, lamp.verdicts.clear(Fault.COMMUNICATION, now))
            self._feed_is_back(lamp, now)
        self._find(lamp.id, lamp.judge(said, now))
        proven = lamp.prove(said, now)
        if proven is not None:
            self._proofs.append(Proof(lamp.id, now, "watts", proven.verdict, proven.points))

    def _feed_is_back(self, lamp: Lamp, now: int) -> None:
        """Where one lamp of a dark feed lives, the others do too: they are told at once, and blamed for nothing yet."""
        feed = self._feeds.get(lamp.fitting.feed)
        if feed is None or feed.off is None:
            return
        if feed.back():
            self._find(DeviceId(feed.name), [Turn(Fault.SUPPLY_LOSS, begun=False, at=now)])
        for other in feed.lamps:
            if other is not lamp:
                other.unanswered, other.tries = None, 0
                self._soon(other, now)

    # -------------------------------------------------------------------------------------------------- telling
    def _tell(self, lamp: Lamp, now: int) -> LightCommand:
        if lamp.maintained is not None:
            self._end_maintenance(lamp)
        order = lamp.order(now)
        if lamp.fitting.link in self.cut:
            lamp.unanswered = now
        self._blame(lamp, now)
        self._await_turn(lamp)
        return order

    def _await_turn(self, lamp: Lamp) -> None:
        """Let a lamp that is told nothing at this moment wait for its next order."""
        if lamp.arrived and lamp.tries:
            self._way(lamp).remind(lamp.id, lamp.due())
        else:
            self._way(lamp).hurry(lamp.id, lamp.due())

    def _blame(self, lamp: Lamp, now: int) -> None:
        """A lamp that has been silent for too long has a fault, or its feed has one, or its feed is switched off."""
        if lamp.fitting.type is None or not lamp.silent(now):
            return
        feed = self._feeds.get(lamp.fitting.feed)
        if feed is not None:
            if feed.look(now):
                self._find(DeviceId(feed.name), [Turn(Fault.SUPPLY_LOSS, begun=True, at=now)])
            waited = now - (lamp.unanswered or 0)
            if feed.off is not None or waited < (SILENT_REFRESHES + FEED_PATIENCE) * self._refresh:
                return
        self._find(lamp.id, lamp.verdicts.set(Fault.COMMUNICATION, now))

    def _soon(self, lamp: Lamp, now: int) -> None:
        if lamp.maintained is None:
            self._way(lamp).hurry(lamp.id, lamp.first(now))

    def _leave_alone(self, lamp: Lamp) -> None:
        """Tell a lamp nothing until its maintenance ends; what it was being told is dropped."""
        lamp.flashes, lamp.flashed, lamp.fade = (), False, None
        if lamp.maintained is not None:
            self._way(lamp).remind(lamp.id, lamp.maintained)

    def _end_maintenance(self, lamp: Lamp) -> None:
        """Whoever worked on it may have changed anything: it is told its level as if it were new."""
        self._maintained.pop(lamp.id, None)
        lamp.maintained = None
        lamp.trial = Trial()
        lamp.born()

    def _way(self, lamp: Lamp) -> Way:
        return self._ways.setdefault(lamp.fitting.link, Way())

    def _find(self, device: DeviceId, turns: Iterable[Turn]) -> None:
        self._findings += [Reading(device, Quantity.FAULT, float(turn.begun), turn.at, turn.fault) for turn in turns]
