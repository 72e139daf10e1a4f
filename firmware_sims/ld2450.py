"""An HLK-LD2450 radar on a serial line: it looks along the street and says ten times a second whom it sees."""

import asyncio
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from firmware_sims.radar_frame import TARGETS, Target, damaged, frame
from firmware_sims.street import Stay, Street
from firmware_sims.terminal import Terminal
from firmware_sims.truth import Testimony
from firmware_sims.walker import Walker
from gateway.clock import SECOND, Clock

FRAME = SECOND // 10
"""Street time between two frames."""

LOOK_AHEAD = 60 * SECOND
"""How much of the street's future is worked out at a time."""

BURST = 32
"""Frames that are written in one go when street time runs faster than the loop; then others get their turn."""

PAUSE = 0.01
"""Real seconds between two bursts."""


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


class Radar:
    """Sends a frame for every tenth of a second of street time, each as it was at its own instant."""

    def __init__(self, part: RadarPart, clock: Clock, street: Street) -> None:
        self.id = part.id
        self.terminal = Terminal(part.link)
        self._part = part
        self._clock = clock
        self._street = street
        self._started = 0
        self._due = 0
        self._number = 0
        self._sent = 0
        self._damaged = 0
        self._playing: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Send frames until cancelled, on a terminal that is open."""
        async with asyncio.TaskGroup() as tasks:
            self._playing = tasks.create_task(self._play(), name=f"{self.id}.frames")

    def stop(self) -> None:
        """Send no more."""
        if self._playing is not None:
            self._playing.cancel()

    async def drained(self) -> None:
        """Wait until somebody has read every frame."""
        await self.terminal.drained()

    def testify(self) -> Testimony:
        """What it knows to be true; `estimated` are those who passed the counting line until the last frame."""
        line = self._part.at + self._part.count_line
        passed = self._street.passages(line, self._started, self._due - FRAME) if self._number else []
        return Testimony(
            self.id,
            estimated=len(passed),
            messages=self._sent,
            damaged=self._damaged,
            lost=self.terminal.dropped,
        )

    async def _play(self) -> None:
        self._started = self._due = self._clock.now().time
        view = View(self._street, self._part.at, self._part.reach, self._started)
        while True:
            await self._clock.sleep_until(self._due)
            now = self._clock.now().time
            for _ in range(BURST):
                if self._due > now:
                    break
                self._send(frame(view.targets(self._due)))
                self._due += FRAME
            await asyncio.sleep(PAUSE)

    def _send(self, good: bytes) -> None:
        wrong = self._number in self._part.damaged
        self._number += 1
        if self.terminal.send(damaged(good) if wrong else good):
            self._sent += 1
            self._damaged += wrong
