"""What a sensor keeps until the broker surely has it. Pure: instants are given."""

from collections import deque
from dataclasses import dataclass
from typing import Generic, TypeVar

Payload = TypeVar("Payload")

CAPACITY = 10_000
"""Messages an outbox holds unless told otherwise: about a week of minutes, some 2 MB. When full, the oldest goes."""


@dataclass(slots=True)
class Parcel(Generic[Payload]):
    """One message. `acknowledged` is when the broker acknowledged it on the present connection, in seconds."""

    seq: int
    payload: Payload
    acknowledged: float | None = None


class Outbox(Generic[Payload]):
    """Keeps each message until it has been acknowledged for `keep` seconds on one unbroken connection.

    A broker acknowledges before it saves: killed in between, it comes back without the message. So everything that is
    still here is sent again on every new connection, byte for byte, in the order it was made.
    """

    def __init__(self, keep: float, capacity: int = CAPACITY) -> None:
        if keep < 0:
            raise ValueError(f"expected to keep messages for 0 s or longer, found {keep}")
        if capacity < 1:
            raise ValueError(f"expected room for at least one message, found {capacity}")
        self.lost = 0
        self.unacknowledged = 0
        self._keep = keep
        self._capacity = capacity
        self._parcels: dict[int, Parcel[Payload]] = {}
        self._unsent: deque[int] = deque()

    def __len__(self) -> int:
        return len(self._parcels)

    def add(self, seq: int, payload: Payload) -> None:
        """Take a message that shall be sent. `seq` must be higher than every one before."""
        if len(self._parcels) >= self._capacity:
            oldest = self._parcels.pop(next(iter(self._parcels)))
            if oldest.acknowledged is None:
                self.lost += 1
                self.unacknowledged -= 1
        self._parcels[seq] = Parcel(seq, payload)
        self._unsent.append(seq)
        self.unacknowledged += 1

    def disconnected(self) -> None:
        """The connection is gone: nothing counts as acknowledged, everything goes again on the next one, in order."""
        for parcel in self._parcels.values():
            parcel.acknowledged = None
        self._unsent = deque(self._parcels)
        self.unacknowledged = len(self._parcels)

    def clear(self) -> None:
        """Throw everything away: for devices whose old words are worth nothing."""
        self._parcels.clear()
        self._unsent.clear()
        self.unacknowledged = 0

    def take(self) -> Parcel[Payload] | None:
        """The next message to send on this connection, if there is one."""
        while self._unsent:
            parcel = self._parcels.get(self._unsent.popleft())
            if parcel is not None:
                return parcel
        return None

    def acknowledge(self, seq: int, now: float) -> None:
        """The broker acknowledged a message `now` (seconds of any steady clock); what was kept long enough goes."""
        parcel = self._parcels.get(seq)
        if parcel is not None and parcel.acknowledged is None:
            parcel.acknowledged = now
            self.unacknowledged -= 1
        self._forget(now)

    def _forget(self, now: float) -> None:
        while self._parcels:
            oldest = next(iter(self._parcels.values()))
            if oldest.acknowledged is None or now - oldest.acknowledged < self._keep:
                return
            del self._parcels[oldest.seq]
