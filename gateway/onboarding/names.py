"""What a device would be called: a slug of what it calls itself, that nothing of the site is called yet. Pure."""

import re
import unicodedata
from collections.abc import Container
from typing import Final

LONGEST: Final = 40
"""Characters of a proposed id; what is written may be longer."""

GENERAL: Final = frozenset(
    {"state", "status", "sensor", "sensors", "telemetry", "data", "up", "event", "events", "value", "json", "tele"}
    | {"attributes", "measurement", "measurements", "message", "msg", "out", "stat", "home", "light", "switch", "v1"}
)
"""Levels of a topic that say nothing of the device."""


def proposed(address: str, convention: str, taken: Container[str]) -> str:
    """An id for an address: its last level that says something, more of it where that is taken, then a number."""
    levels = [slug for level in re.split(r"[/@]", address) if (slug := slug_of(level))]
    telling = [level for level in levels if level not in GENERAL] or levels or [convention]
    for count in range(1, len(telling) + 1):
        name = _cut("-".join(telling[-count:]))
        if name not in taken and not name.isdigit():
            return name
    name = _cut("-".join((convention, *telling)))
    number, numbered = 2, name
    while numbered in taken:
        numbered, number = f"{name}-{number}", number + 1
    return numbered


def slug_of(text: str) -> str:
    """Lower-case letters, digits and single hyphens; letters with accents without them."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def _cut(name: str) -> str:
    return name[:LONGEST].strip("-")
