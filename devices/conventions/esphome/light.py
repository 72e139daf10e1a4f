"""A node's light or switch."""

from dataclasses import dataclass, field

from pydantic_core import to_json

from devices.convention import Malformed
from devices.hearing import Hearing, Lamp
from devices.light import LightCommand
from devices.message import SECOND, Message
from devices.payload import Tree, an_object, shown, text
from devices.scale import Orders, Scale
from devices.values import number, says_nothing

LIGHT, SWITCH = "light", "switch"
DIMMED, SWITCHED = Scale(255), Scale(1)


@dataclass(slots=True)
class LampMemory:
    """What a lamp was told, and the last brightness that it said."""

    orders: Orders = field(default_factory=Orders)
    brightness: float | None = None


def hear_lamp(hearing: Hearing, message: Message, kind: str, memory: LampMemory) -> None:
    """Take a state: a word of a switch, an object of a light. Raises `Malformed` for neither."""
    if kind == SWITCH or not message.payload.lstrip().startswith(b"{"):
        word = text(message.payload)
        if word not in ("ON", "OFF"):
            raise Malformed("ON or OFF", shown(word), kind)
        hearing.state(Lamp(SWITCHED, memory.orders), float(word == "ON"))
        return
    said = an_object(message.payload)
    if not says_nothing(said.get("brightness")):
        memory.brightness = hearing.trying(lambda: _brightness(said["brightness"]), "brightness")
    if said.get("state") == "OFF":
        hearing.state(Lamp(DIMMED, memory.orders), 0.0)
    elif said.get("state") == "ON":
        if memory.brightness is not None:
            hearing.state(Lamp(DIMMED, memory.orders), memory.brightness)
        elif said.get("color_mode", "onoff") == "onoff":
            hearing.state(Lamp(SWITCHED, memory.orders), 1.0)


def _brightness(said: Tree) -> float:
    read = number(said)
    if not 0 <= read <= DIMMED.full:
        raise Malformed("brightness from 0 to 255", shown(said))
    return read


def order(command: LightCommand, kind: str) -> bytes:
    """Write an order: a word to a switch, brightness and seconds of transition to a light."""
    state = "ON" if command.level else "OFF"
    if kind == SWITCH:
        return state.encode()
    said: dict[str, object] = {"state": state, "transition": command.ramp / SECOND}
    if command.level:
        said["brightness"] = DIMMED.step(command.level)
    return to_json(said)
