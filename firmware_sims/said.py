"""What a simulated device says over MQTT: one message."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """A payload on a topic, and whether the broker shall keep it for those who come later."""

    topic: str
    payload: bytes
    retain: bool = False
