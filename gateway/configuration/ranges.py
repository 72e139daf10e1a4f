"""Names of devices: slugs, and ranges such as `lamp-01..20` that stand for many of them."""

import re
from dataclasses import dataclass

from gateway.configuration.units import Unreadable

LONGEST = 64
"""Characters of an id: it is a level of every topic and a tag of every row."""

MOST = 1000
"""Devices in one range."""

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_RANGE = re.compile(r"(.*?)(\d+)\.\.(\d+)")


@dataclass(frozen=True, slots=True)
class Names:
    """The ids that one key stands for, in order along the zone. `many` is True for a range, even of one."""

    ids: tuple[str, ...]
    many: bool


def slug(written: str) -> str:
    """An id as it must be written. Raises `Unreadable`."""
    expected = f"An id has lower-case letters, digits and single hyphens, at most {LONGEST}: lamp-07"
    if len(written) > LONGEST or not _SLUG.fullmatch(written):
        meant = re.sub(r"[^a-z0-9]+", "-", written.lower()).strip("-")[:LONGEST]
        raise Unreadable(f'"{written}" cannot be an id', expected, f"Did you mean  {meant} ?" if meant else "")
    return written


def names(written: str) -> Names:
    """The ids that a key stands for: one, or those of a range. Raises `Unreadable`.

    The first number of a range says how many digits each has: `lamp-01..20` begins with lamp-01, `lamp-1..20` with
    lamp-1.
    """
    if ".." not in written:
        return Names((slug(written),), many=False)
    expected = "A range goes from a number up to a number: lamp-01..20"
    match = _RANGE.fullmatch(written)
    if match is None:
        raise Unreadable(f'"{written}" is not a range', expected)
    prefix, first, last = match[1], match[2], match[3]
    count = int(last) - int(first) + 1
    if count < 1:
        raise Unreadable(f'"{written}" goes down', expected)
    if count > MOST:
        raise Unreadable(f'"{written}" stands for {count} devices', f"A range has at most {MOST}")
    if len(last) < len(first):
        raise Unreadable(f'"{written}" counts with fewer digits at its end', expected)
    return Names(
        tuple(slug(f"{prefix}{number:0{len(first)}}") for number in range(int(first), int(last) + 1)), many=True
    )
