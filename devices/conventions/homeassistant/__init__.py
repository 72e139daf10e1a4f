"""Home Assistant's MQTT discovery: whatever describes itself to it is heard by the same description.

A device's address is the first identifier of the device that its descriptions name, or the path of one description
("light/kitchen" of `homeassistant/light/kitchen/config`), or a `unique_id`. A lamp is called by its own path. Option
`base` is the discovery prefix, "homeassistant" if left out. Descriptions are used when retained, states are not.

One pedestrian: a step of a `sensor` whose name says people, visitors or entries. With `state_class: total_increasing`
it is a running total; without a direction and with `measurement` it is how many are there, which is occupancy. A
`binary_sensor` of motion, occupancy or presence is presence. What it cannot see: what a number means whose name does
not say it; what a template works out that is more than a value, `int`, `float`, `round` and one condition: that is
refused when the description comes.

Source: home-assistant.io, "MQTT", "MQTT binary sensor", "MQTT sensor" and "MQTT light".
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from devices.convention import Announcement, Convention, Description, Heard, Malformed
from devices.conventions.homeassistant.description import DEVICE, Described, described, entities
from devices.conventions.homeassistant.entity import Entity, Heeded, LampMemory, Meaning
from devices.conventions.homeassistant.light import JsonLight, PlainLight
from devices.conventions.homeassistant.registry import MOST, Registry
from devices.conventions.homeassistant.sensors import Truth, chosen
from devices.conventions.homeassistant.template import Said
from devices.conventions.homeassistant.time import Deadlines
from devices.conventions.homeassistant.whereabouts import Whereabouts
from devices.device import Device, DeviceId, Kind
from devices.hearing import Hearing, announce
from devices.light import LightCommand
from devices.message import Message
from devices.naming import words_of
from devices.originals import Originals
from devices.payload import shown
from devices.reading import Quality, Reading
from devices.scale import Orders

NAME: Final = "homeassistant"
LEVELS: Final = ("+/+/config", "+/+/+/config")
"""Where descriptions stand below the prefix: without a node and with one."""


def make(site: str, devices: Sequence[Device]) -> Convention:
    """Build the convention for what describes itself behind one broker, but for the gateway of this site itself."""
    return HomeAssistant(devices, f"{DEVICE}/reverbere_{site}")


class HomeAssistant:
    """Knows what was described, and which of it the operator configured.

    What the gateway itself tells Home Assistant of the street is no device of the street: paths that begin with `own`.
    `grown` says that `topics` are others than before: descriptions of configured devices name theirs.
    """

    def __init__(self, devices: Sequence[Device], own: str = "") -> None:
        self._own = own
        self._devices = {(_base(device), device.address): device for device in devices}
        self._bases = sorted({base for base, _ in self._devices} or {NAME})
        self._lamps = {device.id: device for device in devices if device.kind is Kind.LUMINAIRE}
        self._ids = frozenset(device.id for device in devices)
        self._announced: dict[str, tuple[str, ...]] = {}
        self._grown = False
        self._descriptions: dict[str, Message] = {}
        self._inherited = False
        self.originals = Originals()
        self.registries = {base: Registry() for base in self._bases}
        self.memories: dict[DeviceId, LampMemory] = {}
        self.whereabouts = Whereabouts()
        self.deadlines = Deadlines()

    def inherit(self, before: Convention) -> None:
        """Know the descriptions, where lamps were, and who is there."""
        if isinstance(before, HomeAssistant):
            known = {base: registry for base, registry in before.registries.items() if base in self.registries}
            self.registries |= known
            self.memories, self.whereabouts, self.deadlines = before.memories, before.whereabouts, before.deadlines
            self.originals = before.originals
            self._grown = self._inherited = True

    def topics(self) -> frozenset[str]:
        """Give the topics of descriptions, and those that descriptions of configured devices name."""
        named = {topic for (base, address), _ in self._devices.items() for topic in self._spoken(base, address)}
        return frozenset(named).union(Description(f"{base}/{level}") for base in self._bases for level in LEVELS)

    def grown(self) -> bool:
        """Whether `topics` may be others since this was asked last."""
        grown, self._grown = self._grown, False
        return grown

    def due(self) -> int | None:
        """When an `off_delay` or an `expire_after` may be over next."""
        return self.deadlines.due

    def lapsed(self, now: int) -> Iterator[Heard]:
        """Say who is there no more and who is silent for too long."""
        return self.deadlines.passed(now, self._ids)

    def resume(self, latest: Sequence[Reading]) -> None:
        """Let go on what the descriptions say of readings that came before this process, which are the last ones."""
        for device in self._devices.values():
            entities = self.registries[_base(device)].called(device.address)
            channels = _channels(entities)
            for reading in latest:
                if reading.device == device.id and Quality.RETAINED not in reading.quality:
                    spoken = frozenset(_spoken_by(reading, device, entities, channels))
                    its = [entity for entity in entities if entity.topics & spoken]
                    self.deadlines.heed(Message("", b"", reading.time), device, its, reading)

    def shift(self, by: int) -> None:
        """Let everybody be there, and be believed, for as long as was left when the clock was set."""
        self.deadlines.shift(by)

    def descriptions(self) -> Sequence[Message]:
        """Give what described configured devices since this was asked last; the first time, what was inherited too."""
        given, self._descriptions = self._descriptions, {}
        if self._inherited:
            self._inherited = False
            given = {message.topic: message for message in self._known()} | given
        return tuple(given.values())

    def decode(self, message: Message) -> Iterator[Heard]:
        """Say what a message means. Raises `Malformed` after the good parts."""
        for base in self._bases:
            about = described(message.topic, base)
            if about is not None and self._own and (about.path == self._own or about.path.startswith(f"{self._own}_")):
                return
            if about is not None:
                yield from self._hear_description(message, base, about)
                return
        spoken = [(base, entity) for base in self._bases for entity in self.registries[base].speaking(message.topic)]
        if not spoken:
            raise Malformed("a topic that a description names", shown(message.topic), "topic")
        yield from self._hear(message, spoken)

    def encode(self, command: LightCommand) -> Sequence[Message]:
        """Say an order in the words of the lamp's description; nothing before that has come.

        Raises `KeyError` for a lamp that is not of this convention.
        """
        lamp = self._lamps[command.lamp]
        for entity in self.registries[_base(lamp)].called(lamp.address):
            if isinstance(entity.meaning, (JsonLight, PlainLight)):
                self._memory(lamp.id).orders.give(command)
                return entity.meaning.order(command)
        return ()

    # ------------------------------------------------------------------------------------------------- descriptions
    def _hear_description(self, message: Message, base: str, about: Described) -> Iterator[Heard]:
        registry, wrong = self.registries[base], list[Malformed]()
        found = list[Entity]()
        for item in entities(about, message.payload):
            if isinstance(item, Malformed):
                wrong.append(item)
            elif any(described(topic, each) for topic in item.topics for each in self._bases):
                wrong.append(Malformed("topics that bring no descriptions", shown(item.path), item.path))
            else:
                found.append(item)
        before = registry.before(message.topic)
        if tuple(found) != before:
            registry.put(message.topic, tuple(found))
            self._grown |= any(self._configured(base, entity) for entity in (*before, *found))
        self.originals.keep(message.topic, message.payload if found else b"")
        of_ours = [any(self._configured(base, entity) for entity in entities) for entities in (before, found)]
        if any(of_ours):
            payload = message.payload if of_ours[1] else b""
            self._descriptions[message.topic] = Message(message.topic, payload)
        yield from self._announce(base, found)
        if wrong:
            raise wrong[0] if len(wrong) == 1 else _together(wrong)

    def _known(self) -> Iterator[Message]:
        """The descriptions of those who are configured now: when they came, nobody may have approved them yet."""
        for topic in self.originals.topics():
            described = [(base, entity) for base in self._bases for entity in self.registries[base].before(topic)]
            if any(self._configured(base, entity) for base, entity in described):
                yield Message(topic, self.originals.of(topic))

    def _announce(self, base: str, found: list[Entity]) -> Iterator[Heard]:
        for address in dict.fromkeys(entity.address for entity in found if not self._configured(base, entity)):
            named = self.registries[base].called(address)
            said = {entity.meaning.offers for entity in named if entity.address == address}
            offers = tuple(sorted(said - {""}))
            if offers and self._announced.get(address) != offers:
                if len(self._announced) >= MOST:
                    self._announced.clear()
                self._announced[address] = offers
                yield Announcement(NAME, address, offers)

    def _configured(self, base: str, entity: Entity) -> list[Device]:
        names = dict.fromkeys((entity.path, entity.own, *entity.names))
        return [self._devices[base, name] for name in names if (base, name) in self._devices]

    def _spoken(self, base: str, address: str) -> Iterator[str]:
        for entity in self.registries[base].called(address):
            yield from entity.topics

    # ------------------------------------------------------------------------------------------------- what it says
    def _hear(self, message: Message, spoken: list[tuple[str, Entity]]) -> Iterator[Heard]:
        """Hear for each device the entities that the message concerns; who has none is announced."""
        said, wrong = Said(message.payload), list[Malformed]()
        of_device: dict[DeviceId, tuple[Device, list[Entity]]] = {}
        of_nobody: dict[str, list[Entity]] = {}
        for base, entity in spoken:
            devices = self._configured(base, entity)
            for device in devices:
                of_device.setdefault(device.id, (device, []))[1].append(entity)
            if not devices:
                of_nobody.setdefault(entity.address, []).append(entity)
        for device, its in of_device.values():
            yield from _gathering(self._hear_device(message, device, its, said), wrong)
        for address, its in of_nobody.items():
            memory = self._memory(DeviceId(address))
            hear = partial(_hear_all, message, its=its, said=said, channels={}, memory=memory)
            yield from _gathering(announce(NAME, address, hear), wrong)
        if wrong:
            raise wrong[0] if len(wrong) == 1 else _together(wrong)

    def _hear_device(self, message: Message, device: Device, its: list[Entity], said: Said) -> Iterator[Heard]:
        all_of_it = self.registries[_base(device)].called(device.address)
        if any(presence.topic == message.topic for entity in its for presence in entity.availability):
            online = self.whereabouts.hear(message, said, all_of_it)
            if online is not None:
                hearing = Hearing(message, device)
                hearing.available(online=online)
                yield from hearing.heard()
        items = _hear_all(message, device, its, said, _channels(all_of_it), self._memory(device.id))
        for item in items:
            self.deadlines.heed(message, device, its, item)
            yield item

    def _memory(self, lamp: DeviceId) -> LampMemory:
        """What a lamp was told and said; one that nobody configured is called by its address."""
        if len(self.memories) >= MOST:
            self.memories.clear()
        return self.memories.setdefault(lamp, LampMemory(Orders()))


def _hear_all(
    message: Message,
    device: Device,
    its: list[Entity],
    said: Said,
    channels: dict[str, str],
    memory: LampMemory,
) -> Iterator[Heard]:
    hearing = Hearing(message, device)
    for entity in its:
        if message.topic not in entity.meaning.topics:
            continue
        heeded = Heeded(hearing, message.topic, said, memory, channels.get(entity.path, ""))
        try:
            _meaning(entity, device).hear(heeded, entity.path)
        except Malformed as malformed:
            hearing.complain(malformed, entity.path)
    yield from hearing.heard()


def _spoken_by(reading: Reading, device: Device, its: list[Entity], channels: dict[str, str]) -> Iterator[str]:
    """The topics on which a device may have said a reading."""
    for entity in its:
        meaning = _meaning(entity, device)
        channel = channels.get(entity.path, "") or meaning.channel
        if (meaning.offers, channel) == (reading.quantity.value, reading.channel):
            yield from meaning.topics


def _meaning(entity: Entity, device: Device) -> Meaning:
    """What an entity means for a device: who is called by an entity of its own has chosen it."""
    if isinstance(entity.meaning, Truth) and device.address in (entity.path, entity.own):
        return chosen(entity.meaning)
    return entity.meaning


def _channels(its: list[Entity]) -> dict[str, str]:
    """Names for those that say what another entity of the device says too: the first of them needs none."""
    taken: set[str] = set()
    channels: dict[str, str] = {}
    for entity in its:
        series = f"{entity.meaning.offers} {entity.meaning.channel}"
        if series in taken:
            channels[entity.path] = "-".join(words_of(entity.path.rpartition("/")[2]))
        taken.add(series)
    return channels


def _gathering(heard: Iterator[Heard], wrong: list[Malformed]) -> Iterator[Heard]:
    try:
        yield from heard
    except Malformed as malformed:
        wrong.append(malformed)


def _together(wrong: list[Malformed]) -> Malformed:
    few = wrong[:4]
    return Malformed(
        "; ".join(each.expected for each in few),
        "; ".join(each.found for each in few),
        ", ".join(each.where for each in few),
    )


def _base(device: Device) -> str:
    base = device.options.get("base", NAME)
    return base if isinstance(base, str) else NAME
