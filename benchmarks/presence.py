"""What a motion sensor would have said where real people were counted: on with the first, off when all have gone."""

from collections.abc import Iterator, Sequence
from random import Random

from benchmarks.counts import HOUR
from devices.device import DeviceId
from devices.message import SECOND
from devices.reading import Quantity, Reading

Word = tuple[int, Reading]

AGAIN = 300 * SECOND
"""A sensor says how it is at least so often."""


def walked(counts: Sequence[tuple[int, float]], chance: Random) -> Iterator[int]:
    """When each of those passed who were counted in hours that end at an instant (ns): at random within the hour."""
    for end, people in counts:
        yield from sorted(end - HOUR + int(chance.random() * HOUR) for _ in range(int(people)))


def seen(sensor: DeviceId, passing: Iterator[int], hold: int) -> Iterator[Word]:
    """The words of a sensor that says on until nobody has passed for `hold` ns, and says again how it is."""
    state, since, until = 0.0, 0, 0
    for at in passing:
        if state and at > until:
            yield from _again(sensor, 1.0, since, until)
            yield _word(sensor, 0.0, until)
            state, since = 0.0, until
        if not state:
            yield from _again(sensor, 0.0, since or at - AGAIN, at)
            yield _word(sensor, 1.0, at)
            state, since = 1.0, at
        until = at + hold
    yield from _again(sensor, state, since, until)


def _again(sensor: DeviceId, state: float, since: int, until: int) -> Iterator[Word]:
    """What it says while nothing changes."""
    return (_word(sensor, state, at) for at in range(since + AGAIN, until, AGAIN))


def _word(sensor: DeviceId, state: float, at: int) -> Word:
    return at, Reading(sensor, Quantity.PRESENCE, state, at)
