"""Names and moments of which nothing can be explained, told so that the next question is the right one."""

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from devices.device import Device, DeviceId, Kind
from gateway.cli.moment import instant
from gateway.cli.opened import Opened
from gateway.cli.show import date_time, zone_of
from gateway.clock import SECOND, SystemClock
from gateway.configuration.problems import did_you_mean, suggest
from gateway.record.search import begins

MINUTE = 60 * SECOND


class UnknownNameError(LookupError):
    """A name of nothing that was asked for: a lamp, or a zone with lamps; says what was expected."""


class UnknownMomentError(LookupError):
    """A moment that the record does not have; says which it has."""


class Hung(NamedTuple):
    """From when until when (ns) a plan had a lamp; to None for the plan that holds."""

    plan: str
    start: int
    end: int | None


def lamp_of(here: Opened, name: str) -> Device:
    """The lamp with an id or a label; or with an id, of an earlier plan. Raises `UnknownNameError`."""
    device = here.site.device(name)
    if device is None and next(_hung(here, name), None) is not None:
        return Device(DeviceId(name), Kind.LUMINAIRE, "", "", "")
    if device is None:
        lamps = (device for device in here.site.devices if device.kind is Kind.LUMINAIRE)
        known = [text for lamp in lamps for text in (lamp.id, lamp.label) if text]
        hint = did_you_mean(suggest(name, known)) or "All that are:  reverbere devices"
        raise UnknownNameError(f'"{name}" is no lamp of {here.site.id}. {hint}')
    if device.kind is not Kind.LUMINAIRE:
        zones = [zone for zone in here.site.plan.zones if device.id in dict(zone.sensors())]
        lamps_by = [lamp.id for zone in zones for lamp in zone.luminaires][:1]
        hint = f" Of a lamp in its zone:  reverbere explain {lamps_by[0]}" if lamps_by else ""
        raise UnknownNameError(
            f'"{name}" is a {device.kind.value} of {here.site.id}, and only lamps are explained.{hint}'
        )
    return device


def moment(here: Opened, at: str | None) -> int:
    """The moment asked for; now if none is.

    Raises `ValueError` for what is no moment or yet to come, `UnknownMomentError` for what is before the record.
    """
    if at is None:
        return here.now
    zone = zone_of(here.site.plan)
    asked, now = instant(at, zone), max(here.now, SystemClock().now().time)
    if asked > now:
        raise ValueError(
            f'expected a moment that is over, found "{at}": it is {date_time(now, zone)} now; '
            f"what comes if nobody is seen is under Next, without --at"
        )
    first = begins(here.reader)
    if first is not None and here.reader.last_seq(asked) < first.seq:
        since = date_time(first.at, zone)
        if not first.trimmed:
            raise UnknownMomentError(f"The record begins on {since}: nothing is known of {date_time(asked, zone)}.")
        raise UnknownMomentError(
            f"Readings are kept since {since} (record: keep: readings), and without them nothing is explained. "
            f"What was decided before:  reverbere audit --from ... --to ..."
        )
    return asked


def not_then(here: Opened, lamp: DeviceId, at: int) -> UnknownNameError:
    """The error for a lamp that the plan of that moment did not have; says which plans had it."""
    zone = zone_of(here.site.plan)
    last: Hung | None = None
    for last in _hung(here, lamp):
        if last.end is not None and last.end > at:
            break
    told = f'the plan of {date_time(at, zone)} has no lamp "{lamp}"'
    if last is None:
        return UnknownNameError(f"{told}.")
    if last.end is None:
        return UnknownNameError(f"{told}: it is in the plan since {date_time(last.start, zone)}.")
    within = datetime.fromtimestamp(max(last.start + MINUTE, last.end - MINUTE) // SECOND, zone)
    return UnknownNameError(
        f"{told}: plan {last.plan} had it, from {date_time(last.start, zone)} to {date_time(last.end, zone)}. "
        f'Of then:  reverbere explain {lamp} --at "{within:%Y-%m-%d %H:%M}"'
    )


def _hung(here: Opened, lamp: str) -> Iterator[Hung]:
    """The plans that had a lamp, oldest first; those that follow one another are one."""
    begun: Hung | None = None
    for found, behind in pairwise([*here.reader.adoptions(), None]):
        if found is None:
            continue
        there = any(item.id == lamp for zone in found.adopted.plan.zones for item in zone.luminaires)
        if there and begun is None:
            begun = Hung(found.adopted.plan.digest, found.at, None)
        if begun is not None and there and behind is None:
            yield begun
        elif begun is not None and not there:
            yield begun._replace(end=found.at)
            begun = None
