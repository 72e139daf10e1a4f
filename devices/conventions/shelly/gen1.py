"""Shelly of the first generation: a topic a value, below shellies/."""

import re
from collections.abc import Iterator, Mapping

from pydantic_core import to_json

from devices.convention import Heard
from devices.conventions.shelly.lamp import DIMMED, LampMemory, named_by, say_lamp
from devices.device import Device, Kind
from devices.hearing import Hearing
from devices.light import LightCommand
from devices.message import Message
from devices.payload import Tree, an_object, text
from devices.reading import Quantity
from devices.values import number

SPOKEN = (
    *("online", "status", "sensor/+", "input/+", "temperature", "light/+", "light/+/+"),
    *(f"{kind}/+{rest}" for kind in ("white", "color", "relay") for rest in ("", "/+")),
)
TOPIC = re.compile(r"(?P<kind>light|white|color|relay)/(?P<number>\d)(?:/(?P<what>\w+))?")
SENSORS: Mapping[str, Quantity] = {
    "motion": Quantity.PRESENCE,
    "lux": Quantity.ILLUMINANCE,
    "temperature": Quantity.TEMPERATURE,
    "humidity": Quantity.HUMIDITY,
    "battery": Quantity.BATTERY,
}
"""Values below sensor/; `lux` is one, the word `illumination` is not."""

WATT_MINUTES = 1 / 60
"""Meters of relays and lights count watt-minutes."""

MILLISECONDS = 1_000_000
SLOWEST = 5000
"""Milliseconds of the longest transition."""


def parts(message: Message, said: str) -> dict[str, Tree]:
    """What a topic says, by its levels. Raises `Malformed`."""
    if said.endswith("status") or message.payload.lstrip().startswith(b"{"):
        return {said: an_object(message.payload)}
    return {said: text(message.payload)}


def address(prefix: str, said: Mapping[str, Tree]) -> str:
    """The address of a device that speaks: with its component if that is a lamp other than the first."""
    for name in said:
        match = TOPIC.fullmatch(name)
        if match and (match["number"] != "0" or match["kind"] not in ("light", "relay")):
            return f"{prefix}/{match['kind']}:{match['number']}"
    return prefix


def hear(message: Message, device: Device, said: Mapping[str, Tree], memory: LampMemory) -> Iterator[Heard]:
    """Say what a value means. Raises `Malformed` after the good parts."""
    hearing = Hearing(message, device)
    for name, value in said.items():
        match = TOPIC.fullmatch(name)
        if match:
            _output(hearing, device, memory, match, value)
        elif name == "status" and isinstance(value, dict):
            _motion(hearing, value)
        elif name.startswith("input/"):
            hearing.say(Quantity.PRESENCE, value, name, channel=_other(name))
        elif name.startswith("sensor/") and (quantity := SENSORS.get(name.removeprefix("sensor/"))) is not None:
            hearing.say(quantity, value, name)
    yield from hearing.heard()


def _other(name: str) -> str:
    last = name.rpartition("/")[2]
    return "" if last == "0" else last


def _motion(hearing: Hearing, said: Mapping[str, Tree]) -> None:
    """The whole status of the motion sensor."""
    hearing.say(Quantity.PRESENCE, said.get("motion"), "motion")
    hearing.say(Quantity.ILLUMINANCE, said.get("lux"), "lux")
    hearing.say(Quantity.BATTERY, said.get("bat"), "bat")
    warmth = said.get("tmp")
    if isinstance(warmth, dict) and warmth.get("is_valid") is True and warmth.get("units") == "C":
        hearing.say(Quantity.TEMPERATURE, warmth.get("value"), "tmp")


def _output(hearing: Hearing, device: Device, memory: LampMemory, match: re.Match[str], value: Tree) -> None:
    component = f"{match['kind']}:{match['number']}"
    mine = named_by(device.address) or memory.component or component
    if component != mine or device.kind is not Kind.LUMINAIRE:
        return
    if match["what"] == "power":
        memory.power = hearing.trying(lambda: number(value), "power")
    elif match["what"] in ("energy", "energy_total"):
        memory.energy = hearing.trying(lambda: number(value) * WATT_MINUTES, "energy")
    on: Tree = None
    brightness: Tree = None
    if isinstance(value, dict):
        on, brightness = value.get("ison"), value.get("brightness", value.get("gain"))
    elif match["what"] is None and value in ("on", "off"):
        on = value == "on"
    say_lamp(hearing, memory, component, on, brightness)


def order(command: LightCommand, component: str) -> tuple[str, bytes]:
    """The topic behind the prefix, and what is written there; a colour lamp's white light is its `gain`."""
    kind, _, number_ = (component or "light:0").partition(":")
    turn = "on" if command.level else "off"
    if kind == "relay":
        return f"relay/{number_}/command", turn.encode()
    said: dict[str, object] = {"turn": turn, "transition": min(command.ramp // MILLISECONDS, SLOWEST)}
    if command.level:
        said["gain" if kind == "color" else "brightness"] = DIMMED.step(command.level)
    return f"{kind}/{number_}/set", to_json(said)
