"""A device that waits, and where it hangs -> its block in devices.yaml. Pure.

Everything by which it is heard is written out, so that no other device can take its place: convention, address or
topic, base topic.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from devices.convention import BASED
from devices.device import Kind
from devices.message import SECOND
from gateway.configuration.writing import Written
from gateway.onboarding.proposal import Proposal

SEES: Final = "6 m"
"""How far a sensor of presence is taken to see each way where nobody says it: less than most do, so that a lamp that it
may not see is lit as one that nobody watches."""

HEARTBEATS: Final[Mapping[str, str]] = {
    "native": "5min",
    "ld2410": "5s",
    "ld2450": "5s",
    "zigbee2mqtt": "2h",
    "tasmota": "15min",
    "esphome": "10min",
    "shelly": "2h",
    "homie4": "10min",
    "homie5": "10min",
    "sparkplug": "10min",
    "senml": "10min",
    "paxcounter": "10min",
    "ttn": "2h",
    "chirpstack": "2h",
}
"""Twice the longest silence that is usual (docs/deploy-a-sensor.md)."""

OTHERWISE: Final = "1h"
COUNTER: Final = "10min"
"""Of a counter: the window of a count is no use if it may be silent for longer."""

_UNITS: Final = {"s": 1, "min": 60, "h": 3600}


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a device hangs, and what its approver says of it; `more` are other keys of its block."""

    zone: str
    at: str
    sees: str = ""
    measures: tuple[str, ...] = ()
    type: str = ""
    heartbeat: str = ""
    more: Mapping[str, str] = field(default_factory=dict)


def section_of(kind: Kind) -> str:
    """The section of devices.yaml for a kind."""
    return "luminaires" if kind is Kind.LUMINAIRE else "sensors"


def block(proposal: Proposal, placement: Placement) -> dict[str, Written]:
    """Write down a device. What its approver did not say is what is usual for the make, and can be seen in the line."""
    keys: dict[str, Written] = {"zone": placement.zone, "at": _spaced(placement.at)}
    sensor = proposal.kind is Kind.SENSOR
    measures = placement.measures or proposal.measures
    radar = proposal.convention in ("ld2410", "ld2450")
    if sensor and ("presence" in measures or radar or placement.sees):
        keys["sees"] = _spaced(placement.sees or SEES)
    keys |= _heard(proposal)
    if sensor:
        if measures and not radar:
            keys["measures"] = measures[0] if len(measures) == 1 else measures
        if "silence" not in placement.more:
            keys["heartbeat"] = placement.heartbeat or _heartbeat(proposal, measures)
    elif placement.type:
        keys["type"] = placement.type
    return {**keys, **placement.more}


def _heard(proposal: Proposal) -> dict[str, Written]:
    """The keys by which it is heard."""
    keys: dict[str, Written] = {"convention": proposal.convention}
    if proposal.address.startswith(("/dev/", "socket://")):
        return {**keys, "serial": proposal.address}
    if proposal.convention == "custom":
        return {**keys, "topic": proposal.address, "reads": proposal.reads}
    keys["address"] = proposal.address
    if proposal.convention in BASED:
        usual = "homie" if proposal.convention.startswith("homie") else proposal.convention
        keys["base"] = proposal.base or usual
    return keys


def _spaced(length: str) -> str:
    """A length as it is written in the files: 30 m for 30m."""
    return re.sub(r"(?<=\d)(?=[a-z])", " ", length.strip())


def _heartbeat(proposal: Proposal, measures: tuple[str, ...]) -> str:
    """What is usual, or twice the longest silence that was heard if that is more."""
    usual = COUNTER if "pedestrians" in measures else HEARTBEATS.get(proposal.convention, OTHERWISE)
    number = usual.rstrip("minhs")
    seconds = int(number) * _UNITS[usual[len(number) :]]
    minutes = -(-2 * proposal.gap // (60 * SECOND))
    return f"{minutes}min" if minutes * 60 > seconds else usual
