"""What a list brings, written into devices.yaml and lighting.yaml beside what people wrote there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gateway.configuration.inventory.arrange import Arrangement, LampBlock
from gateway.configuration.rewriting import added, changed
from gateway.configuration.source import Route, Source
from gateway.configuration.starting import written

DIMMED_SHARE = 0.14
"""Of a lamp's full power at 10 % light, where nobody measured: an LED street light with its driver draws about that."""

STANDBY = 0.5
"""Watts that a driver draws without light, where nobody measured: what ecodesign allows it (EU 2019/2020, annex II)."""

_PLAIN_KEYS = ("zone", "at", "convention", "type")


@dataclass(frozen=True, slots=True)
class ZoneRules:
    """What zones get that a list says nothing of: the class that the street was designed for, and the program.

    A `new` program is not in lighting.yaml yet: full light from sunset to sunrise, which needs no sensor.
    """

    lighting_class: str
    program: str
    new: bool = False


def with_lamps(text: bytes, source: Source, arrangement: Arrangement, origin: str) -> bytes:
    """devices.yaml with the lamps and types of a list from a file; raises `NotABlockError`.

    A lamp that has a block of its own there is changed in it, one of a range gets a block that refines it.
    """
    own = {lamp.id for lamp in arrangement.lamps if _is_own(source, ("luminaires", lamp.id))}
    values: dict[Route, str] = {
        ("luminaires", lamp.id, key): value
        for lamp in arrangement.lamps
        if lamp.id in own
        for key, value in lamp.keys.items()
    }
    entries = [_lamp(lamp) for lamp in arrangement.lamps if lamp.id not in own]
    grown = added(changed(text, values), "luminaires", entries)
    return added(grown, "types", list(_types(arrangement.types, origin)))


def with_zones(text: bytes, arrangement: Arrangement, rules: ZoneRules, origin: str) -> bytes:
    """lighting.yaml with the streets of a list from a file; raises `NotABlockError`."""
    longer: dict[Route, str] = {("zones", zone, "length"): f"{length} m" for zone, length in arrangement.longer.items()}
    grown = added(changed(text, longer), "zones", list(_zones(arrangement.zones, rules, origin)))
    return added(grown, "programs", list(_program(rules)) if rules.new and arrangement.zones else [])


def _is_own(source: Source, route: Route) -> bool:
    """Whether a block is written in this very file, by its own key."""
    return route in source.keys and source.keys[route].file == source.file


def _lamp(lamp: LampBlock) -> str:
    keys = (f"{key}: {value if key in _PLAIN_KEYS else written(value)}" for key, value in lamp.keys.items())
    return f"{lamp.id}: {{{', '.join(keys)}}}"


def _types(types: Mapping[str, float], origin: str) -> Iterator[str]:
    if types:
        yield f"# full is from {origin}; dimmed and standby are estimates: the data sheet or a meter knows better"
    for name, watts in types.items():
        dimmed = round(watts * DIMMED_SHARE, 1) or watts
        standby = min(STANDBY, dimmed)
        yield f"{name}: {{full: {watts:g} W, dimmed: {dimmed:g} W at 10%, standby: {standby:g} W}}"


def _zones(zones: Mapping[str, tuple[str, int]], rules: ZoneRules, origin: str) -> Iterator[str]:
    if zones:
        yield f"# from {origin}. class and program are assumed: look at them. Write  design: 5.0 lx  (the maintained"
        yield "# average at 100%) where you know it: a zone without it is never dimmed."
    for zone, (label, length) in zones.items():
        keys = f"length: {length} m, class: {rules.lighting_class}, program: {rules.program}"
        yield f"{zone}: {{label: {written(label)}, {keys}}}"


def _program(rules: ZoneRules) -> Iterator[str]:
    yield f"{rules.program}:"
    yield "  active: {from: sunset, to: sunrise}"
    yield "  failsafe: 100%"
    yield "  ramp: {up: 2s, down: 45s}"
    yield "  steps:"
    yield f"    - {{from: sunset, class: {rules.lighting_class}, default: 100%}}"
