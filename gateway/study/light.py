"""Of which lamps it is proven that they give the light of their level, and of which not."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from devices.device import DeviceId
from gateway.lighting.engine import Engine
from gateway.lighting.proofs import deciding
from gateway.lighting.zone import ZoneEngine


@dataclass(frozen=True, slots=True)
class Light:
    """How many lamps are proven by their watts and by lux, and when that was last (ns; None for never).

    `held` are the lamps that are not dimmed for want of a proof, and why; `unproven` those that are dimmed all the
    same, by zone. Lamps that are never dimmed need no proof.
    """

    lamps: int
    by_watts: int
    by_lux: int
    last: int | None = None
    held: Mapping[DeviceId, str] = field(default_factory=dict)
    unproven: Mapping[str, int] = field(default_factory=dict)


NOTHING_PROVEN = Light(0, 0, 0)


def light(engine: Engine) -> Light:
    """Count them, of the plan of an engine as of its present."""
    zones = [engine.zone(zone.luminaires[0].id) for zone in engine.plan.zones if zone.luminaires]
    dimmed = {lamp.id for zone in engine.plan.zones for lamp in zone.luminaires if not lamp.never_dim}
    known = {lamp: deciding(words) for lamp, words in engine.proofs().items() if lamp in dimmed}
    fits = [proof for proof in known.values() if proof is not None and proof.verdict == "fits"]
    held = {lamp: cause.note for zone in zones for lamp, cause in zone.proofs.held().items() if lamp in dimmed}
    return Light(
        lamps=len(dimmed),
        by_watts=sum(proof.by == "watts" for proof in fits),
        by_lux=sum(proof.by == "lux" for proof in fits),
        last=max((proof.time for proof in fits), default=None),
        held=held,
        unproven={
            zone.zone.id: count for zone in zones if (count := _unproven(zone, dimmed - known.keys() - held.keys()))
        },
    )


def _unproven(zone: ZoneEngine, without: set[DeviceId]) -> int:
    return sum(lamp.id in without for lamp in zone.zone.luminaires)
