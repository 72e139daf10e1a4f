"""`reverbere devices discover`: listen at the broker for a while, and say who waits there for approval.

It is a guest at the broker with a name of its own: no gateway need run, none is disturbed, and nothing of what is heard
becomes a reading. Who was found is kept in the state folder until the next look.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rich.live import Live

from gateway.cli.discovered import Commands, as_message, as_object, page, picture, said, strange, visible, what
from gateway.cli.lamp_types import known
from gateway.cli.looking import EVERYTHING, Account, Look, broker_of, seconds
from gateway.cli.plugged import TRY, Plugged, command, overheard, plugged
from gateway.cli.show import as_json, clock_time, console, zone_of
from gateway.configuration.build import load
from gateway.configuration.site import Site
from gateway.links.ports import Machine

A_WHILE = 30.0
"""Seconds of listening where nobody sits at a terminal and says how long."""

REFRESH = 0.25
"""Seconds between two pictures, or two looks for who moved."""

UNKNOWN_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Asked:
    """For how many seconds to listen (until Ctrl-C where somebody watches), to which topics, and as whom.

    With `at_ports`, each serial port of nobody's is opened after that, and listened to for so many seconds a speed.
    """

    lasts: float | None = None
    topics: Sequence[str] = EVERYTHING
    account: Account = field(default_factory=Account)
    at_ports: float | None = None


def show(folder: Path, asked: Asked) -> None:
    """Listen, show who comes, and at the end who waits. Raises `ConfigurationError`, `OnboardingError`."""
    site = load(folder)
    look = Look(site)
    watching = console.is_terminal
    view = _Live(look) if watching else _Lines(look)
    lasts = asked.lasts if asked.lasts is not None or watching else A_WHILE
    asyncio.run(look.listen(broker_of(site, asked.account), asked.topics, seconds(lasts), view.run))
    now = look.clock.now().time
    commands = Commands(folder, tuple(zone.id for zone in site.plan.zones), tuple(known(folder)))
    for line in (*page(look.proposals(), now, commands), "", *_around(look), *_told(_ports(site, asked), commands)):
        console.print(visible(line), markup=False)


def show_json(folder: Path, asked: Asked) -> None:
    """Listen in silence, and print one JSON object: who waits, what was not understood, ports of nobody's."""
    site = load(folder)
    look = Look(site)
    lasts = A_WHILE if asked.lasts is None else asked.lasts
    asyncio.run(look.listen(broker_of(site, asked.account), asked.topics, seconds(lasts)))
    now = look.clock.now().time
    as_json(
        {
            "messages": look.messages,
            "waiting": [as_object(proposal, now) for proposal in look.proposals()],
            "unknown": [
                {**as_message(each.example), "count": each.count} for each in look.discovery.unknown(UNKNOWN_SHOWN)
            ],
            "ports": [asdict(port) for port in _ports(site, asked)],
        }
    )


class _Live:
    """A picture in a terminal."""

    def __init__(self, look: Look) -> None:
        self._look = look

    async def run(self) -> None:
        """Draw until cancelled."""
        with Live(console=console, auto_refresh=False, transient=True) as live:
            while True:
                look = self._look
                proposals = [each for each in look.proposals() if each.useful]
                live.update(picture(proposals, look.clock.now().time, look.messages), refresh=True)
                await asyncio.sleep(REFRESH)


class _Lines:
    """A line for whoever comes or moves, where there is no terminal to draw on."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._seen = {proposal.key for proposal in look.proposals()}

    async def run(self) -> None:
        """Print until cancelled."""
        while True:
            await asyncio.sleep(REFRESH)
            for line in self._news():
                console.print(visible(f"{self._time()}  {line}"), markup=False)

    def _news(self) -> Iterator[str]:
        moved = set(self._look.discovery.moved())
        for proposal in self._look.proposals():
            if proposal.key not in self._seen and proposal.useful:
                self._seen.add(proposal.key)
                yield f"{proposal.id}: {what(proposal)}, {proposal.sure.value}: {proposal.why}"
            if proposal.id in moved:
                yield f"{proposal.id} moved: {', '.join(map(said, proposal.values[:2]))}"

    def _time(self) -> str:
        return clock_time(self._look.clock.now().time, zone_of(self._look.site.plan))


def _around(look: Look) -> Iterator[str]:
    """What was heard besides, and why perhaps nothing was."""
    yield from strange(look.discovery.unknown(UNKNOWN_SHOWN))
    for topic in look.refused:
        yield f"The broker does not let this account listen to {topic}."
    if not look.messages:
        yield "Nothing was heard at the broker."
    if not look.foreign:
        yield (
            "Nothing but our own topics was heard. At a broker with an ACL this account must be allowed to read those "
            "of the makes (docs/deploy-a-sensor.md), or look in with --username and --password-file."
        )


def _ports(site: Site, asked: Asked) -> list[Plugged]:
    """The serial ports of nobody's, with what speaks there if that was asked for."""
    ports = plugged(Machine(), site)
    return ports if asked.at_ports is None else overheard(ports, asked.at_ports)


def _told(ports: Sequence[Plugged], commands: Commands) -> Iterator[str]:
    for port in ports:
        heard = f"Heard there: {port.speaks}." if port.speaks else f"{TRY}?"
        then = "" if port.speaks and not port.keys else f"  Then: {command(port, commands)}"
        yield f"Plugged in, and nobody's: {port.port} ({port.at}). {heard}{then}"
