"""How things are shown: times of the street, tables, JSON."""

import json
import sys
from collections.abc import Sequence
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from rich.console import Console

from gateway.clock import SECOND
from gateway.lighting.plan import Place, Plan

console = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True)


def as_json(value: object) -> None:
    """Print one JSON value on a line, for programs: at once, since whoever follows through a pipe waits for it."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def zone_of(plan: Plan) -> tzinfo:
    """The street's own time zone."""
    return ZoneInfo(plan.timezone)


def clock_time(at: int, zone: tzinfo) -> str:
    """The time of day, to the second."""
    return datetime.fromtimestamp(at // SECOND, zone).strftime("%H:%M:%S")


def date_time(at: int, zone: tzinfo) -> str:
    """Day and time of day, as an operator writes them."""
    return datetime.fromtimestamp(at // SECOND, zone).strftime("%a %d %b %Y, %H:%M:%S")


def day_time(at: int, zone: tzinfo) -> str:
    """Day and time of day, to the minute."""
    return datetime.fromtimestamp(at // SECOND, zone).strftime("%a %d %b %Y, %H:%M")


def iso(at: int) -> str:
    """UTC in ISO 8601 with milliseconds, for programs."""
    moment = datetime.fromtimestamp(at // SECOND, ZoneInfo("UTC"))
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{at % SECOND // 1_000_000:03d}Z"


def ago(then: int | None, now: int) -> str:
    """How long ago something was, in words."""
    if then is None:
        return "never"
    seconds = max(0, now - then) // SECOND
    if seconds < 120:  # noqa: PLR2004 - two minutes
        return f"{seconds} s ago"
    if seconds < 2 * 3600:
        return f"{seconds // 60} min ago"
    return f"{seconds // 3600} h ago" if seconds < 48 * 3600 else f"{seconds // 86400} days ago"


def lasting(duration: int) -> str:
    """A duration in nanoseconds as an operator writes it."""
    seconds = duration / SECOND
    if seconds < 120:  # noqa: PLR2004 - two minutes
        return f"{seconds:g} s"
    return f"{seconds / 60:g} min" if seconds < 2 * 3600 else f"{seconds / 3600:g} h"


def at_place(place: Place | None) -> str:
    """Where in the files something stands."""
    return "" if place is None else f"{place.file.rsplit('/', 1)[-1]}:{place.line}"


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a plain table that needs no colour to be read and that a pipe does not cut."""
    widths = [max(map(len, cells)) for cells in zip(columns, *rows, strict=True)]
    for row in (columns, *rows):
        line = "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        console.print(line.rstrip(), markup=False)
