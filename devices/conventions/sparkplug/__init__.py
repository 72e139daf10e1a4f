"""Sparkplug B: sensors and lamps behind edge nodes of industry, in protobuf.

A device's address is GROUP/NODE/DEVICE, or GROUP/NODE for what the node measures itself; two slashes and a folder
behind it ("street/node-1/box//Lamp 2") are one lamp of several. A metric is understood by its name (or its folder's and
its name), its datatype and its engineering unit. A lamp is a number that is called a brightness, 0 to 100 if no limits
are said, or a Boolean that is called a lamp's, or both; it is told by DCMD or NCMD. Data by alias are known from a
birth; where none was heard, data and orders ask their node for a rebirth.

One pedestrian: one more of a running total (`People/Total`, `Counter/In`), or one of a metric `Pedestrians`, except in
a birth, which says again what was said. A number of people without a direction is occupancy. What it cannot see: gaps
in the sequence of messages; datasets, files and templates; values of bad or stale quality. What is historical moves no
lamp. A death certificate of an earlier connection (another bdSeq) is none.

Source: Eclipse Sparkplug 3.0.0, chapters 4 to 6.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from devices.convention import Convention, Heard, Malformed
from devices.conventions.sparkplug.birth import UNBORN, Birth, birth_of, placed, whole
from devices.conventions.sparkplug.metrics import hear_metrics
from devices.conventions.sparkplug.payload import BOOLEAN, SORTS, Metric, Payload, read, write
from devices.device import Device, DeviceId, Kind
from devices.dimming import LampMemory, Shape, steps
from devices.hearing import Hearing, announce
from devices.light import LightCommand
from devices.message import SECOND, Message
from devices.payload import shown

NAME = "sparkplug"
NAMESPACE = "spBv1.0"
MILLISECOND = 1_000_000

MOST_BIRTHS = 1000
"""Births that are kept of nodes and devices that nobody has configured."""

LONGEST_ID = 128

PATIENCE = 60 * SECOND
"""How long a node that was asked for a rebirth is not asked again."""

REBIRTH = Metric("Node Control/Rebirth", datatype=BOOLEAN, raw=True)


class Edge(NamedTuple):
    """An edge node, or a device behind it: "" for none."""

    group: str
    node: str
    device: str = ""

    @property
    def address(self) -> str:
        """How `devices.yaml` writes it."""
        return "/".join(level for level in self if level)

    def topic(self, kind: str) -> str:
        """Its topic of a kind: "BIRTH", "DATA", "DEATH" or "CMD"."""
        own = f"{NAMESPACE}/{self.group}/{'D' if self.device else 'N'}{kind}/{self.node}"
        return f"{own}/{self.device}" if self.device else own


def make(site: str, devices: Sequence[Device]) -> Convention:  # noqa: ARG001 - groups of Sparkplug are no sites
    """Build the convention for the edge nodes behind one broker."""
    return Sparkplug(devices)


class Sparkplug:
    """Knows devices by group, node and device, and of each its birth."""

    def __init__(self, devices: Sequence[Device]) -> None:
        self._devices: dict[Edge, list[Device]] = {}
        for device in devices:
            self._devices.setdefault(_edge(device), []).append(device)
        self._lamps = {device.id: device for device in devices if device.kind is Kind.LUMINAIRE}
        self._now: int | None = None
        self._asked: dict[Edge, int] = {}
        self._questions: set[Edge] = set()
        self.births: dict[Edge, Birth] = {}
        self.connections: dict[Edge, int] = {}
        self.memories: dict[DeviceId, LampMemory] = {}

    def inherit(self, before: Convention) -> None:
        """Know the births, and where lamps were."""
        if isinstance(before, Sparkplug):
            self.births, self.connections, self.memories = before.births, before.connections, before.memories

    def topics(self) -> frozenset[str]:
        """Give all births, and the data and deaths of the nodes and devices that are configured."""
        spoken = {f"{NAMESPACE}/+/NBIRTH/+", f"{NAMESPACE}/+/DBIRTH/+/+"}
        for edge in self._devices:
            spoken |= {edge.topic("DATA"), edge.topic("DEATH"), node_of(edge).topic("DEATH")}
        return frozenset(spoken)

    def decode(self, message: Message) -> Iterator[Heard]:
        """Say what a message means. Raises `Malformed` after the good parts."""
        edge, kind = _heard_from(message.topic)
        self._now = message.time // MILLISECOND
        if kind == "BIRTH":
            yield from self._hear_birth(message, edge)
        elif kind == "DATA":
            yield from self._hear_data(message, edge)
        elif kind == "DEATH":
            yield from self._hear_death(message, edge)

    def encode(self, command: LightCommand) -> Sequence[Message]:
        """Say an order as a command to the lamp's metrics, or ask for a rebirth while nobody knows them.

        Raises `KeyError` for a lamp that is not of this convention.
        """
        lamp = self._lamps[command.lamp]
        self._memory(lamp).orders.give(command)
        edge = _edge(lamp)
        birth = self.births.get(edge, UNBORN)
        found = birth.lamp(_folder(lamp))
        if found == Shape():
            return (self._rebirth(node_of(edge)),)
        return (Message(edge.topic("CMD"), write(list(_ordered(command.level, birth, found)), self._now)),)

    def questions(self) -> Sequence[Message]:
        """Ask nodes for a rebirth whose aliases nobody knows."""
        asked, self._questions = self._questions, set()
        return tuple(self._rebirth(node) for node in sorted(asked))

    def _rebirth(self, node: Edge) -> Message:
        return Message(node.topic("CMD"), write([REBIRTH], self._now))

    # ------------------------------------------------------------------------------------------------- certificates
    def _hear_birth(self, message: Message, edge: Edge) -> Iterator[Heard]:
        payload = read(message.payload)
        birth = birth_of(payload.metrics)
        if not edge.device:
            self._forget(edge)
            self._connect(edge, payload)
        if edge in self._devices or edge in self.births or len(self.births) < MOST_BIRTHS:
            self.births[edge] = birth
        yield from self._say_available(message, edge, online=True)
        yield from self._hear(message, edge, payload, birth, born=True)

    def _connect(self, node: Edge, payload: Payload) -> None:
        """Remember which connection of a node this is, so that its death certificate is known for its own."""
        number = _bd_seq(payload)
        known = node in self.connections or len(self.connections) < MOST_BIRTHS
        if number is not None and (known or any(node_of(edge) == node for edge in self._devices)):
            self.connections[node] = number

    def _forget(self, node: Edge) -> None:
        """Forget the births of a node and of what is behind it: in its next life aliases are others."""
        for edge in [edge for edge in self.births if node_of(edge) == node]:
            del self.births[edge]

    def _hear_death(self, message: Message, edge: Edge) -> Iterator[Heard]:
        payload = read(message.payload)
        if edge.device:
            self.births.pop(edge, None)
            yield from self._say_available(message, edge, online=False)
            return
        number = _bd_seq(payload)
        if number is not None and self.connections.get(edge, number) != number:
            return
        self._forget(edge)
        for other in self._devices:
            if node_of(other) == edge:
                yield from self._say_available(message, other, online=False)

    def _say_available(self, message: Message, edge: Edge, *, online: bool) -> Iterator[Heard]:
        for device in self._devices.get(edge, ()):
            hearing = Hearing(message, device)
            hearing.available(online=online)
            yield from hearing.heard()

    # --------------------------------------------------------------------------------------------------------- data
    def _hear_data(self, message: Message, edge: Edge) -> Iterator[Heard]:
        payload = read(message.payload)
        birth = self.births.get(edge)
        if edge in self._devices and any((birth or UNBORN).named(metric) is None for metric in payload.metrics):
            self._wonder(node_of(edge), message.time)
        yield from self._hear(message, edge, payload, birth or birth_of(payload.metrics), born=False)

    def _wonder(self, node: Edge, now: int) -> None:
        """Mean to ask a node for a rebirth, unless it was asked just now."""
        if node not in self._asked or not 0 <= now - self._asked[node] < PATIENCE:
            self._asked[node] = now
            self._questions.add(node)

    def _hear(self, message: Message, edge: Edge, payload: Payload, birth: Birth, *, born: bool) -> Iterator[Heard]:
        said = replace(payload, metrics=[metric for metric in payload.metrics if not (born and _counts(birth, metric))])
        if edge not in self._devices:
            memory = LampMemory()
            yield from announce(NAME, edge.address, lambda one: hear_metrics(message, one, said, birth, "", memory))
        for device in self._devices.get(edge, ()):
            yield from hear_metrics(message, device, said, birth, _folder(device), self._memory(device))

    def _memory(self, device: Device) -> LampMemory:
        return self.memories.setdefault(device.id, LampMemory())


def node_of(edge: Edge) -> Edge:
    """The node that a device is behind."""
    return edge._replace(device="")


def _heard_from(topic: str) -> tuple[Edge, str]:
    """Who speaks on a topic, and what kind of message it is; "" for none that is to be heard."""
    match topic.split("/"):
        case [namespace, group, kind, node, *device] if namespace == NAMESPACE and len(device) <= 1:
            edge = Edge(group, node, *device)
            if all(0 < len(level) <= LONGEST_ID for level in (group, node, *device)):
                if kind in (f"{'D' if device else 'N'}{each}" for each in ("BIRTH", "DATA", "DEATH")):
                    return edge, kind[1:]
                if kind in ("NCMD", "DCMD"):
                    return edge, ""
        case [namespace, "STATE", *_] if namespace == NAMESPACE:
            return Edge("", ""), ""
    raise Malformed(f"{NAMESPACE}/GROUP/NDATA/NODE or {NAMESPACE}/GROUP/DDATA/NODE/DEVICE", shown(topic), "topic")


def _edge(device: Device) -> Edge:
    levels = [*device.address.partition("//")[0].split("/"), "", ""]
    return Edge(levels[0], levels[1], "/".join(level for level in levels[2:] if level))


def _folder(device: Device) -> str:
    return device.address.partition("//")[2]


def _bd_seq(payload: Payload) -> int | None:
    """Which connection of its node a birth or death certificate belongs to."""
    found = next((metric.raw for metric in payload.metrics if metric.name == "bdSeq"), None)
    return found if isinstance(found, int) else None


def _counts(birth: Birth, metric: Metric) -> bool:
    """Whether a metric says how many people came since it said so last: a birth says that again."""
    name = birth.named(metric)
    means = birth.meanings.get(placed(name)) if name is not None else None
    return means is not None and means.quantity.value == "pedestrians"


def _ordered(level: int, birth: Birth, found: Shape) -> Iterator[Metric]:
    """The metrics of an order, by alias where the birth gave one (section 6.4.5)."""
    if found.dims is not None and (level or found.switches is None):
        born = birth.metrics[whole(found.dims)]
        value = steps(birth.described[found.dims]).value(level)
        yield replace(born, raw=round(value) if SORTS.get(born.datatype) == "whole" else value)
    if found.switches is not None:
        yield replace(birth.metrics[whole(found.switches)], raw=level > 0)
