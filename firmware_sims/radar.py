"""A radar on a serial line: a frame for every tenth of a second of street time, and what can be wrong with it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from firmware_sims.ailment import FLAP, RESTARTS, Ailment
from firmware_sims.breakage import Breakage, Script
from firmware_sims.framing import BOOTING, NOISE
from firmware_sims.street import Street
from firmware_sims.terminal import Terminal
from firmware_sims.truth import Testimony
from gateway.clock import SECOND, Clock

FRAME = SECOND // 10
"""Street time between two frames."""

BURST = 32
"""Frames that are written in one go when street time runs faster than the loop; then others get their turn."""

PAUSE = 0.01
"""Real seconds between two bursts."""

STARTING = 2 * SECOND
"""How long a radar that starts anew sends no frame."""


class RadarModel(Protocol):
    """A make of radar: what its frames look like."""

    @property
    def nobody(self) -> bytes:
        """A frame that shows nobody."""
        ...

    @property
    def somebody(self) -> bytes:
        """A frame that shows somebody."""
        ...

    def damaged(self, good: bytes) -> bytes:
        """The same frame of the same length, with something wrong in it that can be seen."""
        ...

    def frame(self, at: int) -> bytes:
        """What it sees at an instant; ask in the order of time."""
        ...


class RadarWire:
    """What goes onto the line in place of a frame, by what is wrong with the radar. Pure; ask in the order of time."""

    def __init__(self, model: RadarModel, start: int, breakages: Sequence[Breakage[Ailment]] = ()) -> None:
        self._model = model
        self._script = Script(start, breakages)
        self._ailment = Ailment.NONE
        self._since = start
        self._last = b""
        self._count = 0

    def sent(self, at: int) -> bytes:
        """What is sent at an instant: mostly a frame."""
        while (broken := self._script.take(at)) is not None:
            self._since, self._ailment = broken
        frame = self._model.frame(at)
        self._count += 1
        match self._ailment:
            case Ailment.SILENT:
                return b""
            case Ailment.STUCK:
                return self._last or frame
            case Ailment.FLAPPING:
                return self._model.somebody if (at - self._since) // FLAP % 2 else self._model.nobody
            case Ailment.NOISY if self._count % 2 == 0:
                return NOISE + self._model.damaged(frame)
            case Ailment.RESTARTING if (at - self._since) % RESTARTS < STARTING:
                return BOOTING if (at - self._since) % RESTARTS < FRAME else b""
        self._last = frame
        return frame


@dataclass(frozen=True, slots=True)
class RadarLine:
    """A radar's line: the frames numbered in `damaged` (the first is 0) go out damaged, whatever else is wrong."""

    id: str
    link: Path
    damaged: frozenset[int] = frozenset()
    breakages: tuple[Breakage[Ailment], ...] = ()


class FramePlayer:
    """Sends a frame for every tenth of a second of street time, each as it was at its own instant."""

    def __init__(self, line: RadarLine, clock: Clock, model: Callable[[int], RadarModel]) -> None:
        self.id = line.id
        self.terminal = Terminal(line.link)
        self._line = line
        self._clock = clock
        self._model = model
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
        """What it knows to be true."""
        return Testimony(self.id, messages=self._sent, damaged=self._damaged, lost=self.terminal.dropped)

    def passed(self, street: Street, position: float) -> int:
        """How many passed a position from the first frame to the last."""
        return len(street.passages(position, self._started, self._due - FRAME)) if self._number else 0

    async def _play(self) -> None:
        self._started = self._due = self._clock.now().time
        model = self._model(self._started)
        wire = RadarWire(model, self._started, self._line.breakages)
        while True:
            await self._clock.sleep_until(self._due)
            now = self._clock.now().time
            for _ in range(BURST):
                if self._due > now:
                    break
                self._send(wire.sent(self._due), model)
                self._due += FRAME
            await asyncio.sleep(PAUSE)

    def _send(self, sent: bytes, model: RadarModel) -> None:
        wrong = self._number in self._line.damaged
        self._number += 1
        if sent and self.terminal.send(model.damaged(sent) if wrong else sent):
            self._sent += 1
            self._damaged += wrong
