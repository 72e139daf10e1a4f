"""Homie 5: devices that describe themselves in one JSON object.

A device's address is its id, or one node of it ("lamp-1/light"), or one property ("box/inputs/in-1"); a boolean
property that is named so says presence, whatever its name. Option `base` is the homie-domain, "homie" if left out. A
property is understood by its name (or its node's and its name), its datatype and its unit; one that is settable is an
order or a setting, never a measurement. A lamp is a settable number that is called a brightness, with `format` as its
range, or a settable boolean, or both. Before a device has described itself the names of its properties alone decide.

One pedestrian: one more of a running total (`people-total`, `counter/in`), or one of a property `pedestrians`, which
should then have `retained` false: a device that reconnects says its retained values again. A number of people without
a direction is occupancy. What it cannot see: when something was, since Homie has no times; how long a count took; how
fast a lamp fades, which an order cannot say. Everything is retained: only what the broker repeats counts as retained
here, so a value is live when it comes by itself.

Source: The Homie Convention, version 5.0.
"""

from collections.abc import Iterator, Sequence

from devices.convention import Convention, Heard, Malformed, Standing
from devices.described import Described, Place
from devices.device import Device
from devices.homie.controller import LONGEST_ID, MOST_DEVICES, MOST_PROPERTIES, Controller, Key, Topics
from devices.homie.description import of_object
from devices.light import LightCommand
from devices.message import Message
from devices.payload import LONGEST_DESCRIPTION, Tree, an_object, shown, text

NAME = "homie5"
MAJOR = "5"


def make(site: str, devices: Sequence[Device]) -> Convention:  # noqa: ARG001 - Homie knows no site
    """Build the convention for the devices behind one broker."""
    return Homie5(devices)


class Homie5:
    """Knows of each device its description, and whose child it is: a root device speaks of its children's end."""

    def __init__(self, devices: Sequence[Device]) -> None:
        self.controller = Controller(Topics(NAME, MAJOR), devices)
        self.roots: dict[Key, str] = {}

    def inherit(self, before: Convention) -> None:
        """Know the descriptions, and where lamps were."""
        if isinstance(before, Homie5):
            self.controller.inherit(before.controller)
            self.roots = before.roots

    def topics(self) -> frozenset[str]:
        """Give the descriptions and states of all devices, and the values of those that are configured."""
        attributes = ("$state", "$description")
        spoken = {f"{base}/{MAJOR}/+/{said}" for base in self.controller.bases for said in attributes}
        spoken |= {f"{base}/{MAJOR}/{device}/+/+" for base, device in self.controller.configured}
        return frozenset(Standing(topic) for topic in spoken)

    def decode(self, message: Message) -> Iterator[Heard]:
        """Say what a message means. Raises `Malformed` after the good parts."""
        base, (device, *levels) = self.controller.split(message.topic)
        key = (base, device)
        match levels:
            case ["$state"]:
                yield from self._hear_state(message, key)
            case ["$description"]:
                yield from self._describe(message, key)
            case [node, prop]:
                yield from self.controller.hear_value(message, key, Place(node, prop))
            case _:
                return

    def encode(self, command: LightCommand) -> Sequence[Message]:
        """Say an order by `set` topics. Raises `KeyError` for a lamp that is not of this convention."""
        return self.controller.encode(command)

    def _hear_state(self, message: Message, key: Key) -> Iterator[Heard]:
        """A root that is gone takes its children along; only the root has a last will."""
        yield from self.controller.hear_state(message, key)
        if text(message.payload) in ("disconnected", "lost"):
            base, device = key
            for child, root in self.roots.items():
                if root == device and child[0] == base and child != key:
                    yield from self.controller.hear_state(message, child)

    def _describe(self, message: Message, key: Key) -> Iterator[Heard]:
        if not text(message.payload, LONGEST_DESCRIPTION):
            self.controller.describe(key, {})
            self.roots.pop(key, None)
            return
        said = an_object(message.payload, LONGEST_DESCRIPTION)
        root = said.get("root")
        if (
            isinstance(root, str)
            and 0 < len(root) <= LONGEST_ID
            and (key in self.roots or len(self.roots) < MOST_DEVICES)
        ):
            self.roots[key] = root
        wrong: list[Malformed] = []
        self.controller.describe(key, dict(_properties(said, wrong)))
        yield from self.controller.announce(key)
        if wrong:
            raise wrong[0]


def _properties(said: dict[str, Tree], wrong: list[Malformed]) -> Iterator[tuple[Place, Described]]:
    """Read the properties of a description; what is wrong with one of them goes to `wrong`, and the others are read."""
    for node, name, written in _written(said):
        try:
            yield Place(node, name), of_object(written, f"{node}/{name}")
        except Malformed as malformed:
            wrong.append(malformed)


def _written(said: dict[str, Tree]) -> Iterator[tuple[str, str, Tree]]:
    nodes = said.get("nodes", {})
    if not isinstance(nodes, dict):
        raise Malformed("an object of nodes", shown(nodes), "nodes")
    count = 0
    for node, about in nodes.items():
        properties = about.get("properties") if isinstance(about, dict) else None
        for name, written in properties.items() if isinstance(properties, dict) else ():
            if max(len(node), len(name)) <= LONGEST_ID and count < MOST_PROPERTIES:
                count += 1
                yield node, name, written
