"""`reverbere devices`: what is configured and when it last spoke."""

from pathlib import Path

from devices.device import Device
from gateway.cli.opened import Opened, opened
from gateway.cli.show import ago, as_json, iso, table


def show(folder: Path) -> None:
    """Print a table for people."""
    with opened(folder) as here:
        seen = here.reader.last_seen()
        rows = [
            (
                device.id,
                device.kind.value,
                _zone(here, device),
                device.convention,
                device.link,
                ago(seen.get(device.id), here.now),
            )
            for device in here.site.devices
        ]
        table(("id", "kind", "zone", "convention", "link", "last seen"), rows)


def show_json(folder: Path) -> None:
    """Print a JSON array for programs; `last_seen` is UTC or null."""
    with opened(folder) as here:
        seen = here.reader.last_seen()
        as_json(
            [
                {
                    "id": device.id,
                    "label": device.label,
                    "kind": device.kind.value,
                    "zone": _zone(here, device),
                    "convention": device.convention,
                    "link": device.link,
                    "last_seen": iso(seen[device.id]) if device.id in seen else None,
                }
                for device in here.site.devices
            ]
        )


def _zone(here: Opened, device: Device) -> str:
    zone = here.site.plan.zone_of(device.id)
    return "" if zone is None else zone.id
