"""`reverbere explain LAMP`: why a lamp is as bright as it is."""

from datetime import tzinfo
from pathlib import Path

from devices.device import Device, Kind
from gateway.cli.explained.page import Wanted, page
from gateway.cli.explained.tree import tree, verified
from gateway.cli.moment import instant
from gateway.cli.opened import Opened, opened
from gateway.cli.show import as_json, console, zone_of
from gateway.configuration.problems import did_you_mean, suggest
from gateway.study.explain import Explanation, explain
from gateway.study.verify import Verdict, compared


class UnknownLampError(LookupError):
    """A name that is no lamp of the site; says what was expected."""


def show(folder: Path, name: str, at: str | None, *, verify: bool = False) -> bool:
    """Print the answer for people; whether the record agrees with it, where that is asked.

    Raises `UnknownLampError`, `RecordError`, and `ValueError` for a bad moment.
    """
    with opened(folder) as here:
        device = lamp_of(here, name)
        zone = zone_of(here.site.plan)
        found = _explained(here, device, _moment(here, at, zone))
        verdict = _verdict(here, found) if verify else None
        for line in page(found, device, zone, Wanted(files=at is not None, verdict=verdict)):
            console.print(line, markup=False)
        if at is None:
            console.print(
                f'\n  For another moment:  reverbere explain {device.id} --at "YYYY-MM-DD HH:MM"', markup=False
            )
        return verdict is None or verdict.agrees


def show_json(folder: Path, name: str, at: str | None, *, verify: bool = False) -> bool:
    """Print the same tree as JSON. Answers and raises as `show`."""
    with opened(folder) as here:
        device = lamp_of(here, name)
        found = _explained(here, device, _moment(here, at, zone_of(here.site.plan)))
        verdict = _verdict(here, found) if verify else None
        as_json(tree(found) | ({} if verdict is None else {"verify": verified(verdict)}))
        return verdict is None or verdict.agrees


def lamp_of(here: Opened, name: str) -> Device:
    """The lamp with an id or a label. Raises `UnknownLampError`."""
    device = here.site.device(name)
    if device is None:
        lamps = (device for device in here.site.devices if device.kind is Kind.LUMINAIRE)
        known = [text for lamp in lamps for text in (lamp.id, lamp.label) if text]
        raise UnknownLampError(f'"{name}" is no lamp of {here.site.id}. {did_you_mean(suggest(name, known))}'.rstrip())
    if device.kind is not Kind.LUMINAIRE:
        raise UnknownLampError(f'"{name}" is a {device.kind.value} of {here.site.id}, and only lamps are explained.')
    return device


def _explained(here: Opened, device: Device, at: int) -> Explanation:
    try:
        return explain(here.reader, device.id, at)
    except KeyError:
        raise UnknownLampError(f'"{device.id}" is a lamp that the plan of that moment did not know.') from None


def _verdict(here: Opened, found: Explanation) -> Verdict:
    return compared(here.reader, found.decision, found.at, found.last)


def _moment(here: Opened, at: str | None, zone: tzinfo) -> int:
    """The moment asked for; now if none is."""
    return here.now if at is None else instant(at, zone)
