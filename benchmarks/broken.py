"""Faults put into real counts of healthy sensors: how many are caught, and how soon."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from random import Random

from benchmarks.counts import HOUR, Counts
from benchmarks.figure import Figure, percentile
from benchmarks.judged import Trial
from benchmarks.presence import AGAIN, Word, seen, walked
from devices.device import DeviceId
from devices.message import SECOND
from devices.reading import Quantity, Reading
from gateway.lighting.plan import Limits

LEARNED = 8 * 7 * 24
"""Hours after which a counter knows its street; counters die later."""

WATCHED = 7 * 24
"""Hours in which a fault that was put in must be caught."""

NONSENSE = 31_401.0
"""People in a minute that a real Paxcounter once told of."""

LOOSE = 3600 * SECOND // 1090
"""Between two changes of a real motion sensor that was broken (gateway.lighting.health.flapping)."""

HOLD = 30 * SECOND
"""A motion sensor says on until nobody has passed for so long."""

TIMES = 5
"""Faults put into each sensor."""

DAYS = 14
"""Of each sensor that are played as the words of a motion sensor."""

YEAR = 8766
"""Hours."""


def dying(counts: Counts, well: Sequence[DeviceId], chance: Random) -> Iterator[Figure]:
    """A counter that says nobody from a random hour on, alone in its zone."""
    delays, tried = [], 0
    for sensor in well:
        said = counts.of(sensor)
        for _ in range(TIMES):
            if len(said) < LEARNED + 2 * WATCHED:
                continue
            dies = chance.randrange(LEARNED, len(said) - WATCHED)
            # What lies a year back is not remembered anyway.
            start = max(0, dies - 2 * LEARNED)
            death = said[dies][0]
            tape = [(at, people if at < death else 0.0) for at, people in said[start : dies + WATCHED]]
            tried += 1
            found = Trial([sensor], (), counts.zone).hear(_counts(sensor, tape)).accusations
            delays += [(item.at - death + HOUR) / HOUR for item in found if item.at >= death][:1]
    figure = partial(Figure, beside=f"{counts.name}, each alone, dies at a random hour")
    yield figure(f"dead counters caught within a week, of {tried}", len(delays), "")
    if delays:
        yield figure("from death to verdict, median", percentile(delays, 50), "h")
        yield figure("from death to verdict, 95 %", percentile(delays, 95), "h")


def nonsense(counts: Counts, well: Sequence[DeviceId], chance: Random) -> Iterator[Figure]:
    """31,401 people in a minute, at a random hour."""
    caught = tried = 0
    for sensor in well:
        said = counts.of(sensor)
        for _ in range(TIMES):
            at, _ = said[chance.randrange(len(said))]
            word = Reading(sensor, Quantity.PEDESTRIANS, NONSENSE, at, period=60 * SECOND)
            found = Trial([sensor], (), counts.zone).hear([(at, word)]).accusations
            tried += 1
            caught += any(item.cause == "impossible" for item in found)
    yield Figure(f"31,401 people in a minute, caught at once, of {tried}", caught, "", beside=counts.name)


def healthy_motion(counts: Counts, well: Sequence[DeviceId], chance: Random) -> Iterator[Figure]:
    """Motion sensors where those people walked who were counted: nothing is wrong with them."""
    tapes = {sensor: _fortnight(counts, sensor, chance) for sensor in well}
    words = {sensor: list(seen(sensor, walked(tape, chance), HOLD)) for sensor, tape in tapes.items()}
    years = sum(map(len, tapes.values())) / YEAR
    for limits in (Limits(), Limits(stuck_after=4 * HOUR)):
        found = [
            item for sensor in well for item in Trial((), [sensor], counts.zone, limits).hear(words[sensor]).accusations
        ]
        after = f"stuck_after {limits.stuck_after // HOUR} h"
        figure = partial(Figure, unit="", beside=f"{counts.name}, {years:.1f} y of motion, {after}")
        for cause in ("stuck", "flapping"):
            accused = [item for item in found if item.cause == cause]
            yield figure(f"accused of {cause}, of {len(well)} healthy", len({item.sensor for item in accused}))
            yield figure(f"hours distrusted for {cause}", sum(item.until - item.since for item in accused) / HOUR)
            if accused:
                flows = [_flow(tapes[item.sensor], item.since, item.at) for item in accused]
                yield figure("people an hour where that was, least", min(flows))


def _flow(tape: Iterable[tuple[int, float]], start: int, end: int) -> float:
    """People an hour in the whole hours between two instants."""
    within = [people for at, people in tape if start < at - HOUR and at <= end]
    return sum(within) / len(within)


def stuck(counts: Counts, well: Sequence[DeviceId], chance: Random) -> Iterator[Figure]:
    """A motion sensor that says on from a random moment on."""
    yield from _motion_fault("stuck", counts, well, chance)


def flapping(counts: Counts, well: Sequence[DeviceId], chance: Random) -> Iterator[Figure]:
    """A motion sensor that begins to change 1,090 times an hour."""
    yield from _motion_fault("flapping", counts, well, chance)


def _motion_fault(cause: str, counts: Counts, well: Sequence[DeviceId], chance: Random) -> Iterator[Figure]:
    delays, tried = [], 0
    for sensor in well:
        tape = _fortnight(counts, sensor, chance)[: 2 * 24]
        breaks = tape[0][0] + int((24 + 24 * chance.random()) * HOUR)
        before = [word for word in seen(sensor, walked(tape, chance), HOLD) if word[0] < breaks]
        found = Trial((), [sensor], counts.zone).hear([*before, *_broken(cause, sensor, breaks)]).accusations
        tried += 1
        delays += [(item.at - breaks) / HOUR for item in found if item.cause == cause and item.until >= breaks][:1]
    figure = partial(Figure, beside=f"{counts.name}, at a random moment")
    yield figure(f"{cause} motion sensors caught within two days, of {tried}", len(delays), "")
    if delays:
        yield figure(f"from {cause} to its verdict, median", percentile(delays, 50), "h")


def _broken(cause: str, sensor: DeviceId, start: int) -> Iterator[Word]:
    every = LOOSE if cause == "flapping" else AGAIN
    for number, at in enumerate(range(start, start + 48 * HOUR, every)):
        state = float(number % 2 == 0) if cause == "flapping" else 1.0
        yield at, Reading(sensor, Quantity.PRESENCE, state, at)


def _fortnight(counts: Counts, sensor: DeviceId, chance: Random) -> list[tuple[int, float]]:
    said = counts.of(sensor)
    start = chance.randrange(max(1, len(said) - DAYS * 24))
    return said[start : start + DAYS * 24]


def _counts(sensor: DeviceId, said: Iterable[tuple[int, float]]) -> Iterator[Word]:
    return ((at, Reading(sensor, Quantity.PEDESTRIANS, people, at, period=HOUR)) for at, people in said)
