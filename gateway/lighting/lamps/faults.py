"""What a lamp's power says of it: TALQ's lamp faults from expected power, debounced. Pure."""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from devices.message import SECOND
from gateway.lighting.lamps.power import watts
from gateway.lighting.plan import LampType


class Fault(StrEnum):
    """Faults of a lamp by their names in TALQ 2.7.1 (LampMonitorFunction)."""

    LAMP_FAILURE = "lampFailure"
    """It should shine and draws no more than when it is off."""
    DIMMING_FAILURE = "dimmingFailure"
    """It shines, and its power does not fit its level."""
    UNEXPECTED_ON = "lampUnexpectedOn"
    """It should be off and draws power: a day burner."""
    CYCLING = "cyclingFailure"
    """It goes out and comes back again and again."""
    COMMUNICATION = "controlGearCommFailure"
    """It does not answer."""
    SUPPLY_LOSS = "supplyLoss"
    """A feed has no power while its lamps should shine: one fault of the feed, none of its lamps."""


DEBOUNCE = 30 * SECOND
"""What power says must be so for this long, in two words of the lamp at least, to be believed; its end too."""

RELEASE = 0.8
"""Hysteresis: a dimming failure is over when power is within this share of the tolerance."""

LEAST = 0.05
"""No tolerance is less than this share of nominal power: meters are not better."""

PROOF = 86_400 * SECOND
"""A lamp that is stuck fits the level at which it is stuck. That it dims again is proven by fitting two levels, or by
nothing wrong for so long."""

CYCLES = 3
"""A lamp that went out so often ..."""

CYCLING_WINDOW = 3600 * SECOND
"""... within this time is cycling; it is cured when it has shone for as long."""


def limit(kind: LampType) -> float:
    """Watts above which a lamp is taken to shine: half way from standby to its lowest light."""
    return (kind.standby + watts(kind, 1.0)) / 2


def margin(kind: LampType, level: float) -> float:
    """Watts by which a lamp's power may be off what a level in per cent should draw."""
    return max(watts(kind, level) * kind.tolerance / 100, kind.nominal * LEAST)


def symptoms(kind: LampType, level: float, power: float, standing: Collection[str] = ()) -> dict[Fault, bool]:
    """Which faults a power in watts speaks for (True) or against (False) at a level in per cent that has settled.

    Of the others it says nothing: while a lamp is to be off nobody knows whether it could shine. `standing` faults
    are harder to be rid of than to get (hysteresis).
    """
    shines = power > limit(kind)
    if level <= 0:
        return {Fault.UNEXPECTED_ON: shines}
    if not shines:
        return {Fault.LAMP_FAILURE: True}
    allowed = margin(kind, level)
    if Fault.DIMMING_FAILURE in standing:
        allowed *= RELEASE
    return {Fault.LAMP_FAILURE: False, Fault.DIMMING_FAILURE: abs(power - watts(kind, level)) > allowed}


@dataclass(frozen=True, slots=True)
class Turn:
    """A fault began, or is over, `at` (ns)."""

    fault: str
    begun: bool
    at: int


class Verdicts:
    """The faults of one lamp. It is told only what a lamp says of a level that has settled; `open` says since when."""

    def __init__(self, open_: Mapping[str, int] | None = None) -> None:
        known = open_ or {}
        judged = {fault.value for fault in Fault}
        self._found = {name: since for name, since in known.items() if name in judged}
        self._named = {name: since for name, since in known.items() if name not in judged}
        self._turning: dict[str, int] = {}
        self._outs: deque[int] = deque(maxlen=CYCLES)
        self._shone: bool | None = None
        self._fitted: tuple[float, int] | None = None
        """Watts that fitted first after a dimming failure, and when."""

    @property
    def open(self) -> dict[str, int]:
        """The faults that stand, by name, and since when (ns)."""
        return self._named | self._found

    @property
    def judged(self) -> frozenset[str]:
        """Those of them that its power showed, whatever the lamp names itself."""
        return frozenset(self._found)

    def unsettle(self) -> None:
        """The lamp is on its way to another level: what was about to be believed is not."""
        self._turning.clear()

    def rest(self) -> None:
        """The lamp was told to go off or on: that is no going out and coming back."""
        self._shone = None
        self.unsettle()

    def judge(self, kind: LampType, level: float, power: float, at: int) -> list[Turn]:
        """Learn the power in watts that was drawn `at` an instant at a level in per cent."""
        found = symptoms(kind, level, power, self._found)
        turns = list(self._cycle(level, at, shines=power > limit(kind)))
        if Fault.CYCLING in self._found:
            # One fault, one name: that it is out just now is part of it.
            found.pop(Fault.LAMP_FAILURE, None)
        if Fault.DIMMING_FAILURE in self._found and not self._proven(kind, power, at, found.get(Fault.DIMMING_FAILURE)):
            del found[Fault.DIMMING_FAILURE]
        for fault, bad in found.items():
            turns += self._debounce(fault, at, bad=bad)
        return turns

    def name(self, faults: Iterable[str], at: int) -> list[Turn]:
        """Learn which faults the lamp itself names; those that it named before and does no more are over."""
        before, named = self.open, set(faults)
        self._named = {name: self._named.get(name, at) for name in sorted(named)}
        begun = [Turn(name, begun=True, at=at) for name in self._named if name not in before]
        return begun + [Turn(name, begun=False, at=at) for name in before if name not in self.open]

    def set(self, fault: Fault, at: int) -> list[Turn]:
        """A fault that is certain begins."""
        known = fault in self.open
        self._found.setdefault(fault, at)
        return [] if known else [Turn(fault, begun=True, at=at)]

    def clear(self, fault: Fault, at: int) -> list[Turn]:
        """A fault is certainly over."""
        found = self._found.pop(fault, None) is not None
        return [Turn(fault, begun=False, at=at)] if found and fault not in self._named else []

    def shift(self, by: int) -> None:
        """Keep what was left when street time jumped by `by` nanoseconds; what is in the record stays as it is."""
        self._turning = {fault: since + by for fault, since in self._turning.items()}
        self._fitted = None if self._fitted is None else (self._fitted[0], self._fitted[1] + by)
        self._outs = deque((out + by for out in self._outs), maxlen=CYCLES)

    def _proven(self, kind: LampType, power: float, at: int, wrong: bool | None) -> bool:  # noqa: FBT001 - a symptom
        """Whether what a lamp draws is to be believed, after a dimming failure, if it is not `wrong` any more."""
        if wrong is not False:
            self._fitted = None if wrong else self._fitted
            return True
        if self._fitted is None:
            self._fitted = (power, at)
        first, since = self._fitted
        return abs(power - first) > kind.nominal * LEAST or at - since >= PROOF

    def _debounce(self, fault: Fault, at: int, *, bad: bool) -> list[Turn]:
        if bad == (fault in self._found):
            self._turning.pop(fault, None)
            return []
        since = self._turning.setdefault(fault, at)
        if at - since < DEBOUNCE:
            return []
        del self._turning[fault]
        return self.set(fault, since) if bad else self.clear(fault, since)

    def _cycle(self, level: float, at: int, *, shines: bool) -> Iterator[Turn]:
        if level <= 0:
            return
        if self._shone and not shines:
            self._outs.append(at)
        self._shone = shines
        recent = [out for out in self._outs if at - out <= CYCLING_WINDOW]
        if len(recent) == CYCLES:
            yield from self.set(Fault.CYCLING, at)
        elif not recent:
            yield from self.clear(Fault.CYCLING, at)
