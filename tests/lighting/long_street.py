"""A street of 20 lamps and 10 motion sensors and a place at its end, for walkers and cyclists to go through."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain, groupby, pairwise

from devices.device import DeviceId
from devices.reading import Quantity, Reading
from gateway.lighting.engine import Engine
from gateway.lighting.plan import (
    Ahead,
    Luminaire,
    Moment,
    Neighbour,
    Plan,
    PresenceRule,
    Program,
    Ramp,
    Step,
    Watch,
    Zone,
    ZoneId,
)
from tests.lighting.street import DUSK, HOUR, LED, MINUTE, NIGHT, SECOND, plan

START = DUSK + HOUR
LENGTH, SPACING, SEES = 600.0, 30.0, 30.0
EKZ = Ahead(((1.4, 2.0), (50 / 3.6, 5.0)))
"""Two lamps ahead of who walks, five ahead of 50 km/h."""

BUBBLE = PresenceRule(100.0, 20 * SECOND, 10 * MINUTE, EKZ, behind=1)
PROGRAM = Program(
    "bubble",
    NIGHT,
    60.0,
    None,
    BUBBLE,
    Ramp(2 * SECOND, 45 * SECOND),
    (Step(Moment("sunset", 0), "P6", "P7", 20.0, 100.0),),
)
Trip = Sequence[tuple[float, float]]
"""Somebody's way: (seconds since the start, metres), straight between."""


def street(program: Program = PROGRAM, neighbours: tuple[Neighbour, ...] = ()) -> Zone:
    """Lamps at 0, 30 ... 570 m; sensors at 30, 90 ... 570 m that see 30 m each way."""
    lamps = tuple(Luminaire(DeviceId(f"lamp-{at:03}"), float(at), LED) for at in range(0, 600, 30))
    watches = tuple(
        Watch(DeviceId(f"motion-{at:03}"), at - SEES, at + SEES, 60 * MINUTE, float(at)) for at in range(30, 600, 60)
    )
    zone = Zone(ZoneId("street"), "Street", LENGTH, lamps, watches, (), program, "P4", 5.0)
    return replace(zone, neighbours=neighbours)


def place(program: Program = PROGRAM, neighbours: tuple[Neighbour, ...] = ()) -> Zone:
    """A place of 120 m whose far end touches the street's end: lamps at 15, 45, 75 and 105 m."""
    lamps = tuple(Luminaire(DeviceId(f"place-{at:03}"), float(at), LED) for at in (15, 45, 75, 105))
    watches = tuple(
        Watch(DeviceId(f"place-motion-{at:03}"), at - SEES, at + SEES, 60 * MINUTE, float(at)) for at in (30, 90)
    )
    return Zone(ZoneId("place"), "Place", 120.0, lamps, watches, (), program, "P4", 5.0, neighbours)


def joined(program: Program = PROGRAM) -> Plan:
    """The street and the place as neighbours: 600 m of the one is 120 m of the other."""
    return plan(
        street(program, (Neighbour("end", ZoneId("place"), "end"),)),
        place(program, (Neighbour("end", ZoneId("street"), "end"),)),
    )


def said(sensor: str, quantity: Quantity, value: float, seconds: float, channel: str = "") -> tuple[int, Reading]:
    """A reading and its instant."""
    at = START + round(seconds * SECOND)
    return at, Reading(DeviceId(sensor), quantity, value, at, channel)


def signs(zone: Zone, *trips: Trip) -> list[tuple[int, Reading]]:
    """What the motion sensors of a zone say: on while anybody is in the stretch."""
    heard = [said(watch.sensor, Quantity.PRESENCE, 0, 0) for watch in zone.watches]
    for watch in zone.watches:
        inside: list[tuple[float, int]] = []
        for trip in trips:
            for (begin, start), (end, stop) in pairwise(trip):
                low, high = sorted((start, stop))
                enter, leave = max(low, watch.start), min(high, watch.end)
                if enter < leave:
                    per_metre = (end - begin) / (high - low)
                    times = sorted(begin + per_metre * abs(at - start) for at in (enter, leave))
                    inside += [(times[0], 1), (times[1], -1)]
        there = 0
        for at, change in sorted(inside, key=lambda item: (item[0], -item[1])):
            there += change
            if there == (1 if change > 0 else 0):
                heard.append(said(watch.sensor, Quantity.PRESENCE, there, at))
    return sorted(heard, key=lambda item: item[0])


def joined_signs(rules: Plan, *trips: Trip) -> list[tuple[int, Reading]]:
    """What the sensors of all zones say of people who go through each of them in the same way."""
    return sorted(chain.from_iterable(signs(zone, *trips) for zone in rules.zones), key=lambda item: item[0])


def lit(engine: Engine, zone: Zone) -> set[float]:
    """Where the lamps are that are lit for somebody."""
    return {lamp.at for lamp in zone.luminaires if engine.standing(lamp.id).level == 100}


def after(engine: Engine, tape: Iterable[tuple[int, Reading]], seconds: float) -> Engine:
    """The engine so many seconds after the start, having heard what was said by then. Goes on where it was."""
    until = START + round(seconds * SECOND)
    for at, heard in groupby(tape, key=lambda item: item[0]):
        if engine.now < at <= until:
            engine.advance(at, [reading for _, reading in heard])
    engine.advance(until + 1)
    return engine
