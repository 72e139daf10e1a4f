"""Shelly: relays, dimmers and sensors of the first generation and of all since the second (Plus, Pro, Gen3, Gen4).

A device's address is its MQTT prefix: "shellyplus1pm-aabbcc" or, of the first generation, "shellies/shellydimmer2-AA".
Behind it a lamp may name its component, "/light:1" or "/switch:0"; without it that is light:0, or what the device says.

One pedestrian: nobody counts here. The Presence sensor says how many it sees (`num_objects`), which is occupancy;
motion sensors and inputs to which a PIR is wired say presence. What it cannot see: an input knows not what is wired to
it; a button says `state: null`, which is nothing. `illumination` is a word, lux are in `lux`.

Sources: shelly-api-docs.shelly.cloud, "MQTT", "Notifications", "Light", "Switch", "PresenceZone", and Gen1 "MQTT".
"""

from collections.abc import Iterator, Sequence

from devices.convention import Convention, Heard, Malformed
from devices.conventions.shelly import gen1, gen2
from devices.conventions.shelly.lamp import COMPONENT, LampMemory, whole
from devices.device import Device, DeviceId, Kind
from devices.hearing import Hearing, announce
from devices.light import LightCommand
from devices.message import Message
from devices.payload import shown, text
from devices.values import truth

NAME = "shelly"
GEN1 = "shellies/"


def make(site: str, devices: Sequence[Device]) -> Convention:
    """Build the convention for the devices of one site behind one broker; the site's name signs what they are asked."""
    return Shelly(site, devices)


class Shelly:
    """Knows devices by their prefixes, and remembers what each lamp said and was told."""

    def __init__(self, site: str, devices: Sequence[Device]) -> None:
        self._asker = f"reverbere-{site}"
        self._devices: dict[str, list[Device]] = {}
        for device in devices:
            self._devices.setdefault(whole(device.address), []).append(device)
        self._lamps = {device.id: device for device in devices if device.kind is Kind.LUMINAIRE}
        self.memories: dict[DeviceId, LampMemory] = {}

    def inherit(self, before: Convention) -> None:
        """Know where lamps were."""
        if isinstance(before, Shelly):
            self.memories = before.memories

    def topics(self) -> frozenset[str]:
        """Give all that the devices say of themselves."""
        spoken: set[str] = set()
        for prefix in self._devices:
            said = gen1.SPOKEN if prefix.startswith(GEN1) else gen2.SPOKEN
            spoken |= {f"{prefix}/{topic}" for topic in said}
        return frozenset(spoken)

    def decode(self, message: Message) -> Iterator[Heard]:
        """Say what a message means. Raises `Malformed` after the good parts."""
        prefix, said = self._split(message.topic)
        if (
            not message.payload
            or said in ("rpc", "command", "announce", "debug/log")
            or said.endswith(("/set", "/command"))
        ):
            return
        if said == "online":
            yield from self._hear_availability(message, prefix)
            return
        generation = gen1 if prefix.startswith(GEN1) else gen2
        parts = generation.parts(message, said)
        devices = self._devices.get(prefix, [])
        for device in devices:
            yield from generation.hear(message, device, parts, self._memory(device))
        if not devices:
            address = generation.address(prefix, parts)
            yield from announce(NAME, address, lambda stand_in: generation.hear(message, stand_in, parts, LampMemory()))

    def encode(self, command: LightCommand) -> Sequence[Message]:
        """Say an order. Raises `KeyError` for a lamp that is not of this convention."""
        lamp = self._lamps[command.lamp]
        memory = self._memory(lamp)
        memory.orders.give(command)
        prefix = whole(lamp.address)
        named = COMPONENT.fullmatch(lamp.address)
        component = named["component"] if named else memory.component
        if prefix.startswith(GEN1):
            topic, payload = gen1.order(command, component)
        else:
            topic, payload = gen2.order(command, component, self._asker)
        return (Message(f"{prefix}/{topic}", payload),)

    def _split(self, topic: str) -> tuple[str, str]:
        for prefix in self._devices:
            if topic.startswith(f"{prefix}/"):
                return prefix, topic[len(prefix) + 1 :]
        levels = topic.split("/")
        if levels[0] == "shellies" and len(levels) > 2:  # noqa: PLR2004 - shellies, a device, what it says
            return "/".join(levels[:2]), "/".join(levels[2:])
        if levels in (["shellies", "announce"], ["shellies", "command"]):
            return levels[0], levels[1]
        for said in (["events", "rpc"], ["online"], ["rpc"], ["command"], ["announce"], ["debug", "log"]):
            if levels[-len(said) :] == said and len(levels) > len(said):
                return "/".join(levels[: -len(said)]), "/".join(said)
        if len(levels) > 2 and levels[-2] == "status":  # noqa: PLR2004 - a prefix, status, a component
            return "/".join(levels[:-2]), "/".join(levels[-2:])
        raise Malformed("PREFIX/status/COMPONENT, PREFIX/events/rpc or shellies/DEVICE/...", shown(topic), "topic")

    def _hear_availability(self, message: Message, prefix: str) -> Iterator[Heard]:
        for device in self._devices.get(prefix, []):
            hearing = Hearing(message, device)
            online = hearing.trying(lambda: truth(text(message.payload)), "online")
            if online is not None:
                hearing.available(online=online)
            yield from hearing.heard()

    def _memory(self, device: Device) -> LampMemory:
        return self.memories.setdefault(device.id, LampMemory())
