"""Zones that touch: each of the two says so, at one end of its own."""

from collections.abc import Iterator, Mapping

from gateway.configuration.models import ZoneBlock
from gateway.configuration.problems import unknown
from gateway.configuration.source import Source
from gateway.lighting.plan import End, Neighbour, Problem, ZoneId

_ENDS: tuple[End, ...] = ("start", "end")

Zones = Mapping[str, ZoneBlock | None]
"""The zones as written; None for one that is not understood."""


def neighbours(name: str, zones: Zones) -> tuple[Neighbour, ...]:
    """The neighbours of a zone that say so too. Call it with zones that have no problems to have them all."""
    return tuple(
        Neighbour(end, ZoneId(other), at)
        for end in _ENDS
        for other in sorted(_at(zones.get(name), end))
        for at in _ends_towards(zones.get(other), name)
    )


def neighbour_problems(source: Source, zones: Zones) -> Iterator[Problem]:
    """Neighbours that are not there, are the zone itself, or do not know of it."""
    for name, zone in zones.items():
        for end in _ENDS:
            for other in _at(zone, end):
                yield from _problems(source, zones, name, end, other)


def _problems(source: Source, zones: Zones, name: str, end: End, other: str) -> Iterator[Problem]:
    place = source.at(("zones", name, "neighbours", end))
    if other not in zones:
        yield unknown(place, other, "zones", tuple(known for known in zones if known != name))
    elif other == name:
        yield Problem(place, f"{name} would be its own neighbour", "The id of another zone")
    elif len(_ends_towards(zones[name], other)) > 1:
        if end == "end":
            found = f"{other} would touch both ends of {name}"
            yield Problem(place, found, "One end: cut a ring of streets into three zones or more")
    elif zones[other] is not None and not _ends_towards(zones[other], name):
        expected = f"Write the end of {other} that {name} touches:  neighbours: {{start: {name}}}  or  {{end: {name}}}"
        yield Problem(place, f"{other} does not say that it touches {name}", expected)


def _at(zone: ZoneBlock | None, end: End) -> tuple[str, ...]:
    if zone is None:
        return ()
    return zone.neighbours.start if end == "start" else zone.neighbours.end


def _ends_towards(zone: ZoneBlock | None, other: str) -> tuple[End, ...]:
    return tuple(end for end in _ENDS if other in _at(zone, end))
