"""Sensors without a memory: every message is said once, without `boot` and `seq`, and forgotten."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import aiomqtt

from gateway.clock import SECOND, Clock

PAUSE = 0.2
"""Seconds between two attempts to connect."""

Word = Callable[[int, int], dict[str, object]]
"""What a sensor says: its how-many-th word, at a time in nanoseconds UTC."""


def one_person(number: int, end: int) -> dict[str, object]:
    """One person was counted at `end`.

    A distance tells this word from all others: times will not do, since a gateway whose clock is wrong puts its own.
    """
    return {"v": 1, "pedestrians": {"in": 1}, "time": end / SECOND, "distance": number}


def somebody(_number: int, _end: int) -> dict[str, object]:
    """Somebody is there: the same words every time, so that whoever takes equal words for one message is caught."""
    return {"v": 1, "presence": True}


class Plain:
    """Speaks every `period` ns and remembers when the broker acknowledged which word, in monotonic seconds.

    What was under way when a connection broke is `unsure`: the broker may have it or not.
    """

    def __init__(self, topic: str, word: Word, clock: Clock, port: int, period: int) -> None:
        self.sure: dict[int, float] = {}
        self.unsure: list[int] = []
        self._topic = topic
        self._word = word
        self._clock = clock
        self._port = port
        self._period = period
        self._stopped = False

    @property
    def said(self) -> int:
        """How many words were said."""
        return len(self.sure) + len(self.unsure)

    async def run(self) -> None:
        """Say and forget, until stopped."""
        while not self._stopped:
            try:
                async with aiomqtt.Client("127.0.0.1", self._port, identifier=self._topic.rpartition("/")[2]) as client:
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
            number = self.said
            self.unsure.append(number)
            await client.publish(self._topic, json.dumps(self._word(number, end)), qos=1)
            self.unsure.pop()
            self.sure[number] = time.monotonic()


@dataclass(frozen=True, slots=True)
class Reckoning:
    """Of the words of a plain sensor: how many there were, which are nowhere, and which are there more than once."""

    said: int
    lost: tuple[int, ...]
    doubled: tuple[int, ...]


def reckon(plain: Plain, stored: Mapping[int, Sequence[int]]) -> Reckoning:
    """Look for every word in what is stored: the record's entries by the word's number."""
    lost = tuple(number for number in plain.sure if number not in stored)
    doubled = tuple(number for number, entries in sorted(stored.items()) if len(entries) > 1)
    return Reckoning(plain.said, lost, doubled)
