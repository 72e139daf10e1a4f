"""A simulated sensor beside the convention of its make: what one says and what the other understands."""

from collections.abc import Sequence
from datetime import UTC
from typing import NamedTuple

from devices import totals
from devices.convention import Convention, Heard, Rejected, hear
from devices.conventions.custom import Read
from devices.device import Device, DeviceId, Kind
from devices.message import Message
from devices.reading import Availability, Quality, Quantity, Reading
from devices.totals import Standing
from firmware_sims.ailment import Ailment, mutilated
from firmware_sims.breakage import Breakage
from firmware_sims.catalogue import COUNTERS, WATCHERS
from firmware_sims.profile import steady
from firmware_sims.said import Said
from firmware_sims.sensor import MakePart
from firmware_sims.sighting import changes
from firmware_sims.specimen import Utterance
from firmware_sims.street import Street
from gateway.clock import SECOND
from tests.devices.speech import convention

START = 1_790_000_000 * SECOND
HOUR = 3600 * SECOND
STREET = Street(600.0, steady(90), "UTC", seed=7, start=START - HOUR)
COUNT_AT, SEES = 300.0, (285.0, 315.0)

ADDRESSES = {
    "native": "sensor",
    "sparkplug": "street/edge/box",
    "chirpstack": "24e124136b000001",
    "shelly-gen1": "shellies/shellymotion-1",
    "senml-cbor": "yard/cbor",
    "senml": "yard/senml",
    "cayenne": "lora/node",
    "bthome": "home/BTtoMQTT/A4C138000001",
    "custom": "shop/door",
}
READS = (
    Read(Quantity.PEDESTRIANS, ("count", 0), channel="in"),
    Read(Quantity.PEDESTRIANS, ("count", 1), channel="out"),
    Read(Quantity.PRESENCE, ("who",), on=("somebody",), off=("nobody",)),
)
UNSURE = Quality.CLOCK_UNCERTAIN
COUNTING, WATCHING = sorted(COUNTERS), sorted(WATCHERS)


class Change(NamedTuple):
    """Somebody came, or the last one left."""

    at: int
    present: bool


class Listener:
    """A gateway as far as one device is concerned: its convention, its running totals, and what came of it."""

    def __init__(self, device: Device) -> None:
        self.spoken: Convention = convention(device)
        self.people = 0
        self.items: list[Heard] = []
        self._totals: dict[str, Standing] = {}

    def hear(self, said: Sequence[Said], at: int) -> None:
        """Take messages that came at an instant."""
        for each in said:
            items = hear(self.spoken, Message(each.topic, each.payload, at))
            self.items += items
            for item in items:
                if isinstance(item, Reading):
                    self._count(item, items)

    def _count(self, item: Reading, beside: Sequence[Heard]) -> None:
        if item.quantity is Quantity.PEDESTRIANS_TOTAL:
            before = self._totals.get(item.channel)
            standing, people = totals.count(before, item, beside)
            if standing is not None:
                self._totals[item.channel] = standing
            item = people or item
        if item.quantity is Quantity.PEDESTRIANS:
            self.people += int(item.value)

    @property
    def rejected(self) -> list[str]:
        """What meant nothing."""
        return [f"{each.where}: {each.expected}; {each.found}" for each in self.items if isinstance(each, Rejected)]

    @property
    def online(self) -> list[bool]:
        """When it said that it came or went."""
        return [each.online for each in self.items if isinstance(each, Availability)]

    @property
    def readings(self) -> list[Reading]:
        """All that was read."""
        return [each for each in self.items if isinstance(each, Reading)]

    def presence(self) -> list[Change]:
        """When it was told that somebody came, or that the last one left."""
        found: list[Change] = []
        for each in self.readings:
            if each.quantity in (Quantity.PRESENCE, Quantity.OCCUPANCY):
                present = each.value > 0
                if not found or found[-1].present != present:
                    found.append(Change(each.time, present))
        return found


def part(make: str, *, counts: bool, breakages: tuple[Breakage[Ailment], ...] = ()) -> MakePart:
    """A simulated sensor of a make, called "sensor"."""
    address = ADDRESSES.get(make, "node")
    if counts:
        return MakePart("sensor", make, address, COUNT_AT, breakages=breakages)
    return MakePart("sensor", make, address, None, *SEES, 300 * SECOND, breakages=breakages)


def configured(make: str, *, counts: bool) -> Device:
    """The same sensor as an operator writes it."""
    name = {"shelly-gen1": "shelly", "senml-cbor": "senml"}.get(make, make)
    options: dict[str, object] = {"measures": ("pedestrians" if counts else "presence",), "time_zone": UTC}
    if name == "custom":
        options |= {"reads": READS, "reads_time": ("ts",)}
    return Device(DeviceId("sensor"), Kind.SENSOR, "mqtt", name, ADDRESSES.get(make, "node"), "", options)


def played(made: MakePart, listener: Listener, until: int) -> int:
    """Let a sensor play from `START` before somebody who listens; give the people of whom whole messages told."""
    specimen = made.specimen("lab", STREET, START)

    def say(told: Sequence[Utterance], at: int) -> None:
        spoken = [Said(each.said.topic, _wire(each), each.said.retain) for each in told]
        listener.hear(spoken, at)

    listener.hear(specimen.make.births(specimen.clock(START)), START)
    say(specimen.begin(START), START)
    while specimen.next <= until:
        at = specimen.next
        say(specimen.live(at), at)
        if specimen.restarts:
            say(specimen.begin(at), at)
            listener.hear(specimen.make.births(specimen.clock(at)), at)
    say(specimen.finish(until), until)
    return specimen.people


def _wire(each: Utterance) -> bytes:
    return mutilated(each.said.payload) if each.spoilt else each.said.payload


def truth(until: int) -> list[Change]:
    """When somebody came into the stretch, and when the last one left it; first how it was at `START`."""
    first = Change(START, bool(STREET.near(*SEES, START)))
    return [first, *(Change(*change) for change in changes(STREET, *SEES, START, until))]


def passed(until: int) -> int:
    """How many passed the counter."""
    return len(STREET.passages(COUNT_AT, START, until))
