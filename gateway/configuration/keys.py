"""Key switches of devices.yaml: a contact on a pin of the header, by which light is had with the network gone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from gateway.configuration import ranges
from gateway.configuration.models import KeyBlock
from gateway.configuration.problems import unknown
from gateway.configuration.shape import fit
from gateway.configuration.site import KeySettings, Site
from gateway.configuration.source import Source, Tree
from gateway.configuration.units import Unreadable, say_duration
from gateway.lighting.check import Note
from gateway.lighting.plan import DUST, Place, Problem, ZoneId

ALL = "all"
"""Written instead of zones: every zone of the site. A zone of this name is meant before that."""

UART = frozenset({"GPIO14", "GPIO15"})
"""The pins of the header's serial line."""

_HEADER_PORTS = ("/dev/serial0", "/dev/ttyAMA", "/dev/ttyS0")
_NOWHERE = Place("", 0, 0)


@dataclass(frozen=True, slots=True)
class KeyUnit:
    """A key switch as written: where its name stands, where its pin and where its zones."""

    id: str
    block: KeyBlock
    place: Place
    pin: Place
    zones: Place


def read_keys(source: Source, section: Mapping[str, Tree]) -> tuple[list[KeyUnit], list[Problem]]:
    """The keys that are understood, in the order of the file."""
    found: list[KeyUnit] = []
    problems: list[Problem] = []
    for name, tree in section.items():
        route = ("keys", name)
        try:
            ranges.slug(name)
        except Unreadable as unreadable:
            problems.append(Problem(source.key(route), unreadable.found, unreadable.expected, unreadable.hint))
        block, wrong = fit(KeyBlock, source, route, tree)
        problems += wrong
        if block is not None:
            places = (source.at((*route, key)) for key in ("pin", "zones"))
            found.append(KeyUnit(name, block, source.key(route), *places))
    return found, problems


def key_problems(keys: Sequence[KeyUnit], zones: Sequence[str]) -> Iterator[Problem]:
    """Pins that two keys claim, and zones that are not there. No zones at all: lighting.yaml was not understood."""
    pins: dict[str, str] = {}
    for key in keys:
        if (other := pins.setdefault(key.block.pin, key.id)) != key.id:
            yield Problem(key.pin, f"{other} is on {key.block.pin} already", "A pin of its own for each key")
        for zone in key.block.zones if zones and not _every(key.block, zones) else ():
            if zone not in zones:
                yield unknown(key.zones, zone, "zones", (*zones, ALL))


def settings(keys: Sequence[KeyUnit], zones: Sequence[ZoneId]) -> tuple[KeySettings, ...]:
    """The keys with what they leave out. Call it for keys without problems."""
    return tuple(_settings(key, zones) for key in keys)


def _settings(key: KeyUnit, zones: Sequence[ZoneId]) -> KeySettings:
    block = key.block
    return KeySettings(
        id=key.id,
        pin=block.pin,
        zones=tuple(zones) if _every(block, zones) else tuple(map(ZoneId, block.zones)),
        level=ceil(block.level - DUST),
        at_most=block.at_most,
        normally_closed=block.contact == "normally-closed",
        debounce=block.debounce,
        place=key.place,
    )


def _every(block: KeyBlock, zones: Sequence[str]) -> bool:
    return not block.zones or (block.zones == (ALL,) and ALL not in zones)


def notes(site: Site) -> Iterator[Note]:
    """What is allowed of key switches and good to know."""
    for key in site.keys:
        place = key.place or _NOWHERE
        if not key.normally_closed:
            yield Note(
                place,
                f"a cut wire of {key.id} reads as a key that nobody turned, and nobody learns it: a contact that opens "
                "when the key is turned (contact: normally-closed) asks for light then",
            )
        if key.level < 100:  # noqa: PLR2004 - all the light
            yield Note(place, f"{key.id} asks for {key.level}%: where people are walking, that may be less than before")
        if key.pin in UART and (line := on_the_header([line.port for line in site.serials + site.modbus])):
            yield Note(place, f"{key.pin} is a pin of the serial line {line}: one of the two does not work")
        if key.at_most > site.overrides.at_most:
            longest, own = say_duration(site.overrides.at_most), say_duration(key.at_most)
            yield Note(
                place, f"{key.id} may hold for {own}; what people order ends after {longest} (overrides: at_most)"
            )


def on_the_header(ports: Sequence[str]) -> str:
    """A serial line on pins 14 and 15 of the header, if one of these is."""
    return next((port for port in ports if port.startswith(_HEADER_PORTS)), "")
