"""One message on its way in, settled exactly once."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, TypeAlias

from devices.message import Message


class Outcome(Enum):
    """What became of a delivery, in AMQP's words."""

    ACCEPTED = "accepted"
    """Durable here: acknowledge."""
    RELEASED = "released"
    """Not ours yet: let the sender send it again."""


@dataclass(frozen=True, slots=True)
class Origin:
    """How a message came.

    `generation` numbers the connection: an acknowledgement never crosses a reconnect. `packet` is None where there is
    nothing to acknowledge (QoS 0, serial). `digest` tells contents apart, and those of one session from another's
    (`Publish.digest`); it is empty where packet ids of the broker say nothing (nats-server renumbers), so that the
    duplicate window is not asked.
    """

    link: str
    generation: int
    packet: int | None = None
    redelivered: bool = False
    digest: bytes = b""


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """The broker has no session for this link any more: packet ids start anew."""

    link: str


class Delivery:
    """One message, settled exactly once; dropped unsettled, it counts as released."""

    __slots__ = ("_settle", "message", "origin")

    def __init__(self, message: Message, origin: Origin, settle: Callable[[Outcome], None] | None = None) -> None:
        self.message = message
        self.origin = origin
        self._settle = settle

    def settle(self, outcome: Outcome) -> None:
        """Say what became of it. The second time nothing happens: the first word stands."""
        settle, self._settle = self._settle, None
        if settle is not None:
            settle(outcome)

    def __del__(self) -> None:
        """Nobody's settle is a release: a permit cannot leak."""
        self.settle(Outcome.RELEASED)


Incoming: TypeAlias = Delivery | SessionEnded


class LinkDown(ConnectionError):  # noqa: N818 - it says what happened; an error it is by its base
    """The other end cannot be reached; says which, and what was tried."""


class Link(Protocol):
    """Bytes in and out. One owner of the connection, which it opens again by itself for as long as it runs."""

    name: str

    async def run(self, receive: Callable[[Incoming], None]) -> None:
        """Connect, hand every message to `receive` on the loop, reconnect; until cancelled."""
        ...

    def send(self, message: Message) -> None:
        """Send now, or drop it when the other end is away: orders are sent again by who gave them."""
        ...

    def status(self) -> dict[str, object]:
        """What `doctor` and the health topic say of it: `connected`, counts of messages and errors."""
        ...
