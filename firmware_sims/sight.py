"""What a sensor of any make has to say of a street, and when: round by round, step by step, or as people come and go.

Pure: instants are given. How it is said in the words of a make is the make's business (`firmware_sims/makes/`).
"""

from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Protocol

from firmware_sims.sighting import changes
from firmware_sims.street import Street
from gateway.clock import SECOND

MILLISECOND = SECOND // 1000

LOOK_AHEAD = 600 * SECOND
"""How much of the street's future is worked out at a time."""


class Habit(Enum):
    """When a make speaks."""

    ROUNDS = auto()
    """At every whole multiple of a period, of the people of that period."""
    STEPS = auto()
    """At every passage, of one person."""
    LOOKS = auto()
    """When somebody comes, when the last one has left, and now and then."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What a sensor knows at an instant (ns UTC).

    `came` and `went` passed it in the `period` ns before, `total_in` and `total_out` since it was switched on; `near`
    are those in its sight now. The first of a life has a period of 0.
    """

    at: int
    came: int = 0
    went: int = 0
    period: int = 0
    near: int = 0
    total_in: int = 0
    total_out: int = 0

    @property
    def people(self) -> int:
        """Those who passed since the sight before."""
        return self.came + self.went


class Watch(Protocol):
    """Looks at a street in one habit. Totals are not its business: a fault may change what is counted."""

    @property
    def next(self) -> int:
        """When there is something to say next (ns UTC)."""
        ...

    def begin(self, now: int) -> Sight:
        """Begin, or begin anew, to look; give what is seen at first."""
        ...

    def due(self, now: int) -> list[Sight]:
        """What there was to say up to now, each once."""
        ...

    def finish(self, now: int) -> list[Sight]:
        """What there is to say up to now, and what else was seen until now."""
        ...


class Rounds:
    """Counts who passes `position` (metres), period by period; the first and the last period may be shorter.

    Periods begin and end at whole milliseconds: few makes say finer times.
    """

    def __init__(self, street: Street, position: float, period: int) -> None:
        if period < MILLISECOND:
            raise ValueError(f"expected a period of at least {MILLISECOND} ns, found {period}")
        self._street = street
        self._position = position
        self._period = period
        self._counted = 0

    @property
    def next(self) -> int:
        """When the running period ends."""
        return (self._counted // self._period + 1) * self._period

    def begin(self, now: int) -> Sight:
        """Begin to count."""
        self._counted = now // MILLISECOND * MILLISECOND
        return Sight(self._counted)

    def due(self, now: int) -> list[Sight]:
        """All periods that have ended by now."""
        sights = []
        while self.next <= now:
            sights.append(self._count(self.next))
        return sights

    def finish(self, now: int) -> list[Sight]:
        """All periods that have ended by now, and the part of one that has passed since."""
        sights = self.due(now)
        end = now // MILLISECOND * MILLISECOND
        if end > self._counted:
            sights.append(self._count(end))
        return sights

    def _count(self, end: int) -> Sight:
        passages = self._street.passages(self._position, self._counted, end)
        forward = sum(passage.direction > 0 for passage in passages)
        sight = Sight(end, forward, len(passages) - forward, end - self._counted)
        self._counted = end
        return sight


class Steps:
    """Sees each person who passes `position` (metres), and says so at once."""

    def __init__(self, street: Street, position: float) -> None:
        self._street = street
        self._position = position
        self._seen = 0
        self._known_until = 0
        self._coming: list[Sight] = []

    @property
    def next(self) -> int:
        """When somebody passes next, or when to look at the street again."""
        return self._coming[0].at if self._coming else self._known_until

    def begin(self, now: int) -> Sight:
        """Begin to look."""
        self._seen = self._known_until = now
        self._coming = []
        self._look_ahead(now)
        return Sight(now)

    def due(self, now: int) -> list[Sight]:
        """Everybody who has passed by now."""
        self._look_ahead(now)
        passed = [sight for sight in self._coming if sight.at <= now]
        self._coming = self._coming[len(passed) :]
        sights = []
        for sight in passed:
            sights.append(replace(sight, period=sight.at - self._seen))
            self._seen = sight.at
        return sights

    def finish(self, now: int) -> list[Sight]:
        """Everybody who has passed by now: nothing is left over."""
        return self.due(now)

    def _look_ahead(self, now: int) -> None:
        while self._known_until <= now:
            after, self._known_until = self._known_until, self._known_until + LOOK_AHEAD
            for time, direction in self._street.passages(self._position, after, self._known_until):
                self._coming.append(Sight(time, came=int(direction > 0), went=int(direction < 0)))


class Looks:
    """Sees whether somebody is from `start` to `end` metres; says so when that changes, and again after `repeat` ns."""

    def __init__(self, street: Street, start: float, end: float, repeat: int) -> None:
        self._street = street
        self._stretch = start, end
        self._repeat = repeat
        self._said = 0
        self._present = False
        self._known_until = 0
        self._coming: list[tuple[int, bool]] = []

    @property
    def next(self) -> int:
        """When somebody comes or the last one leaves next, or when to say the same again."""
        return min(self._said + self._repeat, self._coming[0][0] if self._coming else self._known_until)

    def begin(self, now: int) -> Sight:
        """Begin to look: what is seen now is said first."""
        self._said = self._known_until = now
        self._coming = []
        self._present = bool(self._street.near(*self._stretch, now))
        return self._sight()

    def due(self, now: int) -> list[Sight]:
        """Every change up to now, and the repetitions between."""
        sights: list[Sight] = []
        while True:
            while not self._coming and self._known_until <= now:
                after, self._known_until = self._known_until, self._known_until + LOOK_AHEAD
                self._coming = changes(self._street, *self._stretch, after, self._known_until)
            at = self._coming[0][0] if self._coming else now + 1
            if self._said + self._repeat < at:
                at = self._said + self._repeat
                if at > now:
                    return sights
            elif at > now:
                return sights
            else:
                _, self._present = self._coming.pop(0)
            self._said = at
            sights.append(self._sight())

    def finish(self, now: int) -> list[Sight]:
        """Every change up to now: who stays is not reported again."""
        return self.due(now)

    def _sight(self) -> Sight:
        near = len(self._street.near(*self._stretch, self._said))
        return Sight(self._said, near=max(near, 1) if self._present else 0)
