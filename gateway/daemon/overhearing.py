"""What links brought lately, for somebody who looks on: held in memory, and only for as long as they ask."""

import time
from base64 import b64encode
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from paho.mqtt.client import topic_matches_sub

from devices.message import Message
from gateway.control.words import OverhearRequest, Value
from gateway.links.delivery import Delivery, Incoming

ASKING = 10.0
"""Real seconds after the last question in which messages are still held."""

MOST_MESSAGES = 2_000
MOST_BYTES = 1_000_000
"""Messages and bytes of them that are held at once: the oldest give way."""

HELD = 400
"""Bytes that are held for a message besides topic and payload."""

MOST_IN_A_REPLY = 48_000
"""Characters of payloads in one answer, so that it fits one line of the control socket."""


@dataclass(frozen=True, slots=True)
class _Overheard:
    number: int
    link: str
    message: Message


class Overhearing:
    """Holds the last messages while somebody asks for them.

    Nothing of it is written anywhere, and a gateway that nobody asks holds nothing: a radar's frames say where people
    are. Messages are numbered from the start, so that who asks again misses none, or knows how many.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._until = -1.0
        self._number = 0
        self._held: deque[_Overheard] = deque()
        self._bytes = 0

    def hear(self, incoming: Incoming) -> None:
        """Hold a message if somebody asked lately."""
        if not isinstance(incoming, Delivery):
            return
        self._number += 1
        if self._until < 0:
            return
        if self._monotonic() > self._until:
            self._forget()
            return
        self._held.append(_Overheard(self._number, incoming.origin.link, incoming.message))
        self._bytes += _size(incoming.message)
        while len(self._held) > MOST_MESSAGES or self._bytes > MOST_BYTES:
            self._bytes -= _size(self._held.popleft().message)

    def tell(self, request: OverhearRequest) -> Value:
        """What came after a message that is known, oldest first, as much as fits an answer; go on asking `after: last`.

        `missed` messages came after it too and are held no more, or are too large to be told.
        """
        if self._until < self._monotonic():
            self._forget()
        self._until = self._monotonic() + ASKING
        if request.after is None:
            return {"messages": [], "last": self._number, "missed": 0}
        after = request.after if request.after <= self._number else 0  # who knows more asked the gateway before this
        oldest = self._held[0].number if self._held else self._number + 1
        missed = max(0, oldest - 1 - after)
        told: list[Value] = []
        room, last = MOST_IN_A_REPLY, max(after, oldest - 1)
        for heard in self._held:
            if heard.number <= after:
                continue
            if _asked_for(heard, request):
                said = _said(heard)
                size = sum(len(str(value)) for value in said.values())
                if size > MOST_IN_A_REPLY:
                    missed += 1
                elif size > room:
                    break
                else:
                    told.append(said)
                    room -= size + 100
            last = heard.number
        return {"messages": told, "last": last, "missed": missed}

    def _forget(self) -> None:
        self._until = -1.0
        self._held.clear()
        self._bytes = 0


def _size(message: Message) -> int:
    """Bytes that holding a message takes, about: its topic may be longer than its payload."""
    return len(message.payload) + 4 * len(message.topic) + HELD


def _asked_for(heard: _Overheard, request: OverhearRequest) -> bool:
    if request.link and heard.link != request.link:
        return False
    return not request.topics or any(topic_matches_sub(topic, heard.message.topic) for topic in request.topics)


def _said(heard: _Overheard) -> dict[str, object]:
    message = heard.message
    return {
        "time": message.time,
        "link": heard.link,
        "topic": message.topic,
        "payload": b64encode(message.payload).decode("ascii"),
        "retained": message.retained,
    }
