"""`reverbere energy`: what lamps used, day by day and zone by zone; measured and estimated, never added up."""

from dataclasses import asdict, dataclass
from pathlib import Path

from gateway.cli.explained.unknown import UnknownNameError
from gateway.cli.moment import instant
from gateway.cli.opened import Opened, opened
from gateway.cli.show import as_json, console, table, zone_of
from gateway.configuration.problems import did_you_mean, suggest
from gateway.lighting.plan import Zone
from gateway.study.energy import Used, energy, midnight

DAYS = 7
"""So many days are told where nobody says from when on: today and those before."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The words of the command line: a zone by its id or label, and moments; None where left out."""

    zone: str | None = None
    begin: str | None = None
    until: str | None = None


def show(folder: Path, asked: Asked) -> None:
    """Print a line a day and zone.

    Raises `UnknownNameError` for a zone that is not there, `RecordError`, `ValueError` for a bad moment.
    """
    with opened(folder) as here:
        found = _used(here, asked)
        columns = ("day", "zone", "measured", "by lamps", "expected of these", "others, estimated", "of lamps")
        table(columns, [_row(used) for used in found])
        console.print("Expected and estimated: what orders come to by the lamps' types. Do not add them to measured.")


def show_json(folder: Path, asked: Asked) -> None:
    """Print the same as a JSON array, in watt-hours. Raises what `show` raises."""
    with opened(folder) as here:
        as_json([_object(used) for used in _used(here, asked)])


def _used(here: Opened, asked: Asked) -> list[Used]:
    zone = zone_of(here.site.plan)
    end = here.now if asked.until is None else instant(asked.until, zone)
    start = midnight(end, zone, DAYS - 1) if asked.begin is None else instant(asked.begin, zone)
    return list(energy(here.reader, _zones(here, asked.zone), (start, end), zone))


def _zones(here: Opened, name: str | None) -> tuple[Zone, ...]:
    zones = tuple(zone for zone in here.site.plan.zones if zone.luminaires)
    if name is None:
        return zones
    found = tuple(zone for zone in zones if zone.id == name) or tuple(zone for zone in zones if zone.label == name)
    if not found:
        hint = did_you_mean(suggest(name, [text for zone in zones for text in (zone.id, zone.label)]))
        raise UnknownNameError(f'"{name}" is no zone with lamps of {here.site.id}. {hint}'.rstrip())
    return found


def _row(used: Used) -> tuple[str, ...]:
    metered = (_kilo(used.measured), str(used.metered), _kilo(used.expected)) if used.metered else ("-", "0", "-")
    others = (_kilo(used.estimated), str(used.unmetered)) if used.unmetered else ("-", "0")
    return (used.day.isoformat(), used.zone, *metered, *others)


def _kilo(watt_hours: float) -> str:
    return f"{watt_hours / 1000:.3f} kWh"


def _object(used: Used) -> dict[str, object]:
    return {
        f"{key}_wh" if isinstance(value, float) else key: round(value, 3) if isinstance(value, float) else value
        for key, value in (asdict(used) | {"day": used.day.isoformat()}).items()
    }
