"""The lamp of a Shelly: a component that dims or only switches."""

import re
from dataclasses import dataclass, field

from devices.convention import Malformed
from devices.hearing import Hearing, Lamp
from devices.payload import Tree
from devices.scale import Orders, Scale
from devices.values import number, says_nothing

COMPONENT = re.compile(r"(?P<whole>.+)/(?P<component>(?:light|switch|white|color|relay|rgb|rgbw|cct):\d)")
DIMMED, SWITCHED = Scale(100), Scale(1)
SWITCHES = ("switch", "relay")


@dataclass(slots=True)
class LampMemory:
    """What a lamp was told and said last, and the component by which it said it ("" before it spoke)."""

    orders: Orders = field(default_factory=Orders)
    component: str = ""
    on: bool | None = None
    brightness: float | None = None
    power: float | None = None
    energy: float | None = None


def whole(address: str) -> str:
    """The device of which an address may name a component."""
    match = COMPONENT.fullmatch(address)
    return match["whole"] if match else address


def named_by(address: str) -> str:
    """The component that an address names; "" if none."""
    match = COMPONENT.fullmatch(address)
    return match["component"] if match else ""


def say_lamp(hearing: Hearing, memory: LampMemory, component: str, on: Tree, brightness: Tree) -> None:
    """Take whether a lamp is on and how bright: a part that is left out is as it was said last."""
    memory.component = component
    if isinstance(on, bool):
        memory.on = on
    if not says_nothing(brightness):
        memory.brightness = hearing.trying(lambda: _per_cent(brightness), f"{component}.brightness")
    dims = component.partition(":")[0] not in SWITCHES
    if memory.on is False:
        hearing.state(Lamp(DIMMED if dims else SWITCHED, memory.orders), 0.0, memory.power, memory.energy)
    elif memory.on and not dims:
        hearing.state(Lamp(SWITCHED, memory.orders), 1.0, memory.power, memory.energy)
    elif memory.on and memory.brightness is not None:
        hearing.state(Lamp(DIMMED, memory.orders), memory.brightness, memory.power, memory.energy)


def _per_cent(brightness: Tree) -> float:
    read = number(brightness)
    if not 0 <= read <= DIMMED.full:
        raise Malformed("brightness from 0 to 100", f"{read:g}")
    return read
