"""A people counter on an RS-485 line: running totals in registers, for whoever asks."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from firmware_sims.ailment import RESTARTS, Ailment, Patient, next_of
from firmware_sims.breakage import Breakage, Script
from firmware_sims.modbus import Bus, Mode, Unit, serve
from firmware_sims.sight import Steps
from firmware_sims.street import Street
from firmware_sims.terminal import Terminal
from firmware_sims.truth import Testimony
from gateway.clock import Clock

TABLE, CAME, WENT, WIDTH = "input", 0, 2, 2
"""Where the totals stand: who came and who went, each in two input registers, the highest word first."""


@dataclass(frozen=True, slots=True)
class ModbusCounterPart:
    """A counter `at` so many metres, alone on the line named `link`, with this unit number."""

    id: str
    at: float
    link: Path
    unit: int = 1
    breakages: tuple[Breakage[Ailment], ...] = ()


class CountingUnit:
    """A unit whose registers hold how many came and went since it was switched on. Pure: instants are given.

    `people` are those by whom its totals grew from one answer that was whole to the next, or whom a total holds that
    begins anew; the first answer only says where the totals stand. Who passed otherwise is told by nobody.
    """

    def __init__(self, unit: Unit, watch: Steps, start: int, breakages: Sequence[Breakage[Ailment]] = ()) -> None:
        self.unit = unit
        self.people = 0
        self._watch = watch
        self._patient = Patient(start)
        self._script = Script(start, breakages)
        self._again: int | None = None
        self._passed = 0
        self._told: tuple[int, int] | None = None
        self._answers = 0

    @property
    def next(self) -> int:
        """When there is something to do next (ns UTC)."""
        return next_of(self._watch.next, self._script.next_change, self._again)

    @property
    def people_lost(self) -> int:
        """Those who passed and of whom no answer told."""
        return max(self._passed - self.people, 0)

    @property
    def untold(self) -> bool:
        """Whether its totals are others than in its last answer, and it would tell them."""
        return self.unit.mode is not Mode.SILENT and self._told != self._totals

    def begin(self, now: int) -> None:
        """Be switched on."""
        self._watch.begin(now)
        self._fall_ill(now)
        self._hold()

    def live(self, now: int) -> None:
        """Count up to now."""
        while self.next <= now:
            at = self.next
            self._fall_ill(at)
            for sight in self._watch.due(at):
                self._passed += sight.people
                self._patient.seen(sight)
            if self._again is not None and self._again <= at:
                self._again = at + RESTARTS
                self._patient.begin(at)
            self._hold()

    def asked(self) -> None:
        """Notice that somebody was answered, if somebody was; of a noisy one the next answer may be spoilt."""
        unit = self.unit
        if unit.answers > self._answers:
            self._answers = unit.answers
            pairs = [] if self._told is None else zip(self._told, self._totals, strict=True)
            self.people += sum(now - before if now >= before else now for before, now in pairs)
            self._told = self._totals
        if unit.mode is not Mode.SILENT:
            unit.mode = Mode.NOISY if self._patient.spoils() else Mode.WELL

    @property
    def _totals(self) -> tuple[int, int]:
        return self._patient.total_in, self._patient.total_out

    def _hold(self) -> None:
        for at, total in zip((CAME, WENT), self._totals, strict=True):
            self.unit.hold(TABLE, at, total, WIDTH)

    def _fall_ill(self, at: int) -> None:
        while (broken := self._script.take(at)) is not None:
            _, ailment = broken
            self._patient.fall_ill(ailment)
            self.unit.mode = Mode.SILENT if ailment is Ailment.SILENT else Mode.WELL
            self._again = at + RESTARTS if ailment is Ailment.RESTARTING else None


class ModbusCounter:
    """Counts everybody who passes it, and answers on its line."""

    def __init__(self, part: ModbusCounterPart, clock: Clock, street: Street) -> None:
        self.id = part.id
        self.terminal = Terminal(part.link)
        self._clock = clock
        self._self = CountingUnit(Unit(part.unit), Steps(street, part.at), clock.now().time, part.breakages)
        self._answered = asyncio.Event()
        self._counting: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Count and answer until cancelled, on a terminal that is open."""
        self._self.begin(self._clock.now().time)
        bus = Bus({self._self.unit.number: self._self.unit})
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(serve(self.terminal.near, bus, self._asked), name=f"{self.id}.answers")
            self._counting = tasks.create_task(self._count(), name=f"{self.id}.count")

    def stop(self) -> None:
        """Count no more; who asks is still answered."""
        if self._counting is not None and self._counting.cancel():
            self._self.live(self._clock.now().time)

    async def drained(self) -> None:
        """Wait until somebody has asked for the last totals and read the answer, unless it answers nobody."""
        while self._self.untold:
            self._answered.clear()
            await self._answered.wait()
        await self.terminal.drained()

    def testify(self) -> Testimony:
        """What it knows to be true."""
        unit = self._self.unit
        return Testimony(
            self.id,
            people=self._self.people,
            messages=unit.answers + unit.spoilt,
            damaged=unit.spoilt,
            people_lost=self._self.people_lost,
        )

    async def _count(self) -> None:
        while True:
            await self._clock.sleep_until(self._self.next)
            self._self.live(self._clock.now().time)

    def _asked(self) -> None:
        self._self.asked()
        self._answered.set()
