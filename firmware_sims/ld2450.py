"""An HLK-LD2450 radar on a serial line: it looks along the street and says ten times a second whom it sees."""

from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path

from firmware_sims.ailment import Ailment
from firmware_sims.breakage import Breakage
from firmware_sims.radar import FramePlayer, RadarLine
from firmware_sims.radar_frame import TARGETS, Target, damaged, frame
from firmware_sims.street import Stay, Street
from firmware_sims.truth import Testimony
from firmware_sims.walker import Walker
from gateway.clock import SECOND, Clock

LOOK_AHEAD = 60 * SECOND
"""How much of the street's future is worked out at a time."""


class View:
    """Who stands in which of the radar's three places. Pure; ask in the order of time.

    The radar is at `position` metres and sees `reach` metres towards higher ones. Somebody keeps the place they got;
    who comes while all are taken is not seen until one is free.
    """

    def __init__(self, street: Street, position: float, reach: float, start: int) -> None:
        self._street = street
        self._position = position
        self._reach = reach
        self._known_until = start
        self._coming: deque[Stay] = deque(self._stays(start - 1, start))
        self._waiting: list[Stay] = []
        self._places: list[Stay | None] = [None] * TARGETS

    def targets(self, at: int) -> list[Target | None]:
        """What each place shows at an instant."""
        self._look_ahead(at)
        while self._coming and self._coming[0].enter <= at:
            self._waiting.append(self._coming.popleft())
        self._waiting = [stay for stay in self._waiting if stay.leave >= at]
        for index, stay in enumerate(self._places):
            if stay is not None and stay.leave < at:
                self._places[index] = None
            if self._places[index] is None and self._waiting:
                self._places[index] = self._waiting.pop(0)
        return [None if stay is None else self._target(stay.walker, at) for stay in self._places]

    def _look_ahead(self, at: int) -> None:
        while self._known_until < at:
            after, self._known_until = self._known_until, self._known_until + LOOK_AHEAD
            self._coming.extend(stay for stay in self._stays(after, self._known_until) if stay.enter > after)

    def _stays(self, after: int, until: int) -> list[Stay]:
        return self._street.stays(self._position, self._position + self._reach, after, until)

    def _target(self, walker: Walker, at: int) -> Target:
        ahead = walker.position(at) - self._position
        return Target(round(1000 * walker.lane), round(1000 * ahead), round(100 * walker.direction * walker.speed))


@dataclass(frozen=True, slots=True)
class RadarPart:
    """A radar `at` so many metres on the serial line named `link`, looking `reach` metres towards higher ones.

    `count_line` is how many metres ahead its gateway counts people. The frames numbered in `damaged` (the first is 0)
    go out with a wrong end.
    """

    id: str
    at: float
    link: Path
    reach: float = 6.0
    count_line: float = 2.0
    damaged: frozenset[int] = frozenset()
    breakages: tuple[Breakage[Ailment], ...] = ()


class Ld2450:
    """The frames of one radar; see `firmware_sims.radar.RadarModel`."""

    def __init__(self, view: View) -> None:
        self._view = view
        self.nobody = frame([None] * TARGETS)
        self.somebody = frame([Target(300, 1000, 0)])

    def damaged(self, good: bytes) -> bytes:
        """A frame with an end that is none."""
        return damaged(good)

    def frame(self, at: int) -> bytes:
        """Whom it sees at an instant."""
        return frame(self._view.targets(at))


class Radar(FramePlayer):
    """Plays one radar, and estimates who passed its counting line."""

    def __init__(self, part: RadarPart, clock: Clock, street: Street) -> None:
        line = RadarLine(part.id, part.link, part.damaged, part.breakages)
        super().__init__(line, clock, lambda start: Ld2450(View(street, part.at, part.reach, start)))
        self._street = street
        self._counts_at = part.at + part.count_line

    def testify(self) -> Testimony:
        """What it knows to be true; `estimated` are those who passed the counting line until the last frame."""
        return replace(super().testify(), estimated=self.passed(self._street, self._counts_at))
