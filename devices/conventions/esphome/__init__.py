"""ESPHome over MQTT: the components of a node, and Roode, which counts people with it.

A device's address is the node's `topic_prefix`; behind it one component, "/light/lamp", "/switch/relay" or
"/binary_sensor/pir". A lamp must name its component. What a component measures follows from its name, since over MQTT
nothing else says it: "hall_motion", "garden_illuminance", "people_counter".

One pedestrian: an Entry or Exit of Roode's text sensor, by direction; one more of a number by direction ("people_in"),
which is a running total unless it says its period, since a state is said again at each connection. Roode's
`people_counter` is how many are inside, which is occupancy; it drifts and may fall below 0, which is taken for 0. A
radar's targets are occupancy (an LD2450 sees three at most), its presence is presence. What it cannot see: the unit of
a number with an unusual name. By default a node retains all that it says, and what is retained moves no lamp: its
components need `retain: false`.

Sources: esphome.io, "MQTT Client Component", "Light", "LD2410 Sensor"; light_json_schema.cpp; Lyr3x/Roode.
"""

from collections.abc import Iterator, Sequence

from devices.convention import Convention, Heard, Malformed
from devices.conventions.esphome.component import Component, hear_component
from devices.conventions.esphome.light import LIGHT, SWITCH, LampMemory, hear_lamp, order
from devices.device import Device, DeviceId, Kind
from devices.hearing import Hearing, announce
from devices.light import LightCommand
from devices.message import Message
from devices.payload import shown, text

NAME = "esphome"
LAMPS = (LIGHT, SWITCH)
KINDS = (*LAMPS, "binary_sensor", "sensor", "number", "text_sensor")


def make(site: str, devices: Sequence[Device]) -> Convention:  # noqa: ARG001 - a node knows no site
    """Build the convention for the nodes behind one broker."""
    return EspHome(devices)


class EspHome:
    """Knows devices by the prefix of their node, and remembers what each lamp said and was told."""

    def __init__(self, devices: Sequence[Device]) -> None:
        self._devices: dict[str, list[Device]] = {}
        for device in devices:
            self._devices.setdefault(_prefix(device.address), []).append(device)
        self._lamps = {device.id: device for device in devices if device.kind is Kind.LUMINAIRE}
        self.memories: dict[DeviceId, LampMemory] = {}

    def inherit(self, before: Convention) -> None:
        """Know where lamps were."""
        if isinstance(before, EspHome):
            self.memories = before.memories

    def topics(self) -> frozenset[str]:
        """Give the states of the nodes' components, and whether the nodes are there."""
        return frozenset(f"{prefix}/{said}" for prefix in self._devices for said in ("+/+/state", "status"))

    def decode(self, message: Message) -> Iterator[Heard]:
        """Say what a message means. Raises `Malformed` after the good parts."""
        match message.topic.split("/"):
            case [*prefix, kind, name, "state"] if prefix and kind in KINDS:
                if message.payload:
                    yield from self._hear(message, "/".join(prefix), Component(kind, name))
            case [*prefix, _, _, "state" | "command"] | [*prefix, "debug"] | [*prefix, "discover", _] if prefix:
                return
            case [*prefix, "status"] if prefix:
                yield from self._hear_availability(message, "/".join(prefix))
            case _:
                raise Malformed("PREFIX/KIND/NAME/state or PREFIX/status", shown(message.topic), "topic")

    def encode(self, command: LightCommand) -> Sequence[Message]:
        """Say an order to the lamp's component. Raises `KeyError` for a lamp that is not of this convention."""
        lamp = self._lamps[command.lamp]
        self._memory(lamp).orders.give(command)
        kind = lamp.address.rpartition("/")[0].rpartition("/")[2]
        return (Message(f"{lamp.address}/command", order(command, kind)),)

    def _hear(self, message: Message, prefix: str, component: Component) -> Iterator[Heard]:
        own = f"{prefix}/{component.kind}/{component.name}"
        devices = [device for device in self._devices.get(prefix, []) if device.address in (prefix, own)]
        for device in devices:
            yield from _hear(message, device, component, self._memory(device))
        if not devices:
            address = own if component.kind in LAMPS else prefix
            yield from announce(NAME, address, lambda stand_in: _hear(message, stand_in, component, LampMemory()))

    def _hear_availability(self, message: Message, prefix: str) -> Iterator[Heard]:
        word = text(message.payload)
        if word not in ("online", "offline"):
            raise Malformed("online or offline", shown(word), "status")
        for device in self._devices.get(prefix, []):
            hearing = Hearing(message, device)
            hearing.available(online=word == "online")
            yield from hearing.heard()

    def _memory(self, device: Device) -> LampMemory:
        return self.memories.setdefault(device.id, LampMemory())


def _prefix(address: str) -> str:
    """The node of which an address may name a component."""
    levels = address.split("/")
    return "/".join(levels[:-2]) if len(levels) > 2 and levels[-2] in KINDS else address  # noqa: PLR2004 - and a prefix


def _hear(message: Message, device: Device, component: Component, memory: LampMemory) -> Iterator[Heard]:
    hearing = Hearing(message, device)
    if component.kind in LAMPS:
        hear_lamp(hearing, message, component.kind, memory)
    else:
        hear_component(hearing, component, text(message.payload), chosen=device.address.endswith(f"/{component.name}"))
    yield from hearing.heard()
