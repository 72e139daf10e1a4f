"""A Raspberry Pi's header without one: gpiozero's mock pins, and what hangs on them.

Whoever holds pins by gpiozero in this process holds these, also on a real Pi, from `plug_in` to `pull_out`.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any, Final

from firmware_sims.ailment import Ailment
from firmware_sims.breakage import Breakage, Fault, Script
from firmware_sims.lamp import Lamp, LampType, Order
from firmware_sims.makes.make import FOR_EVER, Node, SensorMake
from firmware_sims.said import Said
from firmware_sims.sight import Looks, Sight
from firmware_sims.specimen import Specimen, Utterance
from firmware_sims.street import Street
from firmware_sims.truth import Testimony
from gateway.clock import Clock

LOOK_EVERY: Final = 0.02
"""Real seconds between two looks of a lamp's driver at its pin."""


class Header:
    """Pins by their names, "GPIO17"."""

    def __init__(self) -> None:
        self._factory: Any = None

    def plug_in(self) -> None:
        """Be the header of this process. A slow import."""
        from gpiozero import Device
        from gpiozero.pins.mock import MockFactory, MockPWMPin

        class Wired(MockPWMPin):  # type: ignore[misc]
            """A pin whose pull is weaker than what drives it."""

            driven: bool | None = None

            def _set_pull(self, value: str) -> None:
                super()._set_pull(value)
                if self.driven is not None:
                    self._change_state(self.driven)

        if self._factory is None:
            Device.pin_factory = self._factory = MockFactory(pin_class=Wired)

    def pull_out(self) -> None:
        """Be it no more."""
        from gpiozero import Device

        if self._factory is not None:
            self._factory.reset()
            Device.pin_factory = self._factory = None

    def drive(self, name: str, *, high: bool) -> None:
        """Let a sensor's output drive its pin."""
        pin = self._pin(name)
        pin.driven = high
        (pin.drive_high if high else pin.drive_low)()

    def shown(self, name: str) -> float:
        """The part of the time in which a pin is high; 0 for one that nobody holds as an output."""
        pin = self._pin(name)
        return float(pin.state) if pin.function == "output" else 0.0

    def _pin(self, name: str) -> Any:
        if self._factory is None:
            raise RuntimeError("expected a header that is plugged in: call plug_in() first")
        return self._factory.pin(name)


@dataclass(frozen=True, slots=True)
class PinSensorPart:
    """A motion sensor that sees from `start` to `end` metres and drives `pin` high while somebody is there."""

    id: str
    start: float
    end: float
    pin: str
    breakages: tuple[Breakage[Ailment], ...] = ()


class _Output(SensorMake):
    """The output of a motion sensor: its level is all that it says."""

    def say(self, sight: Sight, clock: int) -> tuple[Said, ...]:
        del clock
        return (Said(self.node.address, b"high" if sight.near else b"low"),)


class PinSensor:
    """Drives its pin. What is mutilated on its way, the level of a noisy one does not change."""

    def __init__(self, part: PinSensorPart, clock: Clock, street: Street, header: Header) -> None:
        self.id = part.id
        self._clock = clock
        self._header = header
        node = Node(part.id, part.pin)
        looks = Looks(street, part.start, part.end, FOR_EVER)
        self._self = Specimen(lambda: _Output(node), looks, clock.now().time, part.breakages)
        self._watching: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Watch until cancelled, on a header that is plugged in."""
        async with asyncio.TaskGroup() as tasks:
            self._watching = tasks.create_task(self._watch(), name=f"{self.id}.watch")

    def stop(self) -> None:
        """Sense no more."""
        if self._watching is not None:
            self._watching.cancel()

    async def drained(self) -> None:
        """Return at once: a level is read when it is."""

    def testify(self) -> Testimony:
        """What it knows to be true."""
        return Testimony(self.id, messages=self._self.messages, damaged=self._self.damaged)

    async def _watch(self) -> None:
        self._drive(self._self.begin(self._clock.now().time))
        while True:
            await self._clock.sleep_until(self._self.next)
            now = self._clock.now().time
            self._drive(self._self.live(now))
            if self._self.restarts:
                self._drive(self._self.begin(now))

    def _drive(self, told: list[Utterance]) -> None:
        for each in told:
            if not each.spoilt:
                self._header.drive(each.said.topic, high=each.said.payload == b"high")


@dataclass(frozen=True, slots=True)
class PinLampPart:
    """A lamp that is dimmed by the pulses on `pin`."""

    id: str
    pin: str
    type: LampType = field(default_factory=LampType)
    breakages: tuple[Breakage[Fault], ...] = ()


class PinLamp:
    """Shines as its pin shows, and says nothing."""

    def __init__(self, part: PinLampPart, clock: Clock, header: Header) -> None:
        self.id = part.id
        self._part = part
        self._clock = clock
        self._header = header
        self._lamp = self._made_now()
        self._orders = 0
        self._living: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Shine until cancelled, on a header that is plugged in."""
        self._lamp = self._made_now()
        async with asyncio.TaskGroup() as tasks:
            self._living = tasks.create_task(self._live(), name=f"{self.id}.live")

    def stop(self) -> None:
        """Stay as it is: the meter stands still."""
        if self._living is not None and self._living.cancel():
            self._lamp.advance(self._clock.now().time)

    async def drained(self) -> None:
        """Return at once: a lamp on a pin says nothing."""

    def testify(self) -> Testimony:
        """What it knows to be true: of its orders, how many changed its pin."""
        lamp = self._lamp
        return Testimony(self.id, energy_wh=lamp.energy, always_on_wh=lamp.always_on, commands=self._orders)

    def _made_now(self) -> Lamp:
        return Lamp(self._part.type, self._clock.now().time, patience=FOR_EVER)

    async def _live(self) -> None:
        script = Script(self._clock.now().time, self._part.breakages)
        while True:
            now = self._clock.now().time
            while (broken := script.take(now)) is not None:
                at, fault = broken
                self._lamp.advance(at)
                self._lamp.suffer(fault)
            self._lamp.advance(now)
            self._look()
            await asyncio.sleep(LOOK_EVERY)

    def _look(self) -> None:
        level = 100 * self._header.shown(self._part.pin)
        if level != self._lamp.target:
            self._orders += 1
            self._lamp.follow(Order("", level, 0, FOR_EVER))
