"""Whether a lamp gives the light of its level: by its watts at two levels, or by lux that a person measured. Pure."""

from collections.abc import Mapping
from typing import Literal, NamedTuple, TypeAlias

from devices.message import SECOND
from gateway.lighting.facts import Measured
from gateway.lighting.lamps.faults import DEBOUNCE, limit, margin
from gateway.lighting.lamps.power import watts
from gateway.lighting.plan import LampType

AGAIN = 12 * 3600 * SECOND
"""A proof is repeated, if the lamp's levels allow it, when the last is so old: once a night."""

LUX_TOLERANCE = 0.2
"""Share of the expected lux by which a reading may be off: luxmeter, hand and place."""

LUX_LEAST = 1.0
"""Lux of the lamps' own at the highest level below which nothing can be told from readings in tenths."""

LUX_APART = 0.75
"""The lowest level measured is at most this share of the highest: nearer ones a logarithmic driver may pass."""

Verdict: TypeAlias = Literal["fits", "misfit", "void"]


class Found(NamedTuple):
    """What was found out of a lamp, and by which points in watts or lux."""

    verdict: Verdict
    points: tuple[Measured, ...]


class TooLittleError(ValueError):
    """What was measured can neither prove nor disprove; says what would."""


def telling(kind: LampType, level: float) -> bool:
    """Whether watts that fit a level prove anything: a lamp at its darkest would draw clearly less."""
    darkest = kind.curve[0][0] if kind.curve else kind.minimum_level
    return watts(kind, level) - margin(kind, level) > watts(kind, darkest) + margin(kind, darkest)


def apart(kind: LampType, one: float, other: float) -> bool:
    """Whether no watts fit both levels."""
    low, high = min(one, other), max(one, other)
    return watts(kind, high) - margin(kind, high) > watts(kind, low) + margin(kind, low)


class Trial:
    """What the watts of one lamp have proven so far; it is told them only where they have settled.

    `verdict` was said last, about `since` (ns). Two levels prove that neither passes for the other, nor for the lamp's
    darkest: a driver on another curve fits at its ends and not between.
    """

    def __init__(self, verdict: Verdict | None = None, since: int = 0) -> None:
        self.verdict = verdict
        self.since = since
        self._fitted: tuple[Measured, ...] = ()
        """The highest and the lowest level that fitted since something was said, or did not fit."""
        self._dead = False
        self._off: int | None = None
        """Since when (ns) its watts have not fitted the level at which it is."""

    def learn(self, kind: LampType, level: float, power: float, at: int, *, failing: bool) -> Found | None:
        """Learn the watts at a level (per cent, above 0); say what is proven, or disproven, by that.

        What does not fit must be so for `DEBOUNCE`, in two words at least, and be known as a fault of its power
        (faults.py): `failing`. A fault alone is not enough: it may be an old one, and this word the first that is off.
        """
        here = Measured(level, round(watts(kind, level), 2), power)
        if power > limit(kind):
            self._dead = False
        if abs(power - here.expected) <= margin(kind, level):
            self._off = None
            return self._fits(kind, here, at)
        self._fitted = ()
        self._off = at if self._off is None else self._off
        if not failing or at - self._off < DEBOUNCE:
            return None
        if power <= limit(kind) and level == 100:  # noqa: PLR2004 - per cent end at 100
            return self._is_dead(here, at)
        if self.verdict == "misfit" or self._dead:
            return None
        return self._say("misfit", (here,), at)

    def unsettle(self) -> None:
        """The lamp is on its way to another level: what was about to be believed is not."""
        self._off = None

    def shift(self, by: int) -> None:
        """Keep what was left when street time jumped by `by` nanoseconds."""
        self.since += by
        self._off = None if self._off is None else self._off + by

    def _fits(self, kind: LampType, here: Measured, at: int) -> Found | None:
        if (self.verdict == "fits" and at - self.since < AGAIN) or not telling(kind, here.level):
            return None
        highest, lowest = max((here, *self._fitted)), min((here, *self._fitted))
        self._fitted = (highest, lowest)
        return self._say("fits", self._fitted, at) if apart(kind, highest.level, lowest.level) else None

    def _is_dead(self, here: Measured, at: int) -> Found | None:
        """It does not shine at full light either: it is broken, and nothing was found out of how it dims."""
        self._dead = True
        return self._say("void", (here,), at) if self.verdict == "misfit" else None

    def _say(self, verdict: Verdict, points: tuple[Measured, ...], at: int) -> Found:
        self._fitted = ()
        self.verdict, self.since = (None if verdict == "void" else verdict), at
        return Found(verdict, points)


def by_lux(lux: Mapping[int, float]) -> Found:
    """Hold lux at one spot, by level in per cent, against each other; at 0 % it is what others shine there.

    Light is to be in proportion to the level. Raises `TooLittleError` in words.
    """
    background = lux.get(0, 0.0)
    own = {level: measured - background for level, measured in lux.items() if level}
    highest = max(own, default=0)
    if not own or min(own) > highest * LUX_APART:
        raise TooLittleError(f"two levels are needed, the lower at most {LUX_APART:.0%} of the higher: 100 and 40")
    if own[highest] < LUX_LEAST:
        raise TooLittleError(f"the lamps give {own[highest]:.1f} lx: measure where they give {LUX_LEAST:g} at least")
    points = tuple(
        Measured(float(level), own[highest] * level / highest, own[level]) for level in sorted(own, reverse=True)
    )
    fits = all(abs(point.found - point.expected) <= LUX_TOLERANCE * point.expected for point in points)
    return Found("fits" if fits else "misfit", points)
