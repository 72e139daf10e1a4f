"""Who listens to devices of Homie: knows which properties are described, which are whose, and what each lamp said.

A controller is what Homie calls it. Versions 4 and 5 differ in their topics and in how a device describes itself, not
in what a value means.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from devices.convention import Announcement, Heard, Malformed
from devices.described import UNDESCRIBED, Described, Meaning, Place, meaning, meanings
from devices.device import Device, DeviceId, Kind
from devices.dimming import LampMemory, Shape, dims, shape, steps, switches
from devices.hearing import Hearing, announce
from devices.light import LightCommand
from devices.message import Message
from devices.payload import shown, text
from devices.reading import Quality, Quantity
from devices.values import NO, YES, number, says_nothing, truth

BASE = "homie"

MOST_DEVICES = 1000
"""Devices whose descriptions are kept beside those that are configured."""

MOST_PROPERTIES = 400
"""Of one device."""

LONGEST_ID = 128

GONE = frozenset({"disconnected", "lost", ""})
"""States of a device that is not there; "" is one that was removed. One that sleeps comes back: its heartbeat tells."""

THERE = frozenset({"ready", "alert"})
STILL_NOTHING = frozenset({"init", "sleeping"})

STAYING = frozenset({"moving", "still", "static", "stationary", "both", "person", "somebody"})
LEFT = frozenset({"none", "nobody", "empty", "free"})
"""Words of a radar that are no truths."""

Key = tuple[str, str]
"""A base topic and a device's id."""


@dataclass(frozen=True, slots=True)
class Topics:
    """How a version writes topics: `between` stands between the base and the device, "" in version 4."""

    name: str
    between: str = ""

    def of(self, base: str, *levels: str) -> str:
        """A topic below a base."""
        return "/".join((base, *([self.between] if self.between else []), *levels))


