"""A dimmable lamp: fading, power, energy, and what it does when nobody talks to it. Pure: instants are given."""

import json
import math
from dataclasses import dataclass

from firmware_sims.breakage import Fault
from gateway.clock import SECOND

WATT_HOUR = 3600 * SECOND
"""Watt-nanoseconds in a watt-hour."""

FOLLOWS = frozenset(Fault) - {Fault.UNPOWERED, Fault.BURNT_OUT, Fault.STUCK, Fault.CYCLING, Fault.LOGARITHMIC}
"""What can be wrong with a lamp whose light does as it is told all the same."""

CYCLE = 60 * SECOND
"""A lamp that is cycling is out so long, then shines so long."""


@dataclass(frozen=True, slots=True)
class LampType:
    """Power by level: `standby` W at 0 %, `dimmed` W up to `lowest` %, from there in a straight line to `full` W."""

    full: float = 28.0
    dimmed: float = 4.0
    lowest: float = 10.0
    standby: float = 0.5

    def power(self, level: float) -> float:
        """Active power in watts at a level in per cent."""
        if level <= 0:
            return self.standby
        if level <= self.lowest:
            return self.dimmed
        return self.dimmed + (self.full - self.dimmed) * (level - self.lowest) / (100.0 - self.lowest)

    def energy(self, start: float, end: float, duration: int) -> float:
        """Watt-hours of a straight change from one level to another within `duration` ns, exactly."""
        low, high = min(start, end), max(start, end)
        if low == high:
            return self.power(low) * duration / WATT_HOUR
        below = (min(high, max(low, self.lowest)) - low) / (high - low)
        mean_above = (self.power(max(low, self.lowest)) + self.power(max(high, self.lowest))) / 2
        return (below * self.dimmed + (1 - below) * mean_above) * duration / WATT_HOUR


def logarithmic(level: float) -> float:
    """Light in per cent where a level in per cent is sent as that share of arc power 254 (IEC 62386-102, 9.3)."""
    if level <= 0:
        return 0.0
    return float(10 ** ((254 * level / 100 - 1) / (253 / 3) - 1))


@dataclass(frozen=True, slots=True)
class Order:
    """Go to `level` (%) within `ramp` ns; take the failure level if nothing more is heard for `valid_for` ns."""

    id: str
    level: float
    ramp: int
    valid_for: int


def understand(payload: bytes) -> Order | None:
    """Read an order as docs/native.md has it; None if it is none."""
    try:
        message = json.loads(payload)
    except ValueError:
        return None
    if not isinstance(message, dict) or message.get("v") != 1 or not isinstance(message.get("id"), str):
        return None
    level, ramp, valid_for = (_number(message.get(key)) for key in ("level", "ramp", "valid_for"))
    if level is None or ramp is None or valid_for is None:
        return None
    if not 0 <= level <= 100 or ramp < 0 or valid_for <= 0:  # noqa: PLR2004 - per cent
        return None
    return Order(message["id"], level, round(ramp * SECOND), round(valid_for * SECOND))


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


