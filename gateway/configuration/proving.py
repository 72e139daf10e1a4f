"""Which lamps of a site nothing can prove to give the light of their level, unless a person measures it."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from gateway.configuration.site import Site
from gateway.lighting.check import Note
from gateway.lighting.plan import Luminaire, Place, Zone

METERED: Final = frozenset({"native", "shelly", "tasmota", "zigbee2mqtt", "homie4", "homie5", "sparkplug", "dali"})
"""Conventions in which a lamp may say its watts: whether it does shows when it speaks."""

SELDOM: Final = frozenset({"dali"})
"""Those of them in which most lamps have no meter."""

_NOWHERE = Place("", 0, 0)


class _Lack(NamedTuple):
    """What is wrong with one lamp and with several, and the word that makes what follows from it conditional."""

    one: str
    several: str
    then: str = ""


_NO_METER = _Lack("has no meter", "have no meter")
_PERHAPS_NONE = _Lack("may have no meter (D4i gear has one)", "may have no meter (D4i gear has one)", " then")


def notes(site: Site) -> Iterator[Note]:
    """Of each zone how many lamps have no meter, or may have none, and what that means for their dimming."""
    speaks = {device.id: device.convention for device in site.devices}
    for zone in site.plan.zones:
        dimmed = [lamp for lamp in zone.luminaires if not lamp.never_dim]
        yield from _about([lamp for lamp in dimmed if speaks[lamp.id] not in METERED], zone, _NO_METER)
        yield from _about([lamp for lamp in dimmed if speaks[lamp.id] in SELDOM], zone, _PERHAPS_NONE)


def _about(lamps: list[Luminaire], zone: Zone, lack: _Lack) -> Iterator[Note]:
    dimmed = [lamp for lamp in lamps if lamp.type.proof != "required"]
    held = [lamp for lamp in lamps if lamp.type.proof == "required"]
    if dimmed:
        has = lack.one if len(dimmed) == 1 else lack.several
        proves = "nothing proves that 40 % is 40 % of the light until somebody measures it"
        text = f"{_named(dimmed, zone)} {has}:{lack.then} {proves}"
        yield Note(_place(dimmed), f"{text}:  reverbere calibrate {zone.id}")
    if held:
        has, stays = (lack.one, "stays") if len(held) == 1 else (lack.several, "stay")
        text = f"{_named(held, zone)} {has} and{lack.then} {stays} at 100 % (proof: required)"
        yield Note(_place(held), f"{text} until somebody measures its light:  reverbere calibrate {zone.id}")


def _named(lamps: list[Luminaire], zone: Zone) -> str:
    if len(lamps) == 1:
        return lamps[0].id
    return f"{len(lamps)} of {len(zone.luminaires)} lamps of {zone.id}"


def _place(lamps: list[Luminaire]) -> Place:
    """Where the first of them stands in the files."""
    return lamps[0].place or _NOWHERE
