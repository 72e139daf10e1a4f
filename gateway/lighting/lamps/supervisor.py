"""Whether the light is as decided: what was ordered, what the lamp confirmed, what it is. Never changes a target."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from devices.device import DeviceId
from devices.light import LightCommand, LightState
from devices.message import SECOND
from devices.reading import Availability
from gateway.lighting.decision import Decision
from gateway.lighting.health import NEVER

ANSWER = 10 * SECOND
"""A lamp that has not confirmed an order this long after its ramp is told again."""

GAP = SECOND // 20
"""Two orders to one lamp are at least this far apart; of those in between the newest wins."""

TRIES = 3
"""Orders are repeated so often for want of an answer; after that the refresh has to do."""

FLASHES = (100, 10, 100, 10, 100, 10)
"""Levels (per cent) by which a lamp shows who it is: seen by night and by day, and never dark."""

FLASH = SECOND
"""How long each of them lasts."""

SILENT_REFRESHES = 3
"""After so many refreshes unheard a lamp takes its own failure level (DESIGN: our own topics)."""

Given: TypeAlias = Decision | LightState | Availability


@dataclass(slots=True)
class _Lamp:
    """Target (decision), feedback (order confirmed) and actual (state) of one lamp, kept apart."""

    target: int
    ramp: int
    ordered: int | None = None
    order: str = ""
    sent: int = -GAP
    tries: int = 0
    confirmed: bool = False
    actual: LightState | None = None
    due: int = 0
    flashes: tuple[int, ...] = ()
    flashed: bool = False


class Lamps:
    """Decisions and what lamps say in, orders out. `refresh` is how often a lamp is told its level again (ns)."""

    def __init__(self, refresh: int) -> None:
        self._refresh = refresh
        self._lamps: dict[DeviceId, _Lamp] = {}
        self._due = NEVER

    def advance(self, now: int, given: Iterable[Given] = ()) -> list[LightCommand]:
        """Learn what was decided and said at `now`; say the orders that are due."""
        for item in given:
            self._learn(item, now)
        if now < self._due:
            return []
        orders = [self._order(lamp, state, now) for lamp, state in self._lamps.items() if state.due <= now]
        self._reschedule()
        return orders

    def next_change(self) -> int | None:
        """When the next order is due; None if never."""
        return self._due if self._due < NEVER else None

    def resend(self, now: int) -> list[LightCommand]:
        """Every lamp's present order again: the way to the lamps was broken, and nobody knows what they missed."""
        for state in self._lamps.values():
            state.due = max(now, state.sent + GAP)
        self._due = now
        return self.advance(now)

    def adopt(self, lamps: Collection[DeviceId], rewired: Collection[DeviceId], refresh: int, now: int) -> None:
        """From `now` on these are the lamps; the `rewired` among them have not heard their order on their new way."""
        self._refresh = refresh
        self._lamps = {lamp: state for lamp, state in self._lamps.items() if lamp in lamps}
        for lamp in rewired:
            if lamp in self._lamps:
                state = self._lamps[lamp]
                state.order, state.confirmed, state.tries, state.actual = "", False, 0, None
                state.due = max(now, state.sent + GAP)
        self._reschedule()

    def identify(self, lamp: DeviceId, now: int) -> list[LightCommand]:
        """Let a lamp flash, so that somebody below it sees which one it is; then it is told its target again.

        Asked again meanwhile, it begins anew. Raises `KeyError` for a lamp for which nothing was decided yet.
        """
        state = self._lamps[lamp]
        state.flashes = FLASHES
        self._soon(state, now)
        return self.advance(now)

    def shift(self, by: int) -> None:
        """Keep what was left when street time jumped by `by` nanoseconds."""
        for state in self._lamps.values():
            state.sent += by
            state.due += by
        self._reschedule()

    def actual(self, lamp: DeviceId) -> LightState | None:
        """What a lamp last said of itself."""
        state = self._lamps.get(lamp)
        return state.actual if state else None

    def confirmed(self, lamp: DeviceId) -> bool:
        """Whether a lamp has confirmed the order that stands."""
        state = self._lamps.get(lamp)
        return state is not None and state.confirmed

    def _learn(self, item: Given, now: int) -> None:
        match item:
            case Decision():
                self._decided(item, now)
            case LightState() if item.lamp in self._lamps:
                self._said(self._lamps[item.lamp], item)
            case Availability(online=True) if item.device in self._lamps:
                # Retained or not: a lamp that comes knows no order yet, whatever it confirmed in its last life.
                state = self._lamps[item.device]
                state.confirmed, state.tries, state.flashes = False, 0, ()
                self._soon(state, now)

    def _decided(self, decision: Decision, now: int) -> None:
        state = self._lamps.setdefault(decision.lamp, _Lamp(decision.level, decision.ramp, due=NEVER))
        state.target, state.ramp = decision.level, decision.ramp
        if state.ordered != decision.level and not state.flashes:
            state.tries = 0
            self._soon(state, now)

    def _said(self, state: _Lamp, said: LightState) -> None:
        state.actual = said
        follows = said.target if said.target is not None else said.level
        if state.order and (said.confirms == state.order or (not said.confirms and follows == state.ordered)):
            state.confirmed = True
            if state.ordered == state.target and not state.flashes:
                state.due = state.sent + self._refresh
                self._due = min(self._due, state.due)

    def _soon(self, state: _Lamp, now: int) -> None:
        state.due = max(now, state.sent + GAP)
        self._due = min(self._due, state.due)

    def _order(self, lamp: DeviceId, state: _Lamp, now: int) -> LightCommand:
        if state.flashes:
            return self._flash(lamp, state, now)
        if state.ordered != state.target or not state.order:
            state.confirmed = False
            state.tries = 0
        state.tries += 1
        ramp, state.flashed = min(state.ramp, FLASH) if state.flashed else state.ramp, False
        state.ordered, state.sent = state.target, now
        state.order = f"c-{now // 1_000_000:x}"
        unanswered = not state.confirmed and state.tries <= TRIES
        state.due = now + (min(ramp + ANSWER, self._refresh) if unanswered else self._refresh)
        return LightCommand(lamp, state.target, ramp, state.order, SILENT_REFRESHES * self._refresh)

    def _flash(self, lamp: DeviceId, state: _Lamp, now: int) -> LightCommand:
        """The next level of those that are shown; the target waits, and its order follows the last one."""
        level, *rest = state.flashes
        state.flashes, state.flashed = tuple(rest), True
        state.ordered, state.sent, state.confirmed, state.tries = level, now, False, 0
        state.order = f"c-{now // 1_000_000:x}"
        state.due = now + FLASH
        return LightCommand(lamp, level, 0, state.order, SILENT_REFRESHES * self._refresh)

    def _reschedule(self) -> None:
        self._due = min((state.due for state in self._lamps.values()), default=NEVER)
