"""A running total -> what was added since the one before, across restarts, wrap-arounds and resets. Pure.

A total makes up for messages that were lost, and to hear it twice adds nothing: increments telescope. What does not is
a total that falls. Whether it was set back, went round or is only late is told by the sender's `boot` and `seq` where
it sends them, else by time and size.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from devices.convention import Numbered
from devices.reading import Quality, Quantity, Reading

WIDTHS = (2**16, 2**24, 2**31, 2**32)
"""Where counters go round whose width nobody has told us."""
NEAR = 50
"""A counter went round only if at most this part (1/50) of its width lies between the two totals."""
SLIPPED = 0.9
"""A total that is still at least so much of the one before was read back from an older save, it did not begin at 0.
Home Assistant tells a reset from a dip of a `total_increasing` sensor by the same figure."""
BOOTS = 8
"""Earlier boots of a sender whose late words are known for what they are."""


@dataclass(frozen=True, slots=True)
class Total:
    """What a total was at `time` (nanoseconds), and its place in the sender's numbering: "" and -1 if it has none."""

    value: float
    time: int
    boot: str = ""
    seq: int = -1


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one running total stands: its newest, and the last of earlier boots, the newest of them at the end."""

    last: Total
    earlier: tuple[Total, ...] = ()


class Step(NamedTuple):
    """Where a total stands now, what was added since (None if that cannot be told or is told already), and its mark."""

    standing: Standing
    increment: float | None = None
    mark: Quality = Quality.GOOD


def advance(standing: Standing | None, new: Total, wraps_at: float | None = None) -> Step:
    """Take in one more total of a series. `wraps_at` is the value after which the counter shows 0, where it is known.

    The first total is where counting begins. What a sender counted between its last total and a reset is not known, so
    an increment over a reset is never too high, and marked.
    """
    if standing is None:
        return Step(Standing(new))
    last = standing.last
    if _is_late(new, last):
        return Step(standing)
    if new.boot == last.boot:
        return Step(replace(standing, last=new), *_added(last, new, wraps_at))
    known = next((total for total in standing.earlier if total.boot == new.boot), None)
    if known is not None and new.seq <= known.seq:
        return Step(standing)
    others = tuple(total for total in (*standing.earlier, last) if total.boot and total.boot != new.boot)
    now = Standing(new, others[-BOOTS:])
    # A boot that was over and speaks again: what of it is in the total of the other cannot be told.
    return Step(now) if known is not None else Step(now, *_added(last, new, wraps_at))


def _is_late(new: Total, last: Total) -> bool:
    """Whether a total is older than the last, or the same again. Numbers of one boot are believed before any clock."""
    if new.boot and new.boot == last.boot:
        return new.seq <= last.seq
    return (new.time, new.value) <= (last.time, last.value)


def _added(last: Total, new: Total, wraps_at: float | None) -> tuple[float, Quality]:
    if new.value >= last.value:
        return new.value - last.value, Quality.GOOD
    restarted = bool(new.boot and last.boot) and new.boot != last.boot
    if not restarted:
        for width in WIDTHS if wraps_at is None else (wraps_at,):
            added = width - last.value + new.value
            if last.value < width and added * NEAR <= width:
                return added, Quality.ESTIMATED | Quality.WRAP
    return 0.0 if new.value >= SLIPPED * last.value else new.value, Quality.ESTIMATED | Quality.RESET


def set_back(standing: Standing, shift: int) -> Standing:
    """Where a total stands after the clock was set by `shift` ns: what comes next is not late because of it.

    A sender with a clock of its own took no part in the step; the earlier of the two times is right for both.
    """
    last = replace(standing.last, time=standing.last.time + min(shift, 0))
    return replace(standing, last=last)


class Counted(NamedTuple):
    """Where a running total of people stands now, and the people who were counted since, if there is a count."""

    standing: Standing | None
    people: Reading | None = None


def count(standing: Standing | None, said: Reading, beside: Iterable[object], wraps_at: float | None = None) -> Counted:
    """Make a count of people of a running total: `said`, in a message that said all that is `beside` it.

    What a broker merely repeats (retained) counts nobody. Where the message has a count of the same device too, that
    one is right, and the total only moves on.
    """
    if Quality.RETAINED in said.quality:
        return Counted(standing)
    boot, seq, explicit = "", -1, False
    for item in beside:
        if type(item) is Numbered and item.device == said.device:
            boot, seq = item.boot, item.seq
        elif type(item) is Reading and item.device == said.device:
            explicit = explicit or item.quantity is Quantity.PEDESTRIANS
    step = advance(standing, Total(said.value, said.time, boot, seq), wraps_at)
    if standing is None or step.increment is None or explicit:
        return Counted(step.standing)
    period = said.time - standing.last.time
    return Counted(
        step.standing,
        Reading(
            said.device,
            Quantity.PEDESTRIANS,
            step.increment,
            said.time,
            said.channel,
            period if period > 0 else None,
            said.quality | step.mark,
        ),
    )


def packed(standing: Standing) -> list[list[object]]:
    """Where a total stands, as a JSON array: the newest total first."""
    return [[total.value, total.time, total.boot, total.seq] for total in (standing.last, *standing.earlier)]


def unpacked(array: Any) -> Standing:
    """What `packed` made an array of."""
    last, *earlier = (Total(*fields) for fields in array)
    return Standing(last, tuple(earlier))
