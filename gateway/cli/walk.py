"""`reverbere walk-test`: a person walks along the street, and is told who sees them and where nobody does."""

import asyncio
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from devices.device import DeviceId
from devices.reading import Reading
from gateway.cli.explained.unknown import UnknownNameError
from gateway.cli.show import as_json, console, errors, table
from gateway.configuration.build import load
from gateway.configuration.problems import did_you_mean, suggest
from gateway.configuration.site import Site
from gateway.control.ask import ask
from gateway.control.words import IdentifyRequest, OverhearRequest, Refused
from gateway.lighting.plan import Luminaire, Zone
from gateway.record.reader import Reader
from gateway.study.walk import EARLY, Sign, Stand, Walk, signs, walk

PATIENCE = 10.0
"""Real seconds that somebody waves under a lamp before they count as unseen there."""

POLL = 0.2
"""Real seconds between two looks at the record."""


class WalkError(ValueError):
    """A walk that cannot be made as it was asked for."""


@dataclass(frozen=True, slots=True)
class Guide:
    """Who leads the walker: the record that is read on, and the folder whose gateway is asked."""

    site: Site
    zone: Zone
    reader: Reader

    def now(self) -> int:
        """Street time (ns), by the gateway's own word. Raises `NoGatewayError`."""
        return _now(self.site)

    def flash(self, lamp: Luminaire) -> None:
        """Let a lamp show which one it is; one that cannot is found without."""
        try:
            asyncio.run(ask(self.site.state, IdentifyRequest(lamp=lamp.id)))
        except Refused as refused:
            errors.print(f"   {lamp.id} does not flash: {refused.found}", markup=False)

    def said(self, since: int) -> list[Reading]:
        """What the zone's sensors said after a moment, in order."""
        sensors = dict(self.zone.sensors())
        return [reading for reading in self.reader.series(start=since) if reading.device in sensors]


def walk_test(folder: Path, name: str, lasts: float | None) -> Walk:
    """Lead somebody along a zone, lamp by lamp; or, with `lasts`, watch for that many real seconds.

    Raises `WalkError` where nobody can be asked, `UnknownNameError`, `NoGatewayError`, `ConfigurationError`.
    """
    site = load(folder)
    zone = _zone(site, name)
    if lasts is None and not sys.stdin.isatty():
        raise WalkError("expected a terminal to ask at, or  --for 5min  to walk from the start to the end of the zone")
    begun = _now(site)
    reader = Reader(site.state)
    try:
        guide = Guide(site, zone, reader)
        errors.print(f"{zone.label or zone.id}, 0 m to {zone.length:g} m. Anybody else in the street spoils the test.")
        stands = _led(guide) if lasts is None else _alone(guide, lasts)
        if not stands:
            raise WalkError("expected somebody to stand under a lamp at least once, found that nobody did")
        return walk(zone, stands, guide.said(begun - EARLY))
    finally:
        reader.close()


def _now(site: Site) -> int:
    return int(str(asyncio.run(ask(site.state, OverhearRequest()))["now"]))


def _zone(site: Site, name: str) -> Zone:
    for zone in site.plan.zones:
        if name in (zone.id, zone.label):
            return zone
    known = [word for zone in site.plan.zones for word in (zone.id, zone.label) if word]
    raise UnknownNameError(f'"{name}" is no zone of {site.id}. {did_you_mean(suggest(name, known))}'.rstrip())


def _led(guide: Guide) -> list[Stand]:
    """From lamp to lamp: each flashes, is stood under, and whoever sees that is named."""
    stands: list[Stand] = []
    lamps = sorted(guide.zone.luminaires, key=lambda lamp: lamp.at)
    for number, lamp in enumerate(lamps, 1):
        guide.flash(lamp)
        errors.print(f" {number}/{len(lamps)}  {_named(guide.site, lamp)} at {lamp.at:g} m flashes.", markup=False)
        try:
            answer = console.input("       Stand under it and press Enter (s: skip it, q: that is all) ", markup=False)
        except (EOFError, KeyboardInterrupt):
            answer = "q"
        if answer.strip().lower() == "q":
            break
        if answer.strip().lower() != "s":
            stands.append(_stand(guide, lamp))
    return stands


