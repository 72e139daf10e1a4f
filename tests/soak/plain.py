"""A counter without a memory: every message is said once, without `boot` and `seq`, and forgotten."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass

import aiomqtt

from gateway.clock import SECOND, Clock

PAUSE = 0.2
"""Seconds between two attempts to connect."""


class Plain:
    """Says every `period` ns that one person has passed, and remembers which the broker has acknowledged.

    What was under way when a connection broke is `unsure`: the broker may have it or not. Times are in milliseconds.
    """

    def __init__(self, topic: str, clock: Clock, port: int, period: int) -> None:
        self.sure: list[int] = []
        self.unsure: list[int] = []
        self._topic = topic
        self._clock = clock
        self._port = port
        self._period = period
        self._stopped = False

    async def run(self) -> None:
        """Say and forget, until stopped."""
        while not self._stopped:
            try:
                async with aiomqtt.Client("127.0.0.1", self._port, identifier="plain") as client:
                    await self._speak(client)
            except (aiomqtt.MqttError, OSError):
                await asyncio.sleep(PAUSE)

    def stop(self) -> None:
        """Say no more."""
        self._stopped = True

    async def _speak(self, client: aiomqtt.Client) -> None:
        while not self._stopped:
            end = (self._clock.now().time // self._period + 1) * self._period
            await self._clock.sleep_until(end)
            message = {"v": 1, "pedestrians": {"in": 1}, "period": self._period / SECOND, "time": end / SECOND}
            self.unsure.append(end // 1_000_000)
            await client.publish(self._topic, json.dumps(message), qos=1)
            self.sure.append(self.unsure.pop())


@dataclass(frozen=True, slots=True)
class Reckoning:
    """Of a plain counter's messages: how many there were, which are nowhere, and which are there more than once."""

    said: int
    lost: tuple[int, ...]
    doubled: tuple[int, ...]


def reckon(plain: Plain, period: int, stored: Sequence[int]) -> Reckoning:
    """Look for every message in the times (ms) that are stored; a copy stands a little behind its original."""
    step = period // 1_000_000
    copies: dict[int, int] = {}
    for time in stored:
        said = time // step * step
        copies[said] = copies.get(said, 0) + 1
    lost = tuple(time for time in plain.sure if time not in copies)
    doubled = tuple(time for time, count in sorted(copies.items()) if count > 1)
    return Reckoning(len(plain.sure) + len(plain.unsure), lost, doubled)
