"""Which readings were said by a sensor that was not believed, also where that was found out only later.

The record keeps verdicts as readings of `trust`; nothing else is stored, so that a late verdict marks what came before
it without a word in the history being changed.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import replace

from devices.device import DeviceId
from devices.reading import Quality, Quantity, Reading
from gateway.record.history import MILLISECOND

_OPEN = (1 << 63) - 1

_OF_COUNTS = "zeros"
"""The cause whose beginning is the end of the last count that is believed; others begin with what is not."""


class Distrust:
    """When each sensor was not believed, of all verdicts in order of time. Holds 16 bytes for each that began one.

    A verdict of 0 counts from its time, or back from there by its period; it holds until the next of 1.
    """

    def __init__(self, verdicts: Iterable[Reading]) -> None:
        self._starts: dict[DeviceId, array[int]] = {}
        self._ends: dict[DeviceId, array[int]] = {}
        for verdict in verdicts:
            starts = self._starts.setdefault(verdict.device, array("q"))
            ends = self._ends.setdefault(verdict.device, array("q"))
            if verdict.value:
                if ends and ends[-1] == _OPEN:
                    ends[-1] = verdict.time
            else:
                self._begin(_since(verdict), starts, ends)

    @staticmethod
    def _begin(since: int, starts: "array[int]", ends: "array[int]") -> None:
        # What looks back over an earlier stretch, or its end, takes it in.
        while ends and ends[-1] > since:
            since = min(since, starts.pop())
            ends.pop()
        starts.append(since)
        ends.append(_OPEN)

    def covers(self, reading: Reading) -> bool:
        """Whether a sensor was not believed when it said this. Of what was found out about it, nothing is doubted."""
        starts = self._starts.get(reading.device)
        if starts is None or reading.quantity is Quantity.TRUST:
            return False
        last = bisect_left(starts, reading.time) - 1
        return last >= 0 and reading.time < self._ends[reading.device][last]

    def mark(self, readings: Iterable[Reading]) -> Iterator[Reading]:
        """The readings as they come, those that were not believed with `Quality.DISTRUSTED`; holds none of them."""
        for reading in readings:
            yield replace(reading, quality=reading.quality | Quality.DISTRUSTED) if self.covers(reading) else reading


def _since(verdict: Reading) -> int:
    """The last instant before a doubt; with the milliseconds of the history, to which times are rounded up."""
    if verdict.period is None:
        return verdict.time - 1
    since = verdict.time - verdict.period
    if verdict.channel == _OF_COUNTS:
        return -(-since // MILLISECOND) * MILLISECOND
    return since // MILLISECOND * MILLISECOND - 1
