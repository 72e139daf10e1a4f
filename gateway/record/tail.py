"""The readings that the history does not have yet, each on a millisecond of its own. Pure.

Servers keep no finer than milliseconds (VictoriaMetrics), so a reading's time is settled once, before it is stored: up
to the next whole millisecond (a count then stays in the period (start, end] that it reports), and from there to the
next that is free in its series. Written again, it overwrites itself.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final, TypeVar

from devices.light import LightState
from devices.reading import Quality, Reading
from gateway.record.entry import Entry, Learned, Made
from gateway.record.history import MILLISECOND, Fold, Sample, Series, heard, holdable, name, said

_UNCERTAIN: Final = Quality.CLOCK_UNCERTAIN.value

Item = TypeVar("Item", Learned, Made)


class Tail:
    """What the ledger has and the history has not yet; it gives every reading its time.

    `newest` is the last millisecond of each series in the history; `stored` says whether the history has one.
    """

    def __init__(self, newest: dict[Series, int], stored: Callable[[Series, int], bool], upto: int) -> None:
        self._newest = newest
        self._stored = stored
        self._samples: dict[Series, dict[int, Sample]] = {}
        self._runs: dict[Series, tuple[int, int]] = {}
        self._heard: dict[str, int] = {}
        self._upto = upto
        self._doubted = False
        self.size = 0

    def settle(self, entry: Entry, seq: int, *, doubted: bool = False) -> tuple[tuple[Learned, ...], tuple[Made, ...]]:
        """Take in an entry that is about to be stored as `seq`; what it learned and made comes back with settled times.

        Settling an entry that came out of a settled ledger, in the ledger's order, changes nothing. `doubted` says that
        the wall clock was not believed: the history marks it and waits with the sums.
        """
        self._doubted = doubted
        learned = tuple([self._settled(item) for item in entry.learned])
        made = tuple([self._settled(item) for item in entry.made])
        for device in heard(entry):
            self._heard[device] = entry.at
        self._upto = seq
        return learned, made

    def place(self, reading: Reading) -> Reading:
        """Give a reading that goes straight into the history a millisecond of its own there."""
        series = name(reading)
        self._runs.pop(series, None)  # what it moved away from is free
        slot = self._free_in(series, -(-reading.time // MILLISECOND))
        self._newest[series] = max(slot, self._newest.get(series, slot))
        return replace(reading, time=slot * MILLISECOND)

    def fold(self) -> Fold:
        """Say what shall be written; `folded` forgets it when that was done."""
        return Fold(self._samples, self._heard, self._upto)

    def folded(self) -> None:
        """Forget what is in the history now."""
        self._samples = {}
        self._heard = {}
        self.size = 0

    def _settled(self, item: Item) -> Item:
        if type(item) is Reading:
            if not holdable(item):
                return item
            series = name(item)
            slot = self._free_in(series, -(-item.time // MILLISECOND))
            self._take(series, item, slot)
            time = slot * MILLISECOND
            if time == item.time:
                return item
            return Reading(item.device, item.quantity, item.value, time, item.channel, item.period, item.quality)
        if type(item) is LightState:
            found = tuple(said(item))
            slot = self._free_in_all(found, -(-item.time // MILLISECOND))
            for reading in found:
                self._take(name(reading), reading, slot)
            return replace(item, time=slot * MILLISECOND) if found else item
        return item

    def _free_in_all(self, found: Iterable[Reading], slot: int) -> int:
        """The first millisecond from `slot` on that is free in the series of all these readings."""
        names = [name(reading) for reading in found]
        while True:
            free = slot
            for series in names:
                free = self._free_in(series, free)
            if free == slot:
                return slot
            slot = free

    def _free_in(self, series: Series, slot: int) -> int:
        newest = self._newest.get(series)
        if newest is None or slot > newest:
            return slot
        start, end = self._runs.get(series, (slot, slot))
        if start <= slot < end:
            # A device whose clock stands still would otherwise walk past all its earlier readings each time.
            slot = end
        else:
            start = slot
        samples = self._samples.get(series, {})
        while slot <= newest and (slot in samples or self._stored(series, slot)):
            slot += 1
        self._runs[series] = (start, slot)
        return slot

    def _take(self, series: Series, reading: Reading, slot: int) -> None:
        samples = self._samples.get(series)
        if samples is None:
            samples = self._samples[series] = {}
        quality = reading.quality._value_ | (_UNCERTAIN if self._doubted else 0)
        samples[slot] = Sample(reading.value, reading.period, quality, self._doubted)
        self.size += 1
        if slot > self._newest.get(series, slot - 1):
            self._newest[series] = slot
