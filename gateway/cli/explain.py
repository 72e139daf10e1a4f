"""`reverbere explain LAMP`: why a lamp is as bright as it is."""

from pathlib import Path

from devices.device import Device
from gateway.cli.explained.page import Wanted, page
from gateway.cli.explained.tree import tree, verified
from gateway.cli.explained.unknown import lamp_of, moment, not_then
from gateway.cli.hints import of_site
from gateway.cli.opened import Opened, opened
from gateway.cli.show import as_json, console, zone_of
from gateway.study.explain import Explanation, explain
from gateway.study.verify import Verdict, compared


def show(folder: Path, name: str, at: str | None, *, verify: bool = False) -> bool:
    """Print the answer for people; whether the record agrees with it, where that is asked.

    Raises `UnknownNameError`, `UnknownMomentError`, `RecordError`, and `ValueError` for a bad moment.
    """
    with opened(folder) as here:
        device = lamp_of(here, name)
        zone = zone_of(here.site.plan)
        found = _explained(here, device, moment(here, at))
        verdict = _verdict(here, found) if verify else None
        for line in page(found, device, zone, Wanted(files=at is not None, verdict=verdict)):
            console.print(line, markup=False)
        if at is None:
            another = of_site(f'reverbere explain {device.id} --at "YYYY-MM-DD HH:MM"', folder)
            console.print(f"\n  For another moment:  {another}", markup=False)
        return verdict is None or verdict.agrees


def show_json(folder: Path, name: str, at: str | None, *, verify: bool = False) -> bool:
    """Print the same tree as JSON. Answers and raises as `show`."""
    with opened(folder) as here:
        device = lamp_of(here, name)
        found = _explained(here, device, moment(here, at))
        verdict = _verdict(here, found) if verify else None
        as_json(tree(found) | ({} if verdict is None else {"verify": verified(verdict)}))
        return verdict is None or verdict.agrees


def _explained(here: Opened, device: Device, at: int) -> Explanation:
    try:
        return explain(here.reader, device.id, at)
    except KeyError:
        raise not_then(here, device.id, at) from None


def _verdict(here: Opened, found: Explanation) -> Verdict:
    return compared(here.reader, found.decision, found.at, found.last)
