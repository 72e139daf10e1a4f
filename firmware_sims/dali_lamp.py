"""Lamps on a DALI line among the devices of a street: gear with a meter in street time, and what can be wrong with it.

Gear fades and answers in real time, as the line does; its energy is of street time.
"""

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from firmware_sims.ailment import RESTARTS
from firmware_sims.breakage import Breakage, Fault, Script
from firmware_sims.dali_gear import GearPart
from firmware_sims.dali_line import DaliLine
from firmware_sims.lamp import CYCLE, WATT_HOUR
from firmware_sims.truth import Testimony
from gateway.clock import SECOND, Clock

METERED_EVERY: Final = 0.02
"""Real seconds between two looks at what a lamp draws; in between it is taken to change in a straight line."""

FULL, STANDBY = 28.0, 0.5
"""Watts of gear at full light and off (`GearPart`)."""


@dataclass(frozen=True, slots=True)
class DaliLampPart:
    """A lamp on the line of a daliserver at this port of this machine, with the gear that it has."""

    id: str
    port: int
    gear: GearPart
    breakages: tuple[Breakage[Fault], ...] = ()


class Metered:
    """The energy of a lamp (Wh) since `start` (ns), and what it would be had it been at full light while it was lit."""

    def __init__(self, start: int) -> None:
        self.energy = 0.0
        self.always_on = 0.0
        self._start = self._until = start
        self._power: float | None = None

    @property
    def lived(self) -> int:
        """Nanoseconds that were metered."""
        return self._until - self._start

    def advance(self, now: int, power: float, full: float) -> None:
        """Meter up to `now`: it draws `power` watts, and would draw `full` watts at full light."""
        passed = (now - self._until) / WATT_HOUR
        self.energy += (power if self._power is None else (self._power + power) / 2) * passed
        self.always_on += full * passed
        self._power, self._until = power, now


class LampLine:
    """A daliserver with the gear of some lamps. It can be reached once it is open, and answers while it runs."""

    def __init__(self, port: int, parts: Sequence[DaliLampPart]) -> None:
        self.id = f"dali:{port}"
        self.line = DaliLine(part.gear for part in parts)
        self._port = port
        self._door: socket.socket | None = None

    def open(self) -> None:
        """Listen. Raises `OSError` if the port is taken."""
        if self._door is None:
            self._door = socket.create_server(("127.0.0.1", self._port))

    def close(self) -> None:
        """Listen no more."""
        if self._door is not None:
            self._door.close()
            self._door = None

    async def run(self) -> None:
        """Carry frames until cancelled. It must be open."""
        if self._door is None:
            raise RuntimeError(f"expected an open line at port {self._port}, found a closed one: call open() first")
        async with self.line.serving(self._door):
            await asyncio.Event().wait()


class DaliLamp:
    """Has its faults when they are due and meters what it draws."""

    def __init__(self, part: DaliLampPart, clock: Clock, on: LampLine) -> None:
        self.id = part.id
        self._breakages = part.breakages
        self._clock = clock
        self._line = on.line
        self._gear = on.line.gear[part.gear.address]
        self._fault = Fault.NONE
        self._turns: int | None = None
        self._metered = Metered(clock.now().time)
        self._living: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Break, be mended and meter until cancelled."""
        start = self._clock.now().time
        self._metered = Metered(start)
        async with asyncio.TaskGroup() as tasks:
            self._living = tasks.create_task(self._live(start), name=f"{self.id}.live")

    def stop(self) -> None:
        """Stay as it is: the meter stands still."""
        if self._living is not None and self._living.cancel():
            self._meter(self._clock.now().time)

    async def drained(self) -> None:
        """Return at once: gear says nothing unasked."""

    def testify(self) -> Testimony:
        """What it knows to be true."""
        metered = self._metered
        return Testimony(self.id, energy_wh=metered.energy, always_on_wh=metered.always_on, commands=self._gear.orders)

    async def _live(self, start: int) -> None:
        script = Script(start, self._breakages)
        while True:
            now = self._clock.now().time
            while (broken := script.take(now)) is not None:
                at, fault = broken
                self._meter(at)
                self._suffer(fault, at)
                self._meter(at)
            self._meter(now)
            if self._turns is not None and self._turns <= now:
                self._turn(now)
                self._meter(now)
            await asyncio.sleep(METERED_EVERY)

    def _meter(self, now: int) -> None:
        gear = self._gear
        gear.advance(self._line.now)
        if self._fault is Fault.UNPOWERED:
            self._metered.advance(now, 0.0, 0.0)
        else:
            self._metered.advance(now, gear.power, FULL if gear.target else STANDBY)
        gear.energy, gear.operating_time = round(10 * self._metered.energy), self._metered.lived // SECOND

    def _suffer(self, fault: Fault, at: int) -> None:
        """Break in another way, or be mended; with mains again it is at its power-on level. It has no clock."""
        gear = self._gear
        if self._fault is Fault.UNPOWERED and fault is not Fault.UNPOWERED:
            gear.restart(self._line.now)
        gear.stuck_at = gear.light if fault is Fault.STUCK else None
        gear.silent = fault is Fault.UNPOWERED
        gear.mute = fault is Fault.MUTE
        gear.noisy = fault is Fault.NOISY
        gear.mistaken = fault is Fault.LOGARITHMIC
        gear.failed = fault in {Fault.BURNT_OUT, Fault.CYCLING}
        self._fault = fault
        self._turns = {Fault.RESTARTING: at + RESTARTS, Fault.CYCLING: at + CYCLE}.get(fault)

    def _turn(self, now: int) -> None:
        """Lose the mains for a moment, or go out or come back."""
        if self._fault is Fault.RESTARTING:
            self._turns = now + RESTARTS
            self._gear.restart(self._line.now)
        else:
            self._turns = now + CYCLE
            self._gear.failed = not self._gear.failed
