"""An evening of a street: 20 lamps, ten motion sensors, two counters, people who walk through, and sensors' routine."""

from collections import Counter as Counted
from collections.abc import Iterator
from itertools import chain
from random import Random
from typing import TypeAlias

from devices.device import DeviceId
from devices.message import SECOND
from devices.reading import Quantity, Reading
from gateway.lighting.plan import (
    Active,
    Ahead,
    Counter,
    CountRule,
    Curve,
    LampType,
    Luminaire,
    Moment,
    Plan,
    PresenceRule,
    Program,
    Ramp,
    Step,
    Watch,
    Zone,
    ZoneId,
)

Said: TypeAlias = tuple[int, Reading]

MINUTE = 60 * SECOND
DUSK = 1_795_284_000 * SECOND  # 2026-11-21 18:00 UTC: night in Chalon-sur-Saône
EVENING = 10 * 60
"""Minutes of an evening: nothing of the calendar changes in it."""

WALKERS = 20
"""People an hour who go through the street, at 0.9 to 1.8 m/s, one way or the other."""

ROUTINE = 5 * MINUTE
"""A motion sensor says so often how light and how warm it is, and how full its battery."""

STRETCH = 60
"""Metres that a motion sensor sees."""

LENGTH = 600
LED = LampType(28.0, 4.0, 10.0, 0.5)
PROGRAM = Program(
    "all-layers",
    Active(Moment("sunset", 0), Moment("sunrise", 0)),
    60.0,
    CountRule(10 * MINUTE, Curve(((0.0, 40.0), (20.0, 60.0), (60.0, 100.0))), 10 * MINUTE, 2),
    PresenceRule(100.0, 20 * SECOND, 10 * MINUTE, Ahead(((1.4, 2.0), (13.9, 5.0))), 1),
    Ramp(2 * SECOND, 45 * SECOND),
    (Step(Moment("clock", 12 * 60 * MINUTE), "P4", "P6", 20.0, 100.0),),
)


def town(zones: int) -> Plan:
    """So many such streets, each with its own lamps and sensors."""
    return Plan("digest", 46.7806, 4.8528, "Europe/Paris", tuple(_street(number) for number in range(zones)))


def _street(number: int) -> Zone:
    name = f"zone-{number}"
    lamps = tuple(Luminaire(DeviceId(f"{name}-lamp-{at}"), float(at), LED) for at in range(15, LENGTH + 15, 30))
    watches = tuple(
        Watch(_motion(number, at), float(at), float(at + STRETCH), 60 * MINUTE) for at in range(0, LENGTH, STRETCH)
    )
    counters = tuple(Counter(_counter(number, at), float(at), 60 * MINUTE) for at in (0, LENGTH))
    return Zone(ZoneId(name), name, float(LENGTH), lamps, watches, counters, PROGRAM, "P4", 5.0)


def _motion(street: int, at: int) -> DeviceId:
    return DeviceId(f"zone-{street}-motion-{at}")


def _counter(street: int, at: int) -> DeviceId:
    return DeviceId(f"zone-{street}-counter-{at}")


def first_words(streets: int) -> Iterator[Said]:
    """Every sensor says for the first time that nobody is there."""
    for street in range(streets):
        for at in range(0, LENGTH, STRETCH):
            yield DUSK, Reading(_motion(street, at), Quantity.PRESENCE, 0.0, DUSK)
        for at in (0, LENGTH):
            yield DUSK, Reading(_counter(street, at), Quantity.PEDESTRIANS, 0.0, DUSK, "", MINUTE)


def evening(street: int, night: int = 0, minutes: int = EVENING) -> list[Said]:
    """What the sensors of a street say from dusk on, in order: of people, of nobody, and of the weather."""
    chance = Random(f"{street} {night}")
    people = round(WALKERS * minutes / 60 + chance.random())
    walks = sorted((chance.randrange(minutes * MINUTE), *_way(chance)) for _ in range(people))
    heard = chain(_seen(street, walks), _counted(street, walks, minutes), _routine(street, chance, minutes))
    return sorted(((DUSK + at, said) for at, said in heard), key=lambda item: item[0])


def _way(chance: Random) -> tuple[int, float]:
    """0 or the far end to begin at, and seconds for a stretch."""
    return chance.choice((0, LENGTH)), STRETCH / chance.uniform(0.9, 1.8)


def _seen(street: int, walks: list[tuple[int, int, float]]) -> Iterator[Said]:
    """A sensor says when the first comes into its stretch, and when the last has left it."""
    for at in range(0, LENGTH, STRETCH):
        changes: list[tuple[int, int]] = []
        for start, begins, per_stretch in walks:
            passed = (at if begins == 0 else LENGTH - STRETCH - at) // STRETCH
            enters = start + round(passed * per_stretch * SECOND)
            changes += [(enters, 1), (enters + round(per_stretch * SECOND), -1)]
        there = 0
        for when, change in sorted(changes):
            there += change
            if there == max(0, change):
                yield when, Reading(_motion(street, at), Quantity.PRESENCE, float(there), DUSK + when)


def _counted(street: int, walks: list[tuple[int, int, float]], minutes: int) -> Iterator[Said]:
    """Each minute a counter says how many passed it."""
    whole = LENGTH // STRETCH
    for at in (0, LENGTH):
        passing = [
            start if begins == at else start + round(whole * per_stretch * SECOND)
            for start, begins, per_stretch in walks
        ]
        people = Counted(when // MINUTE for when in passing)
        for minute in range(minutes):
            when = (minute + 1) * MINUTE
            counted = float(people[minute])
            yield when, Reading(_counter(street, at), Quantity.PEDESTRIANS, counted, DUSK + when, "", MINUTE)


def _routine(street: int, chance: Random, minutes: int) -> Iterator[Said]:
    """What a motion sensor says now and then, each at its own moment."""
    for at in range(0, LENGTH, STRETCH):
        for when in range(chance.randrange(ROUTINE), minutes * MINUTE, ROUTINE):
            for quantity, value in ((Quantity.ILLUMINANCE, 4.0), (Quantity.TEMPERATURE, 6.5), (Quantity.BATTERY, 88.0)):
                yield when, Reading(_motion(street, at), quantity, value, DUSK + when)


def all_evenings(streets: int, minutes: int) -> list[Said]:
    """So much of the evenings of many streets at once, in order."""
    heard = chain.from_iterable(evening(street, 0, minutes) for street in range(streets))
    return sorted(heard, key=lambda item: item[0])
