"""The link to one lamp on a pin of the header: it follows orders, and says what was written to the pin."""

import asyncio
import json
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Literal

import structlog

from devices.message import Message
from gateway.clock import Clock
from gateway.links.delivery import Incoming, LinkDown
from gateway.links.kernel_pwm import KernelPwm, NotYet
from gateway.links.pin_life import PinLife
from gateway.links.pins import Output, hold_pwm, hold_switch, uncancelled
from gateway.links.shine import Fader, Shine, Switch

HELD = b"held"
"""What is said when the pin can be ordered: whoever gives orders tells it its level."""

INSTEAD = 200.0
"""Hz of the pulses that a program makes where the hardware's are not to be had."""

AWAITED = 20.0
"""Seconds in which the hardware's PWM is tried again before a program makes the pulses.

For that the pin must become an output of its own, and when it is let go the kernel makes it an input
(pinctrl-bcm2835.c, `bcm2835_pmx_free`): no channel of the hardware is on it then until the machine starts anew.
"""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LampPin:
    """A lamp on a pin ("GPIO18") that is `active_high` if it shines while the pin is high.

    `frequency` in Hz is that of PWM, `min_on` in seconds how long a relay stays on at least. `failure_level` in per
    cent is what it takes when nobody tells it anything any more.
    """

    pin: str
    output: Literal["pwm", "hardware-pwm", "relay"]
    active_high: bool
    frequency: float
    min_on: float
    failure_level: float


@dataclass(frozen=True, slots=True)
class Order:
    """The newest order: void `until` (seconds of the loop's clock)."""

    level: float
    ramp: float
    id: str
    until: float


class LampLink:
    """Holds the pin and shows what it is ordered: fades of its own, and a relay that is not switched off too soon.

    The newest order is kept while the pin cannot be held. When none has come for as long as the last one holds, and at
    the end, the lamp takes its failure level; a pin that does not go on by itself is then let go, and what the lamp
    does is a matter of its wiring.
    """

    def __init__(self, name: str, spec: LampPin, clock: Clock, *, chance: Callable[[], float] = random.random) -> None:
        self.name = name
        self._spec = spec
        self._life = PinLife(name, spec.pin, clock, chance)
        self._order: Order | None = None
        self._ordered = asyncio.Event()
        self._orders = 0
        self._awaited_until: float | None = None

    async def run(self, receive: Callable[[Incoming], None]) -> None:
        """Hold the pin, follow orders, say to `receive` what was written; try again what cannot be; until cancelled.

        An error raised by `receive` ends the link.
        """
        await self._life.live(lambda: self._once(receive), receive)

    def send(self, message: Message) -> None:
        """Take an order, as the convention writes it: the newest is the one that holds."""
        said = json.loads(message.payload)
        until = asyncio.get_running_loop().time() + said["valid_for"]
        self._order = Order(said["level"], said["ramp"], said["id"], until)
        self._orders += 1
        self._ordered.set()

    def status(self) -> dict[str, object]:
        """Say how it stands: `orders` taken; `trouble` is why the pin is not held, or not as it should be."""
        return {**self._life.status(), "orders": self._orders, "dropped": 0}

    async def _once(self, receive: Callable[[Incoming], None]) -> None:
        order = self._valid(asyncio.get_running_loop().time())
        begin = None if order is None else order.level
        pin = await self._held(begin)
        try:
            self._life.hold(pin.trouble)
            self._life.say(HELD, receive)
            await self._follow(pin, self._shine(pin, begin), receive)
        finally:
            await asyncio.to_thread(self._leave, pin)

    async def _held(self, begin: float | None) -> Output:
        """Hold the pin. Raises `LinkDown`, for a while also where the hardware's PWM is not ready."""
        now = asyncio.get_running_loop().time()
        if self._awaited_until is None:
            self._awaited_until = now + AWAITED
        try:
            held = await uncancelled(partial(hold_lamp, self._spec, begin))
        except NotYet as down:
            if now < self._awaited_until:
                raise
            held = await uncancelled(partial(hold_instead, self._spec, begin, str(down)))
        self._awaited_until = None
        return held

    async def _follow(self, pin: Output, shine: Shine, receive: Callable[[Incoming], None]) -> None:
        loop = asyncio.get_running_loop()
        obeyed: Order | None = None
        written = told = None
        while True:
            self._ordered.clear()
            now = loop.time()
            order = self._valid(now)
            if order is not obeyed:
                self._obey(shine, order, now)
                obeyed, told = order, None
            if (level := shine.shown(now)) != written:
                await asyncio.to_thread(pin.show, level)
                written = level
            following = shine.following(now)
            if obeyed is not None and (told is None or (told != level and following is None)):
                told = level
                self._say(obeyed, level, receive)
            await self._sleep(following, None if obeyed is None else obeyed.until)

    def _valid(self, now: float) -> Order | None:
        """The newest order, while it holds."""
        return self._order if self._order is not None and now < self._order.until else None

    def _obey(self, shine: Shine, order: Order | None, now: float) -> None:
        if order is not None:
            shine.obey(order.level, order.ramp, now)
            return
        log.warning("a lamp hears no orders: it takes its failure level", pin=self._spec.pin)
        shine.obey(self._spec.failure_level, 0.0, now)

    def _say(self, order: Order, level: float, receive: Callable[[Incoming], None]) -> None:
        """Say the level that was written, and whose order that follows."""
        state = {"level": round(level, 2), "target": order.level, "id": order.id}
        self._life.say(json.dumps(state).encode(), receive)

    async def _sleep(self, *moments: float | None) -> None:
        """Until the next order, or the first of some moments."""
        due = min((moment for moment in moments if moment is not None), default=None)
        with suppress(TimeoutError):
            async with asyncio.timeout_at(due):
                await self._ordered.wait()

    def _shine(self, pin: Output, begin: float | None) -> Shine:
        shows = pin.shows()
        level = shows if shows is not None else self._spec.failure_level if begin is None else begin
        if self._spec.output != "relay":
            return Fader(level)
        return Switch(level > 0, self._spec.min_on, asyncio.get_running_loop().time())

    def _leave(self, pin: Output) -> None:
        """Let go of the pin; one that goes on by itself goes on with the failure level. Blocks."""
        if pin.lasts:
            with suppress(LinkDown):
                pin.show(self._spec.failure_level)
        pin.close()


def hold_lamp(spec: LampPin, begin: float | None) -> Output:
    """Hold a lamp's pin; `begin` is the level that it has been ordered, if any. Blocks.

    Where the hardware has no PWM for it, the lamp shines all the same, by pulses that a program makes. Raises
    `LinkDown`; `NotYet` where the hardware's may be ready soon.
    """
    level = spec.failure_level if begin is None else begin
    if spec.output == "relay":
        return hold_switch(spec.pin, active_high=spec.active_high, lit=level > 0)
    if spec.output == "pwm":
        return hold_pwm(spec.pin, spec.frequency, active_high=spec.active_high, level=level)
    try:
        return KernelPwm(spec.pin, spec.frequency, active_high=spec.active_high)
    except NotYet:
        raise
    except LinkDown as down:
        return hold_instead(spec, begin, str(down))


def hold_instead(spec: LampPin, begin: float | None, why: str) -> Output:
    """Hold the pin of a lamp that is not dimmed by the hardware, and `why` not. Blocks; raises `LinkDown`."""
    level = spec.failure_level if begin is None else begin
    held = hold_pwm(spec.pin, INSTEAD, active_high=spec.active_high, level=level)
    held.trouble = f"{why}. Until the Pi starts anew a program makes the pulses, and the light may flicker"
    return held
