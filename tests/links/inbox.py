"""Takes what a link delivers, as the daemon would."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from gateway.links.delivery import Delivery, Incoming, Link, SessionEnded

PATIENCE = 20.0
"""Seconds until a test that waits for something that never comes is given up."""


class Inbox:
    """Keeps deliveries unsettled until the test settles them."""

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self.came: list[Incoming] = []
        self._more = asyncio.Event()

    def receive(self, incoming: Incoming) -> None:
        self.came.append(incoming)
        if isinstance(incoming, Delivery):
            self.deliveries.append(incoming)
        self._more.set()

    async def until(self, count: int) -> list[Delivery]:
        """Wait for so many deliveries in all."""
        async with asyncio.timeout(PATIENCE):
            while len(self.deliveries) < count:
                self._more.clear()
                await self._more.wait()
        return self.deliveries

    @property
    def payloads(self) -> list[bytes]:
        return [delivery.message.payload for delivery in self.deliveries]

    @property
    def sessions_ended(self) -> int:
        return sum(isinstance(incoming, SessionEnded) for incoming in self.came)


@asynccontextmanager
async def living(link: Link, inbox: Inbox) -> AsyncIterator[asyncio.Task[None]]:
    """Run a link while the body runs."""
    task = asyncio.create_task(link.run(inbox.receive), name=f"link.{link.name}")
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])


async def until(condition: Callable[[], object], what: str) -> None:
    """Wait until a condition holds of which nobody tells."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not condition():  # noqa: ASYNC110 - a link's status is asked, it does not call
                await asyncio.sleep(0.005)
    except TimeoutError:
        pytest.fail(f"waited in vain: {what}")
