"""Finding out whether lamps give the light of their level: what is measured, by their meters and by people."""

from collections.abc import Sequence
from typing import Final

from devices.device import DeviceId
from gateway.clock import SECOND
from gateway.configuration.site import Site
from gateway.control.words import MeasureRequest, ProveRequest, Refused, Value
from gateway.daemon import names
from gateway.daemon.deadlines import Term
from gateway.daemon.lamplighter import Lamplighter
from gateway.lighting.facts import Proof
from gateway.lighting.lamps.proof import TooLittleError, by_lux
from gateway.lighting.plan import ZoneId
from gateway.lighting.proofs import misfit

LONGEST: Final = 30 * 60 * SECOND
"""An order that dims lamps of which nothing is proven lasts so long at most (ns)."""

_SHOWN: Final = 20
"""Lamps that are named, of each kind."""


def lamps(site: Site, target: DeviceId | ZoneId) -> Sequence[DeviceId]:
    """The lamps of a zone, or the one lamp."""
    zone = next((zone for zone in site.plan.zones if zone.id == target), None)
    return [lamp.id for lamp in zone.luminaires] if zone is not None else [DeviceId(target)]


def dimmed(site: Site, target: DeviceId | ZoneId) -> Sequence[DeviceId]:
    """The lamps of a zone that are dimmed at times, or the one lamp. Raises `Refused` where there are none."""
    never = {lamp.id for zone in site.plan.zones for lamp in zone.luminaires if lamp.never_dim}
    found = [lamp for lamp in lamps(site, target) if lamp not in never or lamp == target]
    if not found:
        raise Refused(f"{target} has no lamp that is ever dimmed", "a lamp, or a zone with lamps to measure")
    return found


def check(site: Site, target: DeviceId | ZoneId, term: Term) -> None:
    """Refuse an order to measure that would last, or that no lamp would follow. Raises `Refused`."""
    dimmed(site, target)
    if term.expires - term.start > LONGEST:
        minutes = LONGEST // (60 * SECOND)
        raise Refused("an order to measure would last", f"{minutes} min at most", "ask again while you measure")


def measured(site: Site, lamplighter: Lamplighter, request: MeasureRequest, now: int) -> Value:
    """How many lamps have settled, how many have meters, whose watts are known, and what these have proven since.

    Of a zone those that are never dimmed are left out. Raises `Refused` for a name that is none, or has no lamps.
    """
    asked = dimmed(site, names.target(site, request.target))
    watts = {lamp: lamplighter.lamps.watts(lamp, now) for lamp in asked}
    known = lamplighter.engine.proofs()
    since = request.since * SECOND
    words = [(lamp, proof) for lamp in asked for proof in known.get(lamp, ())]
    found = {lamp: proof for lamp, proof in words if proof.by == "watts" and proof.time >= since}
    waiting = [lamp for lamp in asked if not watts[lamp].settled or (watts[lamp].metered and watts[lamp].drawn is None)]
    misfits = [(lamp, misfit(proof)) for lamp, proof in found.items() if proof.verdict == "misfit"]
    metered = [lamp for lamp in asked if watts[lamp].metered]
    undecided = [lamp for lamp in metered if watts[lamp].tells and lamp not in found]
    return {
        "lamps": len(asked),
        "settled": sum(each.settled for each in watts.values()),
        "metered": len(metered),
        "waiting": len(waiting),
        "first_waiting": waiting[:_SHOWN],
        "undecided": len(undecided),
        "fit": sum(proof.verdict == "fits" for proof in found.values()),
        "misfits": misfits[:_SHOWN],
        "misfit": len(misfits),
        "unproven": [lamp for lamp in metered if lamp not in found][:_SHOWN],
    }


def by_person(site: Site, request: ProveRequest, now: int, who: tuple[str, str]) -> Proof:
    """What lux that a person measured say, as a fact; `who` are owner and login. Raises `Refused` in words."""
    target, lux = names.target(site, request.target), dict(request.lux)
    dimmed(site, target)
    if len(lux) < len(request.lux):
        raise Refused("a level is there twice", "one reading a level")
    try:
        found = by_lux(lux)
    except TooLittleError as error:
        raise Refused("this proves nothing", f"{error}") from None
    return Proof(target, now, "lux", found.verdict, found.points, *who)