class Lamp:
    """A lamp that is dark at `start` (ns) and waits `patience` ns for its first order before it helps itself.

    Helping itself means to fade to `failure_level` (%) within `failure_ramp` ns. `level` is what its driver takes it to
    be at and `light` what is seen: they differ when it is broken. `energy` is the meter in Wh and `always_on` what it
    would show had the lamp been at 100 % whenever its target was above 0. Call `advance` before anything is asked,
    ordered or broken at a later instant.
    """

    def __init__(
        self,
        type_: LampType,
        start: int,
        failure_level: float = 100.0,
        failure_ramp: int = 10 * SECOND,
        patience: int = 180 * SECOND,
    ) -> None:
        self.energy = 0.0
        self.always_on = 0.0
        self.order_id = ""
        self.target = 0.0
        self.fault = Fault.NONE
        self._type = type_
        self._failure_level = failure_level
        self._failure_ramp = failure_ramp
        self._patience = patience
        self._broken_since = start
        self._stuck_at = 0.0
        self._now = start
        self._fade = (start, 0.0, start)
        self._heard_until: int | None = start + patience

    @property
    def now(self) -> int:
        """The instant up to which it has lived (ns)."""
        return self._now

    @property
    def level(self) -> float:
        """Light output in per cent, now, as its driver takes it to be."""
        return self._level_at(self._now)

    @property
    def light(self) -> float:
        """Light output in per cent, now, as it is seen."""
        return self._light_at(self._now)

    @property
    def fading(self) -> bool:
        """Whether the target has not been reached."""
        return self._now < self._fade[2]

    @property
    def power(self) -> float:
        """Active power in watts, now."""
        return 0.0 if self.fault is Fault.UNPOWERED else self._type.power(self.light)

    def next_change(self) -> int | None:
        """When a fade ends or patience does, if nothing is ordered before; None if nothing will happen."""
        if self.fault is Fault.UNPOWERED:
            return None
        due = [self._fade[2]] if self.fading else []
        if self.fault is Fault.CYCLING:
            due.append(self._turn_after(self._now))
        if self._heard_until is not None:
            due.append(self._heard_until)
        return min(due, default=None)

    def advance(self, now: int) -> None:
        """Live until `now`."""
        if self.fault is not Fault.UNPOWERED and self._heard_until is not None and self._heard_until <= now:
            self._run(self._heard_until)
            self._heard_until = None
            self.order_id = ""
            self._go(self._failure_level, self._failure_ramp)
        self._run(now)

    def follow(self, order: Order) -> None:
        """Take an order. One that asks for the present target leaves a running fade as it is."""
        self.order_id = order.id
        self._heard_until = self._now + order.valid_for
        if order.level != self.target:
            self._go(order.level, order.ramp)

    def suffer(self, fault: Fault) -> None:
        """Be broken in another way from now on, or be mended. With mains again it is dark and knows no order."""
        if self.fault is Fault.UNPOWERED and fault is not Fault.UNPOWERED:
            self.begin_anew()
        self._stuck_at = self.light
        self.fault, self._broken_since = fault, self._now

    def begin_anew(self) -> None:
        """Have mains again: it is dark, and knows no order."""
        self.order_id, self.target, self._fade = "", 0.0, (self._now, 0.0, self._now)
        self._heard_until = self._now + self._patience

    def _turn_after(self, at: int) -> int:
        """When a lamp that is cycling goes out or comes back next."""
        return at + CYCLE - (at - self._broken_since) % CYCLE

    def _light_at(self, at: int) -> float:
        match self.fault:
            case Fault.UNPOWERED | Fault.BURNT_OUT:
                return 0.0
            case Fault.STUCK:
                return self._stuck_at
            case Fault.LOGARITHMIC:
                return logarithmic(self._level_at(at))
            case Fault.CYCLING if (at - self._broken_since) // CYCLE % 2 == 0:
                return 0.0
            case _:
                return self._level_at(at)

    def _go(self, target: float, ramp: int) -> None:
        self._fade = (self._now, self.level, self._now + ramp)
        self.target = target

    def _level_at(self, at: int) -> float:
        start, level, end = self._fade
        if at >= end:
            return self.target
        return level + (self.target - level) * (at - start) / (end - start)

    def _run(self, until: int) -> None:
        while self._now < until:
            ends = [until, self._fade[2] if self.fading else until]
            if self.fault is Fault.CYCLING:
                ends.append(self._turn_after(self._now))
            end = min(ends)
            self._meter(end)
            self._now = end

    def _meter(self, end: int) -> None:
        """Add what is drawn up to an instant before which nothing begins or ends."""
        if self.fault is Fault.UNPOWERED:
            return
        # A cycling lamp is, just before it turns, as it was since it turned last.
        lit = self.fault in FOLLOWS or (self.fault is Fault.CYCLING and self.light > 0)
        # A logarithmic fade is no straight line: while it lasts, its energy is not exact.
        fading = self.fault is Fault.LOGARITHMIC and self.fading
        after = self._level_at(end) if lit else self._light_at(end) if fading else self.light
        self.energy += self._type.energy(self.light, after, end - self._now)
        active = 100.0 if self.target > 0 else 0.0
        self.always_on += self._type.energy(active, active, end - self._now)
