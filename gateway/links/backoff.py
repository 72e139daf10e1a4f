"""How long to wait before trying again."""

from collections.abc import Callable


class Backoff:
    """Full jitter: a random wait between 0 and a ceiling that doubles with each failure.

    Spreads the return of many clients best (Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog,
    2015). A connection counts as a success only if it lasted `stable` seconds; one that is thrown out at once, again
    and again, must not be retried without a wait. `chance` gives numbers in [0, 1). All durations are seconds.
    """

    def __init__(
        self, chance: Callable[[], float], first: float = 0.5, ceiling: float = 30.0, stable: float = 10.0
    ) -> None:
        self._chance = chance
        self._first = first
        self._ceiling = ceiling
        self._stable = stable
        self._failures = 0

    def wait(self, lasted: float) -> float:
        """Say how long to wait after a connection that lasted so long, 0 for one that never stood."""
        if lasted >= self._stable:
            self._failures = 0
        ceiling = min(self._ceiling, self._first * 2.0**self._failures)
        if ceiling < self._ceiling:
            self._failures += 1
        return self._chance() * ceiling
