"""What writing costs: how long commits take, and how many bytes really go to the card."""

import contextlib
import os
from bisect import bisect_left
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.record.retention import ALARM

LATENCIES: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper ends of the classes in which commits are counted, in seconds; one more class is for what took longer."""
RECENT: Final = 1_000
"""Commits of which the median and the 99th percentile are told."""
ALARM_ENDS: Final = ALARM - 2
"""Per cent under which a record is not nearly full any more: a little below the alarm, so that it does not flicker."""

OWN_IO: Final = Path("/proc/thread-self/io")
"""What the kernel counts for the thread that opens it (proc_pid_io(5))."""
_WRITTEN: Final = b"\nwrite_bytes: "


@dataclass(frozen=True, slots=True)
class Latency:
    """How long commits took, in nanoseconds: the last one, and the median and 99th percentile of the recent ones.

    `classes` are the commits since the start by `LATENCIES`, and `total` is the sum of their durations.
    """

    last: int
    p50: int
    p99: int
    classes: tuple[int, ...]
    total: int


class Commits:
    """Counts commits by how long they took."""

    def __init__(self) -> None:
        self.count = 0
        self._recent = deque[int](maxlen=RECENT)
        self._classes = [0] * (len(LATENCIES) + 1)
        self._total = 0

    def note(self, duration: int) -> None:
        """One commit more, of so many nanoseconds."""
        self.count += 1
        self._recent.append(duration)
        self._classes[bisect_left(LATENCIES, duration / 1e9)] += 1
        self._total += duration

    def latency(self) -> Latency:
        """What they came to; zeros before the first."""
        ordered = sorted(self._recent) or [0]
        last = self._recent[-1] if self._recent else 0
        median, high = ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100]
        return Latency(last, median, high, tuple(self._classes), self._total)


class Meter:
    """Bytes that this thread has sent towards the disk: pages of files that it made dirty, write-ahead log included.

    It counts for the thread that makes it. What the file system adds for itself is not in it. `file` is where the
    kernel says it; where it does not (another system, a kernel without task accounting), nothing is known.
    """

    def __init__(self, file: Path = OWN_IO) -> None:
        self._file: int | None = None
        with contextlib.suppress(OSError):
            self._file = os.open(file, os.O_RDONLY | os.O_CLOEXEC)

    def written(self) -> int | None:
        """Bytes since the thread began; None where nobody counts them."""
        if self._file is None:
            return None
        try:
            _, found, rest = os.pread(self._file, 512, 0).partition(_WRITTEN)
        except OSError:
            return None
        return int(rest.split(b"\n", 1)[0]) if found else None

    def close(self) -> None:
        """Count no more."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


class Fullness:
    """Whether the record is nearly full, in words; "" if it is not. It stays so until there is clearly room again."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.alarm = ""

    def look(self, used: int) -> bool:
        """Look at how many bytes hold something; say whether the alarm began or ended by that."""
        share = used * 100 // self._limit
        raised = share >= (ALARM_ENDS if self.alarm else ALARM)
        changed = raised != bool(self.alarm)
        self.alarm = nearly_full(share) if raised else ""
        return changed


def nearly_full(share: int) -> str:
    """What to do about a record that fills so many per cent of its largest size."""
    return f"the record fills {share} % of record.max_size: raise it, or let record.keep be shorter"
