"""What people call lamps and zones -> their ids."""

from collections.abc import Iterable

from devices.device import DeviceId, Kind
from gateway.configuration.problems import did_you_mean, suggest
from gateway.configuration.site import Site
from gateway.control.words import Refused
from gateway.lighting.plan import ZoneId


def target(site: Site, name: str) -> DeviceId | ZoneId:
    """The lamp or the zone of this id, or of this label. Raises `Refused`, with the one that was probably meant."""
    zones = [(zone.id, zone.label) for zone in site.plan.zones]
    return ZoneId(_found(name, [*zones, *_lamps(site)], f"a lamp or a zone of {site.id}", site))


def lamp(site: Site, name: str) -> DeviceId:
    """The lamp of this id, or of this label. Raises `Refused`, with the one that was probably meant."""
    return DeviceId(_found(name, _lamps(site), f"a lamp of {site.id}", site))


def _lamps(site: Site) -> list[tuple[str, str]]:
    return [(device.id, device.label) for device in site.devices if device.kind is Kind.LUMINAIRE]


def _found(name: str, known: Iterable[tuple[str, str]], expected: str, site: Site) -> str:
    """Ids go before labels: a label may be anything, also another's id."""
    labels = dict(known)
    if name in labels:
        return name
    meant = [each for each, label in labels.items() if label == name]
    if len(meant) > 1:
        raise Refused(f'"{name}" is the label of several: {", ".join(meant)}', "one of their ids")
    if meant:
        return meant[0]
    if any(name in (device.id, device.label) for device in site.devices):
        raise Refused(f'"{name}" is a sensor', expected)
    words = [word for pair in labels.items() for word in pair if word]
    raise Refused(f'"{name}" is not known', expected, did_you_mean(suggest(name, words)))
