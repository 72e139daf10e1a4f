"""How far back a killed broker goes, and what of a sensor without memory may be lost or doubled by it. Pure.

mosquitto that is killed comes back as it last saved itself: what it had acknowledged since is gone unless the gateway
had it, and what the gateway had and acknowledged since comes again. Both end at the last save, which is never longer
ago than the autosave interval and a little more.
"""

from bisect import bisect_right
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tests.soak.plain import Plain


class Interval(NamedTuple):
    """Monotonic seconds."""

    start: float
    end: float


class Sighting(NamedTuple):
    """The record's last entry at a monotonic instant in seconds."""

    at: float
    seq: int


def reach(end: float, calm: float, stalls: Iterable[Interval]) -> float:
    """The instant from which to `end` there were `calm` seconds in which nothing stood still."""
    start = end
    for stall in sorted(stalls, key=lambda stall: stall.end, reverse=True):
        if stall.start >= start:
            continue
        busy = start - stall.end
        if busy >= calm:
            break
        calm -= max(0.0, busy)
        start = stall.start
    return start - calm


def seq_at(sightings: Sequence[Sighting], at: float) -> int:
    """An entry that the record surely had at an instant; 0 before it was first seen."""
    seen = bisect_right(sightings, at, key=lambda sighting: sighting.at)
    return sightings[seen - 1].seq if seen else 0


@dataclass(frozen=True, slots=True)
class Excuses:
    """When a broker may have lost what it had acknowledged, and which entries of the record it may send again."""

    losing: tuple[Interval, ...] = ()
    repeating: tuple[range, ...] = ()

    def loses(self, acknowledged: float) -> bool:
        """Whether a word acknowledged at this instant may be lost."""
        return any(start <= acknowledged <= end for start, end in self.losing)

    def repeats(self, entry: int) -> bool:
        """Whether what this entry holds may come again."""
        return any(entry in entries for entries in self.repeating)


@dataclass(frozen=True, slots=True)
class Kills:
    """The kills of a broker, each from its moment until it was back.

    `calm` is the longest time in seconds between two saves of a broker that can work. `frozen` is when the broker could
    not, `stalls` when that or anything else kept the gateway's acknowledgements from it. `end` is the last entry.
    """

    kills: Sequence[Interval]
    calm: float
    frozen: Sequence[Interval]
    stalls: Sequence[Interval]
    sightings: Sequence[Sighting]
    end: int

    def excuses(self) -> Excuses:
        """What they excuse."""
        losing = tuple(Interval(reach(kill.start, self.calm, self.frozen), kill.end) for kill in self.kills)
        since = [seq_at(self.sightings, reach(kill.start, self.calm, self.stalls)) for kill in self.kills]
        return Excuses(losing, tuple(range(seq + 1, self.end + 1) for seq in since))


def lost(plain: Plain, stored: Container[int], excuses: Excuses) -> list[int]:
    """Words that were acknowledged and are not `stored`, without an excuse."""
    return [number for number, at in plain.sure.items() if number not in stored and not excuses.loses(at)]


def doubled(stored: Mapping[int, Sequence[int]], excuses: Excuses) -> list[int]:
    """Words that more than one entry holds, without an excuse; `stored` are the entries of each, oldest first."""
    return [
        number for number, entries in stored.items() if len(entries) > 1 and not all(map(excuses.repeats, entries[:-1]))
    ]


def too_few(alike: Plain, stored: Sequence[int], excuses: Excuses) -> int:
    """How many equal words are lost for certain, without an excuse; `stored` are the entries that hold them."""
    return max(0, len(alike.sure) - len(stored) - sum(map(excuses.loses, alike.sure.values())))


def too_many(alike: Plain, stored: Sequence[int], excuses: Excuses) -> int:
    """How many equal words are there once too often for certain, without an excuse."""
    return max(0, len(stored) - alike.said - sum(map(excuses.repeats, stored)))