class Controller:
    """Knows devices by base topic and id; an address is an id, a node of it (id/node) or a property (id/node/prop)."""

    def __init__(self, topics: Topics, devices: Sequence[Device]) -> None:
        self._topics = topics
        self._devices: dict[Key, list[Device]] = {}
        for device in devices:
            self._devices.setdefault(_key(device), []).append(device)
        self._lamps = {device.id: device for device in devices if device.kind is Kind.LUMINAIRE}
        self._announced: dict[Key, tuple[str, ...]] = {}
        self._meanings: dict[Key, dict[Place, Meaning]] = {}
        self.known: dict[Key, dict[Place, Described]] = {}
        self.memories: dict[DeviceId, LampMemory] = {}

    @property
    def bases(self) -> frozenset[str]:
        """The base topics, the usual one if nobody is configured."""
        return frozenset(base for base, _ in self._devices) or frozenset({BASE})

    @property
    def configured(self) -> frozenset[Key]:
        """The devices of which values are listened to."""
        return frozenset(self._devices)

    def inherit(self, before: "Controller") -> None:
        """Know the descriptions, and where lamps were."""
        self.known, self.memories = before.known, before.memories

    def split(self, topic: str) -> tuple[str, list[str]]:
        """A topic's base, and the levels after it, at least two. Raises `Malformed` for a topic of somebody else."""
        for base in sorted(self.bases, key=len, reverse=True):
            start = self._topics.of(base, "")
            if topic.startswith(start):
                levels = topic[len(start) :].split("/")
                if len(levels) > 1 and 0 < len(levels[0]) <= LONGEST_ID:
                    return base, levels
        expected = self._topics.of(" or ".join(sorted(self.bases)), "DEVICE", "NODE", "PROPERTY")
        raise Malformed(expected, shown(topic), "topic")

    # ------------------------------------------------------------------------------------------------ descriptions
    def describe(self, key: Key, properties: Mapping[Place, Described]) -> None:
        """Take a device's description in place of what was known; nothing of a device too many."""
        if key in self._devices or key in self.known or len(self.known) < MOST_DEVICES:
            self._meanings.pop(key, None)
            self.known[key] = dict(list(properties.items())[:MOST_PROPERTIES])

    def know(self, key: Key, at: Place, described: Described) -> None:
        """Take the description of one property."""
        if key not in self.known:
            self.describe(key, {})
        properties = self.known.get(key)
        if properties is not None and (at in properties or len(properties) < MOST_PROPERTIES):
            self._meanings.pop(key, None)
            properties[at] = described

    def announce(self, key: Key) -> Iterator[Heard]:
        """Say what a device offers that nobody has configured, when that is new."""
        offers = self._offers(key)
        if key in self._devices or not offers or self._announced.get(key) == offers:
            return
        if len(self._announced) < MOST_DEVICES:
            self._announced[key] = offers
        yield Announcement(self._topics.name, key[1], offers)

    def _offers(self, key: Key) -> tuple[str, ...]:
        known = self.known.get(key, {})
        offers = {means.quantity.value for means in self._means(key).values()}
        lamp = _shape(known, "")
        return tuple(sorted(offers | ({Quantity.LEVEL.value} if lamp != Shape() else set())))

    # ------------------------------------------------------------------------------------------------ what it says
    def hear_state(self, message: Message, key: Key) -> Iterator[Heard]:
        """Say whether a device is there. Raises `Malformed` for no state of Homie."""
        word = text(message.payload)
        if word not in GONE | THERE | STILL_NOTHING:
            raise Malformed("init, ready, disconnected, sleeping, lost or alert", shown(word), "$state")
        if word in STILL_NOTHING:
            return
        for device in self._devices.get(key, ()):
            hearing = Hearing(message, device)
            hearing.available(online=word in THERE)
            yield from hearing.heard()

    def hear_value(self, message: Message, key: Key, at: Place) -> Iterator[Heard]:
        """Say what the value of a property means. Raises `Malformed`."""
        if not (0 < len(at.place) <= LONGEST_ID and 0 < len(at.name) <= LONGEST_ID) or "$" in at.place + at.name:
            return
        own = f"{key[1]}/{at.place}/{at.name}"
        if key not in self._devices:
            memory = LampMemory()
            yield from announce(self._topics.name, key[1], lambda stand_in: self._hear(message, stand_in, at, memory))
        for device in self._devices.get(key, ()):
            if device.address in (key[1], f"{key[1]}/{at.place}", own):
                yield from self._hear(message, device, at, self._memory(device))

    def _hear(self, message: Message, device: Device, at: Place, memory: LampMemory) -> Iterator[Heard]:
        hearing = Hearing(message, device)
        properties = self._of(device)
        known = properties.get(at, UNDESCRIBED)
        written = text(message.payload)
        lamp = self._shape_of(device)
        if lamp.dims is not None and lamp.dims in properties:
            memory.scale = steps(properties[lamp.dims]).scale
        if device.kind is Kind.LUMINAIRE and (
            at in (lamp.dims, lamp.switches) or (known is UNDESCRIBED and not lamp.dims)
        ):
            _hear_lamp(hearing, at, known, written, memory)
        means = meaning(at.place, at.name, known) if known is UNDESCRIBED else self._means(_key(device)).get(at)
        chosen = device.address.endswith(f"/{at.place}/{at.name}") and device.kind is Kind.SENSOR
        if means is None and chosen and known.sort in ("truth", "unknown"):
            means = Meaning(Quantity.PRESENCE)
        if means is not None:
            _say(hearing, means, known, written, f"{at.place}/{at.name}", memory if device.id in self._lamps else None)
        yield from hearing.heard()

    def _means(self, key: Key) -> Mapping[Place, Meaning]:
        if key not in self._meanings and key in self.known:
            self._meanings[key] = meanings(self.known[key])
        return self._meanings.get(key, {})

    def _of(self, device: Device) -> Mapping[Place, Described]:
        return self.known.get(_key(device), {})

    def _memory(self, device: Device) -> LampMemory:
        return self.memories.setdefault(device.id, LampMemory())

    # ---------------------------------------------------------------------------------------------------- the lamp
    def _shape_of(self, device: Device) -> Shape:
        """Which properties are the lamp: as described, else the one that its address names, which is per cent then."""
        described = _shape(self._of(device), device.address.partition("/")[2])
        _, *levels = device.address.split("/")
        if described == Shape() and len(levels) > 1 and Place(levels[0], levels[1]) not in self._of(device):
            at = Place(levels[0], levels[1])
            return Shape(None, at) if switches(at, UNDESCRIBED) and not dims(at, UNDESCRIBED) else Shape(at)
        return described

    def encode(self, command: LightCommand) -> Sequence[Message]:
        """Say an order by the `set` topics of the lamp's properties; nothing before the lamp has described itself.

        Raises `KeyError` for a lamp that is not of this convention.
        """
        lamp = self._lamps[command.lamp]
        self._memory(lamp).orders.give(command)
        found, known = self._shape_of(lamp), self._of(lamp)
        said: list[tuple[Place, str]] = []
        if found.dims is not None and (command.level or found.switches is None):
            described = known.get(found.dims, Described("whole"))
            value = steps(described).value(command.level)
            said.append((found.dims, f"{value:.0f}" if described.sort == "whole" else f"{value:.6g}"))
        if found.switches is not None:
            said.append((found.switches, _switched(known.get(found.switches, UNDESCRIBED), on=command.level > 0)))
        base, device = base_of(lamp), lamp.address.partition("/")[0]
        return tuple(Message(self._topics.of(base, device, *at, "set"), value.encode()) for at, value in said)


