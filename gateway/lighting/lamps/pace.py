"""How many orders a second a link is given."""

from devices.message import SECOND


class Pace:
    """A token bucket: `rate` orders a second on average, up to `burst` at once (virtual scheduling, ITU-T I.371)."""

    def __init__(self, rate: int, burst: int) -> None:
        self._each = SECOND // rate
        self._slack = (burst - 1) * self._each
        self._due = 0
        """When the next order would be due if they were evenly spread."""

    def ready(self) -> int:
        """From when on the next order may go."""
        return self._due - self._slack

    def spend(self, now: int) -> None:
        """An order goes at `now`."""
        self._due = max(self._due, now) + self._each

    def shift(self, by: int) -> None:
        """Keep what was left when street time jumped by `by` nanoseconds."""
        self._due += by
