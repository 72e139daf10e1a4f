"""Takes out of captured messages what points to people, places and networks, so that a capture can be shown around."""

import json
import re
from dataclasses import replace

from gateway.links.captured import Captured

_PLACE = re.compile(r"(^|_)(lat|lon|lng|long|alt|latitude|longitude|altitude|gps|coord\w*|location|geo\w*)(_|$)")
"""Keys below which numbers say where something is: they become 0."""

_SECRET = re.compile(
    r"passw|passphrase|(^|_)pass(_|$)|psk|secret|token|ssid|hostname|(^|_)host(_|$)|plate|sub_label|(^|_)face(_|$)|"
    r"(api|app|network|nwk|bind|encryption|private|s)_?key"
)
"""Keys whose values are secrets, or name networks, machines or people: they become "redacted"."""

_NUMBERED = re.compile(r"(^|_)(mac|eui|ieee_?addr\w*|dev_?addr|dev_?eui|join_?eui)(_|$)")
"""Keys of addresses that may be digits alone."""

_ADDRESS = re.compile(
    r"(?<![0-9A-Za-z:])(?:"
    r"(?P<mac>[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}(?:[:-][0-9A-Fa-f]{2}[:-][0-9A-Fa-f]{2})?)|"
    r"(?P<ip6>(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}|(?:[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4})*)?::[0-9A-Fa-f:]*)|"
    r"(?P<ip>\d{1,3}(?:\.\d{1,3}){3})|"
    r"(?P<prefix>0x)?(?P<hex>(?=[0-9A-Fa-f]*[A-Fa-f])(?=[0-9A-Fa-f]*\d)(?:[0-9A-Fa-f]{16}|[0-9A-Fa-f]{12}))"
    r")(?![0-9A-Za-z:])"
)
"""MAC addresses, EUIs, IP addresses, and the same in bare hexadecimal as devices have them in their topics."""

_HEX = re.compile(r"(0x)?([0-9A-Fa-f]{8}|[0-9A-Fa-f]{12}|[0-9A-Fa-f]{16})")
_POSITION = re.compile(r"\$G[A-Z](GGA|RMC|GLL|GNS),")
"""Sentences of NMEA 0183 that say where a receiver is."""

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^0-9A-Za-z]+")
REDACTED = "redacted"


class Redactor:
    """Gives every address another of its kind, always the same one, so that what belongs together still does.

    Payloads that are no text are left out whole: nobody can say what is inside, and a radar's frames say where people
    are; so are positions of a satellite receiver. Names that people gave to devices stay.
    """

    def __init__(self) -> None:
        self._given: dict[str, int] = {}
        self.left_out = 0

    def redact(self, captured: Captured) -> Captured | None:
        """The message without them; None for one that is left out."""
        try:
            text = captured.payload.decode("utf-8")
            if all(letter.isprintable() or letter in "\r\n\t" for letter in text) and not _POSITION.search(text):
                return replace(captured, topic=self._text(captured.topic), payload=self._payload(text).encode())
        except (UnicodeDecodeError, RecursionError):
            pass
        self.left_out += 1
        return None

    def _payload(self, text: str) -> str:
        try:
            said = json.loads(text)
        except ValueError:
            return self._text(text)
        if not isinstance(said, dict | list):
            return self._text(text)
        return json.dumps(self._value(said), ensure_ascii=False, separators=(",", ":"))

    def _value(self, value: object, key: str = "", *, place: bool = False) -> object:
        """A value below a key (its words between underscores); `place` where a key above says that it is one."""
        place |= bool(_PLACE.search(key))
        if isinstance(value, dict):
            below = {name: f"{key}_{words}" if _SECRET.search(key) else words for name, words in _words(value)}
            return {self._text(name): self._value(value[name], below[name], place=place) for name in value}
        if isinstance(value, list):
            return [self._value(item, key, place=place) for item in value]
        if isinstance(value, bool) or value is None:
            return value
        if _SECRET.search(key):
            return REDACTED
        if place and re.search(r"\d", str(value)):
            return REDACTED if isinstance(value, str) else 0
        if isinstance(value, str):
            return self._numbered(value) if _NUMBERED.search(key) and _HEX.fullmatch(value) else self._text(value)
        return value

    def _text(self, text: str) -> str:
        return _ADDRESS.sub(self._another, text)

    def _another(self, found: re.Match[str]) -> str:
        parts = found.groupdict()
        if parts["ip"]:
            return f"192.0.2.{self._number(found[0]) % 256}"
        if parts["ip6"]:
            return f"2001:db8::{self._number(found[0]):x}"
        if parts["mac"]:
            between = found[0][2]
            given = self._numbered(re.sub("[:-]", "", parts["mac"]))
            return between.join(given[at : at + 2] for at in range(0, len(given), 2))
        return self._numbered(found[0])

    def _numbered(self, real: str) -> str:
        """Another one of as many hexadecimal digits."""
        digits = real.removeprefix("0x")
        # It begins as locally administered addresses do, and ends in a letter, so that it does not pass for a number.
        given = f"02{self._number(digits.lower()):0{len(digits) - 3}x}f"
        given = given if digits.islower() else given.upper()
        return f"{'0x' if real.startswith('0x') else ''}{given}"

    def _number(self, real: str) -> int:
        return self._given.setdefault(real, len(self._given) + 1)


def _words(said: dict[str, object]) -> list[tuple[str, str]]:
    """Each key, and its words in lower case between underscores."""
    return [(name, _WORD.sub("_", name).lower()) for name in said]
