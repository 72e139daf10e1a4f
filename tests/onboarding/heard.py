"""What is heard at a broker, told to a `Discovery` message by message, a second apart."""

import json
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import Any

from devices.message import SECOND, Message
from gateway.configuration import wiring
from gateway.configuration.build import load
from gateway.configuration.edit import add
from gateway.configuration.equipment import Unit, read_equipment
from gateway.configuration.models import DeviceBlock
from gateway.configuration.rules import Rules
from gateway.configuration.site import Site
from gateway.configuration.source import parse
from gateway.onboarding.block import Placement, block, section_of
from gateway.onboarding.discovery import Discovery
from gateway.onboarding.proposal import Proposal
from tests.configuration.files import EXAMPLE

NOW = 1_790_000_000 * SECOND
SITE = "chalon"

Told = tuple[str, Any]


def bytes_of(payload: Any) -> bytes:
    """A payload as it is sent: bytes and texts as they are, anything else as JSON."""
    if isinstance(payload, bytes):
        return payload
    return payload.encode() if isinstance(payload, str) else json.dumps(payload).encode()


def messages(told: Iterable[Told], *, retained: bool = False, start: int = NOW) -> list[Message]:
    """Messages, a second apart."""
    return [
        Message(topic, bytes_of(payload), start + at * SECOND, retained) for at, (topic, payload) in enumerate(told)
    ]


def hear(discovery: Discovery, *told: Told, retained: bool = False, start: int = NOW) -> list[str]:
    """Tell messages; who moved."""
    for each in messages(told, retained=retained, start=start):
        discovery.hear(each)
    return discovery.moved()


def found(discovery: Discovery) -> dict[str, Proposal]:
    """Who waits, by id, in order."""
    return {proposal.id: proposal for proposal in discovery.proposals()}


@cache
def street() -> Site:
    """The example site."""
    return load(EXAMPLE)


def approved(proposal: Proposal, placement: Placement) -> Site:
    """The example site as if its only device were the one that waits: its line written, read and found good."""
    text = add("", section_of(proposal.kind), "waited", block(proposal, placement))
    equipment, problems = read_equipment(parse(text.encode(), "devices.yaml")[0])
    for sensor in equipment.sensors:
        problems += [*wiring.sensor_problems(sensor), *wiring.place_problems(sensor, Rules())]
    for lamp in equipment.luminaires:
        problems += [*wiring.luminaire_problems(lamp, {placement.type: None}), *wiring.place_problems(lamp, Rules())]
    assert not problems
    units: list[Unit[DeviceBlock]] = [*equipment.sensors, *equipment.luminaires]
    (unit,) = units
    return replace(street(), devices=(wiring.device(unit),))
