"""Times that were taken while the wall clock was not believed, and how they are put right once it was set. Pure.

The tape keeps what was learned at the times at which it was learned. What is drawn, summed and handed on stands at the
right time: every jump of street time from there up to the one that made the clock believable is added. A jump within
one process is measured by the monotonic clock and exact. Between two processes nobody measured: the end of one is then
taken for the beginning of the next, so that what came before is at most as late as it can have been.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import Any, Final, NamedTuple

from devices.message import SECOND
from devices.moment import LATENESS, NEWEST, believable
from devices.reading import Quality, Quantity, Reading
from gateway.lighting.decision import Decision
from gateway.lighting.facts import ClockSet
from gateway.record.entry import Entry, Learned, Made
from gateway.record.history import MILLISECOND, said

SETTLED: Final = SECOND
"""How far behind its entry a time may stand that is ours: it went up to a millisecond that was free."""


class Step(NamedTuple):
    """A clock step of entry `seq` that begins, belongs to or ends a time of doubt; `at` is the last believed instant.

    `shift` in nanoseconds is the jump of street time, `sure` whether the clock was believed behind it.
    """

    seq: int
    at: int
    shift: int
    sure: bool


def puts_right(steps: Sequence[Step]) -> list[int | None]:
    """What is added to the times behind each step, up to the next one; None as long as nobody can know."""
    found: list[int | None] = []
    total: int | None = None
    for step in reversed(steps):
        found.append(0 if step.sure else total)
        if step.sure:
            total = step.shift
        elif total is not None:
            total += step.shift
    found.reverse()
    return found


def covers(steps: Sequence[tuple[Any, ...]], seq: int) -> bool:
    """Whether an entry belongs to a time of doubt, as its first or last too. Steps: seq first, sure last."""
    at = bisect_right(steps, seq, key=itemgetter(0)) - 1
    return at >= 0 and (steps[at][0] == seq or not steps[at][-1])


class Correction(NamedTuple):
    """What is added to the times of an entry before and behind its clock step; None: these were believed.

    An entry without a step has the same twice.
    """

    before: int | None
    behind: int | None


class Moved(NamedTuple):
    """A reading as the ledger has it, and as it is once the clock was set."""

    old: Reading
    new: Reading


def moved(entry: Entry, correction: Correction) -> Iterator[Moved]:
    """All that an entry says of a series, put right and marked."""
    for item in entry.learned:
        for reading in said(item):
            yield _of_learned(item, reading, entry.at, correction.before)
    for made in entry.made:
        for reading in said(made):
            if reading.quantity is Quantity.PEDESTRIANS:  # made of a running total, and as old as that
                yield _of_learned(made, reading, entry.at, correction.before)
                continue
            shift = _of_made(entry, reading.time, correction)
            there = reading if shift is None else _at(reading, of_ours(reading.time, entry.at, shift))
            yield Moved(reading, there)


def decisions(entry: Entry, correction: Correction) -> Iterator[Decision]:
    """The decisions of an entry, put right."""
    for item in entry.made:
        if isinstance(item, Decision):
            yield replace(item, time=item.time + (_of_made(entry, item.time, correction) or 0))


def of_device(time: int, arrival: int, shift: int) -> int:
    """Where a reading stands at last that said `time` and arrived at `arrival` by a clock that was wrong by `shift`.

    When it came, a device's own time could only be held against our wrong clock. It is judged again: one that is now
    as fresh as the message was right; one that was fresh by our wrong clock shares its error (it may have it from us);
    of what was told later than it was, the time stays if the device's clock may have been right, and moves if not.
    """
    put_right = arrival + shift
    right = _fresh(time, put_right) or (not _fresh(time, arrival) and believable(time, put_right))
    return time if right and not _ours(time, arrival) else of_ours(time, arrival, shift)


def of_ours(time: int, arrival: int, shift: int) -> int:
    """Where a reading stands at last whose time was ours: it went up to a millisecond once, and shall not twice."""
    if not _ours(time, arrival):
        return time + shift
    return arrival + shift + max(0, time - -(-arrival // MILLISECOND) * MILLISECOND)


def _of_learned(item: Learned | Made, reading: Reading, arrival: int, shift: int | None) -> Moved:
    """What an item says of a series that has its time from a device, unless that has none to tell."""
    if shift is None:
        return Moved(reading, reading)
    right = of_device if type(item) is Reading else of_ours
    return Moved(reading, _at(reading, right(reading.time, arrival, shift)))


def _ours(time: int, arrival: int) -> bool:
    return arrival <= time < arrival + SETTLED


def _fresh(time: int, arrival: int) -> bool:
    return arrival - LATENESS <= time <= arrival + NEWEST


def _of_made(entry: Entry, time: int, correction: Correction) -> int | None:
    """What is added to a time of ours: what a clock step brought stands at the instant to which it jumped."""
    if correction.before != correction.behind:
        for item in entry.learned:
            if isinstance(item, ClockSet):
                new = entry.at + item.shift
                return correction.behind if new <= time < new + SETTLED else correction.before
    return correction.before


def _at(reading: Reading, time: int) -> Reading:
    return replace(reading, time=time, quality=reading.quality | Quality.CLOCK_UNCERTAIN)
