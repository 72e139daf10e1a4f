"""Who speaks on a topic of Tasmota, of what kind it is, and where an order goes."""

import re
from dataclasses import dataclass
from typing import Final

from devices.convention import Malformed
from devices.payload import shown

PREFIXES: Final = ("tele", "stat", "cmnd")
KINDS = re.compile(r"SENSOR|STATE|RESULT|LWT|STATUS\d*|POWER\d*|PIR\d*|SWITCH\d*|INFO\d|UPTIME|ENERGY|MARGINS")
"""The last level of what a device says of itself."""

OUTPUT = re.compile(r"(?P<whole>.+)/(?P<output>POWER\d*)")
ZIGBEE = re.compile(r"(?P<whole>.+)/zb/(?P<name>[^/]+)")
"""Addresses of one output of a device, and of a Zigbee device behind a bridge."""


@dataclass(frozen=True, slots=True)
class Topic:
    """`device` as %topic%, `kind` such as "SENSOR", the prefix ("" for a bare one) and whether it comes first."""

    device: str
    kind: str
    prefix: str
    prefix_first: bool = True


def topic_of(written: str) -> Topic:
    """Take a topic apart, in both orders of %prefix% and %topic%. Raises `Malformed`."""
    levels = written.split("/")
    kind = levels[-1]
    if len(levels) > 2 and levels[0] in PREFIXES:  # noqa: PLR2004 - prefix, topic, kind
        return Topic("/".join(levels[1:-1]), kind, levels[0])
    if len(levels) > 2 and levels[-2] in PREFIXES:  # noqa: PLR2004 - topic, prefix, kind
        return Topic("/".join(levels[:-2]), kind, levels[-2], prefix_first=False)
    if KINDS.fullmatch(kind):
        return Topic("/".join(levels[:-1]) or "tasmota", kind, "")
    raise Malformed("tele/..., stat/... and a kind such as SENSOR", shown(written), "topic")


def command(device: str, name: str, *, prefix_first: bool) -> str:
    """The topic of a command."""
    return f"cmnd/{device}/{name}" if prefix_first else f"{device}/cmnd/{name}"


def spoken(device: str) -> frozenset[str]:
    """Filters of all that a device says of itself, in both orders."""
    said = ("tele", "stat")
    return frozenset(f"{prefix}/{device}/+" for prefix in said) | frozenset(f"{device}/{prefix}/+" for prefix in said)


def whole(address: str) -> str:
    """The device of which an address may name an output or a Zigbee device behind it."""
    match = OUTPUT.fullmatch(address) or ZIGBEE.fullmatch(address)
    return match["whole"] if match else address
