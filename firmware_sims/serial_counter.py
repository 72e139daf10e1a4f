"""A pedestrian counter that speaks the native convention over a serial line (docs/native.md)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from firmware_sims.ailment import Ailment
from firmware_sims.breakage import Breakage
from firmware_sims.framing import BOOTING, FRAMINGS, disturbed
from firmware_sims.makes.make import Node
from firmware_sims.makes.native import Counter
from firmware_sims.sight import Rounds
from firmware_sims.specimen import Specimen, Utterance
from firmware_sims.street import Street
from firmware_sims.terminal import Terminal
from firmware_sims.truth import Testimony
from gateway.clock import SECOND, Clock


@dataclass(frozen=True, slots=True)
class SerialCounterPart:
    """A counter `at` so many metres that reports every `period` ns on the serial line named `link`.

    `framing` is how its messages are framed, by its name in docs/native.md.
    """

    id: str
    at: float
    link: Path
    period: int = 60 * SECOND
    framing: str = "lines"
    breakages: tuple[Breakage[Ailment], ...] = ()


class SerialCounter:
    """Counts everybody who passes it. What is said while nobody reads and the line is full is lost."""

    def __init__(self, part: SerialCounterPart, clock: Clock, street: Street) -> None:
        self.id = part.id
        self.terminal = Terminal(part.link)
        self._clock = clock
        self._framed = FRAMINGS[part.framing]
        watch = Rounds(street, part.at, part.period)
        node = Node(part.id, part.id)
        self._self = Specimen(lambda: Counter(node), watch, clock.now().time, part.breakages)
        self._people_dropped = 0
        self._counting: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Count and report until cancelled, on a terminal that is open."""
        async with asyncio.TaskGroup() as tasks:
            self._counting = tasks.create_task(self._count(), name=f"{self.id}.count")

    def stop(self) -> None:
        """Report what has been counted since the last report and count no more."""
        if self._counting is not None and self._counting.cancel():
            self._send(self._self.finish(self._clock.now().time))

    async def drained(self) -> None:
        """Wait until somebody has read every frame."""
        await self.terminal.drained()

    def testify(self) -> Testimony:
        """What it knows to be true."""
        boot, seq = self._self.make.numbered
        return Testimony(
            self.id,
            people=self._self.people,
            messages=self._self.messages,
            damaged=self._self.damaged,
            lost=self.terminal.dropped,
            people_lost=self._self.people_lost + self._people_dropped,
            boot=boot,
            seq=seq,
        )

    async def _count(self) -> None:
        self._send(self._self.begin(self._clock.now().time))
        while True:
            await self._clock.sleep_until(self._self.next)
            now = self._clock.now().time
            self._send(self._self.live(now))
            if self._self.restarts:
                self.terminal.send(BOOTING)
                self._send(self._self.begin(now))

    def _send(self, told: Sequence[Utterance]) -> None:
        for each in told:
            frame = self._framed(each.said.payload)
            if not self.terminal.send(disturbed(frame) if each.spoilt else frame):
                self._people_dropped += each.people
