"""What can be wrong with a simulated lamp, and when: a script of faults. Pure: instants are given."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from gateway.clock import SECOND


class Fault(StrEnum):
    """What is wrong with a lamp."""

    NONE = "ok"
    """Nothing: it was mended."""
    UNPOWERED = "unpowered"
    """It has no mains: dark, and gone from the broker. With mains it begins anew and knows no order."""
    BURNT_OUT = "burnt-out"
    """Its driver follows and answers; there is no light, and it draws what it draws when it is off."""
    STUCK = "stuck"
    """Its driver says that it follows; the light stays as it was."""
    MUTE = "mute"
    """It follows and answers nothing."""
    CYCLING = "cycling"
    """It goes out for a minute and comes back for a minute, as when it is too hot."""


@dataclass(frozen=True, slots=True)
class Breakage:
    """A fault that begins `after` nanoseconds of street time from the start, and replaces the one before."""

    fault: Fault
    after: int = 0


def breakage(written: str) -> Breakage:
    """Read `KIND@SECONDS`, or `KIND` alone for the start. Raises `ValueError` in words."""
    kind, at, seconds = written.partition("@")
    try:
        return Breakage(Fault(kind), round(float(seconds) * SECOND) if at else 0)
    except (ValueError, OverflowError):
        kinds = ", ".join(Fault)
        raise ValueError(f"expected KIND@SECONDS with KIND one of {kinds}, found {written!r}") from None


class Script:
    """Which fault there is when, of a lamp that started at `start` (ns)."""

    def __init__(self, start: int, breakages: Iterable[Breakage] = ()) -> None:
        self._ahead = sorted(((start + each.after, each.fault) for each in breakages), reverse=True)

    @property
    def next_change(self) -> int | None:
        """When the next fault begins; None if there is none."""
        return self._ahead[-1][0] if self._ahead else None

    def take(self, now: int) -> tuple[int, Fault] | None:
        """The next fault that has begun by `now`, and when; each is given once."""
        return self._ahead.pop() if self._ahead and self._ahead[-1][0] <= now else None
