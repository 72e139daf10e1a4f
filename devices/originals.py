"""Descriptions as they came, also of devices that nobody has approved yet: once somebody does, they are kept."""

from typing import Final

MOST: Final = 8 * 1024 * 1024
"""Bytes that are kept, topics included: some thousand descriptions, or those of a bridge with all of its devices."""


class Originals:
    """The last description of each topic; beyond `most` bytes those go that came first.

    Whoever is approved after that is known to the next process once the broker has repeated his description there.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: dict[str, bytes] = {}
        self._size = 0

    def keep(self, topic: str, payload: bytes) -> None:
        """Keep what was said on a topic in place of what was said there before; b"" is nothing."""
        self._drop(topic)
        if not payload:
            return
        self._kept[topic] = payload
        self._size += len(topic) + len(payload)
        while self._size > self._most:
            self._drop(next(iter(self._kept)))

    def of(self, topic: str) -> bytes:
        """What was said on a topic last; b"" if that is not known."""
        return self._kept.get(topic, b"")

    def topics(self) -> tuple[str, ...]:
        """The topics of which something is kept, the oldest first."""
        return tuple(self._kept)

    def _drop(self, topic: str) -> None:
        payload = self._kept.pop(topic, None)
        if payload is not None:
            self._size -= len(topic) + len(payload)
