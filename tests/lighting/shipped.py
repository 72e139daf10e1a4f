"""A street that follows a program as lighting.yaml names it, the shipped ones among them."""

from dataclasses import replace

from gateway.configuration.models import ZoneBlock
from gateway.configuration.rules import Rules, read_rules
from gateway.configuration.source import parse
from gateway.configuration.timetable import with_programs
from gateway.lighting.plan import Zone
from tests.lighting.street import street

ZONE = "zones:\n  street: {length: 90 m, class: P4, design: 5.0 lx, program: NAME}\n"


def understood(text: str) -> Rules:
    """What a lighting.yaml says that has no mistake."""
    source, problems = parse(text.encode(), "lighting.yaml")
    rules, found = read_rules(source)
    assert not [*problems, *found], [*problems, *found]
    return rules


def following(name: str, more: str = "") -> Zone:
    """The street of three lamps with a program and what else its lighting.yaml says; without presence sensors."""
    rules = understood(ZONE.replace("NAME", name) + more)
    program, block = rules.programs[name], rules.zones["street"]
    assert program is not None
    assert isinstance(block, ZoneBlock)
    return with_programs(replace(street(program), watches=(), design=block.design), rules)
