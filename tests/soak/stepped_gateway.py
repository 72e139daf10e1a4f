"""The daemon where the wall clock is stepped: `python -m tests.soak.stepped_gateway FOLDER START SPEED ORIGIN EPOCH`.

The first three numbers are those of `gateway.clock.ScaledClock`. EPOCH is the right wall clock's time when the
monotonic clock was 0, in nanoseconds: by as much as this process's wall clock differs from it, street time is wrong.
"""

import asyncio
import select
import sys
import time
from pathlib import Path
from typing import SupportsIndex

from gateway.cli.main import log_to_stderr
from gateway.cli.run import until_stopped
from gateway.clock import Instant, ScaledClock, SystemClock
from gateway.configuration.build import load
from gateway.daemon.service import Gateway
from gateway.record.errors import RecordError
from gateway.record.reader import Reader


class SteppedClock:
    """A scaled clock that jumps when the wall clock does, by as much, as the daemon's own clock would.

    `not_before` is the latest moment known to have passed.
    """

    def __init__(self, scaled: ScaledClock, epoch: int, not_before: int) -> None:
        self._scaled = scaled
        self._wall = SystemClock()
        self._shift = time.time_ns() - time.monotonic_ns() - epoch
        self._not_before = not_before
        self._last = 0

    def now(self) -> Instant:
        """Say what time it is."""
        self._last = max(self._scaled.now().time + self._shift, self._last + 1)
        return Instant(self._last, self._last >= self._not_before)

    def step(self) -> int:
        """Adopt the wall clock; say by how much it was stepped."""
        shift = self._wall.step()
        self._shift += shift
        if shift < 0:
            self._last = 0
        return shift

    async def sleep_until(self, time: int) -> None:
        """Sleep until street time has reached `time`."""
        while (left := time - self.now().time) > 0:  # noqa: ASYNC110 - a clock is where sleeping belongs
            await asyncio.sleep(left / self._scaled.speed / 1e9)


def sleep(seconds: float | SupportsIndex) -> None:
    """Sleep as `time.sleep` does, but by select(2).

    Python sleeps until an absolute monotonic time, which libfaketime 0.9.10 shifts by the wall clock's offset.
    """
    select.select((), (), (), float(seconds))


def _last_known(state: Path) -> int:
    try:
        reader = Reader(state)
    except RecordError:
        return 0
    try:
        return reader.last_at()
    finally:
        reader.close()


def main(folder: str, start: str, speed: str, origin: str, epoch: str) -> None:
    """Run the gateway of a folder until SIGTERM."""
    time.sleep = sleep
    log_to_stderr()
    site = load(Path(folder))
    clock = SteppedClock(ScaledClock(int(start), float(speed), int(origin)), int(epoch), _last_known(site.state))
    asyncio.run(until_stopped(Gateway(site, clock)))


if __name__ == "__main__":
    main(*sys.argv[1:])
