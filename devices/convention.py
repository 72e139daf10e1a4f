"""How makes of devices are understood: what can be heard, and the protocol that every convention follows."""

import importlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias, cast, runtime_checkable

from devices.device import Device, DeviceId
from devices.light import LightCommand, LightState
from devices.message import Message
from devices.reading import Availability, Reading

LONGEST_REJECTED = 4096
"""Bytes of a rejected payload that are kept."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """A device that described itself and that nobody has configured: it waits for approval."""

    convention: str
    address: str
    offers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Numbered:
    """The sender's own numbering of this message: (device, boot, seq) is never used twice."""

    device: DeviceId
    boot: str
    seq: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """A message, or the part of it named by `where`, that meant nothing. Kept, acknowledged, shown."""

    message: Message
    expected: str
    found: str
    where: str = ""


Heard: TypeAlias = Reading | LightState | Availability | Announcement | Numbered | Rejected


class Standing(str):
    """A topic filter of what stands: its make retains all that it says, as Homie does, and says it only once.

    Of such a topic only what a broker repeats is marked as retained, not what comes by itself; and it is repeated to
    each new process, also where the broker has kept the session of the one before.
    """

    __slots__ = ()


class Description(str):
    """A topic filter of descriptions that the broker retains: they are wanted anew by each process."""

    __slots__ = ()


class Malformed(ValueError):  # noqa: N818 - it says what the message is; an error it is by its base
    """Raised inside conventions only; `hear` turns it into one `Rejected`."""

    def __init__(self, expected: str, found: str, where: str = "") -> None:
        super().__init__(f"expected {expected}, found {found}")
        self.expected = expected
        self.found = found
        self.where = where


class Convention(Protocol):
    """One make on one link. Sans-I/O; may remember births, aliases, descriptions and tracks."""

    def topics(self) -> frozenset[str]:
        """Topic filters (MQTT) or ports (serial) to listen to. Filters must not overlap."""
        ...

    def decode(self, message: Message) -> Iterator[Heard]:
        """Say what a message means. Raises `Malformed` for what means nothing."""
        ...

    def encode(self, command: LightCommand) -> Sequence[Message]:
        """Say an order in the make's own words."""
        ...


@runtime_checkable
class Heir(Protocol):
    """A convention that knows what its devices said once and will not repeat, such as their descriptions."""

    def inherit(self, before: Convention) -> None:
        """Know what the convention of the same name knew that served the same link before."""
        ...


@runtime_checkable
class Describing(Protocol):
    """A convention whose devices say in descriptions (`Description`) on which topics they speak."""

    def grown(self) -> bool:
        """Whether `topics` may be others since this was asked last, because something was described."""
        ...


@runtime_checkable
class Remembering(Protocol):
    """A convention that can be told in a new process what configured devices, or their bridge, said of themselves.

    What a broker queued while no process ran comes before what it retained, and would mean nothing without that.
    """

    def descriptions(self) -> Sequence[Message]:
        """Give, once, the descriptions that came since this was asked last.

        Decoded by a new process they make known what they made known here; an empty one takes its topic's back.
        """
        ...


@runtime_checkable
class Lapsing(Protocol):
    """A convention whose devices say for how long their words hold: what ends so ends without a message."""

    def due(self) -> int | None:
        """When something may end next (nanoseconds); None if nothing will."""
        ...

    def lapsed(self, now: int) -> Iterator[Heard]:
        """Give, once, what has ended by now; `decode` never does, whose answer to a duplicate nobody learns."""
        ...

    def resume(self, latest: Sequence[Reading]) -> None:
        """Know from what devices said last, to a process before this one, until when it holds."""
        ...

    def shift(self, by: int) -> None:
        """Keep what was left when street time jumped by `by` (nanoseconds), because the clock was set."""
        ...


@runtime_checkable
class Asker(Protocol):
    """A convention that can ask a device to describe itself, after a message that it could not understand without."""

    def questions(self) -> Sequence[Message]:
        """Give what is to be asked now, once."""
        ...


def hear(convention: Convention, message: Message) -> list[Heard]:
    """Decode a message totally: what cannot be understood becomes a `Rejected` beside what could. Never raises.

    A convention yields its good parts before it raises for a bad one, so good parts are kept.
    """
    heard: list[Heard] = []
    try:
        for item in convention.decode(message):
            heard.append(item)  # noqa: PERF402 - what came before an error must stay
    except Malformed as malformed:
        heard.append(reject(message, malformed))
    return heard


def reject(message: Message, malformed: Malformed) -> Rejected:
    """Keep a message that meant nothing, cut to `LONGEST_REJECTED` bytes."""
    kept = message
    if len(message.payload) > LONGEST_REJECTED:
        kept = Message(message.topic, message.payload[:LONGEST_REJECTED], message.time, message.retained)
    return Rejected(kept, malformed.expected, malformed.found, malformed.where)


class Make(Protocol):
    """How a convention module introduces itself: `make(site, devices)`."""

    def __call__(self, site: str, devices: Sequence[Device]) -> Convention:
        """Build the convention for the devices of one site behind one link."""
        ...


NAMES: tuple[str, ...] = (
    "native",
    "ld2410",
    "ld2450",
    "zigbee2mqtt",
    "tasmota",
    "ttn",
    "chirpstack",
    "cayenne",
    "senml",
    "paxcounter",
    "frigate",
    "bthome",
    "shelly",
    "esphome",
    "homeassistant",
    "custom",
    "homie4",
    "homie5",
    "sparkplug",
    "gpio",
    "modbus",
    "dali",
)
"""The conventions there are; each is the module of that name in `devices.conventions`."""

LAMPS: tuple[str, ...] = (
    *("native", "zigbee2mqtt", "tasmota", "shelly", "esphome"),
    *("homeassistant", "homie4", "homie5", "sparkplug", "gpio", "dali"),
)
"""Those that lamps speak."""

ONLY_LAMPS: tuple[str, ...] = ("dali",)
"""Those that no sensor speaks."""

ON_LINES: tuple[str, ...] = ("native", "ld2410", "ld2450", "modbus")
"""Those that are spoken on serial lines."""

WIRED: tuple[str, ...] = ("ld2410", "ld2450", "modbus", "gpio", "dali")
"""Those of a wire of the gateway's own, which are never spoken at a broker."""

RADARS: tuple[str, ...] = ("ld2410", "ld2450")
"""Those of them that have frames of their own, ten a second, and are not told what they measure."""

BASED: tuple[str, ...] = ("zigbee2mqtt", "frigate", "homeassistant", "homie4", "homie5")
"""Those whose topics begin with a word that a maker may change: the option `base`."""

SHARED: tuple[str, ...] = ("senml", "custom")
"""Those whose devices may share a topic, or speak on one that is not their address: the option `topic`."""


def find(name: str) -> Make:
    """Find a convention's `make` by the name that operators write. Raises `KeyError` for a name not in `NAMES`."""
    if name not in NAMES:
        raise KeyError(name)
    return cast("Make", importlib.import_module(f"devices.conventions.{name}").make)
