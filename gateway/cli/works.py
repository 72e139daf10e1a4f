"""`reverbere maintenance list`: the lamps that are left alone just now."""

from pathlib import Path

from gateway.cli.opened import Opened, opened
from gateway.cli.show import as_json, console, date_time, iso, table, zone_of
from gateway.lighting.facts import Maintenance
from gateway.study.replay import rebuild


def show(folder: Path) -> None:
    """Print a table. Raises `ConfigurationError`, `RecordError`."""
    with opened(folder) as here:
        zone, found = zone_of(here.site.plan), _works(here)
        if not found:
            console.print("No lamp is under maintenance.")
            return
        columns = ("id", "lamp", "until", "owner", "reason")
        rows = [(work.id, work.lamp, date_time(work.expires, zone), work.owner, work.reason) for work in found]
        table(columns, rows)


def show_json(folder: Path) -> None:
    """Print the same as a JSON array."""
    with opened(folder) as here:
        as_json(
            [
                {
                    "id": work.id,
                    "lamp": work.lamp,
                    "start": iso(work.start),
                    "expires": iso(work.expires),
                    "owner": work.owner,
                    "caller": work.caller,
                    "reason": work.reason,
                }
                for work in _works(here)
            ]
        )


def _works(here: Opened) -> list[Maintenance]:
    engine = rebuild(here.reader, here.now)
    engine.advance(here.now)
    return engine.maintenance()
