"""What a lamp on a pin shows while it follows its orders: fades, and how long a relay stays on at least. Pure.

Times are seconds of the event loop's clock, levels per cent of light.
"""

from dataclasses import dataclass, field
from typing import Protocol

STEP = 0.05
"""Seconds between two levels of a fade: at 20 a second no eye tells it from a steady one."""

FULL = 100.0


class Shine(Protocol):
    """The lamp's level from moment to moment."""

    def obey(self, level: float, ramp: float, now: float) -> None:
        """Begin to go to a level within `ramp` seconds."""
        ...

    def shown(self, now: float) -> float:
        """The level to show."""
        ...

    def following(self, now: float) -> float | None:
        """When another level is to be shown, if no order comes; None if it has arrived."""
        ...


@dataclass(slots=True)
class Fader:
    """A lamp that dims: along a straight line from where it is."""

    start: float
    target: float = field(init=False)
    _since: float = 0.0
    _ramp: float = 0.0

    def __post_init__(self) -> None:
        self.target = self.start

    def obey(self, level: float, ramp: float, now: float) -> None:
        """Begin a fade where the last one is; an order that repeats the target leaves its fade as it is."""
        if level == self.target:
            return
        self.start, self.target, self._since, self._ramp = self.shown(now), level, now, max(0.0, ramp)

    def shown(self, now: float) -> float:
        """The level to show."""
        if now >= self._since + self._ramp:
            return self.target
        return self.start + (self.target - self.start) * max(0.0, now - self._since) / self._ramp

    def following(self, now: float) -> float | None:
        """The next step of the fade."""
        end = self._since + self._ramp
        return None if now >= end else min(now + STEP, end)


@dataclass(slots=True)
class Switch:
    """A lamp behind a relay: any level above 0 is all its light. It goes on at once, and off `min_on` s later at first.

    What a discharge lamp or a contactor suffers from is to be switched off and on again.
    """

    lit: bool
    min_on: float
    since: float
    """When it was switched on."""
    wanted: bool = field(init=False)

    def __post_init__(self) -> None:
        self.wanted = self.lit

    def obey(self, level: float, ramp: float, now: float) -> None:  # noqa: ARG002 - a relay cannot fade
        """Want it on or off."""
        self.wanted = level > 0
        self._turn(now)

    def shown(self, now: float) -> float:
        """All or nothing."""
        self._turn(now)
        return FULL if self.lit else 0.0

    def following(self, now: float) -> float | None:
        """When it may go off that is to."""
        return self.since + self.min_on if self.lit and not self.wanted and now < self.since + self.min_on else None

    def _turn(self, now: float) -> None:
        if self.wanted and not self.lit:
            self.lit, self.since = True, now
        elif self.lit and not self.wanted and now >= self.since + self.min_on:
            self.lit = False
