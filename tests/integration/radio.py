"""The other end of the broker: a test that speaks as sensors and lamps do, and hears what is said to them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiomqtt

from tests.integration.small_site import ROOT
from tests.links.inbox import PATIENCE


class Radio:
    """Keeps all that it hears, in order."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self.heard: list[aiomqtt.Message] = []
        self._client = client
        self._more = asyncio.Event()

    async def say(self, topic: str, payload: str | bytes, *, retain: bool = False) -> None:
        """Publish below the site's root with QoS 1, and wait until the broker has it."""
        await self._client.publish(f"{ROOT}/{topic}", payload, qos=1, retain=retain)

    async def sense(self, sensor: str, **values: object) -> None:
        """Speak as a native sensor."""
        await self.say(f"sensor/{sensor}", json.dumps({"v": 1, **values}))

    async def listen(self) -> None:
        """Hear until cancelled."""
        async for message in self._client.messages:
            self.heard.append(message)
            self._more.set()

    def orders(self) -> list[tuple[str, int]]:
        """(lamp, level) of every order heard."""
        said = [(str(message.topic).split("/"), _object(message)) for message in self.heard]
        return [(topic[3], payload["level"]) for topic, payload in said if topic[-1] == "set"]

    def health(self) -> list[str]:
        """What the gateway said of itself, "online" or "offline"."""
        return [_object(message)["state"] for message in self.heard if message.topic.matches(f"{ROOT}/gateway/health")]

    async def until(self, lamp: str, level: int) -> None:
        """Wait until a lamp was told a level."""
        async with asyncio.timeout(PATIENCE):
            while (lamp, level) not in self.orders():
                self._more.clear()
                await self._more.wait()

    async def until_health(self, state: str) -> None:
        """Wait until the gateway's last word is `state`."""
        async with asyncio.timeout(PATIENCE):
            while self.health()[-1:] != [state]:
                self._more.clear()
                await self._more.wait()


def _object(message: aiomqtt.Message) -> dict[str, Any]:
    assert isinstance(message.payload, bytes)
    said: dict[str, Any] = json.loads(message.payload)
    return said


@asynccontextmanager
async def radio(port: int, *topics: str) -> AsyncIterator[Radio]:
    """A radio tuned to topics below the site's root; to all lamps' orders and the gateway's health if none is named."""
    async with aiomqtt.Client("127.0.0.1", port) as client:
        here = Radio(client)
        for topic in topics or ("lamp/+/set", "gateway/health"):
            await client.subscribe(f"{ROOT}/{topic}", qos=1)
        listening = asyncio.create_task(here.listen(), name="radio")
        try:
            yield here
        finally:
            listening.cancel()
            await asyncio.wait([listening])
