"""A serial cable that somebody pulls out in the middle of a line."""

import contextlib
import json
import time
from pathlib import Path

from firmware_sims.terminal import Terminal


class Cable(Terminal):
    """A terminal that remembers when each numbered line was said, in seconds of the monotonic clock."""

    def __init__(self, link: Path) -> None:
        super().__init__(link)
        self.said: dict[int, float] = {}
        self.torn = 0
        self._tears = False
        self._plugged = False

    def open(self) -> None:
        """Plug it in."""
        super().open()
        self._plugged = True

    def tear(self) -> None:
        """Pull it out while the next line is being said."""
        self._tears = True

    async def read_out(self) -> None:
        """Wait until whoever listens has read all that waits, or the cable is out: before, there may be no room."""
        with contextlib.suppress(RuntimeError):
            await self.drained()

    def send(self, data: bytes) -> bool:
        """Send now or not at all; say whether it was sent."""
        self.said[json.loads(data)["seq"]] = time.monotonic()
        if self._tears:
            self._tears = False
            self.torn += super().send(data[: len(data) // 2])
            self.close()
            self._plugged = False
            self._rest = b""
            return False
        if not self._plugged:
            self.dropped += 1
            return False
        return super().send(data)
