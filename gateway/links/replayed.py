"""A link that brings what another one brought once, at the pace of its own clock."""

import asyncio
from collections.abc import Callable, Sequence

from devices.message import Message
from gateway.clock import Clock
from gateway.links.captured import Captured
from gateway.links.delivery import Delivery, Incoming, Origin


class ReplayedLink:
    """Hands on captured messages when street time reaches theirs. Orders reach nobody: they are counted.

    `finished` is set when all of them were taken.
    """

    def __init__(self, name: str, messages: Sequence[Captured], clock: Clock) -> None:
        self.name = name
        self.finished = asyncio.Event()
        self._messages = messages
        self._clock = clock
        self._counts = {"received": 0, "dropped": 0}

    async def run(self, receive: Callable[[Incoming], None]) -> None:
        """Hand every message to `receive` in its order, then nothing more; until cancelled."""
        for captured in self._messages:
            await self._clock.sleep_until(captured.time)
            now = self._clock.now().time
            message = Message(captured.topic, captured.payload, now, retained=captured.retained)
            self._counts["received"] += 1
            receive(Delivery(message, Origin(self.name, 0)))
        self.finished.set()
        await asyncio.Event().wait()

    def send(self, message: Message) -> None:  # noqa: ARG002 - the protocol of links gives it
        """Drop and count it: whoever spoke here is not there."""
        self._counts["dropped"] += 1

    def status(self) -> dict[str, object]:
        """Say how far it is."""
        return {"connected": True, "unsettled": 0, "trouble": "", **self._counts}
