"""The example sites that come with the product, and the demo's own copy of one."""

from pathlib import Path

from gateway import __file__ as _gateway
from gateway.broker import free_port
from gateway.configuration import dali
from gateway.configuration.build import load
from gateway.configuration.site import Site


def example() -> Path:
    """Where the example's files are: inside an installed package, or beside it in a checkout."""
    package = Path(_gateway).parent
    packaged = package / "example"
    return packaged if packaged.is_dir() else package.parent / "config"


STREETS = ("quiet", "mixed")
"""What the demo can play: the example of a site, and a street on which every make hangs once."""


ON_DALI = "convention: dali"
"""What the one line of a lamp on a DALI line says in the files of a street."""


def street(name: str) -> Path:
    """Where the files of one of `STREETS` are."""
    return example() / "mixed" if name == "mixed" else example()


def lacks_dali(source: Path) -> bool:
    """Whether a street has lamps on DALI lines, and what speaks DALI is not installed."""
    return not dali.installed() and ON_DALI in (source / "devices.yaml").read_text(encoding="utf-8")


def copy_for_demo(source: Path, folder: Path, broker_port: int) -> Site:
    """Write a site into `folder`, with the embedded broker and simulated lines in place of real ones.

    Every other verb then works on it with `--config`. Serial lines are to appear as `folder/lines/DEVICE`, and each
    daliserver at a port of its own. Where what speaks DALI is not installed, lamps on DALI lines are left out.
    """
    (folder / "lines").mkdir(parents=True, exist_ok=True)
    devices = (source / "devices.yaml").read_text(encoding="utf-8")
    if lacks_dali(source):
        devices = "".join(line for line in devices.splitlines(keepends=True) if ON_DALI not in line)
    (folder / "devices.yaml").write_text(devices, encoding="utf-8")
    (folder / "lighting.yaml").write_text((source / "lighting.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "site.yaml").write_text((source / "site.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    site = load(folder)
    (folder / "site.yaml").write_text(_SITE.format(site=site, port=broker_port), encoding="utf-8")
    for there, here in _simulated(site, folder.resolve() / "lines").items():
        devices = devices.replace(there, here)
    (folder / "devices.yaml").write_text(devices, encoding="utf-8")
    return load(folder)


def _simulated(site: Site, lines: Path) -> dict[str, str]:
    """By the name of each real line that of the simulated one."""
    found: dict[str, str] = {}
    for device in site.devices:
        kind, _, port = device.link.partition(":")
        if kind in ("serial", "modbus"):
            found[port] = str(lines / device.id)
        elif kind == dali.DALI and port not in found:
            found[port] = f"daliserver://127.0.0.1:{free_port()}"
    return found


_SITE = """\
# A demo's own copy of the example site: an embedded broker, simulated serial lines, no database.
version: 1
site:
  id: {site.id}
  name: {site.title}
  latitude: {site.plan.latitude}
  longitude: {site.plan.longitude}
  time_zone: {site.plan.timezone}
mqtt:
  url: mqtt://127.0.0.1:{port}
  broker: nats
"""
