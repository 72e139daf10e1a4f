"""What people write of values from habit, and how these files have it: units, times of day, signs."""

import re
from collections.abc import Iterable

_UNITS = {
    "lx": ("lux", "luxes"),
    "%": ("percent", "per cent", "pct", "pc"),
    "m": ("metre", "metres", "meter", "meters", "mtr"),
    "km": ("kilometre", "kilometres", "kilometer", "kilometers"),
    "cm": ("centimetre", "centimetres", "centimeter", "centimeters"),
    "m/s": ("mps", "m/sec", "m s-1"),
    "km/h": ("kmh", "kph", "km/hr", "kmph"),
    "/h": ("p/h", "ph", "per hour", "/hour", "/hr", "people/h", "people per hour", "pers/h", "h"),
    "/min": ("p/min", "per minute", "/minute", "people/min", "min"),
    "W": ("watt", "watts"),
    "GB": ("go", "gib", "g", "gigabytes"),
    "MB": ("mo", "mib", "megabytes"),
    "days": ("d", "j", "jours", "jour"),
    "years": ("y", "a", "ans", "an", "yr", "yrs"),
    "%/s": ("%/sec", "%/second", "% per second", "percent/s"),
    "ms": ("msec", "millisecond", "milliseconds"),
    "s": ("sec", "secs", "second", "seconds"),
    "min": ("m", "mn", "mins", "minute", "minutes"),
    "h": ("hr", "hrs", "hour", "hours"),
    "d": ("day", "days", "j", "jour", "jours"),
}
_SUN = {
    "sunset": ("dusk", "sundown", "sun set", "set", "nightfall"),
    "sunrise": ("dawn", "sunup", "sun rise", "rise", "daybreak"),
}
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))
_TWELVE_HOURS = re.compile(r"(\d{1,2})(?:[:.h](\d{2}))?\s*([ap])\.?m\.?", re.IGNORECASE)
_FOUR_DIGITS = re.compile(r"([01]\d|2[0-3])([0-5]\d)")


def unit(written: str, known: Iterable[str]) -> str:
    """Which of the known units is meant by another spelling, or nothing."""
    said = " ".join(written.lower().rstrip(".").split())
    each = tuple(known)
    same = next((name for name in each if name.lower() == said), "")
    return same or next((name for name in each if said in _UNITS.get(name, ())), "")


def plain(written: str) -> str:
    """The text with the dashes of word processors as hyphens and without what nobody sees."""
    return "".join(letter for letter in written.translate(_DASHES) if letter.isprintable() or letter == " ")


def moment(written: str) -> str:
    """How a time of day is written here that is written otherwise, or nothing: 22:30 for 10:30pm, 2230."""
    said = plain(written).strip()
    if match := _TWELVE_HOURS.fullmatch(said):
        hours, minutes = int(match[1]), match[2] or "00"
        noon = 12
        if 1 <= hours <= noon:
            return f"{hours % noon + (noon if match[3] in 'pP' else 0):02}:{minutes}"
        return ""
    if match := _FOUR_DIGITS.fullmatch(said):
        return f"{match[1]}:{match[2]}"
    if said == "24:00":
        return "00:00"
    head, sign, rest = (part.strip() for part in re.split(r"([+-]|$)", said.lower(), maxsplit=1))
    sun = next((name for name, words in _SUN.items() if head == name or head in words), "")
    meant = f"{sun} {sign} {rest}".strip()
    return meant if sun and meant != written.strip() else ""
