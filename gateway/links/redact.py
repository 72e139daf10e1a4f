"""Takes out of captured messages what points to people, places and networks, so that a capture can be shown around."""

import json
import re
from dataclasses import replace

from gateway.links.captured import Captured

PLACES = frozenset({"lat", "lon", "lng", "long", "latitude", "longitude", "altitude", "alt"})
"""Keys whose numbers say where something is: they become 0."""

SECRETS = re.compile(
    r"(pass(word|wd|phrase)?|psk|secret|token|api_?key|network_?key|app_?key|nwk_?s_?key|app_?s_?key|bindkey|"
    r"b?ssid\d*|wifi|hostname|host)",
    re.IGNORECASE,
)
"""Keys whose texts are secrets, or name networks and machines: they become "redacted"."""

_ADDRESS = re.compile(
    r"(?<![0-9A-Za-z])(?:"
    r"(?P<mac>[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5,7})|"
    r"(?P<ip>\d{1,3}(?:\.\d{1,3}){3})|"
    r"(?P<prefix>0x)?(?P<hex>(?=[0-9A-Fa-f]*[A-Fa-f])(?=[0-9A-Fa-f]*\d)(?:[0-9A-Fa-f]{16}|[0-9A-Fa-f]{12}))"
    r")(?![0-9A-Za-z])"
)
"""MAC addresses, EUIs, IP addresses, and the same in bare hexadecimal as devices have them in their topics."""


class Redactor:
    """Gives every address another of its kind, always the same one, so that what belongs together still does.

    Payloads that are no text are left out whole: nobody can say what is inside, and a radar's frames say where people
    are. Names that people gave to devices stay.
    """

    def __init__(self) -> None:
        self._given: dict[str, int] = {}
        self.left_out = 0

    def redact(self, captured: Captured) -> Captured | None:
        """The message without them; None for one that is left out."""
        try:
            text = captured.payload.decode("utf-8")
        except UnicodeDecodeError:
            text = "\0"
        if not all(letter.isprintable() or letter in "\r\n\t" for letter in text):
            self.left_out += 1
            return None
        return replace(captured, topic=self._text(captured.topic), payload=self._payload(text).encode())

    def _payload(self, text: str) -> str:
        try:
            said = json.loads(text)
        except ValueError:
            return self._text(text)
        if not isinstance(said, dict | list):
            return self._text(text)
        return json.dumps(self._value(said), ensure_ascii=False, separators=(",", ":"))

    def _value(self, value: object, key: str = "") -> object:
        if isinstance(value, dict):
            return {self._text(name): self._value(item, name) for name, item in value.items()}
        if isinstance(value, list):
            return [self._value(item, key) for item in value]
        if isinstance(value, int | float) and not isinstance(value, bool) and key.lower() in PLACES:
            return 0
        if isinstance(value, str):
            return "redacted" if value and SECRETS.fullmatch(key) else self._text(value)
        return value

    def _text(self, text: str) -> str:
        return _ADDRESS.sub(self._another, text)

    def _another(self, found: re.Match[str]) -> str:
        parts = found.groupdict()
        if parts["ip"]:
            return f"192.0.2.{self._number(found[0]) % 256}"
        digits = re.sub("[:-]", "", parts["mac"] or parts["hex"])
        # It begins as locally administered addresses do, and ends in a letter, so that it does not pass for a number.
        given = f"02{self._number(digits.lower()):0{len(digits) - 3}x}f"
        given = given if digits.islower() else given.upper()
        if parts["mac"]:
            between = found[0][2]
            return between.join(given[at : at + 2] for at in range(0, len(given), 2))
        return f"{parts['prefix'] or ''}{given}"

    def _number(self, real: str) -> int:
        return self._given.setdefault(real, len(self._given) + 1)
