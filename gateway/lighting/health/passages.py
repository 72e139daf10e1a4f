"""What a counter says, as people who passed in an interval: counts, and the increments of running totals."""

from typing import Any, NamedTuple

from devices.reading import Quantity, Reading


class Passed(NamedTuple):
    """`people` who passed in (start, end], in nanoseconds; start is end where nothing is known of the time."""

    people: float
    start: int
    end: int


class Passages:
    """One counter's words, put into one form. `at` is when they came; it never falls between clock steps."""

    __slots__ = ("_heard", "_totals")

    def __init__(self) -> None:
        self._heard: dict[str, int] = {}
        self._totals: dict[str, float] = {}

    def of(self, reading: Reading, at: int) -> Passed | None:
        """Who passed; None for what is no count, the first of a running total, and one that fell.

        A count without a period, and a running total, are of the time since the one before.
        """
        if reading.quantity is Quantity.PEDESTRIANS:
            heard = self._heard.get(reading.channel, at)
            self._heard[reading.channel] = at
            return Passed(reading.value, heard if reading.period is None else at - reading.period, at)
        if reading.quantity is Quantity.PEDESTRIANS_TOTAL:
            series = f"{reading.channel} total"
            heard, before = self._heard.get(series, at), self._totals.get(series)
            self._heard[series], self._totals[series] = at, reading.value
            if before is not None and reading.value >= before:
                return Passed(reading.value - before, heard, at)
        return None

    def shift(self, by: int) -> None:
        """Keep the time that passed when street time jumped by `by`."""
        self._heard = {series: at + by for series, at in self._heard.items()}

    def state(self) -> list[object]:
        """All of it as JSON."""
        return [dict(self._heard), dict(self._totals)]

    def restore(self, state: Any) -> None:
        """Be as when `state` was taken."""
        self._heard, self._totals = dict(state[0]), dict(state[1])
