"""What an approver should know: what `check` says after an approval and did not say before, and what comes next."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from devices.device import DeviceId
from gateway.cli.check import known
from gateway.configuration.including import Including
from gateway.configuration.rules import read_rules
from gateway.configuration.site import Site
from gateway.configuration.source import understood
from gateway.configuration.texts import fetch_all, taken_from
from gateway.lighting.plan import Program, Zone

LIGHTING = "lighting.yaml"


@dataclass(frozen=True, slots=True)
class Advice:
    """What is to be known after a change, and the next steps."""

    news: Sequence[str]
    steps: Sequence[str]


def news(before: Site, after: Site) -> list[str]:
    """What is to be known of a site now and was not before."""
    said = {note.text for note in known(before)}
    return [note.text for note in known(after) if note.text not in said]


def steps(folder: Path, site: Site, device: str) -> Iterator[str]:
    """What is to be done so that a device that was approved moves its zone's lamps; nothing where it does already."""
    for zone in site.plan.zones:
        for use in _uses(zone, DeviceId(device)):
            if not any(_has(program, use) for program in zone.programs()):
                there = f"a program with  {use}:  in {LIGHTING}{_such_as(folder, use)}"
                yield f"Next: give {zone.id} {there}, then  reverbere check {quote(str(folder))}"


def _uses(zone: Zone, device: DeviceId) -> Iterator[str]:
    """For what a zone hears a sensor."""
    if any(watch.sensor == device for watch in zone.watches):
        yield "presence"
    if any(counter.sensor == device for counter in zone.counters):
        yield "count"


def _has(program: Program, use: str) -> bool:
    return (program.presence if use == "presence" else program.count) is not None


def _such_as(folder: Path, use: str) -> str:
    """The programs of lighting.yaml that do so."""
    texts = fetch_all(folder)
    source, _ = understood(texts[LIGHTING], Including(folder / LIGHTING, folder, taken_from(texts, folder)))
    written = source.tree(("programs",))
    own = written if isinstance(written, dict) else {}
    fit = [name for name, each in read_rules(source)[0].programs.items() if each and name in own and _has(each, use)]
    return f", such as  program: {fit[0]}" if fit else ""
