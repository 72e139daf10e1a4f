"""How many deliveries of a link nobody has settled yet."""

import asyncio


class Backlog:
    """Counts unsettled deliveries, so that a link stops reading while there are too many.

    A bound of our own: mosquitto 2.0.11 sends more than the receive maximum after a reconnect, and MQTT 3.1.1, QoS 0
    and serial lines have none. Reading goes on when half of `limit` has been settled.
    """

    def __init__(self, limit: int) -> None:
        self.count = 0
        self._limit = limit
        self._room = asyncio.Event()
        self._room.set()

    @property
    def full(self) -> bool:
        """Whether reading must wait."""
        return not self._room.is_set()

    def add(self) -> None:
        """Note one delivery more."""
        self.count += 1
        if self.count >= self._limit:
            self._room.clear()

    def remove(self) -> None:
        """Note that a delivery was settled."""
        self.count -= 1
        if self.count * 2 <= self._limit:
            self._room.set()

    async def room(self) -> None:
        """Wait until reading may go on."""
        await self._room.wait()
