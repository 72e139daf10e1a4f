"""When each of many is due: who is next is known at once, however many there are."""

from collections.abc import Iterable
from heapq import heapify, heappop, heappush

from gateway.lighting.health import NEVER

SLACK = 64
"""Entries that may be out of date before they are swept, beside one for each of the many."""


class Agenda:
    """The instants (ns) at which numbers from 0 on are due.

    A heap in which an entry is left lying when its number is put elsewhere; it is thrown away when it comes to the top,
    and all of them are when they outnumber those that hold.
    """

    def __init__(self, dues: Iterable[int]) -> None:
        self._dues = list(dues)
        self._heap: list[tuple[int, int]] = []
        self._sweep()

    def put(self, number: int, due: int) -> None:
        """Let a number be due at an instant, and not at the one before."""
        if due == self._dues[number]:
            return
        self._dues[number] = due
        if due < NEVER:
            heappush(self._heap, (due, number))
            if len(self._heap) > 2 * len(self._dues) + SLACK:
                self._sweep()

    def soonest(self) -> int:
        """When the first is due; `NEVER` if none is."""
        heap, dues = self._heap, self._dues
        while heap and dues[heap[0][1]] != heap[0][0]:
            heappop(heap)
        return heap[0][0] if heap else NEVER

    def take(self, until: int) -> list[int]:
        """The numbers that are due at an instant or before it, rising. They are due no more until they are put."""
        taken: list[int] = []
        while self.soonest() <= until and self._heap:
            _, number = heappop(self._heap)
            self._dues[number] = NEVER
            taken.append(number)
        return sorted(taken)

    def _sweep(self) -> None:
        self._heap = [(due, number) for number, due in enumerate(self._dues) if due < NEVER]
        heapify(self._heap)
