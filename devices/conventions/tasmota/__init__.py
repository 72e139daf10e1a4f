"""Tasmota: sensors, relays and dimmers of ESP boards with that firmware.

A device's address is its %topic%; behind it, "/POWER2" names one of several relays and "/zb/NAME" a Zigbee device of a
bridge. Both orders of %prefix% and %topic% are understood; an order goes by the one in which the device speaks.

One pedestrian: a pulse of a counter input (COUNTER), on a sensor that measures pedestrians: a soldered beam. A switch
input, a PIR and the radars LD2410 and LD2410S say presence only; the `People` of the LD2410S is a status, 2 or 3 for
somebody, and never a count. What it cannot see: Wi-Fi's `RSSI` is a per cent and only `Signal` is in dBm; a time
without an offset is what the device's wall clock shows (`time_zone`); a lamp holds its level for ever when we fall
silent, unless a rule in it does otherwise (docs/deploy-a-sensor.md).

Sources: tasmota.github.io, "MQTT", "Commands", "Zigbee", "HLK-LD2410", "HLK-LD2410S"; Tasmota's xsns_102_ld2410.
"""

from collections.abc import Iterator, Sequence

from devices.convention import Announcement, Convention, Heard, Malformed
from devices.conventions.tasmota import light, zigbee
from devices.conventions.tasmota.light import LampMemory, hear_energy, hear_light
from devices.conventions.tasmota.sensors import hear_sensors
from devices.conventions.tasmota.topics import OUTPUT, ZIGBEE, Topic, command, spoken, topic_of, whole
from devices.device import Device, DeviceId, Kind
from devices.hearing import Hearing, announce
from devices.light import LightCommand
from devices.message import Message
from devices.payload import Tree, an_object, shown, text
from devices.reading import Quantity

NAME = "tasmota"
DISCOVERY = "tasmota/discovery/+/config"
RELAY, LIGHT = 1, 2
"""What an output is, in a description."""


def make(site: str, devices: Sequence[Device]) -> Convention:  # noqa: ARG001 - Tasmota knows no site
    """Build the convention for the Tasmota devices behind one broker."""
    return Tasmota(devices)


