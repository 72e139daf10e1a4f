"""The order in which the lamps behind one link are told: newest wins, nobody starves, no storm."""

from heapq import heapify, heappop, heappush

from devices.device import DeviceId
from devices.message import SECOND
from gateway.lighting.lamps.pace import Pace

RATE = 500
"""Orders a second that a link is given, and as many at once: far below what a broker takes."""

LENIENCE = 10 * SECOND
"""Something new goes before a repetition, unless the repetition has waited for so much longer."""


class _Queue:
    """Who is due when: each lamp once, by its newest word."""

    def __init__(self) -> None:
        self._due: dict[DeviceId, int] = {}
        self._heap: list[tuple[int, DeviceId]] = []

    def put(self, lamp: DeviceId, due: int) -> None:
        if self._due.get(lamp) != due:
            self._due[lamp] = due
            heappush(self._heap, (due, lamp))

    def drop(self, lamp: DeviceId) -> None:
        self._due.pop(lamp, None)

    def first(self) -> tuple[int, DeviceId] | None:
        """Who is due first; what a newer word has replaced is forgotten on the way."""
        while self._heap and self._due.get(self._heap[0][1]) != self._heap[0][0]:
            heappop(self._heap)
        return self._heap[0] if self._heap else None

    def shift(self, by: int) -> None:
        self._due = {lamp: due + by for lamp, due in self._due.items()}
        self._heap = [(due, lamp) for lamp, due in self._due.items()]
        heapify(self._heap)


class Way:
    """The lamps behind one link that have something to hear, and the link's pace.

    A lamp holds one place, so that what it hears is what holds when its turn comes. Of what is due the oldest goes
    first, and what is new goes before what is only said again.
    """

    def __init__(self, pace: Pace | None = None) -> None:
        self._pace = pace or Pace(RATE, RATE)
        self._new = _Queue()
        self._again = _Queue()

    def hurry(self, lamp: DeviceId, due: int) -> None:
        """A lamp has something new to hear from `due` (ns) on."""
        self._again.drop(lamp)
        self._new.put(lamp, due)

    def remind(self, lamp: DeviceId, due: int) -> None:
        """A lamp is to hear again, from `due` (ns) on, what it was told before."""
        self._new.drop(lamp)
        self._again.put(lamp, due)

    def drop(self, lamp: DeviceId) -> None:
        """A lamp has nothing to hear."""
        self._new.drop(lamp)
        self._again.drop(lamp)

    def take(self, now: int) -> DeviceId | None:
        """Whose turn it is at `now`; None if nobody's is, or the link has been given enough."""
        if self._pace.ready() > now:
            return None
        due = [first for first in (self._new.first(), self._again.first()) if first is not None and first[0] <= now]
        if not due:
            return None
        lamp = due[0][1] if len(due) == 1 or due[0][0] <= due[1][0] + LENIENCE else due[1][1]
        self.drop(lamp)
        self._pace.spend(now)
        return lamp

    def next_change(self) -> int | None:
        """When the next one may be told; None if nobody is waiting."""
        due = [first[0] for first in (self._new.first(), self._again.first()) if first is not None]
        return max(min(due), self._pace.ready()) if due else None

    def shift(self, by: int) -> None:
        """Keep what was left when street time jumped by `by` nanoseconds."""
        self._pace.shift(by)
        self._new.shift(by)
        self._again.shift(by)
