"""What is known of how the lamps of a zone dim: which of them are held at full light because a level is not believed.

The danger is a driver that means something else by a level: 40 % sent as arc power 102 of 254 to one on the logarithmic
curve of IEC 62386-102 (9.3) gives 1.6 % of the light.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from devices.device import DeviceId
from gateway.lighting.decision import Cause, Rank
from gateway.lighting.facts import Measured, Proof
from gateway.lighting.plan import LampType, Zone, ZoneId

UNPROVEN = "unproven"
"""Key of the floor of a lamp that is not dimmed for want of a proof."""

_NOT_YET = "nothing has proven yet that a level is the light that it says"


class Proofs:
    """The last words on each lamp of a zone; `known` has those of which there are any.

    At most one by watts and one by lux, oldest first: neither knows what the other measures, and each holds the lamp.
    """

    def __init__(self, zone: Zone) -> None:
        self._zone = zone
        self._types = {lamp.id: lamp.type for lamp in zone.luminaires}
        self._places = {lamp.id: lamp.place for lamp in zone.luminaires}
        self.known: dict[DeviceId, tuple[Proof, ...]] = {}

    def observe(self, proof: Proof) -> bool:
        """Learn a proof, or what disproves; say whether it says anything new of who is held."""
        before = self._held()
        for lamp in self._concerned(proof):
            words = _learned(self.known.get(lamp, ()), proof)
            if words:
                self.known[lamp] = words
            else:
                self.known.pop(lamp, None)
        return self._held() != before

    def held(self) -> Mapping[DeviceId, Cause]:
        """The lamps that are not dimmed, each with the reason as its floor."""
        return {
            lamp: Cause(Rank.FLOOR, 100.0, note=note, key=UNPROVEN, place=self._places[lamp])
            for lamp, note in self._held().items()
        }

    def left_to(self, zone: Zone) -> Iterator[list[object]]:
        """What of it a changed zone begins with, as `state` has it: of lamps whose type says the same of power."""
        types = {lamp.id: lamp.type for lamp in zone.luminaires}
        for lamp, words in self.known.items():
            if lamp in types and figures(types[lamp]) == figures(self._types[lamp]):
                yield from (_packed(lamp, proof) for proof in words)

    def state(self) -> list[list[object]]:
        """All of it as JSON."""
        return [_packed(lamp, proof) for lamp in sorted(self.known) for proof in self.known[lamp]]

    def restore(self, state: Any) -> None:
        """Be as when `state` was taken, as far as its lamps are still there."""
        self.known = {}
        for lamp, proof in map(_unpacked, state):
            if lamp in self._types:
                self.known[lamp] = (*self.known.get(lamp, ()), proof)

    def _concerned(self, proof: Proof) -> Sequence[DeviceId]:
        if proof.target == self._zone.id:
            return tuple(self._types)
        return (DeviceId(proof.target),) if proof.target in self._types else ()

    def _held(self) -> dict[DeviceId, str]:
        """Why each lamp that is held is."""
        held = {}
        for lamp, kind in self._types.items():
            if kind.proof == "none":
                continue
            words = self.known.get(lamp, ())
            wrong = [misfit(proof) for proof in words if proof.verdict == "misfit"]
            if wrong:
                held[lamp] = "; ".join(wrong)
            elif not words and kind.proof == "required":
                held[lamp] = _NOT_YET
        return held


def figures(kind: LampType) -> LampType:
    """A type as far as a proof depends on it."""
    return replace(kind, proof="watched", fades=True)


def deciding(words: Sequence[Proof]) -> Proof | None:
    """The word on a lamp that holds it at full light, or else the newest; None if there is none."""
    return next((proof for proof in words if proof.verdict == "misfit"), words[-1] if words else None)


def misfit(proof: Proof) -> str:
    """What was found that does not fit, in words."""
    said = [point for point in proof.points if point.found != point.expected]
    if proof.by == "lux":
        told = (f"{found:.1f} lx measured at {level:g} %, {expected:.1f} expected" for level, expected, found in said)
    else:
        told = (f"it drew {found:.1f} W at {level:g} %, {expected:.1f} expected" for level, expected, found in said)
    return ", ".join(told)


def _packed(lamp: DeviceId, proof: Proof) -> list[object]:
    """A word on a lamp as a JSON array; most are those of its own meter, and each lamp's are in each snapshot."""
    of_person = [proof.target, proof.owner, proof.caller] if proof.owner else []
    return [lamp, proof.time, proof.by, proof.verdict, [list(point) for point in proof.points], *of_person]


def _unpacked(array: Any) -> tuple[DeviceId, Proof]:
    """The lamp and the word that `_packed` made an array of."""
    lamp, time, by, verdict, points, *of_person = array
    target, owner, caller = of_person or (lamp, "", "")
    return DeviceId(lamp), Proof(target, time, by, verdict, tuple(Measured(*each) for each in points), owner, caller)


def _learned(words: Sequence[Proof], new: Proof) -> tuple[Proof, ...]:
    """The words on a lamp after a new one; what is void leaves nothing of its kind."""
    kept = tuple(proof for proof in words if not _replaces(new, proof))
    return kept if new.verdict == "void" else (*kept, new)


def _replaces(new: Proof, known: Proof) -> bool:
    """Whether a word takes the place of another: watts that of watts, lux that of lux.

    Watts that misfit are overcome by lux that fit, too, if these were measured of that lamp alone: in a zone they may
    be those of the others.
    """
    if new.by == known.by:
        return True
    alone = ZoneId(new.target) == ZoneId(known.target)
    return new.by == "lux" and new.verdict == "fits" and known.verdict == "misfit" and alone