class Tasmota:
    """Knows devices by their %topic%, and remembers what each lamp said and was told."""

    def __init__(self, devices: Sequence[Device]) -> None:
        self._devices: dict[str, list[Device]] = {}
        for device in devices:
            self._devices.setdefault(whole(device.address), []).append(device)
        self._lamps = {device.id: device for device in devices if device.kind is Kind.LUMINAIRE}
        self.memories: dict[DeviceId, LampMemory] = {}
        self.topic_first: set[str] = set()
        self._announced: set[str] = set()

    def inherit(self, before: Convention) -> None:
        """Know where lamps were, and in which order topics are built."""
        if isinstance(before, Tasmota):
            self.memories = before.memories
            self.topic_first = before.topic_first

    def topics(self) -> frozenset[str]:
        """Give all that the devices say of themselves, and the retained descriptions of those nobody configured."""
        return frozenset({DISCOVERY}).union(*(spoken(address) for address in self._devices))

    def decode(self, message: Message) -> Iterator[Heard]:
        """Say what a message means. Raises `Malformed` after the good parts."""
        if message.topic.startswith("tasmota/discovery/"):
            yield from self._hear_description(message)
            return
        topic = topic_of(message.topic)
        if topic.prefix == "cmnd" or not message.payload:
            return
        devices = self._devices.get(topic.device, [])
        if devices and not topic.prefix_first:
            self.topic_first.add(topic.device)
        said = _said(message, topic)
        if said is None:
            yield from self._hear_availability(message, devices)
            return
        yield from self._hear_own(message, topic, said, devices)
        for name, part in zigbee.parts_of(said):
            yield from self._hear_zigbee(message, f"{topic.device}/zb/{name}", part)

    def encode(self, command_: LightCommand) -> Sequence[Message]:
        """Say an order as a command. Raises `KeyError` for a lamp that is not of this convention."""
        lamp = self._lamps[command_.lamp]
        self._memory(lamp).orders.give(command_)
        behind = ZIGBEE.fullmatch(lamp.address)
        output = OUTPUT.fullmatch(lamp.address)
        if behind:
            name, parameter = zigbee.order(command_, behind["name"])
        else:
            name, parameter = light.order(command_, output["output"] if output else "", self._memory(lamp))
        device = whole(lamp.address)
        topic = command(device, name, prefix_first=device not in self.topic_first)
        return (Message(topic, parameter.encode()),)

    # --------------------------------------------------------------------------------------------- what it says
    def _hear_own(
        self, message: Message, topic: Topic, said: dict[str, Tree], devices: Sequence[Device]
    ) -> Iterator[Heard]:
        own = [device for device in devices if not ZIGBEE.fullmatch(device.address)]
        for device in own:
            output = OUTPUT.fullmatch(device.address)
            yield from _hear(message, device, said, self._memory(device), output["output"] if output else "")
        if own:
            return
        outputs = [key for key in said if light.POWER.fullmatch(key)]
        alone = outputs[0] if "Dimmer" not in said and outputs and outputs[0] not in ("POWER", "POWER1") else ""
        address = f"{topic.device}/{alone}" if alone else topic.device
        yield from announce(NAME, address, lambda stand_in: _hear(message, stand_in, said, LampMemory(), alone))

    def _hear_zigbee(self, message: Message, address: str, part: Tree) -> Iterator[Heard]:
        known = [device for device in self._devices.get(whole(address), []) if device.address == address]
        for device in known:
            hearing = Hearing(message, device)
            zigbee.hear_part(hearing, part, self._memory(device))
            yield from hearing.heard()
        if not known:

            def hear(stand_in: Device) -> Iterator[Heard]:
                hearing = Hearing(message, stand_in)
                zigbee.hear_part(hearing, part, LampMemory())
                return hearing.heard()

            yield from announce(NAME, address, hear)

    def _hear_availability(self, message: Message, devices: Sequence[Device]) -> Iterator[Heard]:
        word = text(message.payload)
        if word not in ("Online", "Offline"):
            raise Malformed("Online or Offline", shown(word), "LWT")
        for device in devices:
            hearing = Hearing(message, device)
            hearing.available(online=word == "Online")
            yield from hearing.heard()

    def _hear_description(self, message: Message) -> Iterator[Heard]:
        """Say who describes itself (SetOption19 0): its topic, and whether it has outputs."""
        if not message.payload or not message.topic.endswith("/config"):
            return
        said = an_object(message.payload)
        address, outputs = said.get("t"), said.get("rl")
        if not isinstance(address, str) or not address or not isinstance(outputs, list):
            raise Malformed('a description with "t" and "rl"', shown(said))
        if str(said.get("ft", "")).startswith("%topic%"):
            self.topic_first.add(address)
        if address not in self._devices and address not in self._announced and {RELAY, LIGHT} & _numbers(outputs):
            self._announced.add(address)
            yield Announcement(NAME, address, (Quantity.LEVEL.value,))

    def _memory(self, device: Device) -> LampMemory:
        return self.memories.setdefault(device.id, LampMemory())


def _numbers(listed: list[Tree]) -> set[int]:
    return {item for item in listed if isinstance(item, int)}


def _said(message: Message, topic: Topic) -> dict[str, Tree] | None:
    """What a message says, as the object that RESULT or SENSOR would have; None for an availability."""
    if topic.kind == "LWT":
        return None
    an_input = topic.kind.startswith(("PIR", "SWITCH"))
    name = topic.kind if topic.kind.startswith(("POWER", "PIR")) else topic.kind.capitalize()
    if message.payload.lstrip()[:1] == b"{":
        said = an_object(message.payload)
        inner = said.get("StatusSNS", said.get("StatusSTS"))
        return {name: said} if an_input else inner if isinstance(inner, dict) else said
    if light.POWER.fullmatch(topic.kind) or an_input:
        return {name: text(message.payload)}
    if topic.kind in ("SENSOR", "STATE", "RESULT"):
        return an_object(message.payload)
    return {}


def _hear(message: Message, device: Device, said: dict[str, Tree], memory: LampMemory, output: str) -> Iterator[Heard]:
    time = said.get("Time")
    hearing = Hearing(message, device, time if isinstance(time, str) else None)
    measures = device.options.get("measures", ())
    hear_sensors(hearing, said, frozenset(measures) if isinstance(measures, tuple) else frozenset())
    hearing.say(Quantity.VOLTAGE, said.get("Vcc"), "Vcc")
    if isinstance(said.get("Wifi"), dict):
        hearing.say(Quantity.RSSI, said["Wifi"].get("Signal"), "Wifi.Signal")
    hear_light(hearing, said, memory, output)
    hear_energy(hearing, said.get("ENERGY"), memory)
    yield from hearing.heard()
