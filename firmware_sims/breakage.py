"""What can be wrong with a simulated device, and when: a script of faults. Pure: instants are given."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from gateway.clock import SECOND

Kind = TypeVar("Kind", bound=StrEnum)
"""What is wrong with some sort of device."""


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
    LOGARITHMIC = "logarithmic"
    """Its driver takes a level for arc power on its logarithmic curve: told 40 %, it gives 1.6 % of the light."""
    NOISY = "noisy"
    """Every second of its messages is mutilated on its way."""
    RESTARTING = "restarting"
    """It loses its mains every minute for a moment, and knows no order then."""
    LONG_AGO = "1970"
    """Its clock began at 1970 with it."""
    AHEAD = "ahead"
    """Its clock is an hour ahead."""

    @classmethod
    def _missing_(cls, value: object) -> "Fault | None":
        """A lamp that is mute is silent, and one that is cycling flaps, in the words for sensors."""
        return {"silent": cls.MUTE, "flapping": cls.CYCLING}.get(str(value))


@dataclass(frozen=True, slots=True)
class Breakage(Generic[Kind]):
    """A fault that begins `after` nanoseconds of street time from the start, and replaces the one before."""

    fault: Kind
    after: int = 0


@dataclass(frozen=True, slots=True)
class Faults(Generic[Kind]):
    """Reads the faults of one sort of device."""

    kinds: type[Kind]

    def read(self, written: str) -> Breakage[Kind]:
        """Read `KIND@SECONDS`, or `KIND` alone for the start. Raises `ValueError` in words."""
        kind, at, seconds = written.partition("@")
        try:
            return Breakage(self.kinds(kind), round(float(seconds) * SECOND) if at else 0)
        except (ValueError, OverflowError):
            kinds = ", ".join(self.kinds)
            raise ValueError(f"expected KIND@SECONDS with KIND one of {kinds}, found {written!r}") from None


breakage = Faults(Fault).read
"""Reads a fault of a lamp."""


class Script(Generic[Kind]):
    """Which fault there is when, of a device that started at `start` (ns)."""

    def __init__(self, start: int, breakages: Iterable[Breakage[Kind]] = ()) -> None:
        self._ahead = sorted(((start + each.after, each.fault) for each in breakages), reverse=True)

    @property
    def next_change(self) -> int | None:
        """When the next fault begins; None if there is none."""
        return self._ahead[-1][0] if self._ahead else None

    def take(self, now: int) -> tuple[int, Kind] | None:
        """The next fault that has begun by `now`, and when; each is given once."""
        return self._ahead.pop() if self._ahead and self._ahead[-1][0] <= now else None
