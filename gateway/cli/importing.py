"""`reverbere import`: a town's list of lamps comes into a site, shown before anything is written."""

import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import typer

from gateway.cli.replacing import changing, difference
from gateway.configuration.build import understand
from gateway.configuration.equipment import read_equipment
from gateway.configuration.including import Including
from gateway.configuration.inventory.arrange import Arrangement, BadRowsError, Wishes, arrange
from gateway.configuration.inventory.columns import Column, columns
from gateway.configuration.inventory.poles import read_poles
from gateway.configuration.inventory.table import Table, read_table
from gateway.configuration.inventory.writing import ZoneRules, with_lamps, with_zones
from gateway.configuration.problems import ConfigurationError
from gateway.configuration.replacing import put
from gateway.configuration.rules import Rules, read_rules
from gateway.configuration.source import Source, understood
from gateway.configuration.texts import Texts, fetch_all, taken_from
from gateway.lighting.plan import Problem, Program
from gateway.wording import plural

DONE, NOT_CHANGED = 0, 1
USUAL_CLASS = "P5"


class UnknownProgramError(ValueError):
    """New zones would have a program that nobody wrote."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says besides the file and the folder."""

    wishes: Wishes
    lighting_class: str = ""
    program: str = ""
    yes: bool = False


def import_lamps(file: Path, folder: Path, options: Options) -> int:
    """Read a list, show what it would write, ask, and write it; 0 if the site has it now, 1 if somebody said no.

    Raises `HeadingError` and `BadRowsError` for a list that is not understood, `EditError` for files that nothing
    can be added to, `UnknownProgramError`, `OSError` for a list that cannot be read,
    and `ConfigurationError` if the files are not good, or would not be then. Nothing is written in any of these.
    """
    table = read_table(file.read_bytes())
    where = columns(table.headings)
    _tell_columns(table, where)
    poles, bad = read_poles(table, where)
    texts = fetch_all(folder)
    understand(folder, texts)
    devices, lighting = (_source(folder, texts, name) for name in ("devices.yaml", "lighting.yaml"))
    rules = read_rules(lighting)[0]
    try:
        arrangement = arrange(poles, read_equipment(devices)[0], rules, options.wishes)
    except BadRowsError as error:
        raise BadRowsError([*bad, *error.rows]) from None
    if bad:
        raise BadRowsError(bad)
    origin = "".join(letter if letter.isprintable() else "?" for letter in file.name)
    written = {
        "devices.yaml": with_lamps(_text(texts, "devices.yaml"), devices, arrangement, origin),
        "lighting.yaml": with_zones(
            _text(texts, "lighting.yaml"), arrangement, _zone_rules(rules, lighting, options), origin
        ),
    }
    try:
        understand(folder, {**texts, **written})
    except ConfigurationError:
        typer.echo("Nothing was changed: with this list the files would have mistakes.", err=True)
        raise
    return _write(folder, written, arrangement, yes=options.yes)


def summary(arrangement: Arrangement) -> list[str]:
    """What a list brings, in a few lines."""
    new = Counter(lamp.keys["zone"] for lamp in arrangement.lamps if lamp.new)
    again = sum(not lamp.new for lamp in arrangement.lamps)
    lines = [f"{zone}: {plural(count, 'new lamp')}" for zone, count in new.items()]
    if again:
        lines.append(f"{again} of the site's lamps change")
    if arrangement.unchanged:
        lines.append(f"{arrangement.unchanged} are as they are already")
    return [*lines, *arrangement.notes]


def _tell_columns(table: Table, where: Mapping[Column, int]) -> None:
    said = (f'{column.value} from "{table.headings[index]}"' for column, index in where.items())
    typer.echo(f"Columns: {', '.join(said)}.")
    left = [name for index, name in enumerate(table.headings) if index not in where.values() and name]
    if left:
        typer.echo(f"Left out: {', '.join(left)}.")


def _source(folder: Path, texts: Texts, name: str) -> Source:
    return understood(texts[name], Including(folder / name, folder, taken_from(texts, folder)))[0]


def _text(texts: Texts, name: str) -> bytes:
    text = texts[name]
    return b"" if isinstance(text, Problem) else text


def _zone_rules(rules: Rules, lighting: Source, options: Options) -> ZoneRules:
    """Class and program of new zones: as said; else the class of the site's first zone, and what needs no sensor."""
    written = lighting.tree(("programs",))
    own = tuple(written) if isinstance(written, dict) else ()
    if options.program and options.program not in rules.programs:
        known = ", ".join(own) or "none"
        raise UnknownProgramError(f'there is no program "{options.program}" in lighting.yaml; known there: {known}')
    first = next((block for block in rules.zones.values() if block is not None), None)
    lighting_class = options.lighting_class or (first.lighting_class if first is not None else USUAL_CLASS)
    blind = next((name for name in own if _needs_no_sensor(rules.programs[name])), "")
    if options.program or blind:
        return ZoneRules(lighting_class, options.program or blind)
    free = next(name for name in ("lit", *(f"lit-{number}" for number in range(2, len(own) + 3))) if name not in own)
    return ZoneRules(lighting_class, free, new=True)


def _needs_no_sensor(program: Program | None) -> bool:
    return program is not None and program.count is None and program.presence is None


def _write(folder: Path, written: Mapping[str, bytes], arrangement: Arrangement, *, yes: bool) -> int:
    changed = changing(folder, written)
    for line in summary(arrangement):
        typer.echo(line)
    if not changed:
        typer.echo(f"{folder}/ has all of it already.")
        return DONE
    for line in difference(folder, changed):
        typer.echo(line)
    if not yes and not (sys.stdin.isatty() and typer.confirm("Write this, and keep the old files beside it?")):
        typer.echo("Nothing was changed. With --yes it is written without a question.")
        return NOT_CHANGED
    suffix = put(folder, changed)
    typer.echo(f"Written: {' and '.join(changed)}. What was there before is kept as .{suffix}.")
    typer.echo(f"Next:  reverbere check {folder}   then  reverbere reload --config {folder}")
    return DONE
