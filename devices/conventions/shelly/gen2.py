"""Shelly since the second generation: status of components, notifications, and orders by RPC."""

from collections.abc import Iterator, Mapping

from pydantic_core import to_json

from devices.convention import Heard, Malformed
from devices.conventions.shelly.lamp import DIMMED, LampMemory, named_by, say_lamp
from devices.device import Device, Kind
from devices.hearing import Hearing
from devices.light import LightCommand
from devices.message import SECOND, Message
from devices.payload import Tree, an_object, shown
from devices.reading import Quantity
from devices.values import number, says_nothing

SPOKEN = ("status/+", "events/rpc", "online")
LIGHTS = ("light", "rgb", "rgbw", "cct", "switch")
NOTIFIED = ("NotifyStatus", "NotifyFullStatus")

SAYS: Mapping[str, tuple[tuple[str, Quantity], ...]] = {
    "illuminance": (("lux", Quantity.ILLUMINANCE),),
    "temperature": (("tC", Quantity.TEMPERATURE),),
    "humidity": (("rh", Quantity.HUMIDITY),),
    "wifi": (("rssi", Quantity.RSSI),),
    "presencezone": (("num_objects", Quantity.OCCUPANCY), ("value", Quantity.PRESENCE), ("state", Quantity.PRESENCE)),
    "presence": (("num_objects", Quantity.OCCUPANCY),),
    "motion": (("motion", Quantity.PRESENCE),),
    "input": (("state", Quantity.PRESENCE),),
    "pm1": (("apower", Quantity.POWER), ("voltage", Quantity.VOLTAGE)),
    "switch": (("voltage", Quantity.VOLTAGE),),
    "light": (("voltage", Quantity.VOLTAGE),),
}
"""What components measure, by their keys."""


def parts(message: Message, said: str) -> dict[str, Tree]:
    """The components that a message speaks of, and its time as "ts". Raises `Malformed`."""
    stated = an_object(message.payload)
    if said != "events/rpc":
        return {said.removeprefix("status/"): stated}
    params = stated.get("params")
    if stated.get("method") not in NOTIFIED:
        return {}
    if not isinstance(params, dict):
        raise Malformed("a notification with params", shown(stated))
    return params


def address(prefix: str, said: Mapping[str, Tree]) -> str:
    """The address of a device that speaks: with its component if that is a lamp other than the first."""
    lamps = [name for name in said if name.partition(":")[0] in LIGHTS]
    return f"{prefix}/{lamps[0]}" if lamps and not lamps[0].endswith(":0") else prefix


def hear(message: Message, device: Device, said: Mapping[str, Tree], memory: LampMemory) -> Iterator[Heard]:
    """Say what the components mean. Raises `Malformed` after the good parts."""
    time = said.get("ts")
    hearing = Hearing(message, device, time if isinstance(time, int | float) else None)
    mine = named_by(device.address) or memory.component or _first_lamp(said)
    for name, part in said.items():
        if not isinstance(part, dict):
            continue
        kind, _, number_ = name.partition(":")
        for key, quantity in SAYS.get(kind, ()):
            channel = number_ if number_ not in ("", "0") else ""
            hearing.say(quantity, part.get(key), f"{name}.{key}", channel=channel)
        if kind == "devicepower" and isinstance(part.get("battery"), dict):
            hearing.say(Quantity.BATTERY, part["battery"].get("percent"), f"{name}.battery.percent")
            hearing.say(Quantity.VOLTAGE, part["battery"].get("V"), f"{name}.battery.V")
        if kind == "pm1" and isinstance(part.get("aenergy"), dict):
            hearing.say(Quantity.ENERGY, part["aenergy"].get("total"), f"{name}.aenergy.total")
        if kind in LIGHTS and name == mine and device.kind is Kind.LUMINAIRE:
            _lamp(hearing, memory, name, part)
    yield from hearing.heard()


def _first_lamp(said: Mapping[str, Tree]) -> str:
    """A light, if there is one, else a switch."""
    lamps = [name for kind in LIGHTS for name in sorted(said) if name.partition(":")[0] == kind]
    return lamps[0] if lamps else ""


def _lamp(hearing: Hearing, memory: LampMemory, name: str, part: Mapping[str, Tree]) -> None:
    total = part["aenergy"].get("total") if isinstance(part.get("aenergy"), dict) else None
    if not says_nothing(part.get("apower")):
        memory.power = hearing.trying(lambda: number(part["apower"]), f"{name}.apower")
    if not says_nothing(total):
        memory.energy = hearing.trying(lambda: number(total), f"{name}.aenergy.total")
    say_lamp(hearing, memory, name, part.get("output"), part.get("brightness"))


def order(command: LightCommand, component: str, asker: str) -> tuple[str, bytes]:
    """The topic behind the prefix, and the request: Light.Set with a transition, or Switch.Set."""
    kind, _, number_ = (component or "light:0").partition(":")
    params: dict[str, object] = {"id": int(number_), "on": command.level > 0}
    if kind != "switch":
        if command.level:
            params["brightness"] = DIMMED.step(command.level)
        if command.ramp:
            params["transition_duration"] = command.ramp / SECOND
    method = {"rgb": "RGB", "rgbw": "RGBW", "cct": "CCT"}.get(kind, kind.capitalize())
    return "rpc", to_json({"id": 1, "src": asker, "method": f"{method}.Set", "params": params})
