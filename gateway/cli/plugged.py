"""Serial ports on which nobody is configured: what may be plugged in there, and what to try."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from gateway.cli.discovered import Commands
from gateway.cli.ports import in_words, keys_of, listened
from gateway.configuration.site import Site
from gateway.links.delivery import LinkDown
from gateway.links.ports import BLUETOOTH, Machine

TRY = "an LD2410 or LD2450 radar, or a board that speaks docs/native.md"


@dataclass(frozen=True, slots=True)
class Plugged:
    """A port of nobody's; where somebody listened, what `speaks` there in words, and the `keys` by which it is read."""

    port: str
    at: str
    speaks: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)


def plugged(machine: Machine, site: Site) -> list[Plugged]:
    """The ports on which no sensor of the site is."""
    taken = {machine.node(line.port) for line in site.serials + site.modbus}
    ports = (port for port in machine.ports() if port.node not in taken and port.at != BLUETOOTH)
    return [Plugged(port.name, port.at) for port in ports]


def overheard(ports: Sequence[Plugged], seconds: float) -> list[Plugged]:
    """The same ports with what speaks there, each listened to for so long at each speed. Blocks.

    A port is opened for it, at which many boards start anew.
    """
    heard = listened([port.port for port in ports], seconds)
    return [
        replace(port, speaks=in_words(spoken), keys={} if isinstance(spoken, LinkDown) else keys_of(spoken))
        for port, spoken in ((port, heard[port.port]) for port in ports)
    ]


def command(port: Plugged, commands: Commands) -> str:
    """How it would be approved, once it is known what it is."""
    convention = port.keys.get("convention", "ld2450")
    more = "".join(f" --set {key}={value}" for key, value in port.keys.items() if key != "convention")
    return commands.approve(f"NAME --convention {convention} --address {port.port}", more)
