"""What one description says there is: an entity, the names it is found by, and where it says whether it is there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias, TypeGuard

from devices.convention import Malformed
from devices.conventions.homeassistant.template import PLAIN, Said, Template, template
from devices.conventions.homeassistant.words import Options
from devices.hearing import Hearing
from devices.light import LightCommand
from devices.message import Message
from devices.payload import Tree, shown
from devices.scale import Orders

LONGEST_NAME = 256
"""Bytes of a name or a topic of a description."""

MOST_NAMES = 16
"""Names of one device, and topics of its availability."""

Mode: TypeAlias = Literal["all", "any", "latest"]


@dataclass(slots=True)
class LampMemory:
    """What a lamp was told, and what it said last."""

    orders: Orders
    on: bool | None = None
    brightness: float | None = None


@dataclass(frozen=True, slots=True)
class Heeded:
    """What a meaning needs to hear one message: where to say it, the topic, the payload, and the lamp's memory.

    `channel` tells an entity from another one of its device that says the same quantity.
    """

    hearing: Hearing
    topic: str
    said: Said
    memory: LampMemory
    channel: str = ""


class Meaning(Protocol):
    """What an entity means: where it speaks, what it can say, and how."""

    @property
    def topics(self) -> frozenset[str]:
        """Where it speaks."""
        ...

    @property
    def offers(self) -> str:
        """The quantity that it can say; "" if nothing says which."""
        ...

    @property
    def channel(self) -> str:
        """The direction or the part that its name says."""
        ...

    def hear(self, heeded: Heeded, where: str) -> None:
        """Take a message on one of its topics. Raises `Malformed`."""
        ...


class Light(Meaning, Protocol):
    """A meaning that takes orders."""

    def order(self, command: LightCommand) -> tuple[Message, ...]:
        """Say an order in its words."""
        ...


@dataclass(frozen=True, slots=True)
class Presence:
    """Where an entity, or its device, says that it is there, and in which words."""

    topic: str
    read: Template
    here: str = "online"
    gone: str = "offline"

    def online(self, said: Said) -> bool | None:
        """What a message says; None if nothing. Raises `Malformed`."""
        value = self.read(said)
        if value is None or not said.payload:
            return None
        for expected, meant in ((self.here, True), (self.gone, False)):
            if same(value, expected):
                return meant
        raise Malformed(f"{self.here} or {self.gone}", shown(value), "availability")


@dataclass(frozen=True, slots=True)
class Entity:
    """One entity: the path of its description, the names of its device, what it means, and how it comes and goes."""

    path: str
    names: tuple[str, ...]
    own: str
    meaning: Meaning
    lamp: bool = False
    expire_after: int | None = None
    off_delay: int | None = None
    availability: tuple[Presence, ...] = ()
    mode: Mode = "latest"
    commands: frozenset[str] = frozenset()

    @property
    def topics(self) -> frozenset[str]:
        """All topics that concern it."""
        return self.meaning.topics | {presence.topic for presence in self.availability}

    @property
    def address(self) -> str:
        """What `devices.yaml` calls it by: a lamp by itself, everything else by its device."""
        return self.path if self.lamp or not self.names else self.names[0]

    def is_called(self, address: str) -> bool:
        """Whether an address means it."""
        return address in (self.path, self.own) or address in self.names


def same(value: Tree, expected: str) -> bool:
    """Whether a value is the payload that was described; a truth is it in any case of letters."""
    if isinstance(value, bool):
        return str(value).lower() == expected.lower()
    return str(value).strip() == expected.strip()


def word(options: Options, key: str, default: str) -> str:
    """A payload that a description names, as text. Raises `Malformed` for one that is none."""
    value = options.get(key)
    if value is None:
        return default
    if isinstance(value, (dict, list)) or len(str(value)) > LONGEST_NAME:
        raise Malformed("a payload", shown(value), key)
    return str(value)


def topic(options: Options, key: str) -> str:
    """A topic that a description names; "" where it names none. Raises `Malformed`, for wildcards too.

    And for signs that nobody can print: a broker throws out whoever subscribes to them (MQTT 5.0, section 1.5.4).
    """
    value = options.get(key)
    if value is None:
        return ""
    fits = isinstance(value, str) and value.isprintable() and 0 < len(value.encode()) <= LONGEST_NAME
    if not fits or any(sign in value for sign in "+#\0") or value.startswith("$"):
        raise Malformed("a single topic", shown(value), key)
    return str(value)


def availability(options: Options) -> tuple[Presence, ...]:
    """Where an entity says that it is there: one topic or a list of them. Raises `Malformed`."""
    listed = options.get("availability")
    if isinstance(listed, list):
        return tuple(_presence(one, "topic", "value_template") for one in listed[:MOST_NAMES])
    if options.get("availability_topic") is None:
        return ()
    return (_presence(options, "availability_topic", "availability_template"),)


def _presence(options: Options, where: str, how: str) -> Presence:
    read = template(options.get(how)) if options.get(how) is not None else PLAIN
    here = word(options, "payload_available", "online")
    spoken = topic(options, where)
    if not spoken:
        raise Malformed("a topic", "none", "availability")
    return Presence(spoken, read, here, word(options, "payload_not_available", "offline"))


def mode(options: Options) -> Mode:
    """How several topics of availability make one. Raises `Malformed`."""
    modes: Mapping[str, Mode] = {"all": "all", "any": "any", "latest": "latest"}
    said = options.get("availability_mode", "latest")
    if not isinstance(said, str) or said not in modes:
        raise Malformed("all, any or latest", shown(said), "availability_mode")
    return modes[said]


def names(device: Tree) -> tuple[str, ...]:
    """The names of a device: its identifiers, then its connections, such as MAC addresses."""
    if not isinstance(device, dict):
        return ()
    return tuple(dict.fromkeys(_names(device)))[:MOST_NAMES]


def _names(device: Options) -> Iterator[str]:
    identifiers = device.get("identifiers")
    for name in identifiers if isinstance(identifiers, list) else [identifiers]:
        if is_name(name):
            yield name
    connections = device.get("connections")
    for pair in connections if isinstance(connections, list) else ():
        if isinstance(pair, list) and len(pair) == 2 and is_name(pair[1]):  # noqa: PLR2004 - kind and value
            yield pair[1]


def is_name(name: Tree) -> TypeGuard[str]:
    """Whether this can be an address."""
    return isinstance(name, str) and 0 < len(name.encode()) <= LONGEST_NAME and not set("+#\0") & set(name)
