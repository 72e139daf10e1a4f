"""One person on the way along a street."""

from dataclasses import dataclass

from gateway.clock import SECOND


@dataclass(frozen=True, slots=True)
class Walker:
    """Somebody who walks at a constant `speed` (m/s) from `origin` to `goal` (metres along the street).

    `entered` is the instant at the origin in nanoseconds UTC. `lane` is how far to the side of the sensors' line they
    walk, in metres, never 0.
    """

    entered: int
    origin: float
    goal: float
    speed: float
    lane: float

    @property
    def direction(self) -> int:
        """1 towards higher metres, -1 towards lower ones."""
        return 1 if self.goal >= self.origin else -1

    @property
    def left(self) -> int:
        """The instant at the goal."""
        return self._reaches(self.goal)

    def passes(self, position: float) -> int | None:
        """When they are exactly at `position`; None if their way does not lead there."""
        if min(self.origin, self.goal) <= position <= max(self.origin, self.goal):
            return self._reaches(position)
        return None

    def position(self, at: int) -> float:
        """Metres along the street at an instant between `entered` and `left`."""
        return self.origin + self.direction * self.speed * (at - self.entered) / SECOND

    def within(self, start: float, end: float) -> tuple[int, int] | None:
        """First and last instant between two positions (metres, `start` <= `end`); None if they never come there."""
        low = max(start, min(self.origin, self.goal))
        high = min(end, max(self.origin, self.goal))
        if low > high:
            return None
        first, last = (low, high) if self.direction > 0 else (high, low)
        return self._reaches(first), self._reaches(last)

    def _reaches(self, position: float) -> int:
        return self.entered + round(abs(position - self.origin) / self.speed * SECOND)
