"""A clock that is moved by hand: time passes only when a test says so, and stops at every sleeper that is due."""

import asyncio

from gateway.clock import Instant

TURNS = 20
"""Turns of the loop in which everything that can go on without time has gone on."""


class HandClock:
    """Street time by hand. Like any clock it is strictly increasing: each look takes a nanosecond."""

    def __init__(self, start: int, *, sure: bool = True) -> None:
        self.sure = sure
        self._time = start
        self._step = 0
        self._sleepers: dict[asyncio.Future[None], int] = {}
        self.woken = 0
        """How often somebody was woken."""

    def now(self) -> Instant:
        self._time += 1
        return Instant(self._time, self.sure)

    def jump(self, by: int) -> None:
        """Set the wall clock; whoever follows it sees that at the next `step`."""
        self._step += by

    def step(self) -> int:
        shift, self._step = self._step, 0
        self._time += shift
        return shift

    async def sleep_until(self, time: int) -> None:
        if time <= self._time:
            return
        sleeper = asyncio.get_running_loop().create_future()
        self._sleepers[sleeper] = time
        try:
            await sleeper
        finally:
            del self._sleepers[sleeper]

    async def pass_to(self, time: int) -> None:
        """Let time pass, waking everybody when it is due."""
        while True:
            for _ in range(TURNS):
                await asyncio.sleep(0)
            due = min(self._sleepers.values(), default=time + 1)
            if due > time:
                break
            self._time = max(self._time, due)
            for sleeper, until in self._sleepers.items():
                if until <= self._time and not sleeper.done():
                    self.woken += 1
                    sleeper.set_result(None)
        self._time = max(self._time, time)
