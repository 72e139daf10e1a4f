"""The link to one sensor on a pin of the header: its level, debounced, when it changes and every ten seconds."""

import asyncio
import random
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from time import monotonic_ns

from devices.message import Message
from gateway.clock import SECOND, Clock
from gateway.links.debounce import Change, Debounce
from gateway.links.delivery import Incoming
from gateway.links.gpio import CHATTER, LOOK, Bell
from gateway.links.pin_life import PinLife
from gateway.links.pins import Input, hold_input, uncancelled

HIGH, LOW, RESTLESS = "high", "low", "restless"
"""What is said of the pin."""

MOST_EDGES = 10_000
"""Edges that wait for the loop; of more the oldest go, and the pin is restless anyway."""


@dataclass(frozen=True, slots=True)
class SensorPin:
    """A sensor on a pin ("GPIO17") that is pulled up or down, and must rest for `debounce` seconds to be believed."""

    pin: str
    pulled_up: bool
    debounce: float


class SensorLink:
    """Says how the pin stands when it is held, whenever that changes, and every `LOOK` seconds.

    Edges are taken with their times as the library tells them, from threads of its own, so that a short pulse is seen
    also while the loop is busy; the level is read as well, so that a lost edge is made up for. There is nothing to
    acknowledge or to send.
    """

    def __init__(
        self, name: str, spec: SensorPin, clock: Clock, *, chance: Callable[[], float] = random.random
    ) -> None:
        self.name = name
        self._spec = spec
        self._life = PinLife(name, spec.pin, clock, chance)
        self._counts = {"changes": 0, "dropped": 0}

    async def run(self, receive: Callable[[Incoming], None]) -> None:
        """Hold the pin, hand what it says to `receive` on the loop, try again what could not be held; until cancelled.

        An error raised by `receive` ends the link.
        """
        await self._life.live(lambda: self._once(receive), receive)

    def send(self, message: Message) -> None:  # noqa: ARG002 - the protocol of links gives it
        """Drop and count it: a sensor takes no orders."""
        self._counts["dropped"] += 1

    def status(self) -> dict[str, object]:
        """Say how it stands: `changes` of the level; `trouble` is why the pin cannot be read."""
        return {**self._life.status(), **self._counts}

    async def _once(self, receive: Callable[[Incoming], None]) -> None:
        bell = Bell(asyncio.get_running_loop())
        edges: deque[tuple[int, bool]] = deque(maxlen=MOST_EDGES)

        def changed(high: bool) -> None:  # noqa: FBT001 - the level
            edges.append((monotonic_ns(), high))
            bell.ring()

        holding = partial(hold_input, self._spec.pin, pulled_up=self._spec.pulled_up, changed=changed)
        pin = await uncancelled(holding)
        try:
            self._life.hold()
            await self._follow(pin, bell, edges, receive)
        finally:
            await asyncio.to_thread(pin.close)

    async def _follow(
        self, pin: Input, bell: Bell, edges: deque[tuple[int, bool]], receive: Callable[[Incoming], None]
    ) -> None:
        level = Debounce(round(self._spec.debounce * SECOND), round(CHATTER * SECOND))
        look = 0
        while True:
            changes: list[Change] = []
            if (now := monotonic_ns()) >= min(look, level.due or look):
                high = await asyncio.to_thread(pin.high)
                changes += _fed(level, edges)
                now = monotonic_ns()
                changes += level.feed(now, high=high)
            else:
                changes += _fed(level, edges)
            changes += level.settle(now)
            for change in changes:
                self._tell(change, now, receive)
            if changes:
                look = now + round(LOOK * SECOND)
            elif now >= look:
                look = now + round(LOOK * SECOND)
                self._repeat(level, receive)
            await bell.heard(max(0, min(look, level.due or look) - monotonic_ns()) / SECOND)

    def _tell(self, change: Change, now: int, receive: Callable[[Incoming], None]) -> None:
        self._counts["changes"] += 1
        if change.high is None:
            self._life.say(RESTLESS.encode(), receive)
        else:
            ago = max(0, now - change.since) // 1_000_000
            self._life.say(f"{HIGH if change.high else LOW} {ago}ms".encode(), receive)

    def _repeat(self, level: Debounce, receive: Callable[[Incoming], None]) -> None:
        """Say again what was said: it is a sign of life."""
        if level.restless:
            self._life.say(RESTLESS.encode(), receive)
        elif level.told is not None:
            self._life.say((HIGH if level.told else LOW).encode(), receive)


def _fed(level: Debounce, edges: deque[tuple[int, bool]]) -> Iterable[Change]:
    """What is believed by the edges that wait."""
    told: list[Change] = []
    while edges:
        at, high = edges.popleft()
        told += level.feed(at, high=high)
    return told
