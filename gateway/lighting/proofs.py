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
    """The last word on each lamp of a zone; `known` has those of which there is one."""

    def __init__(self, zone: Zone) -> None:
        self._zone = zone
        self._types = {lamp.id: lamp.type for lamp in zone.luminaires}
        self._places = {lamp.id: lamp.place for lamp in zone.luminaires}
        self.known: dict[DeviceId, Proof] = {}

    def observe(self, proof: Proof) -> bool:
        """Learn a proof, or what disproves; say whether it says anything new of who is held."""
        before = self._held()
        for lamp in self._concerned(proof):
            known = self.known.get(lamp)
            if proof.verdict == "void":
                self.known.pop(lamp, None)
            elif known is None or _outranks(proof, known):
                self.known[lamp] = proof
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
        for lamp, proof in self.known.items():
            if lamp in types and figures(types[lamp]) == figures(self._types[lamp]):
                yield _packed(lamp, proof)

    def state(self) -> list[list[object]]:
        """All of it as JSON."""
        return [_packed(lamp, self.known[lamp]) for lamp in sorted(self.known)]

    def restore(self, state: Any) -> None:
        """Be as when `state` was taken, as far as its lamps are still there."""
        self.known = {lamp: proof for lamp, proof in map(_unpacked, state) if lamp in self._types}

    def _concerned(self, proof: Proof) -> Sequence[DeviceId]:
        if proof.target == self._zone.id:
            return tuple(self._types)
        return (DeviceId(proof.target),) if proof.target in self._types else ()

    def _held(self) -> dict[DeviceId, str]:
        """Why each lamp that is held is."""
        held = {}
        for lamp, kind in self._types.items():
            known = self.known.get(lamp)
            if kind.proof == "none":
                continue
            if known is not None and known.verdict == "misfit":
                held[lamp] = misfit(known)
            elif known is None and kind.proof == "required":
                held[lamp] = _NOT_YET
        return held


def figures(kind: LampType) -> LampType:
    """A type as far as a proof depends on it."""
    return replace(kind, proof="watched", fades=True)


def misfit(proof: Proof) -> str:
    """What was found that does not fit, in words."""
    said = [point for point in proof.points if point.found != point.expected]
    if proof.by == "lux":
        told = (f"{found:.1f} lx measured at {level:g} %, {expected:.1f} expected" for level, expected, found in said)
    else:
        told = (f"it drew {found:.1f} W at {level:g} %, {expected:.1f} expected" for level, expected, found in said)
    return ", ".join(told)


def _packed(lamp: DeviceId, proof: Proof) -> list[object]:
    """The word on a lamp as a JSON array; most are those of its own meter, and there is one a lamp in each snapshot."""
    of_person = [proof.target, proof.owner, proof.caller] if proof.owner else []
    return [lamp, proof.time, proof.by, proof.verdict, [list(point) for point in proof.points], *of_person]


def _unpacked(array: Any) -> tuple[DeviceId, Proof]:
    """The lamp and the word that `_packed` made an array of."""
    lamp, time, by, verdict, points, *of_person = array
    target, owner, caller = of_person or (lamp, "", "")
    return DeviceId(lamp), Proof(target, time, by, verdict, tuple(Measured(*each) for each in points), owner, caller)


def _outranks(new: Proof, known: Proof) -> bool:
    """Whether a word replaces the last one: what does not fit is overcome only by a proof of its own kind, or better.

    What a person measured is not overcome by watts. A lamp whose watts misfit is cleared by its watts, or by lux that
    were measured of it alone: in a zone they may be those of the others.
    """
    if known.verdict == "fits" or new.verdict == "misfit":
        return True
    return new.by == known.by == "watts" or (new.by == "lux" and (known.by == "lux" or not _of_zone(new, known)))


def _of_zone(new: Proof, known: Proof) -> bool:
    return ZoneId(new.target) != ZoneId(known.target)
