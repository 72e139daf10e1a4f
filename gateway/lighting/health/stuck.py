"""Somebody is there, and there, and there: a presence sensor that hangs on, a radar that sees a tree."""

from typing import Any

from devices.reading import Quantity, Reading

ENDS = 2
"""How often people must have gone again, or come, after which a sensor that hung is believed."""

GAP = 4
"""A silence about presence of more than this part of the limit breaks the chain: nothing is known of it."""


class Stuck:
    """One quantity of one sensor: presence that stays, or an occupancy above nobody that stays the same, for `limit`.

    A sensor that never said that somebody went only says on, and is not judged.
    """

    __slots__ = ("_last", "_left", "_limit", "_moved", "_value", "since")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._value: float | None = None
        self._last = 0
        self._moved = False
        self._left = 0
        self.since = 0

    def observe(self, reading: Reading, at: int) -> bool | None:
        """Learn what is seen; True where doubt begins, False where it ends. `since` is when somebody came."""
        value = reading.value
        if value != self._value:
            first, self._value, self._last, self.since = self._value is None, value, at, at
            # A sensor of presence proves by an end, so that an end and a beginning are not two proofs.
            return self._move() if value == 0 or (reading.quantity is Quantity.OCCUPANCY and not first) else None
        if (at - self._last) * GAP > self._limit:
            self.since = at
        self._last = at
        if value == 0 or self._left or not self._moved or at - self.since < self._limit:
            return None
        self._left = ENDS
        return True

    def _move(self) -> bool | None:
        self._moved = True
        if not self._left:
            return None
        self._left -= 1
        return None if self._left else False

    def shift(self, by: int) -> None:
        """Keep the time that passed when street time jumped by `by`."""
        self._last += by
        self.since += by

    def state(self) -> list[object]:
        """All of it as JSON."""
        return [self._value, self._last, self._moved, self._left, self.since]

    def restore(self, state: Any) -> None:
        """Be as when `state` was taken."""
        self._value, self._last, self._moved, self._left, self.since = state
