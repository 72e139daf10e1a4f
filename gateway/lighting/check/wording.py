"""Figures and places as the sentences of a check have them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from math import ceil

from devices.message import SECOND
from gateway.lighting.plan import Moment, Place

_MINUTE = 60 * SECOND
_DUST = 1e-6  # of floats, in per cent and lux
_NOWHERE = Place("", 0, 0)


@dataclass(frozen=True, slots=True)
class Note:
    """Something that is allowed and good to know, and where it comes from."""

    place: Place
    text: str


def more(asked: float, given: float) -> bool:
    """Whether more light is asked than given, apart from the dust of floats."""
    return asked > given + _DUST


def known(place: Place | None) -> Place:
    """A place, or nowhere."""
    return place or _NOWHERE


def value_of(place: Place | None, key: str) -> Place:
    """The place of a key's value where it stands on the line of its block, else the block's own."""
    if place is None:
        return _NOWHERE
    match = re.search(rf"(?<![\w-]){key}:\s*", place.text[place.column - 1 :])
    return replace(place, column=place.column + match.end()) if match else place


def listed(names: Iterable[str]) -> str:
    """A few names, or how many there are."""
    each = list(names)
    few = 3
    return ", ".join(each) if len(each) <= few else f"{each[0]} and {len(each) - 1} others"


def lux(light: float) -> str:
    """An illuminance."""
    return f"{light:.1f} lx"


def percent(level: float) -> str:
    """A level as it is written in the files."""
    return f"{level:.4g}%"


def at_least(level: float) -> str:
    """A level in whole per cent that is not below another."""
    return f"{ceil(level - _DUST)}%"


def day(night: date) -> str:
    """A day of any year."""
    return f"{night.day} {night:%B}"


def duration(nanoseconds: int) -> str:
    """A length of time in hours and minutes, or in seconds where it is short."""
    if nanoseconds < _MINUTE:
        return f"{nanoseconds // SECOND} s"
    hours, minutes = divmod(nanoseconds // _MINUTE, 60)
    return " ".join(part for part in (f"{hours} h" if hours else "", f"{minutes} min" if minutes else "") if part)


def say(moment: Moment) -> str:
    """A moment of each night as it is written in the files."""
    if moment.event == "clock":
        hours, minutes = divmod(moment.offset // _MINUTE, 60)
        return f"{hours:02}:{minutes:02}"
    if moment.offset == 0:
        return moment.event
    return f"{moment.event} {'+' if moment.offset > 0 else '-'} {duration(abs(moment.offset))}"
