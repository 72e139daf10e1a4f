"""What differs between two sites, in the operator's words."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import TypeVar

from devices.device import DeviceId
from gateway.configuration.site import Site
from gateway.lighting.plan import Plan, Program, Zone

T = TypeVar("T")

AT_RESTART = ("record", "metrics")
"""Settings of a site that hold from the next start on."""

NEVER_LIVE = ("id", "state")
"""Settings of a site that a running gateway cannot take: its record stands under them."""

_PARTS = {
    "active": "the active period",
    "failsafe": "failsafe",
    "count": "count",
    "presence": "presence",
    "ramp": "ramp",
    "steps": "steps",
    "dark": "darkness",
}
_ZONE = {"length": "length in m", "design_class": "class", "design": "design in lx"}
_WORDS = {"title": "name", "lateness": "lateness", "refresh": "refresh", "overrides": "overrides", "record": "record"}


@dataclass(frozen=True, slots=True)
class Changes:
    """One line a change. `moving` can move lamps, `wiring` is about devices, links and servers, `other` the rest.

    `waiting` are changes that hold from the next start on.
    """

    moving: tuple[str, ...] = ()
    wiring: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()

    def lines(self) -> tuple[str, ...]:
        """All of them, what moves lamps first."""
        return (*self.moving, *self.wiring, *self.other, *(f"{line} (from the next start on)" for line in self.waiting))


def compare(before: Site, after: Site) -> Changes:
    """What another site would change."""
    wiring = (
        *_devices(before, after),
        *_links(before, after),
        *_targets(before, after),
        *_keys(before, after),
        *_homeassistant(before, after),
    )
    handled = {
        "plan",
        "devices",
        "mqtt",
        "serials",
        "targets",
        "keys",
        "pins",
        "modbus",
        "homeassistant",
        *AT_RESTART,
        *NEVER_LIVE,
    }
    other = [
        f"{_WORDS.get(name, name)}: {_said(getattr(before, name))} -> {_said(getattr(after, name))}"
        for name in (item.name for item in fields(Site))
        if name not in handled and getattr(before, name) != getattr(after, name)
    ]
    waiting = [
        f"{name} changed" for name in (*NEVER_LIVE, *AT_RESTART) if getattr(before, name) != getattr(after, name)
    ]
    return Changes(tuple(compare_plans(before.plan, after.plan)), wiring, tuple(other), tuple(waiting))


def compare_plans(before: Plan, after: Plan) -> Iterator[str]:
    """What another plan would change of the light."""
    if (before.latitude, before.longitude, before.timezone) != (after.latitude, after.longitude, after.timezone):
        yield "the place or the time zone of the site: every calendar is looked at again"
    old, new = ({str(zone.id): zone for zone in plan.zones} for plan in (before, after))
    yield from _named("zone", old, new, _zone)


def _zone(before: Zone, after: Zone) -> Iterator[str]:
    """What of one zone differs, each in a few words."""
    if before.label != after.label:
        yield f'is now called "{after.label}"'
    yield from _members("lamp", *({lamp.id: lamp for lamp in zone.luminaires} for zone in (before, after)))
    yield from _members(
        "presence sensor", *({watch.sensor: watch for watch in zone.watches} for zone in (before, after))
    )
    yield from _members(
        "counter", *({counter.sensor: counter for counter in zone.counters} for zone in (before, after))
    )
    yield from _program(before.program, after.program)
    said = {"id", "label", "luminaires", "watches", "counters", "program"}
    for item in fields(Zone):
        one, other = getattr(before, item.name), getattr(after, item.name)
        if item.compare and item.name not in said and one != other:
            yield f"{_ZONE[item.name]} {_said(one)} -> {_said(other)}" if item.name in _ZONE else f"{item.name} changed"


def _program(before: Program, after: Program) -> Iterator[str]:
    if before.name != after.name:
        yield f"program {before.name} -> {after.name}"
    parts = [words for name, words in _PARTS.items() if getattr(before, name) != getattr(after, name)]
    if parts:
        yield f"program {after.name}: {', '.join(parts)} changed"


def _members(word: str, before: Mapping[DeviceId, T], after: Mapping[DeviceId, T]) -> Iterator[str]:
    for verb, names in (
        ("added", [name for name in after if name not in before]),
        ("removed", [name for name in before if name not in after]),
        ("changed", [name for name in after if name in before and before[name] != after[name]]),
    ):
        if names:
            yield f"{word}{'s' if len(names) > 1 else ''} {_listed(names)} {verb}"


def _devices(before: Site, after: Site) -> Iterator[str]:
    """Devices as they are wired; where they hang and what they watch is said of their zones."""
    old, new = ({device.id: device for device in site.devices} for site in (before, after))
    yield from _members("device", old, new)


def _links(before: Site, after: Site) -> Iterator[str]:
    if before.mqtt != after.mqtt:
        verb = "added" if before.mqtt is None else "removed" if after.mqtt is None else "changed: it connects anew"
        yield f"broker {verb}"
    old, new = ({line.name: line for line in site.serials} for site in (before, after))
    yield from _named("line", old, new, lambda _one, _other: ("it is opened anew",))
    before_line, after_line = ({line.name: line for line in site.modbus} for site in (before, after))
    yield from _named("line", before_line, after_line, lambda _one, _other: ("it is opened anew",))
    was, is_now = ({held.pin: held for held in site.pins} for site in (before, after))
    yield from _named("pin", was, is_now, lambda _one, _other: ("it is held anew",))


def _targets(before: Site, after: Site) -> Iterator[str]:
    old, new = ({target.name: target for target in site.targets} for site in (before, after))
    yield from _named("server", old, new, lambda _one, _other: ("it is written to anew",))


def _homeassistant(before: Site, after: Site) -> Iterator[str]:
    one, other = before.homeassistant, after.homeassistant
    if one != other:
        yield f"Home Assistant: {'told now' if one is None else 'told no more' if other is None else 'told otherwise'}"


def _keys(before: Site, after: Site) -> Iterator[str]:
    old, new = ({key.id: key for key in site.keys} for site in (before, after))
    yield from _named("key switch", old, new, lambda _one, _other: ("it is read anew",))


def _named(
    word: str, before: Mapping[str, T], after: Mapping[str, T], differ: Callable[[T, T], Iterable[str]]
) -> Iterator[str]:
    """What was added, removed and changed of things that have names."""
    yield from (f"{word} {name} added" for name in after if name not in before)
    yield from (f"{word} {name} removed" for name in before if name not in after)
    for name, thing in after.items():
        if name in before and before[name] != thing:
            yield from (f"{word} {name}: {line}" for line in differ(before[name], thing))


def _listed(names: list[DeviceId]) -> str:
    few = 4
    return ", ".join(names) if len(names) <= few else f"{', '.join(names[: few - 1])} and {len(names) - few + 1} more"


def _said(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
