"""Serial ports on which nobody is configured: what may be plugged in there, and what to try."""

from dataclasses import dataclass

from gateway.configuration.site import Site
from gateway.links.ports import BLUETOOTH, Machine

TRY = "an LD2410 or LD2450 radar, or a board that speaks docs/native.md"


@dataclass(frozen=True, slots=True)
class Plugged:
    """A port of nobody's; `speaks` is the convention that is spoken there, where somebody listened and knows."""

    port: str
    at: str
    speaks: str = ""


def plugged(machine: Machine, site: Site) -> list[Plugged]:
    """The ports on which no sensor of the site is."""
    taken = {machine.node(line.port) for line in site.serials}
    ports = (port for port in machine.ports() if port.node not in taken and port.at != BLUETOOTH)
    return [Plugged(port.name, port.at) for port in ports]


def command(port: Plugged) -> str:
    """How it would be approved, once it is known what it is."""
    convention = port.speaks or "ld2450"
    return f"reverbere devices approve NAME --convention {convention} --address {port.port} --zone ZONE --at 30m"
