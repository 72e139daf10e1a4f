"""Values that cannot be: no number, fewer than nobody, a truth that is neither, more people than can walk past."""

from math import isfinite
from typing import Any

from devices.message import SECOND
from devices.reading import Quantity, Reading
from gateway.lighting.health.passages import Passed

HOUR = 3600 * SECOND
SHORTEST = 60 * SECOND
"""A group that passes within seconds is judged as if it took a minute."""

IN_VIEW = 1 / 6
"""Hours that people may stay in view: more than pass by in ten minutes are not there at once."""

PLAUSIBLE = 5
"""Values that can be, one after the other, after which a sensor is believed again."""

_NEVER_NEGATIVE = frozenset(
    {
        Quantity.PEDESTRIANS,
        Quantity.PEDESTRIANS_TOTAL,
        Quantity.OCCUPANCY,
        Quantity.DISTANCE,
        Quantity.ILLUMINANCE,
    }
)


def can_be(reading: Reading) -> bool:
    """Whether a value is one of its quantity at all."""
    value, quantity = reading.value, reading.quantity
    if quantity is Quantity.PRESENCE:
        return value in {0, 1}
    return isfinite(value) and (value >= 0 or quantity not in _NEVER_NEGATIVE)


def can_pass(passed: Passed, at_most: float) -> bool:
    """Whether so many people can have walked past, at most `at_most` an hour."""
    return passed.people <= at_most * max(passed.end - passed.start, SHORTEST) / HOUR


def can_be_there(people: float, at_most: float) -> bool:
    """Whether so many people can be in view at once, where at most `at_most` an hour walk past."""
    return people <= at_most * IN_VIEW


class Impossible:
    """One sensor: doubted with the first value that cannot be, until `PLAUSIBLE` in a row can."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = 0

    def refuse(self) -> bool | None:
        """Learn that it said what cannot be; True where doubt begins."""
        began = not self._left
        self._left = PLAUSIBLE
        return True if began else None

    def accept(self) -> bool | None:
        """Learn that it said what can be; False where doubt ends."""
        if not self._left:
            return None
        self._left -= 1
        return None if self._left else False

    def state(self) -> int:
        """All of it as JSON."""
        return self._left

    def restore(self, state: Any) -> None:
        """Be as when `state` was taken."""
        self._left = state
