"""One device that is heard in two ways is proposed once: by the convention of its make before any description. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from devices.device import Device
from gateway.onboarding.dossier import Dossier
from gateway.onboarding.filters import Filters
from gateway.onboarding.proposal import PEOPLE, SOMEBODY, Proposal
from gateway.onboarding.speakers import Speaker

RANKS: Final = {"custom": 2, "homeassistant": 1}
"""How good a convention is for a device: that of its make is 0, the best."""

WHOLE: Final = ("zigbee2mqtt", "tasmota", "shelly")
"""Those whose one address has lamp and sensors alike."""

MOVING: Final = PEOPLE | SOMEBODY


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to hear a device that waits; `also` are the others, and `offers` what they say of it."""

    speaker: Speaker
    dossier: Dossier
    pins: frozenset[str]
    also: tuple[str, ...] = ()
    offers: frozenset[str] = frozenset()

    @property
    def rank(self) -> int:
        """How good its convention is for it."""
        return RANKS.get(self.speaker.convention, 0)

    @property
    def moving(self) -> frozenset[str]:
        """What it says by which lamps are dimmed."""
        return MOVING & (self.dossier.offers | self.offers)


def merged(candidates: Sequence[Candidate], known: Filters[Device]) -> list[Candidate]:
    """Everybody once, without those whom the site hears already in another way; `known` are its devices' filters."""
    found: list[Candidate] = []
    places: Filters[int] = Filters()
    for candidate in sorted(candidates, key=lambda each: each.rank):
        topics = _exact(candidate.pins)
        if _of_another_make(candidate.speaker.convention, topics, known) is not None:
            continue
        same = {at for topic in topics for at in places.on(topic)}
        at = _place(candidate, found, same)
        if at is None:
            places.add(len(found), candidate.pins)
            found.append(candidate)
        elif candidate.moving <= found[at].moving or not found[at].dossier.read:
            found[at] = _joined(found[at], candidate)
        else:
            places.add(at, candidate.pins)
            found[at] = _joined(candidate, found[at])
    return found


def once(proposals: Sequence[Proposal], known: Filters[Device]) -> list[Proposal]:
    """The same of proposals that were made at different times, when perhaps only one of a device's ways was heard."""
    found: list[Proposal] = []
    places: Filters[int] = Filters()
    for proposal in sorted(proposals, key=_rank):
        if already(proposal, known) is not None:
            continue
        same = {at for topic in _exact(proposal.topics) for at in places.on(topic)}
        fit = [at for at in sorted(same) if _rank(found[at]) < _rank(proposal) and _alike(proposal, found[at])]
        if not fit:
            places.add(len(found), proposal.topics)
            found.append(proposal)
            continue
        other = found[fit[0]]
        more = other.read and not _moving(proposal) <= _moving(other)
        better, worse = (proposal, other) if more else (other, proposal)
        also = tuple(dict.fromkeys((*better.also, worse.convention, *worse.also)))
        found[fit[0]] = replace(better, also=tuple(name for name in also if name != better.convention))
        places.add(fit[0], better.topics)
    return found


def already(proposal: Proposal, known: Filters[Device]) -> Device | None:
    """The device of the site that this one is, heard by the convention of another make."""
    return _of_another_make(proposal.convention, _exact(proposal.topics), known)


def _of_another_make(convention: str, topics: Iterable[str], known: Filters[Device]) -> Device | None:
    hearing = (device for topic in topics for device in known.on(topic))
    return next((device for device in hearing if device.convention != convention), None)


def _exact(topics: Iterable[str]) -> list[str]:
    return [topic for topic in topics if "+" not in topic]


def _rank(proposal: Proposal) -> int:
    return RANKS.get(proposal.convention, 0)


def _alike(proposal: Proposal, other: Proposal) -> bool:
    return other.convention in WHOLE or proposal.kind is other.kind


def _moving(proposal: Proposal) -> frozenset[str]:
    return MOVING & frozenset(proposal.offers)


def _place(candidate: Candidate, found: Sequence[Candidate], same: Iterable[int]) -> int | None:
    """Which of those that were found is the same device: one that was heard on its very topic before any other."""
    fit = [at for at in sorted(same) if found[at].rank < candidate.rank and _fit(candidate, found[at])]
    return max(fit, key=lambda at: len(found[at].dossier.topics.keys() & candidate.pins), default=None)


def _fit(candidate: Candidate, other: Candidate) -> bool:
    return other.speaker.convention in WHOLE or candidate.dossier.kind is other.dossier.kind


def _joined(better: Candidate, worse: Candidate) -> Candidate:
    if worse.dossier.described:
        better.dossier.described = True
    also = tuple(dict.fromkeys((*better.also, worse.speaker.convention, *worse.also)))
    return replace(better, also=also, offers=better.offers | worse.offers | (worse.dossier.offers & MOVING))
