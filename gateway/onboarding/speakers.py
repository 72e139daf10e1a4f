"""Which make seems to speak: by the topic, and by the payload where the topic does not tell. Pure.

What fits here is only asked of the make's convention, which then understands it or does not.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from paho.mqtt.client import topic_matches_sub

from devices.convention import BASED, Malformed
from devices.device import Device
from devices.message import Message
from devices.payload import LONGEST_DESCRIPTION, Tree, tree

MOST_BASES: Final = 50
"""Base topics of one make that are learned."""

_TASMOTA = re.compile(r"SENSOR|STATE|RESULT|LWT|STATUS\d*|POWER\d*|PIR\d*|SWITCH\d*")
_ESPHOME = re.compile(r".+/(?:light|switch|binary_sensor|sensor|number|text_sensor)/[^/]+/state")
_SHELLY = re.compile(r"shellies/[^/]+/.+|.+/status/[a-z0-9_]+:\d+|.+/events/rpc|shelly[^/]*/(?:online|status/.+)")
_TTN = re.compile(r"v3/[^/]+/devices/[^/]+/up")
_CHIRPSTACK = re.compile(r"(?:.+/)?application/[^/]+/device/[^/]+/event/(?:up|status)")
_SPARKPLUG = re.compile(r"spBv1\.0/[^/]+/[ND](?:BIRTH|DATA|DEATH)/[^/]+(?:/[^/]+)?")
_PREFIXES = ("tele", "stat")
_RECORDS = frozenset({"n", "bn", "v", "vb", "vs", "vd", "bv", "bt", "bu", "s"})
"""Labels of SenML (RFC 8428, table 4)."""

_DESCRIBING = {
    "zigbee2mqtt": re.compile(r".+/bridge/(?:devices|groups)"),
    "homeassistant": re.compile(r".+/config"),
    "tasmota": re.compile(r"tasmota/discovery/.+/config"),
    "homie4": re.compile(r".+/\$[a-z]+"),
    "homie5": re.compile(r".+/\$description"),
    "sparkplug": re.compile(r"spBv1\.0/[^/]+/[ND]BIRTH/.+"),
    "native": re.compile(r"reverbere/.+"),
}
"""Topics by which devices say of themselves what they are; whoever speaks ours was written for us."""

_COMPONENTS = frozenset({"binary_sensor", "sensor", "light", "device", "switch", "number", "event", "select"})


@dataclass(frozen=True, slots=True)
class Speaker:
    """A convention, and its base topic where it is one of those that have one."""

    convention: str
    base: str | None = None


def describes(convention: str, topic: str) -> bool:
    """Whether a convention's device describes itself on a topic."""
    pattern = _DESCRIBING.get(convention)
    return pattern is not None and pattern.fullmatch(topic) is not None


class Speakers:
    """Knows the base topics of makes whose makers changed them: from the site, and from what bridges say."""

    def __init__(self, site: str, configured: Iterable[Device]) -> None:
        self._own = f"reverbere/{site}/"
        self._bases: dict[str, dict[str, None]] = {
            name: {usual: None} for name, usual in zip(BASED, _usual(BASED), strict=True)
        }
        for device in configured:
            base = device.options.get("base")
            if device.convention in BASED and isinstance(base, str):
                self._bases[device.convention][base] = None

    @property
    def bases(self) -> Iterator[Speaker]:
        """All conventions with base topics that are known."""
        return (Speaker(name, base) for name, bases in self._bases.items() for base in bases)

    def of(self, message: Message) -> Speaker | None:
        """Who seems to speak; None for a topic and a payload of no make."""
        self._learn(message)
        topic = message.topic
        for speaker in self.bases:
            if speaker.base is not None and topic.startswith(f"{speaker.base}/") and _fits(speaker, topic):
                return speaker
        for name, fits in self._makes():
            if fits(message):
                return Speaker(name)
        return None

    def is_own(self, topic: str) -> bool:
        """Whether this is what gateways say: orders to lamps, and how they fare."""
        levels = topic.split("/")
        return levels[0] == "reverbere" and (levels[-1] == "set" or levels[2:3] == ["gateway"])

    def _makes(self) -> Iterator[tuple[str, Callable[[Message], bool]]]:
        yield "native", self._native
        yield "sparkplug", lambda message: _SPARKPLUG.fullmatch(message.topic) is not None
        yield "ttn", lambda message: _TTN.fullmatch(message.topic) is not None
        yield "chirpstack", lambda message: _CHIRPSTACK.fullmatch(message.topic) is not None
        yield "tasmota", lambda message: _is_tasmota(message.topic)
        yield "shelly", lambda message: _SHELLY.fullmatch(message.topic) is not None
        yield "esphome", lambda message: _ESPHOME.fullmatch(message.topic) is not None
        yield "bthome", _is_bthome
        yield "senml", _is_senml
        yield "paxcounter", _is_paxcounter
        yield "cayenne", lambda message: bool({"lpp", "cayenne"} & _words(message.topic)) and _binary(message.payload)

    def _native(self, message: Message) -> bool:
        return message.topic.startswith((f"{self._own}sensor/", f"{self._own}lamp/"))

    def _learn(self, message: Message) -> None:
        """Learn a base topic from who only speaks below one."""
        base, name = _base_in(message)
        known = self._bases.get(name)
        if base and known is not None and base not in known and len(known) < MOST_BASES:
            known[base] = None


