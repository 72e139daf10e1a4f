"""A pedestrian counter that speaks the native convention as lines over a serial line (docs/native.md)."""

import asyncio
import secrets
from dataclasses import dataclass
from pathlib import Path

from firmware_sims.counter import count
from firmware_sims.street import Street
from firmware_sims.tally import Report, Tally
from firmware_sims.terminal import Terminal
from firmware_sims.truth import Testimony
from gateway.clock import SECOND, Clock


@dataclass(frozen=True, slots=True)
class SerialCounterPart:
    """A counter `at` so many metres that reports every `period` ns on the serial line named `link`."""

    id: str
    at: float
    link: Path
    period: int = 60 * SECOND


class SerialCounter:
    """Counts everybody who passes it. What is said while nobody reads and the line is full is lost."""

    def __init__(self, part: SerialCounterPart, clock: Clock, street: Street) -> None:
        self.id = part.id
        self.terminal = Terminal(part.link)
        self._clock = clock
        self._tally = Tally(street, part.at, part.period, secrets.token_hex(4))
        self._people_lost = 0
        self._counting: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Count and report until cancelled, on a terminal that is open."""
        async with asyncio.TaskGroup() as tasks:
            self._counting = tasks.create_task(count(self._clock, self._tally, self._send), name=f"{self.id}.count")

    def stop(self) -> None:
        """Report what has been counted since the last report and count no more."""
        if self._counting is not None and self._counting.cancel():
            for report in self._tally.finish(self._clock.now().time):
                self._send(report)

    async def drained(self) -> None:
        """Wait until somebody has read every line."""
        await self.terminal.drained()

    def testify(self) -> Testimony:
        """What it knows to be true."""
        return Testimony(
            self.id,
            people=self._tally.people,
            messages=self._tally.made,
            lost=self.terminal.dropped,
            people_lost=self._people_lost,
            boot=self._tally.boot,
            seq=self._tally.seq,
        )

    def _send(self, report: Report) -> None:
        if not self.terminal.send(report.payload + b"\n"):
            self._people_lost += report.people
