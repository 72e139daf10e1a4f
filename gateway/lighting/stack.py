"""The reasons for light of one lamp in their order, cap and floor -> a level and what decided it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil
from typing import NamedTuple, TypeAlias

from devices.device import DeviceId
from gateway.lighting.decision import Cause, Rank
from gateway.lighting.facts import Override
from gateway.lighting.layers.program import Now
from gateway.lighting.plan import CLASSES, DUST, Luminaire, Zone
from gateway.lighting.reasons import owed_now


@dataclass(frozen=True, slots=True)
class Stack:
    """What every layer says of one lamp at one instant, the clamps, and the level that came of it."""

    level: int
    override: Cause | None
    failsafe: Cause | None
    presence: Cause | None
    count: Cause | None
    default: Cause
    cap: Cause | None
    floor: Cause | None
    decided: Cause
    steady: Cause | None = None

    def causes(self) -> tuple[Cause, ...]:
        """The deciding cause first, then every other that spoke, highest rank first."""
        clamps = (self.cap, self.floor, self.steady)
        spoke = (self.override, self.failsafe, self.presence, self.count, self.default, *clamps)
        return (self.decided, *[cause for cause in spoke if cause is not None and cause is not self.decided])

    def kept(self, steady: Cause) -> "Stack":
        """The same lamp where it stays brighter than all that asks for light, because it became brighter only now."""
        return replace(self, level=whole(steady.level), decided=steady, steady=steady)


@dataclass(frozen=True, slots=True)
class Common:
    """What is asked for all lamps of a zone alike at one instant."""

    now: Now
    count: Cause | None
    people: bool | None
    """Whether people are about by the flow; None where presence tells lamp by lamp."""
    picked: str | None
    """The lighting class that the flow picks; None where the step's own are owed."""


class Own(NamedTuple):
    """What is asked for one lamp: by a person, because nothing is known of it, and for who is there."""

    override: Cause | None
    failsafe: Cause | None
    presence: Cause | None


NOTHING = Own(None, None, None)


Kind: TypeAlias = tuple[str, bool, bool, str | None]
"""What lamps of a zone differ in: why it is not dimmed, nothing known, somebody there, and the order that holds.

What decides the level of two lamps of one kind, and the level, are the same; only what is said of them may differ.
"""


class Floors:
    """The least light of each lamp of a zone, by what is owed there."""

    def __init__(self, zone: Zone) -> None:
        self._zone = zone
        self._dark = Cause(
            Rank.FLOOR, 0.0, 0.0, note="nobody is here, and it may be dark", key="dark", place=zone.place
        )
        self._crossings = {
            lamp.id: Cause(Rank.FLOOR, 100.0, zone.design, note=lamp.never_dim, key="never_dim", place=lamp.place)
            for lamp in zone.luminaires
            if lamp.never_dim
        }
        self._by_class: dict[str, Cause] = {}
        self._unproven: Mapping[DeviceId, Cause] = {}
        self.undimmed: dict[DeviceId, str] = {}
        """The lamps that are not dimmed while active, and why, by the key of their floor."""
        self.hold({})

    def hold(self, unproven: Mapping[DeviceId, Cause]) -> None:
        """Do not dim these lamps, nor those of a crossing: that they dim as told is not proven."""
        self._unproven = unproven
        self.undimmed = {lamp: cause.key for lamp, cause in {**unproven, **self._crossings}.items()}

    def of(self, lamp: Luminaire, owed: str | None, *, proving: bool = False) -> Cause:
        """The floor of a lamp where a lighting class is owed; None where it may be dark.

        Who finds out whether it dims (`proving`) must dim it.
        """
        if lamp.never_dim:
            return self._crossings[lamp.id]
        if owed is None:
            return self._dark
        if not proving and lamp.id in self._unproven:
            return self._unproven[lamp.id]
        if owed not in self._by_class:
            self._by_class[owed] = self._asked_by(owed)
        return self._by_class[owed]

    def _asked_by(self, owed: str) -> Cause:
        zone = self._zone
        if zone.design is None:
            return Cause(Rank.FLOOR, 100.0, note="no design illuminance is known", key="no design", place=zone.place)
        return Cause(Rank.FLOOR, zone.floor(owed), CLASSES[owed], note=owed, key=owed, place=zone.place)


def stacked(lamp: Luminaire, common: Common, own: Own, floors: Floors) -> Stack:
    """Put together what is asked for a lamp: `level = max(min(wanted, max), failsafe where it holds, floor)`.

    Outside the active period only a person's order lights it (DESIGN: the light).
    """
    override, failsafe, presence = own
    now, count = common.now, common.count
    if not now.active:
        decided = override or now.inactive
        return Stack(whole(decided.level), override, failsafe, presence, count, now.default, None, None, decided)
    people = presence is not None if common.people is None else common.people
    known = people or failsafe is not None
    owed = owed_now(now.step, None if failsafe is not None else common.picked, people=known)
    orders = () if override is None else [by for by in override.because if isinstance(by, Override)]
    proving = any(order.proving for order in orders)
    floor = floors.of(lamp, None if now.dark and not known else owed, proving=proving)
    wanted = max((cause for cause in (presence, count, now.default) if cause is not None), key=_level)
    cap = now.cap if wanted.level > now.cap.level else None
    decided = cap or wanted
    if failsafe is not None and failsafe.level >= decided.level:
        decided = failsafe
    if override is not None:
        decided = override
    if floor.level > decided.level and not any(order.force for order in orders):
        decided = floor
    return Stack(whole(decided.level), override, failsafe, presence, count, now.default, cap, floor, decided)


class Stacks:
    """The stacks of one instant: put together once for each kind of lamp, for the others their own causes put in."""

    def __init__(self, common: Common, floors: Floors) -> None:
        self._common = common
        self._floors = floors
        self._known: dict[Kind, tuple[Stack, Own, tuple[Cause, ...]]] = {}

    def of(self, lamp: Luminaire, kind: Kind, own: Own, steady: Cause | None) -> tuple[int, tuple[Cause, ...]]:
        """The level of a lamp that is kept bright by `steady` if anything, and its causes."""
        known = self._known.get(kind)
        if known is None or steady is not None or kind[0]:
            stack = stacked(lamp, self._common, own, self._floors)
            if steady is not None:
                stack = stack.kept(steady)
                return stack.level, stack.causes()
            known = self._known[kind] = stack, own, stack.causes()
        stack, others, causes = known
        if own.presence is others.presence and own.failsafe is others.failsafe:
            return stack.level, causes
        exchanged = {id(others.presence): own.presence, id(others.failsafe): own.failsafe}
        return stack.level, tuple([exchanged.get(id(cause)) or cause for cause in causes])


def _level(cause: Cause) -> float:
    return cause.level


def whole(level: float) -> int:
    """Whole per cent, rounded up: doubt lights the lamp."""
    return ceil(level - DUST)
