"""Simulated luminaires beside a real gateway, and what they showed, whether anybody was told or not."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from firmware_sims.luminaire import Luminaire, LuminairePart
from firmware_sims.post import Broker
from gateway.clock import Clock
from tests.integration.small_site import SITE
from tests.links.inbox import PATIENCE


@asynccontextmanager
async def shining(clock: Clock, port: int, *parts: LuminairePart) -> AsyncIterator[dict[str, Luminaire]]:
    """Luminaires that live, by their ids, while the body runs."""
    lamps = {part.id: Luminaire(part, clock, SITE, Broker("127.0.0.1", port)) for part in parts}
    tasks = [asyncio.create_task(lamp.run(), name=lamp.id) for lamp in lamps.values()]
    try:
        yield lamps
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


def shown(lamp: Luminaire, since: int) -> list[float]:
    """The light of a lamp from an instant of street time on (ns), in per cent: every value at which it turned."""
    now = lamp.light
    before = [line.light for line in lamp.diary if line.at <= since][-1:]
    return [*before, *(line.light for line in lamp.diary if line.at > since), now]


async def eventually(look: Callable[[], bool], what: str) -> None:
    """Wait until something is so that nobody tells."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not look():  # noqa: ASYNC110 - light tells nobody
                await asyncio.sleep(0.01)
    except TimeoutError:
        pytest.fail(f"waited in vain: {what}")
