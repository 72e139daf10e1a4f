"""What a list brings, written into devices.yaml and lighting.yaml beside what people wrote there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.configuration.edit import Change, edited
from gateway.configuration.inventory.arrange import Arrangement
from gateway.configuration.source import Route, Source
from gateway.configuration.writing import Written

DIMMED_SHARE = 0.14
"""Of a lamp's full power at 10 % light, where nobody measured: an LED street light with its driver draws about that."""

STANDBY = 0.5
"""Watts that a driver draws without light, where nobody measured: what ecodesign allows it (EU 2019/2020, annex II)."""


@dataclass(frozen=True, slots=True)
class ZoneRules:
    """What zones get that a list says nothing of: the class that the street was designed for, and the program.

    A `new` program is not in lighting.yaml yet: full light from sunset to sunrise, which needs no sensor.
    """

    lighting_class: str
    program: str
    new: bool = False


def with_lamps(text: bytes, source: Source, arrangement: Arrangement, origin: str) -> bytes:
    """devices.yaml with the lamps and types of a list from a file; raises `EditError`.

    A lamp that has a block of its own there is changed in it, one of a range gets a block that refines it.
    """
    own = {lamp.id: lamp.keys for lamp in arrangement.lamps if _is_own(source, ("luminaires", lamp.id))}
    refined = {lamp.id: lamp.keys for lamp in arrangement.lamps if lamp.id not in own}
    types = {name: type_of_watts(watts) for name, watts in arrangement.types.items()}
    remark = (estimates(origin),)
    return _edited(text, [Change("luminaires", own, refined), Change("types", entries=types, remark=remark)])


def with_zones(text: bytes, arrangement: Arrangement, rules: ZoneRules, origin: str) -> bytes:
    """lighting.yaml with the streets of a list from a file; raises `EditError`."""
    longer = {zone: {"length": f"{length} m"} for zone, length in arrangement.longer.items()}
    zones = {zone: _zone(label, length, rules) for zone, (label, length) in arrangement.zones.items()}
    remark = (
        f"from {origin}. class and program are assumed: look at them. Write  design: 5.0 lx  (the maintained",
        "average at 100%) where you know it: a zone without it is never dimmed.",
    )
    programs = {rules.program: _program(rules)} if rules.new and zones else {}
    return _edited(text, [Change("zones", longer, zones, remark), Change("programs", entries=programs)])


def _edited(text: bytes, changes: Sequence[Change]) -> bytes:
    return edited(text.decode(), changes).encode()


def _is_own(source: Source, route: Route) -> bool:
    """Whether a block is written in this very file, by its own key."""
    return route in source.keys and source.keys[route].file == source.file


def estimates(origin: str) -> str:
    """The comment above types of which only the full power is known, and from where."""
    return f"full is from {origin}; dimmed and standby are estimates: the data sheet or a meter knows better"


def type_of_watts(watts: float) -> Mapping[str, str]:
    """The block of a type of which only the full power is known."""
    dimmed = round(watts * DIMMED_SHARE, 1) or watts
    standby = min(STANDBY, dimmed)
    return {"full": f"{watts:g} W", "dimmed": f"{dimmed:g} W at 10%", "standby": f"{standby:g} W"}


def _zone(label: str, length: int, rules: ZoneRules) -> Mapping[str, str]:
    return {"label": label, "length": f"{length} m", "class": rules.lighting_class, "program": rules.program}


def _program(rules: ZoneRules) -> Mapping[str, Written]:
    return {
        "active": {"from": "sunset", "to": "sunrise"},
        "failsafe": "100%",
        "ramp": {"up": "2s", "down": "45s"},
        "steps": [{"from": "sunset", "class": rules.lighting_class, "default": "100%"}],
    }
