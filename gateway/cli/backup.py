"""`reverbere backup`: a copy of the record, taken while the gateway runs."""

from pathlib import Path

from rich.progress import Progress

from gateway.cli.opened import opened
from gateway.cli.show import console, date_time, errors, zone_of
from gateway.record.backup import back_up

MEGABYTE = 1_000_000


def backup(folder: Path, file: Path) -> None:
    """Copy the record of a site to a file that is not there yet. Raises `ConfigurationError` and `RecordError`."""
    with opened(folder) as site:
        with Progress(console=errors, transient=True, disable=not errors.is_terminal) as bar:
            copying = bar.add_task("Copying the record")
            back_up(site.site.state, file, lambda left, of: bar.update(copying, total=of, completed=of - left))
        last = date_time(site.reader.last_at(), zone_of(site.site.plan))
    size = file.stat().st_size / MEGABYTE
    console.print(f"{file} has the record of {site.site.id} up to {last}: {size:.1f} MB, checked.", markup=False)
