"""The example sites that come with the product, and the demo's own copy of one."""

from pathlib import Path

from gateway import __file__ as _gateway
from gateway.configuration.build import load
from gateway.configuration.site import Site


def example() -> Path:
    """Where the example's files are: inside an installed package, or beside it in a checkout."""
    package = Path(_gateway).parent
    packaged = package / "example"
    return packaged if packaged.is_dir() else package.parent / "config"


STREETS = ("quiet", "mixed")
"""What the demo can play: the example of a site, and a street on which every make hangs once."""


def street(name: str) -> Path:
    """Where the files of one of `STREETS` are."""
    return example() / "mixed" if name == "mixed" else example()


def copy_for_demo(source: Path, folder: Path, broker_port: int) -> Site:
    """Write a site into `folder`, with the embedded broker and simulated serial lines in place of real ones.

    Every other verb then works on it with `--config`. Serial lines are to appear as `folder/lines/DEVICE`.
    """
    site = load(source)
    (folder / "lines").mkdir(parents=True, exist_ok=True)
    devices = (source / "devices.yaml").read_text(encoding="utf-8")
    for device in site.devices:
        kind, _, port = device.link.partition(":")
        if kind in ("serial", "modbus"):
            devices = devices.replace(port, str(folder.resolve() / "lines" / device.id))
    (folder / "devices.yaml").write_text(devices, encoding="utf-8")
    (folder / "lighting.yaml").write_text((source / "lighting.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "site.yaml").write_text(_SITE.format(site=site, port=broker_port), encoding="utf-8")
    return load(folder)


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
