"""Zigbee2MQTT: sensors and lamps of Zigbee, as its bridge publishes them.

A device's address is its friendly name, with the endpoint behind it where it has several lamps ("plug/l2"). A group is
a lamp like any other. Option `base` is the bridge's base topic, "zigbee2mqtt" if left out.

One pedestrian: nobody counts here. A PIR says `occupancy` and a radar `presence`, and both are presence: somebody is
there. Few radars say how many targets they see, and that is occupancy. What it cannot see: a battery sensor that died
is reported missing a day later at the earliest, and only if the bridge's availability is switched on; the way of a
message over the mesh (link quality is no signal strength).

Sources: zigbee2mqtt.io, "MQTT topics and messages", "Exposes" and "Device availability".
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from pydantic_core import to_json

from devices.convention import Announcement, Convention, Heard, Malformed
from devices.conventions.zigbee2mqtt.exposes import UNDESCRIBED, Description, devices_of, groups_of
from devices.conventions.zigbee2mqtt.state import ENDPOINTS, LampMemory, hear_state, order
from devices.device import Device, DeviceId, Kind
from devices.hearing import announce
from devices.light import LightCommand
from devices.message import Message
from devices.originals import Originals
from devices.payload import LONGEST_DESCRIPTION, Tree, an_object, shown, text, tree
from devices.reading import Availability

NAME = "zigbee2mqtt"
BRIDGE = ("bridge/devices", "bridge/groups", "bridge/state")
"""What the bridge itself says and we listen to, under its base topic."""


def make(site: str, devices: Sequence[Device]) -> Convention:  # noqa: ARG001 - a bridge knows no site
    """Build the convention for the devices of the bridges behind one broker."""
    return Zigbee2Mqtt(devices)


class Zigbee2Mqtt:
    """Knows devices by base topic and friendly name, and of each what its bridge described."""

    def __init__(self, devices: Sequence[Device]) -> None:
        self._devices = {(_base(device), device.address): device for device in devices}
        self._bases = {_base(device) for device in devices} or {NAME}
        self._lamps = {device.id: device for device in devices if device.kind is Kind.LUMINAIRE}
        self._announced: dict[tuple[str, str], tuple[str, ...]] = {}
        self._descriptions: dict[str, Message] = {}
        self._inherited = False
        self.originals = Originals()
        self.described: dict[tuple[str, str], Description] = {}
        self.memories: dict[DeviceId, LampMemory] = {}

    def inherit(self, before: Convention) -> None:
        """Know the descriptions, and where lamps were."""
        if isinstance(before, Zigbee2Mqtt):
            self.described, self.memories, self.originals = before.described, before.memories, before.originals
            self._inherited = True

    def descriptions(self) -> Sequence[Message]:
        """Give what bridges said of configured devices since this was asked last; the first time, what they ever said.

        Of those who were approved since they were described, nothing was given before.
        """
        given, self._descriptions = self._descriptions, {}
        if self._inherited:
            self._inherited = False
            given = {message.topic: message for message in self._known()} | given
        return tuple(given.values())

    def topics(self) -> frozenset[str]:
        """Give the topics of the devices and of their bridges; who is not configured is known from the bridge."""
        spoken = {f"{base}/{said}" for base in self._bases for said in BRIDGE}
        for base, address in self._devices:
            for name in {address, _whole(address)}:
                spoken |= {f"{base}/{name}", f"{base}/{name}/availability"}
        return frozenset(spoken)

    def decode(self, message: Message) -> Iterator[Heard]:
        """Say what a message means. Raises `Malformed` after the good parts."""
        base, name = self._split(message.topic)
        match name.split("/"):
            case ["bridge", *said]:
                yield from self._hear_bridge(message, base, said)
            case [*named, "availability"] if named:
                yield from self._hear_availability(message, base, "/".join(named))
            case [*_, "set" | "get"] | [*_, "set" | "get", _]:
                return
            case [*named, attribute] if named and self._is_attribute(message, base, name):
                state = to_json({attribute: text(message.payload)})
                yield from self._hear_device(replace(message, payload=state), base, "/".join(named))
            case _:
                yield from self._hear_device(message, base, name)

    def encode(self, command: LightCommand) -> Sequence[Message]:
        """Say an order on the lamp's `set` topic. Raises `KeyError` for a lamp that is not of this convention."""
        lamp = self._lamps[command.lamp]
        memory = self._memory(lamp)
        memory.orders.give(command)
        described = self._description(_base(lamp), lamp.address)
        return (Message(f"{_base(lamp)}/{lamp.address}/set", order(command, described, _endpoint(lamp.address))),)

    # ------------------------------------------------------------------------------------------------- who speaks
    def _split(self, topic: str) -> tuple[str, str]:
        for base in self._bases:
            if topic.startswith(f"{base}/"):
                return base, topic[len(base) + 1 :]
        base, _, name = topic.partition("/")
        if not name or self._devices:
            raise Malformed(f"a topic below {' or '.join(sorted(self._bases))}", shown(topic), "topic")
        return base, name

    def _is_attribute(self, message: Message, base: str, name: str) -> bool:
        """Whether this is one value of a bridge whose `output` is "attribute": understood, and not asked for."""
        scalar = bool(message.payload) and message.payload.lstrip()[:1] not in (b"{", b"[")
        return scalar and (base, name) not in self._devices

    def _description(self, base: str, address: str) -> Description:
        described = self.described.get((base, address)) or self.described.get((base, _whole(address)))
        return described or UNDESCRIBED

    def _memory(self, lamp: Device) -> LampMemory:
        return self.memories.setdefault(lamp.id, LampMemory())

    # --------------------------------------------------------------------------------------------- what it says
    def _hear_device(self, message: Message, base: str, name: str) -> Iterator[Heard]:
        if not message.payload:
            return
        parts = [self._devices[base, address] for address in _parts(name) if (base, address) in self._devices]
        if not parts:
            yield from announce(NAME, name, lambda stand_in: self._hear_part(message, base, stand_in))
        for device in parts:
            yield from self._hear_part(message, base, device)

    def _hear_part(self, message: Message, base: str, device: Device) -> Iterator[Heard]:
        endpoint = _endpoint(device.address) if device.id in self._lamps else ""
        described, memory = self._description(base, device.address), LampMemory()
        if device.id in self._lamps:
            memory = self._memory(device)
        return hear_state(message, device, described, memory, endpoint)

    def _hear_availability(self, message: Message, base: str, name: str) -> Iterator[Heard]:
        online = _online(message)
        for address in _parts(name):
            if (base, address) in self._devices and online is not None:
                device = self._devices[base, address]
                yield Availability(device.id, online, message.time, message.retained)

    # -------------------------------------------------------------------------------------------------- the bridge
    def _hear_bridge(self, message: Message, base: str, said: list[str]) -> Iterator[Heard]:
        if said == ["state"]:
            yield from self._hear_bridge_state(message, base)
        elif said in (["devices"], ["groups"]) and message.payload:
            listed = tree(message.payload, LONGEST_DESCRIPTION)
            for described in (devices_of if said == ["devices"] else groups_of)(listed):
                self.described[base, described.name] = described
                yield from self._announce(base, described)
            self.originals.keep(message.topic, message.payload)
            self._descriptions[message.topic] = self._of_ours(message.topic, base, listed)

    def _known(self) -> Iterator[Message]:
        """What bridges said, as far as it is of those who are configured now."""
        for base in sorted(self._bases):
            for topic in (f"{base}/bridge/devices", f"{base}/bridge/groups"):
                if said := self.originals.of(topic):
                    yield self._of_ours(topic, base, tree(said, LONGEST_DESCRIPTION))

    def _of_ours(self, topic: str, base: str, listed: Tree) -> Message:
        """What a bridge described without those who are not configured; an empty message if nobody is left."""
        ours = [entry for entry in listed if isinstance(entry, dict) and self._knows(base, entry)]
        return Message(topic, to_json(ours) if ours else b"")

    def _hear_bridge_state(self, message: Message, base: str) -> Iterator[Heard]:
        """A bridge that is gone takes its devices along; one that came says nothing of them yet."""
        if _online(message) is not False:
            return
        for (of, _), device in self._devices.items():
            if of == base:
                yield Availability(device.id, online=False, time=message.time, retained=message.retained)

    def _knows(self, base: str, entry: dict[str, Tree]) -> bool:
        """Whether a description is of a device or a group that is configured."""
        return any((base, address) in self._devices for address in _parts(str(entry.get("friendly_name"))))

    def _announce(self, base: str, described: Description) -> Iterator[Heard]:
        known = any((base, address) in self._devices for address in _parts(described.name))
        if known or not described.offers or self._announced.get((base, described.name)) == described.offers:
            return
        self._announced[base, described.name] = described.offers
        yield Announcement(NAME, described.name, described.offers)


def _base(device: Device) -> str:
    base = device.options.get("base", NAME)
    return base if isinstance(base, str) else NAME


def _endpoint(address: str) -> str:
    _, _, last = address.rpartition("/")
    return last if last in ENDPOINTS and last != address else ""


def _whole(address: str) -> str:
    """The friendly name of a device of which an address may name an endpoint."""
    endpoint = _endpoint(address)
    return address[: -len(endpoint) - 1] if endpoint else address


def _parts(name: str) -> Iterator[str]:
    """The addresses under which a device may be configured that speaks by a friendly name."""
    yield name
    for endpoint in ENDPOINTS:
        yield f"{name}/{endpoint}"


def _online(message: Message) -> bool | None:
    """What an availability says: an object since version 1.30, a word before; None if it is cleared."""
    if not message.payload:
        return None
    if message.payload.lstrip().startswith(b"{"):
        word = an_object(message.payload).get("state")
    else:
        word = text(message.payload)
    if word not in ("online", "offline"):
        raise Malformed("online or offline", shown(word), "availability")
    return bool(word == "online")
