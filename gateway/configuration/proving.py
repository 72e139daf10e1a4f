"""Which lamps of a site nothing can prove to give the light of their level, unless a person measures it."""

from collections.abc import Iterator
from typing import Final

from gateway.configuration.site import Site
from gateway.lighting.check import Note
from gateway.lighting.plan import Luminaire, Place, Zone

METERED: Final = frozenset({"native", "shelly", "tasmota", "zigbee2mqtt", "homie4", "homie5", "sparkplug"})
"""Conventions in which a lamp may say its watts: whether it does shows when it speaks."""

_NOWHERE = Place("", 0, 0)


def notes(site: Site) -> Iterator[Note]:
    """Of each zone how many lamps have no meter, and what that means for their dimming."""
    metered = {device.id for device in site.devices if device.convention in METERED}
    for zone in site.plan.zones:
        without = [lamp for lamp in zone.luminaires if not lamp.never_dim and lamp.id not in metered]
        dimmed = [lamp for lamp in without if lamp.type.proof != "required"]
        held = [lamp for lamp in without if lamp.type.proof == "required"]
        if dimmed:
            has = "has no meter" if len(dimmed) == 1 else "have no meter"
            text = (
                f"{_named(dimmed, zone)} {has}: nothing proves that 40 % is 40 % of the light until somebody measures"
            )
            yield Note(_place(dimmed), f"{text} it:  reverbere calibrate {zone.id}")
        if held:
            verb = "has no meter and stays" if len(held) == 1 else "have no meter and stay"
            text = f"{_named(held, zone)} {verb} at 100 % (proof: required) until somebody measures its light"
            yield Note(_place(held), f"{text}:  reverbere calibrate {zone.id}")


def _named(lamps: list[Luminaire], zone: Zone) -> str:
    if len(lamps) == 1:
        return lamps[0].id
    return f"{len(lamps)} of {len(zone.luminaires)} lamps of {zone.id}"


def _place(lamps: list[Luminaire]) -> Place:
    """Where the first of them stands in the files."""
    return lamps[0].place or _NOWHERE
