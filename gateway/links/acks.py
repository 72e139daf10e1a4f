"""In-order acknowledgement on one connection. Pure.

MQTT asks that a receiver acknowledges in the order in which messages came (MQTT 5.0, section 4.6), while a broker
sends again whatever was not acknowledged when the connection is lost.
"""

from collections import deque
from dataclasses import dataclass

from gateway.links.delivery import Outcome


@dataclass(slots=True)
class Ticket:
    """The place of one message in the order of its connection."""

    packet: int
    outcome: Outcome | None = None


class Acks:
    """Which packets of one connection may be acknowledged now.

    Places are tickets, not packet ids, because nats-server sends a message again under the same id while the first
    copy still waits.
    """

    def __init__(self) -> None:
        self._waiting: deque[Ticket] = deque()
        self._over = False

    @property
    def waiting(self) -> int:
        """How many messages are taken and not yet acknowledged."""
        return len(self._waiting)

    @property
    def stuck(self) -> bool:
        """Whether a released message stands first: only a new connection makes the broker send it again."""
        return bool(self._waiting) and self._waiting[0].outcome is Outcome.RELEASED

    def taken(self, packet: int) -> Ticket:
        """Note that a message came under this packet id."""
        ticket = Ticket(packet)
        self._waiting.append(ticket)
        return ticket

    def settled(self, ticket: Ticket, outcome: Outcome) -> list[int]:
        """Note what became of a message; give the packet ids to acknowledge now, in order.

        After `end` nothing is acknowledged any more: an acknowledgement never crosses a reconnect.
        """
        ticket.outcome = outcome
        ready: list[int] = []
        while not self._over and self._waiting and self._waiting[0].outcome is Outcome.ACCEPTED:
            ready.append(self._waiting.popleft().packet)
        return ready

    def end(self) -> None:
        """Note that the connection is gone: the broker will send again what was not acknowledged."""
        self._over = True
        self._waiting.clear()