def base_of(device: Device) -> str:
    """The base topic of a device: its option `base`."""
    base = device.options.get("base", BASE)
    return base if isinstance(base, str) else BASE


def _key(device: Device) -> Key:
    return base_of(device), device.address.partition("/")[0]


def _shape(known: Mapping[Place, Described], below: str) -> Shape:
    """The lamp among a device's settable properties, `below` a node ("node") or a property ("node/prop") of it."""
    return shape(
        (at, described)
        for at, described in known.items()
        if described.settable and (not below or below in (at.place, f"{at.place}/{at.name}"))
    )


def _hear_lamp(hearing: Hearing, at: Place, known: Described, written: str, memory: LampMemory) -> None:
    if says_nothing(written):
        return
    own = f"{at.place}/{at.name}"
    word = written.lower()
    if known.sort in ("truth", "word") or (known is UNDESCRIBED and word in YES | NO and switches(at, known)):
        memory.on = hearing.trying(lambda: truth(written), own)
    elif dims(at, known):
        range_ = steps(known)
        value = hearing.trying(lambda: number(written), own)
        if value is None or (known is UNDESCRIBED and not 0 <= value <= range_.scale.full):
            return
        memory.step, memory.scale = range_.step(value), range_.scale
    else:
        return
    memory.tell(hearing)


def _say(hearing: Hearing, means: Meaning, known: Described, written: str, own: str, memory: LampMemory | None) -> None:
    """Take a value; watts and watt-hours of a lamp are told with its level."""
    if memory is not None and means.quantity in (Quantity.POWER, Quantity.ENERGY):
        value = None if says_nothing(written) else hearing.trying(lambda: number(written), own)
        if value is not None and value >= 0:
            if means.quantity is Quantity.POWER:
                memory.power = value * means.factor
            else:
                memory.energy = value * means.factor
            memory.tell(hearing)
    elif means.quantity is Quantity.PRESENCE:
        hearing.say(means.quantity, _somebody(known, written), own, channel=means.channel)
    elif means.offset and not says_nothing(written):
        warm = hearing.trying(lambda: number(written) * means.factor + means.offset, own)
        hearing.say(means.quantity, warm, own, channel=means.channel)
    else:
        hearing.say(means.quantity, written, own, factor=means.factor, channel=means.channel, quality=Quality.GOOD)


def _somebody(known: Described, written: str) -> object:
    """Whether somebody is there: a truth, or one of the words that an enumeration may be."""
    word = written.lower()
    if known.sort == "word" and word in STAYING:
        return True
    return False if known.sort == "word" and word in LEFT else written


def _switched(known: Described, *, on: bool) -> str:
    """The word that switches: true or false, or the enumeration's own."""
    own = next((word for word in known.words if word.lower() in (YES if on else NO)), None)
    return own if own is not None else ("true" if on else "false")
