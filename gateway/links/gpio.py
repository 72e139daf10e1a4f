"""The link to contacts on pins of a Raspberry Pi: a closed contact connects its pin to ground, else it is pulled up."""

import asyncio
import random
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import structlog

from devices.message import Message
from gateway.clock import Clock
from gateway.links.backoff import Backoff
from gateway.links.delivery import Delivery, Incoming, LinkDown, Origin
from gateway.links.pins import Input, hold_input, uncancelled

GPIO = "gpio"
"""The name of the link: a machine has one header."""

OPEN, CLOSED = b"open", b"closed"
"""What a message says of its contact; the topic is the pin's name."""

LOOK = 10.0
"""Real seconds after which a pin is read again without an edge: one that was lost is made up for by then."""

CHATTER = 5.0
"""Real seconds after which a contact that never comes to rest counts as open, as a broken wire does."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact between a pin (by the Broadcom chip's number, "GPIO22") and ground.

    It must have been the same for `debounce` seconds before that is believed.
    """

    pin: str
    debounce: float


@dataclass(frozen=True, slots=True)
class Contacts:
    """All contacts of a machine."""

    contacts: tuple[Contact, ...]


class Held(Protocol):
    """A pin that is held as an input with its pull-up. All of it blocks."""

    def closed(self) -> bool:
        """Whether the contact is closed. Raises `LinkDown`."""
        ...

    def close(self) -> None:
        """Let go of the pin."""
        ...


class GpioLink:
    """Says of each contact how it stands when its pin is held, and whenever it has changed.

    A pin that cannot be held is tried again and hinders no other. The library that reads pins calls back from threads
    of its own: these only ring a bell (`Bell`), and the link reads the pin. There is nothing to acknowledge or to send.
    """

    def __init__(self, contacts: Contacts, clock: Clock, *, chance: Callable[[], float] = random.random) -> None:
        self.name = GPIO
        self._contacts = contacts.contacts
        self._clock = clock
        self._chance = chance
        self._counts = dict.fromkeys(("changes", "opened", "dropped"), 0)
        self._outages = {contact.pin: "" for contact in self._contacts}
        self._held: set[str] = set()

    async def run(self, receive: Callable[[Incoming], None]) -> None:
        """Hold the pins, hand every change to `receive` on the loop, try again what could not be held; until cancelled.

        An error raised by `receive` ends the link.
        """
        async with asyncio.TaskGroup() as tasks:
            for contact in self._contacts:
                tasks.create_task(self._live(contact, receive), name=f"{GPIO}.{contact.pin}")

    def send(self, message: Message) -> None:  # noqa: ARG002 - the protocol of links gives it
        """Drop and count it: a contact takes no orders."""
        self._counts["dropped"] += 1

    def status(self) -> dict[str, object]:
        """Say how it stands: `changes` of contacts told; `trouble` is why pins cannot be read."""
        return {
            "connected": len(self._held) == len(self._contacts),
            "unsettled": 0,
            "trouble": "; ".join(dict.fromkeys(filter(None, self._outages.values()))),
            **self._counts,
        }

    async def _live(self, contact: Contact, receive: Callable[[Incoming], None]) -> None:
        loop = asyncio.get_running_loop()
        backoff = Backoff(self._chance)
        while True:
            begun = loop.time()
            try:
                await self._live_once(contact, receive)
            except LinkDown as down:
                self._say_down(contact, str(down))
            await asyncio.sleep(backoff.wait(loop.time() - begun))

    async def _live_once(self, contact: Contact, receive: Callable[[Incoming], None]) -> None:
        """Follow a contact until its pin cannot be read. Raises `LinkDown`."""
        bell = Bell(asyncio.get_running_loop())
        pin = await uncancelled(partial(hold, contact.pin, bell.ring))
        try:
            self._say_up(contact)
            await self._follow(contact, pin, bell, receive)
        finally:
            self._held.discard(contact.pin)
            await asyncio.to_thread(pin.close)

    async def _follow(self, contact: Contact, pin: Held, bell: "Bell", receive: Callable[[Incoming], None]) -> None:
        told = b""
        while True:
            rest = await _at_rest(contact, pin, bell)
            said = CLOSED if rest else OPEN
            if said != told:
                told = said
                if rest is None:
                    log.warning("a contact does not come to rest: it counts as open", pin=contact.pin)
                self._counts["changes"] += 1
                message = Message(contact.pin, said, self._clock.now().time)
                receive(Delivery(message, Origin(GPIO, self._counts["opened"])))
            if rest is not None:
                await bell.heard(LOOK)

    def _say_up(self, contact: Contact) -> None:
        self._held.add(contact.pin)
        self._outages[contact.pin] = ""
        self._counts["opened"] += 1
        log.info("pin held", link=GPIO, pin=contact.pin)

    def _say_down(self, contact: Contact, why: str) -> None:
        if not self._outages[contact.pin]:
            log.warning("link down", link=GPIO, why=why)
        self._outages[contact.pin] = why


class Bell:
    """Rung from any thread, heard on the loop. However often it is rung, at most one call waits for the loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._lock = threading.Lock()
        self._called = False
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Wake who waits; nothing happens if the loop is gone."""
        with self._lock:
            if self._called:
                return
            self._called = True
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._arrive)

    def _arrive(self) -> None:
        with self._lock:
            self._called = False
        self._rung.set()

    async def heard(self, patience: float) -> bool:
        """Whether it was rung since it was last heard, or is within `patience` seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._rung.wait()
        rung = self._rung.is_set()
        self._rung.clear()
        return rung


async def _at_rest(contact: Contact, pin: Held, bell: Bell) -> bool | None:
    """Whether the contact is closed, when it has been the same for long enough; None if it never is.

    Raises `LinkDown`.
    """
    loop = asyncio.get_running_loop()
    patience = loop.time() + max(CHATTER, 2 * contact.debounce)
    closed = await asyncio.to_thread(pin.closed)
    while loop.time() < patience:
        rung = await bell.heard(contact.debounce)
        before, closed = closed, await asyncio.to_thread(pin.closed)
        if not rung and closed is before:
            return closed
    return None


def hold(pin: str, ring: Callable[[], None]) -> Held:
    """Hold a pin; `ring` is called from other threads when its level changes. Blocks; raises `LinkDown`."""
    return _Contact(hold_input(pin, pulled_up=True, changed=lambda _high: ring()))


class _Contact:
    """A contact to ground on a pin that is pulled up: low is closed."""

    def __init__(self, pin: Input) -> None:
        self._pin = pin

    def closed(self) -> bool:
        return not self._pin.high()

    def close(self) -> None:
        self._pin.close()