def _stand(guide: Guide, lamp: Luminaire) -> Stand:
    """Wait until somebody who watches a lamp sees that somebody is there, or long enough."""
    since = guide.now()
    watched = {watch.sensor for watch in guide.zone.watches if watch.covers(lamp.at)}
    until = time.monotonic() + PATIENCE
    errors.print("       Move a little...")
    seen: set[DeviceId] = set()
    while time.monotonic() < until and not watched & seen:
        for sign in signs(guide.said(since - EARLY)):
            if sign.there and sign.sensor not in seen:
                seen.add(sign.sensor)
                errors.print(f"       {sign.sensor} sees you{_expected(sign, watched)}", markup=False)
        time.sleep(POLL)
    return Stand(lamp.at, since, guide.now(), lamp.id)


def _expected(sign: Sign, watched: set[DeviceId]) -> str:
    return "" if sign.sensor in watched else ", which is not said to see that far"


def _alone(guide: Guide, lasts: float) -> list[Stand]:
    """Nobody says where they are: from the start at the beginning to the end of the zone at the end."""
    errors.print(
        f"Walk from 0 m to {guide.zone.length:g} m now, at a steady pace, within {lasts:g} s. Ctrl-C: I am there."
    )
    start = guide.now()
    try:
        time.sleep(lasts)
    except KeyboardInterrupt:
        errors.print()
    end = guide.now()
    return [Stand(0.0, start, start), Stand(guide.zone.length, end, end)]


def _named(site: Site, lamp: Luminaire) -> str:
    device = site.device(lamp.id)
    return f"{lamp.id} ({device.label})" if device is not None and device.label else lamp.id


def show(done: Walk) -> None:
    """Print what came of a walk, the answer last."""
    rows = [
        (
            lamp.lamp.id,
            f"{lamp.lamp.at:g} m",
            ", ".join(lamp.watched) or "nobody",
            (", ".join(lamp.saw) or "nobody") if lamp.tried else "(not tried)",
            "" if lamp.safe or not lamp.tried else "<-",
        )
        for lamp in done.lamps
    ]
    table(("lamp", "at", "watched by", "saw you", ""), rows)
    for line in _findings(done):
        console.print(line, markup=False)
    tried = [lamp for lamp in done.lamps if lamp.tried]
    safe = sum(lamp.safe for lamp in tried)
    console.print(f"{safe} of {len(tried)} lamps that you tried are watched by somebody who saw you.")


def _findings(done: Walk) -> Sequence[str]:
    swapped = {sensor for pair in done.swapped for sensor in pair}
    lines = [f"{a} and {b} look swapped: each saw you only where the other should." for a, b in done.swapped]
    for one in done.sensors:
        sensor, stretch = one.watch.sensor, f"{one.watch.start:g} m to {one.watch.end:g} m"
        if not one.where:
            lines.append(f"{sensor} never saw you: is it on, heard (reverbere watch {sensor}), with a free view?")
        elif one.misplaced and sensor not in swapped:
            places = ", ".join(f"{at:.0f} m" for at in one.where)
            lines.append(f"{sensor} should see {stretch} and saw you at {places}: is its  at:  right?")
    for start, end in done.blind:
        lines.append(f"From {start:g} m to {end:g} m nobody is seen, by the plan: lamps there are never watched.")
    lines += [f"{counter} counted {people}." for counter, people in done.counted]
    return lines


def show_json(done: Walk) -> None:
    """Print it for programs."""
    as_json(
        {
            "good": done.good,
            "lamps": [
                {"lamp": one.lamp.id, "at": one.lamp.at, "watched": one.watched, "saw": one.saw, "tried": one.tried}
                for one in done.lamps
            ],
            "sensors": [
                {
                    "sensor": one.watch.sensor,
                    "stretch": [one.watch.start, one.watch.end],
                    "saw_at": [round(at, 1) for at in one.where],
                    "misplaced": one.misplaced,
                }
                for one in done.sensors
            ],
            "swapped": done.swapped,
            "blind": done.blind,
            "counted": dict(done.counted),
        }
    )
