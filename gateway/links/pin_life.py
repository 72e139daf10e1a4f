"""What the links to single pins share: a pin is held, and tried again when it cannot be."""

import asyncio
import random
from collections.abc import Awaitable, Callable

import structlog

from devices.message import Message
from gateway.clock import Clock
from gateway.links.backoff import Backoff
from gateway.links.delivery import Delivery, Incoming, LinkDown, Origin

LOST = b"lost"
"""What is said of a pin that cannot be held, or not any more."""

log = structlog.get_logger(__name__)


class PinLife:
    """Whether one pin is held. `name` is the link's, the topic of what it says is the pin's name."""

    def __init__(self, name: str, pin: str, clock: Clock, chance: Callable[[], float] = random.random) -> None:
        self.trouble = ""
        self.held = False
        self.opened = 0
        self._name = name
        self._pin = pin
        self._clock = clock
        self._chance = chance

    async def live(self, once: Callable[[], Awaitable[None]], receive: Callable[[Incoming], None]) -> None:
        """Call `once`, which follows the pin until that raises `LinkDown`, again and again; until cancelled.

        That the pin is lost is said once, until it is held again.
        """
        loop = asyncio.get_running_loop()
        backoff = Backoff(self._chance)
        while True:
            begun = loop.time()
            try:
                await once()
            except LinkDown as down:
                if self.held or not self.trouble:
                    log.warning("link down", link=self._name, why=str(down))
                    self.say(LOST, receive)
                self.trouble = str(down)
            finally:
                self.held = False
            await asyncio.sleep(backoff.wait(loop.time() - begun))

    def hold(self, trouble: str = "") -> None:
        """Note that the pin is held; `trouble` is why not as it should be."""
        self.held, self.trouble = True, trouble
        self.opened += 1
        log.info("pin held", link=self._name, pin=self._pin, trouble=trouble)

    def say(self, payload: bytes, receive: Callable[[Incoming], None]) -> None:
        """Hand on a word of the pin."""
        receive(Delivery(Message(self._pin, payload, self._clock.now().time), Origin(self._name, self.opened)))

    def status(self) -> dict[str, object]:
        """How it stands, as every link says it."""
        return {"connected": self.held, "unsettled": 0, "trouble": self.trouble, "opened": self.opened}