def matches(filters: Collection[str], topic: str) -> bool:
    """Whether a topic is among filters."""
    return topic in filters or any(topic_matches_sub(each, topic) for each in filters if "+" in each or "#" in each)


def _usual(names: Iterable[str]) -> Iterator[str]:
    return ("homie" if name.startswith("homie") else name for name in names)


def _fits(speaker: Speaker, topic: str) -> bool:
    """Whether a topic below a base is one of the convention's: Homie 4 and 5 share their base."""
    below = topic[len(speaker.base or "") + 1 :].split("/")
    match speaker.convention:
        case "homie5":
            return below[0] == "5" and len(below) > 2  # noqa: PLR2004 - 5, a device, what it says
        case "homie4":
            return below[0] != "5" and len(below) > 1
        case "homeassistant":
            return below[-1] == "config" and len(below) > 2  # noqa: PLR2004 - a component, a name, config
        case "frigate":
            return below[-1] in ("person", "available") and len(below) <= 2  # noqa: PLR2004 - a camera, what it says
    return True


def _base_in(message: Message) -> tuple[str, str]:
    """A base topic that a message gives away, and whose it is."""
    levels = message.topic.split("/")
    match levels:
        case [*base, "bridge", "devices"] if base and message.payload.lstrip()[:1] == b"[":
            return "/".join(base), "zigbee2mqtt"
        case [*base, component, _, "config"] | [*base, component, _, _, "config"] if base and component in _COMPONENTS:
            described = _object(message.payload)
            keys = ("state_topic", "stat_t", "components", "cmps", "command_topic", "cmd_t")
            return ("/".join(base), "homeassistant") if any(key in described for key in keys) else ("", "")
        case [*base, _, "$homie"] if base:
            return "/".join(base), "homie4"
        case [*base, "5", _, "$description"] if base:
            return "/".join(base), "homie5"
        case [*base, "available"] if base and message.payload in (b"online", b"offline", b"stopped"):
            return "/".join(base), "frigate"
    return "", ""


def _is_tasmota(topic: str) -> bool:
    levels = topic.split("/")
    if levels[:2] == ["tasmota", "discovery"]:
        return levels[-1] == "config"
    return (
        len(levels) > 2  # noqa: PLR2004 - a prefix, a topic, a kind
        and (levels[0] in _PREFIXES or levels[-2] in _PREFIXES)
        and _TASMOTA.fullmatch(levels[-1]) is not None
    )


def _is_bthome(message: Message) -> bool:
    said = _object(message.payload)
    if "servicedata" in said:
        return "fcd2" in str(said.get("servicedatauuid", "")).lower()
    return not said and bool({"bthome", "btto"} & _words(message.topic)) and len(message.payload) > 1


def _is_senml(message: Message) -> bool:
    if message.payload[:1] and 0x80 <= message.payload[0] <= 0x9F and _binary(message.payload):  # noqa: PLR2004 - a list
        return message.payload[1:2] != b"" and 0xA0 <= message.payload[1] <= 0xBF  # noqa: PLR2004 - of maps (RFC 8949, 3.1)
    said = _read(message.payload) if message.payload.lstrip()[:1] == b"[" else None
    return (
        isinstance(said, list) and bool(said) and all(isinstance(one, dict) and _RECORDS & one.keys() for one in said)
    )


def _is_paxcounter(message: Message) -> bool:
    said = _object(message.payload)
    if said:
        return "pax" in said or {"wifi", "ble"} <= said.keys()
    return message.topic.startswith("paxout") and not message.payload.lstrip().startswith(b"{")


def _words(topic: str) -> set[str]:
    return set(re.findall(r"[a-z]+", topic.lower()))


def _binary(payload: bytes) -> bool:
    try:
        return not payload.decode().isprintable()
    except UnicodeDecodeError:
        return True


def _object(payload: bytes) -> dict[str, Tree]:
    said = _read(payload) if payload.lstrip()[:1] == b"{" else None
    return said if isinstance(said, dict) else {}


def _read(payload: bytes) -> Tree:
    try:
        return tree(payload, LONGEST_DESCRIPTION)
    except Malformed:
        return None
