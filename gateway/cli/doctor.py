"""`reverbere doctor`: one line a subject, what the street does about it, and the next command."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from gateway.cli.opened import Opened, opened
from gateway.cli.show import ago, as_json, console, date_time, lasting, zone_of
from gateway.study.survey import PATIENT, Survey, survey

SHOWN = 5
"""Names that are listed before the rest is counted."""


def show(folder: Path) -> int:
    """Print it for people; 1 if something wants their eye, else 0. Raises `ConfigurationError`, `RecordError`."""
    with opened(folder) as here:
        found = _survey(here)
        running = here.reader.running()
        console.print(f"Réverbère   {here.site.id}   {date_time(found.at, zone_of(here.site.plan))}", markup=False)
        console.print()
        for good, subject, words in (_gateway(running=running), *_lines(found)):
            console.print(f" {'ok  ' if good else 'WARN'}  {subject:<9}{words}", markup=False)
        console.print()
        return _sum_up(found, running=running)


def show_json(folder: Path) -> int:
    """Print the same as JSON; 1 if something wants somebody's eye, else 0."""
    with opened(folder) as here:
        found = _survey(here)
        running = here.reader.running()
        as_json({"running": running, "warnings": found.warnings + (not running), **asdict(found)})
        return int(bool(found.warnings) or not running)


def _survey(here: Opened) -> Survey:
    return survey(here.reader, here.now, tuple(target.name for target in here.site.targets))


def _gateway(*, running: bool) -> tuple[bool, str, str]:
    return running, "gateway", "runs" if running else "does not run: this is how the record ends"


def _lines(found: Survey) -> Iterator[tuple[bool, str, str]]:
    answering = found.lamps - len(found.silent)
    words = f"{answering} of {found.lamps} lamps answer; {found.lamps - len(found.failsafe)} follow their rule"
    if found.failsafe:
        words += f", on failsafe: {_names(found.failsafe)}"
    if found.silent:
        words += f"; silent: {_names(found.silent)}"
    yield not found.silent, "street", words
    yield not found.doubted, "sensors", f"{found.sensors - len(found.doubted)} of {found.sensors} believed"
    for each in found.doubted:
        expected = "" if each.expect is None else f" (expected every {lasting(each.expect)})"
        lamps = f"; on failsafe for it: {_names(each.failsafe)}" if each.failsafe else ""
        yield False, "", f"{each.sensor}  last heard {ago(each.heard, found.at)}{expected}{lamps}"
    yield not found.damaged, "record", f"{found.entries} entries"
    for file, trouble in found.damaged.items():
        yield False, "", f"begun anew in the place of {file}, which was damaged: {trouble}   -> docs/restore.md"
    for target in found.targets:
        good = target.entries <= PATIENT
        yield good, target.target, f"{target.entries} entries wait in the record; nothing is lost"
    if found.refused:
        yield (
            False,
            "refused",
            f"{found.refused} lines that a database would not take   -> reverbere forward refused list",
        )
    more = "   -> reverbere tail --rejected" if found.rejected else ""
    yield not found.rejected, "rejected", f"{found.rejected} in the last 24 h{more}"


def _names(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:SHOWN])
    return shown if len(names) <= SHOWN else f"{shown} and {len(names) - SHOWN} more"


def _sum_up(found: Survey, *, running: bool) -> int:
    warnings = found.warnings + (not running)
    if not warnings:
        console.print("All is well.")
        return 0
    console.print(f"{warnings} warning{'s' if warnings > 1 else ''}.")
    return 1
