"""Bytes as they came, or as they shall go."""

from dataclasses import dataclass

SECOND = 1_000_000_000
"""All instants and durations are whole nanoseconds, UTC."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message. A serial frame has its port as topic.

    `time` is when the link took it, in nanoseconds UTC of street time; strictly increasing over all links between
    clock steps. On a message that goes out it is 0, and `retained` asks the broker to retain it.
    """

    topic: str
    payload: bytes
    time: int = 0
    retained: bool = False
