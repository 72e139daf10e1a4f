"""`reverbere export`: what was recorded, as a file."""

import sys
from contextlib import nullcontext
from pathlib import Path
from zoneinfo import ZoneInfo

from devices.device import DeviceId
from devices.reading import Quantity
from gateway.cli.moment import instant
from gateway.cli.opened import opened
from gateway.configuration.problems import did_you_mean, suggest
from gateway.configuration.site import Site
from gateway.export.csv import write_csv
from gateway.record.distrust import Distrust


def export_readings(
    folder: Path,
    out: Path | None,
    *,
    quantity: str | None,
    device: str | None,
    begin: str | None,
    until: str | None,
    local: bool,
) -> None:
    """Write a site's readings to a file or standard output.

    Moments without a zone are the street's own. Raises `ValueError` for an unknown quantity, device or moment,
    `ConfigurationError` and `RecordError`.
    """
    with opened(folder) as here:
        zone = ZoneInfo(here.site.plan.timezone)
        chosen = (
            None if quantity is None else _quantity(quantity),
            None if device is None else _known(here.site, device),
            0 if begin is None else instant(begin, zone),
            None if until is None else instant(until, zone),
        )
        with nullcontext(sys.stdout) if out is None else out.open("w", encoding="utf-8", newline="") as file:
            distrust = Distrust(here.reader.series(Quantity.TRUST, chosen[1]))
            write_csv(file, distrust.mark(here.reader.series(*chosen)), zone if local else None)


def _quantity(name: str) -> Quantity:
    known = [quantity.value for quantity in Quantity]
    if name not in known:
        hint = did_you_mean(suggest(name, known)) or f"Known: {', '.join(known)}"
        raise ValueError(f'"{name}" is no quantity. {hint}')
    return Quantity(name)


def _known(site: Site, name: str) -> DeviceId:
    device = site.device(name)
    if device is None:
        known = [text for other in site.devices for text in (other.id, other.label) if text]
        raise ValueError(f'"{name}" is no device of {site.id}. {did_you_mean(suggest(name, known))}'.rstrip())
    return device.id
