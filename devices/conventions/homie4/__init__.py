"""Homie 4.0 (and 3.0): devices that describe themselves topic by topic, property by property.

A device's address is its id, or one node of it ("lamp-1/light"), or one property ("box/inputs/in-1"); a boolean
property that is named so says presence, whatever its name. Option `base` is the base topic, "homie" if left out. A
property is understood by its name (or its node's and its name), its `$datatype` and its `$unit`; one that is settable
is an order or a setting, never a measurement. A lamp is a settable number that is called a brightness, with `$format`
as its range, or a settable boolean, or both. Before a property has described itself its name alone decides.

One pedestrian: one more of a running total (`people-total`, `counter/in`), or one of a property `pedestrians`, which
should then have `$retained` false: a device that reconnects says its retained values again. A number of people without
a direction is occupancy. What it cannot see: when something was, since Homie has no times; how long a count took; how
fast a lamp fades, which an order cannot say. Everything is retained: only what the broker repeats counts as retained
here, so a value is live when it comes by itself.

Source: The Homie Convention, version 4.0.0, with the legacy statistics extension.
"""

from collections.abc import Iterator, Sequence

from devices.convention import Convention, Heard, Standing
from devices.described import Place
from devices.device import Device
from devices.hearing import Hearing
from devices.homie.controller import (
    LONGEST_ID,
    MOST_DEVICES,
    MOST_PROPERTIES,
    Controller,
    Key,
    Topics,
    base_of,
)
from devices.homie.description import ATTRIBUTES, described
from devices.light import LightCommand
from devices.message import Message
from devices.payload import text
from devices.reading import Quantity

NAME = "homie4"

LONGEST_ATTRIBUTE = 4096
"""Characters of an attribute that are kept."""

STATISTICS = {"battery": Quantity.BATTERY, "supply": Quantity.VOLTAGE}
"""Of the statistics that a device says of itself; `signal` is per cent of nothing in particular."""


def make(site: str, devices: Sequence[Device]) -> Convention:  # noqa: ARG001 - Homie knows no site
    """Build the convention for the devices behind one broker."""
    return Homie4(devices)


class Homie4:
    """Gathers the attributes of properties, which come one by one and in any order."""

    def __init__(self, devices: Sequence[Device]) -> None:
        self._devices = devices
        self.controller = Controller(Topics(NAME), devices)
        self.attributes: dict[Key, dict[Place, dict[str, str]]] = {}

    def inherit(self, before: Convention) -> None:
        """Know the descriptions, and where lamps were."""
        if isinstance(before, Homie4):
            self.controller.inherit(before.controller)
            self.attributes = before.attributes

    def topics(self) -> frozenset[str]:
        """Give the descriptions and states of all devices, and the values of those that are configured."""
        spoken = {f"{base}/+/$state" for base in self.controller.bases}
        spoken |= {f"{base}/+/+/+/{said}" for base in self.controller.bases for said in ATTRIBUTES}
        spoken |= {f"{base}/{device}/+/+" for base, device in self.controller.configured}
        return frozenset(Standing(topic) for topic in spoken)

    def decode(self, message: Message) -> Iterator[Heard]:
        """Say what a message means. Raises `Malformed` after the good parts."""
        base, (device, *levels) = self.controller.split(message.topic)
        key = (base, device)
        match levels:
            case ["$state"]:
                yield from self.controller.hear_state(message, key)
            case ["$stats", name] if name in STATISTICS:
                yield from self._hear_statistic(message, key, STATISTICS[name], name)
            case [node, prop, attribute] if attribute in ATTRIBUTES and max(len(node), len(prop)) <= LONGEST_ID:
                yield from self._describe(key, Place(node, prop), attribute[1:], text(message.payload))
            case [node, prop]:
                yield from self.controller.hear_value(message, key, Place(node, prop))
            case _:
                return

    def encode(self, command: LightCommand) -> Sequence[Message]:
        """Say an order by `set` topics. Raises `KeyError` for a lamp that is not of this convention."""
        return self.controller.encode(command)

    def _describe(self, key: Key, at: Place, attribute: str, said: str) -> Iterator[Heard]:
        """Take one attribute of a property; one that is cleared is no longer said."""
        gathered = self.attributes.get(key)
        if gathered is None:
            if key not in self.controller.configured and len(self.attributes) >= MOST_DEVICES:
                return
            gathered = self.attributes.setdefault(key, {})
        if at not in gathered and len(gathered) >= MOST_PROPERTIES:
            return
        attributes = gathered.setdefault(at, {})
        attributes[attribute] = said[:LONGEST_ATTRIBUTE]
        self.controller.know(key, at, described(attributes))
        yield from self.controller.announce(key)

    def _hear_statistic(self, message: Message, key: Key, quantity: Quantity, name: str) -> Iterator[Heard]:
        for device in self._devices:
            if (base_of(device), device.address) == key:
                hearing = Hearing(message, device)
                hearing.say(quantity, text(message.payload), f"$stats/{name}")
                yield from hearing.heard()
