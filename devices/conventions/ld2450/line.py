"""People who cross a line in front of a radar. Pure; positions stay in here.

The radar numbers no one, so who is who follows from where they were: nearest neighbour to where a straight walk would
have brought each, within a distance that a person can have strayed from it.
"""

from dataclasses import dataclass
from itertools import product
from math import hypot
from typing import Literal

Way = Literal["in", "out"]

FRAME = 0.1
"""Seconds between frames. A line delivers frames in bursts, so that their stamps say when they were read: frames are
the better clock."""

LOST = 10
"""Frames after which somebody unseen is gone: one second."""

REACH = 0.6
"""Metres that a position may be off where it was expected: noise of the radar, and a first step of unknown speed."""

STRAY = 1.5
"""Metres a second by which that grows while somebody is unseen."""

BAND = 0.2
"""Metres on each side of the line that decide nothing, so that who stands on it is not counted again and again."""

LEARN = 0.5
"""Weight of the newest step in the estimate of a walker's velocity."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """Somebody crossed the line: "in" is towards the radar. `speed` in m/s, above 0 for who goes away from it."""

    way: Way
    speed: float


@dataclass(slots=True)
class Track:
    """Somebody: position and velocity in metres and seconds; `beyond` the line, or not yet known to be."""

    x: float
    y: float
    beyond: bool | None
    vx: float = 0.0
    vy: float = 0.0
    unseen: int = 0

    def distance(self, position: tuple[float, float]) -> float:
        """Metres between a position and where this walker is expected now."""
        elapsed = (self.unseen + 1) * FRAME
        return hypot(self.x + self.vx * elapsed - position[0], self.y + self.vy * elapsed - position[1])

    def reach(self) -> float:
        """Metres from there at which it may still be the same walker."""
        return REACH + STRAY * self.unseen * FRAME

    def move(self, position: tuple[float, float]) -> None:
        """Take a new position."""
        elapsed = (self.unseen + 1) * FRAME
        x, y = position
        self.vx += LEARN * ((x - self.x) / elapsed - self.vx)
        self.vy += LEARN * ((y - self.y) / elapsed - self.vy)
        self.x, self.y, self.unseen = x, y, 0


class CountingLine:
    """The line y = `at` metres ahead of the radar, and those who walk near it."""

    def __init__(self, at: float) -> None:
        self._at = at
        self._tracks: list[Track] = []

    def see(self, positions: list[tuple[float, float]]) -> list[Crossing]:
        """Take the positions (x, y in metres) of one frame; say who crossed."""
        crossed: list[Crossing] = []
        unmatched = dict(enumerate(positions))
        seen: set[int] = set()
        for distance, index, number in self._candidates(positions):
            track = self._tracks[index]
            if index in seen or number not in unmatched or distance > track.reach():
                continue
            seen.add(index)
            track.move(unmatched.pop(number))
            crossed.extend(self._crossing(track))
        self._forget(seen)
        self._tracks.extend(Track(x, y, self._beyond(y)) for x, y in unmatched.values())
        return crossed

    def miss(self) -> None:
        """Let the time of one frame pass in which nothing could be seen."""
        self._forget(set())

    def reset(self) -> None:
        """Forget everybody: too much time has passed."""
        self._tracks.clear()

    def _candidates(self, positions: list[tuple[float, float]]) -> list[tuple[float, int, int]]:
        pairs = product(enumerate(self._tracks), enumerate(positions))
        return sorted((track.distance(position), index, number) for (index, track), (number, position) in pairs)

    def _crossing(self, track: Track) -> list[Crossing]:
        before, now = track.beyond, self._beyond(track.y)
        if now is None:
            return []
        track.beyond = now
        if before is None or before is now:
            return []
        return [Crossing("out" if now else "in", track.vy)]

    def _beyond(self, y: float) -> bool | None:
        return None if abs(y - self._at) < BAND else y > self._at

    def _forget(self, seen: set[int]) -> None:
        for index, track in enumerate(self._tracks):
            if index not in seen:
                track.unseen += 1
        self._tracks = [track for track in self._tracks if track.unseen < LOST]
