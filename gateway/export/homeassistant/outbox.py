"""What the broker holds of ours, what it should hold, and what must be said for the one to become the other."""

from collections.abc import Iterator

from devices.message import Message


class Outbox:
    """Retained messages: only what differs is said, the newest of each topic, and what is no longer wanted is cleared.

    It is bounded by what is wanted and what was found: a broker that is away makes nothing pile up.
    """

    def __init__(self) -> None:
        self._wanted: dict[str, bytes] = {}
        self._held: dict[str, bytes | None] = {}
        """What the broker is believed to hold; None where nobody knows what."""

    def want(self, topic: str, payload: bytes) -> None:
        """Let the broker hold this."""
        self._wanted[topic] = payload

    def keep(self, topics: frozenset[str]) -> None:
        """Let the broker hold nothing but what is wanted on these topics."""
        self._wanted = {topic: payload for topic, payload in self._wanted.items() if topic in topics}

    def found(self, topic: str, payload: bytes | None = None) -> None:
        """The broker holds something there; None if it is not known what."""
        self._held[topic] = payload

    def begin_anew(self) -> None:
        """Nobody knows any more what the broker holds on the topics that we spoke on: all of it is said again."""
        self._held = dict.fromkeys(self._held)

    def due(self, most: int) -> Iterator[Message]:
        """At most so many messages, clearings first; each counts as held as soon as it was taken."""
        gone = [topic for topic in self._held if topic not in self._wanted]
        for topic in gone[:most]:
            del self._held[topic]
            yield Message(topic, b"", retained=True)
        left = most - len(gone)
        if left <= 0:
            return
        new = [(topic, payload) for topic, payload in self._wanted.items() if self._held.get(topic) != payload]
        for topic, payload in new[:left]:
            self._held[topic] = payload
            yield Message(topic, payload, retained=True)
