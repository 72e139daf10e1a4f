"""Street time: the time that messages are stamped with and that the lights live in."""

import asyncio
import time
from typing import NamedTuple, Protocol

SECOND = 1_000_000_000


class Instant(NamedTuple):
    """A moment of street time in nanoseconds UTC, and whether the wall clock behind it is believable."""

    time: int
    sure: bool


class Clock(Protocol):
    """Street time. Network timeouts, backoff and commit timers stay on asyncio's own, unscaled time."""

    def now(self) -> Instant:
        """Say what time it is: strictly increasing between steps, at the rate of the monotonic clock."""
        ...

    def step(self) -> int:
        """Adopt the wall clock and say by how many nanoseconds street time jumped; mostly 0."""
        ...

    async def sleep_until(self, time: int) -> None:
        """Sleep until street time has reached `time` (nanoseconds UTC)."""
        ...


class SystemClock:
    """The monotonic clock, anchored to the wall clock.

    `not_before` (nanoseconds UTC) is the latest moment known to have passed: a wall clock that stands before it cannot
    be right, and instants are then not sure. A wall clock that drifts from the anchor by less than `tolerance` is
    followed at the next `step` without a jump being spoken of.
    """

    def __init__(self, not_before: int = 0, tolerance: int = SECOND // 2) -> None:
        self._not_before = not_before
        self._tolerance = tolerance
        self._wall = time.time_ns()
        self._monotonic = time.monotonic_ns()
        self._last = 0

    def now(self) -> Instant:
        """Say what time it is."""
        street = self._wall + time.monotonic_ns() - self._monotonic
        self._last = max(street, self._last + 1)
        return Instant(self._last, self._last >= self._not_before)

    def step(self) -> int:
        """Adopt the wall clock if it differs by more than the tolerance; say by how much."""
        monotonic, wall = time.monotonic_ns(), time.time_ns()
        shift = wall - (self._wall + monotonic - self._monotonic)
        if abs(shift) <= self._tolerance:
            return 0
        self._wall, self._monotonic = wall, monotonic
        self._last = wall if shift < 0 else max(self._last, wall)
        return shift

    async def sleep_until(self, time: int) -> None:
        """Sleep until street time has reached `time`."""
        while (left := time - self.now().time) > 0:  # noqa: ASYNC110 - a clock is where sleeping belongs
            await asyncio.sleep(left / SECOND)


class ScaledClock:
    """A clock that is always sure and runs `speed` times as fast as the monotonic clock.

    `start` is street time at the monotonic instant `origin` (nanoseconds of CLOCK_MONOTONIC, which all processes of a
    machine share): two processes with the same three numbers live in the same street time.
    """

    def __init__(self, start: int, speed: float, origin: int | None = None) -> None:
        if speed <= 0:
            raise ValueError(f"expected a speed above 0, found {speed}")
        self.start = start
        self.speed = speed
        self.origin = time.monotonic_ns() if origin is None else origin
        self._last = 0

    def now(self) -> Instant:
        """Say what time it is."""
        street = self.start + int((time.monotonic_ns() - self.origin) * self.speed)
        self._last = max(street, self._last + 1)
        return Instant(self._last, sure=True)

    def step(self) -> int:
        """Never jumps: there is no wall clock behind it."""
        return 0

    async def sleep_until(self, time: int) -> None:
        """Sleep until street time has reached `time`."""
        while (left := time - self.now().time) > 0:  # noqa: ASYNC110 - a clock is where sleeping belongs
            await asyncio.sleep(left / self.speed / SECOND)
