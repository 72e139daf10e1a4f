"""`reverbere check`: every mistake of a site's files at once, or what was understood, in the operator's words."""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import typer

from devices.device import Kind
from gateway.cli.difference import applying, changes, keeps
from gateway.configuration import keys, pace, pins, proving
from gateway.configuration.build import load
from gateway.configuration.problems import ConfigurationError, locate, render
from gateway.configuration.site import Site
from gateway.configuration.units import say_moment
from gateway.lighting.check import Note, notes, watchers
from gateway.lighting.plan import CLASSES, Place, Zone
from gateway.wording import plural

GOOD = 0
BAD = 78
"""EX_CONFIG of sysexits.h: something in the files is wrong."""


def run(folder: Path) -> int:
    """Print what is wrong with the site in a folder, or what was understood; say the exit status."""
    try:
        site = load(folder)
    except ConfigurationError as error:
        for problem in error.problems:
            typer.echo(render(problem) + "\n")
        mistakes, kept = plural(len(error.problems), "mistake"), f"Nothing was changed.{keeps(folder)}"
        if error.known:
            typer.echo(f"{mistakes}, and {plural(len(error.known), 'thing')} to know:")
            _tell(error.known)
            typer.echo(f"\n{kept}")
        else:
            typer.echo(f"{mistakes}. {kept}")
        return BAD
    for line in _understood(folder, site):
        typer.echo(line)
    for line in applying(folder):
        typer.echo(line)
    told = known(site)
    if told:
        typer.echo(f"\n{plural(len(told), 'thing')} to know:")
    _tell(told)
    return GOOD


def known(site: Site) -> tuple[Note, ...]:
    """All that is allowed in a site's files and good to know."""
    return (*notes(site.plan), *_about_settings(site))


def _tell(known: Iterable[Note]) -> None:
    for note in known:
        typer.echo(f"  {locate(note.place)}: {note.text}" if note.place.file else f"  {note.text}")


def run_json(folder: Path) -> int:
    """Print the same as one JSON object; say the exit status.

    `good`, `notes`, and either `problems` (place, found, expected, hint) or `plan` (its digest), counts and
    `changes`: a line for each change against the plan that was adopted last, null where none was yet.
    """
    try:
        site = load(folder)
    except ConfigurationError as error:
        problems = [
            {**_place(problem.place), "found": problem.found, "expected": problem.expected, "hint": problem.hint}
            for problem in error.problems
        ]
        told = [{**_place(note.place), "text": note.text} for note in error.known]
        typer.echo(json.dumps({"good": False, "problems": problems, "notes": told}, ensure_ascii=False))
        return BAD
    answer = {
        "good": True,
        "site": site.id,
        "plan": site.plan.digest,
        "zones": [zone.id for zone in site.plan.zones],
        "sensors": _number(site, Kind.SENSOR),
        "luminaires": _number(site, Kind.LUMINAIRE),
        "notes": [{**_place(note.place), "text": note.text} for note in known(site)],
        "changes": changes(folder),
    }
    typer.echo(json.dumps(answer, ensure_ascii=False))
    return GOOD


def _understood(folder: Path, site: Site) -> Iterator[str]:
    zones = site.plan.zones
    programs = len({program.name for zone in zones for program in zone.programs()})
    lines = len({(line.place.line, line.place.column) for zone in zones for line in zone.calendar if line.place})
    parts = (
        plural(len(zones), "zone"),
        plural(_number(site, Kind.SENSOR), "sensor"),
        plural(_number(site, Kind.LUMINAIRE), "luminaire"),
        plural(programs, "program"),
        *([plural(lines, "calendar line")] if lines else []),
    )
    yield f"{folder}/ is good.  {', '.join(parts)}.  Plan {site.plan.digest}."
    width = max(len(zone.id) for zone in zones)
    for zone in zones:
        for index, line in enumerate((*_light(zone), _sensors(zone), *_never_dimmed(zone))):
            yield f"  {zone.id if index == 0 else '':{width}}   {line}"


def _light(zone: Zone) -> Iterator[str]:
    """When it is lit, and what is owed here, in lux: when nobody is there, and to people."""
    dark = list(dict.fromkeys(program.dark for program in zone.programs() if program.dark is not None))
    spans = " and ".join(f"{say_moment(item.start)}-{say_moment(item.end)} by {item.because}" for item in dark)
    lit = f"lit every night, except {spans} when nobody is there" if dark else "lit every night of the year"
    if zone.design is None:
        yield f"{lit}; always at 100%: no design illuminance is known"
        return
    if dark:
        yield lit
        yield f"otherwise {_classes(zone)}"
    else:
        yield f"{lit}; {_classes(zone)}"


def _classes(zone: Zone) -> str:
    steps = [step for program in zone.programs() for step in program.steps]
    counts = [program.count for program in zone.programs() if program.count is not None]
    picked = {name for count in counts for _, name in count.classes}
    empty = min({step.empty for step in steps} | picked, key=_lux)
    owed = sorted({step.owed for step in steps} | picked, key=_lux)
    people = " or ".join(f"{CLASSES[name]:.1f} lx ({name})" for name in owed)
    return f"never under {CLASSES[empty]:.1f} lx ({empty}); people get {people}"


def _lux(lighting_class: str) -> tuple[float, str]:
    return CLASSES[lighting_class], lighting_class


def _sensors(zone: Zone) -> str:
    counted = f"counted by {_listed([counter.sensor for counter in zone.counters])}" if zone.counters else "not counted"
    if all(program.presence is None for program in zone.programs()):
        return f"{counted}; presence is not used"
    watched = watchers(zone)
    if not watched:
        return f"no lamps yet; {counted}"
    seen = [lamp for lamp, sensors in watched.items() if sensors]
    alone = [f"{lamp} by {sensors[0]} alone" for lamp, sensors in watched.items() if len(sensors) == 1]
    share = "every lamp is watched" if len(seen) == len(watched) else f"{len(seen)} of {len(watched)} lamps are watched"
    few = 3
    thin = f"; {', '.join(alone)}" if 0 < len(alone) <= few else f"; {len(alone)} by one sensor alone" if alone else ""
    return f"{share}{thin}; {counted}"


def _never_dimmed(zone: Zone) -> Iterator[str]:
    lamps = [f"{lamp.id} ({lamp.never_dim})" for lamp in zone.luminaires if lamp.never_dim]
    if lamps:
        yield f"never dimmed while lit: {', '.join(lamps)}"


def _about_settings(site: Site) -> Iterator[Note]:
    """What is allowed in site.yaml and good to know."""
    nowhere = Place("", 0, 0)
    secrets = [path for target in site.targets for path in (target.password_file, target.token_file)]
    if site.mqtt is not None:
        secrets += [site.mqtt.password_file, site.mqtt.ca_file]
    for path in secrets:
        if path is not None and not os.access(path, os.R_OK):
            yield Note(nowhere, f"{path} cannot be read by you; the gateway needs it")
    for device in site.devices:
        if device.convention == "paxcounter":
            yield Note(nowhere, f"{device.id} hears telephones: in France that is processing of personal data (CNIL)")
    yield from pace.notes(site)
    yield from keys.notes(site)
    yield from pins.notes(site)
    yield from proving.notes(site)


def _number(site: Site, kind: Kind) -> int:
    return sum(device.kind is kind for device in site.devices)


def _place(place: Place) -> dict[str, object]:
    return {"file": place.file, "line": place.line, "column": place.column}


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
