"""One finding of the doctor, and the words that all of them share."""

from dataclasses import dataclass
from enum import Enum


class Grade(Enum):
    """How a subject fares."""

    OK = "ok"
    WARN = "WARN"
    """Somebody should look at it, and the street goes on."""
    FAIL = "FAIL"
    """Something that the street is promised does not happen."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One subject: the answer in a line, what belongs to it line by line, and the commands that help."""

    grade: Grade
    subject: str
    words: str
    details: tuple[str, ...] = ()
    next: tuple[str, ...] = ()


SHOWN = 5
"""Names that are listed before the rest is counted."""

_KILO = 1000


def names(all_of_them: tuple[str, ...]) -> str:
    """The first few names, and how many more there are."""
    shown = ", ".join(all_of_them[:SHOWN])
    return shown if len(all_of_them) <= SHOWN else f"{shown} and {len(all_of_them) - SHOWN} more"


def size(amount: float) -> str:
    """Bytes as people say them, in units of 1,000."""
    for unit in ("B", "kB", "MB"):
        if amount < _KILO:
            return f"{amount:.0f} {unit}"
        amount /= _KILO
    return f"{amount:.1f} GB" if amount < 10 * _KILO else f"{amount:,.0f} GB"


def milliseconds(seconds: float) -> str:
    """A short time."""
    return f"{seconds * 1000:.1f} ms" if seconds < 0.01 else f"{seconds * 1000:.0f} ms"  # noqa: PLR2004 - 10 ms


def span(seconds: float) -> str:
    """A long time, coarsely."""
    if seconds < 120:  # noqa: PLR2004 - two minutes
        return f"{seconds:.0f} s"
    if seconds < 2 * 3600:
        return f"{seconds / 60:.0f} min"
    if seconds < 48 * 3600:
        return f"{seconds / 3600:.0f} h"
    return f"{seconds / 86400:.0f} days"
