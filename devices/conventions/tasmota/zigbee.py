"""Zigbee devices behind a Tasmota bridge: ZbReceived, ZbInfo and ZbLight."""

from collections.abc import Iterator, Mapping

from pydantic_core import to_json

from devices.conventions.tasmota.light import LampMemory
from devices.hearing import Hearing, Lamp
from devices.light import LightCommand
from devices.payload import Tree
from devices.reading import Quantity
from devices.scale import Scale
from devices.values import number, says_nothing

SAYS = ("ZbReceived", "ZbInfo", "ZbLight")
FULL = Scale(254)
"""Current levels of Zigbee go to 254, also where Tasmota passes them on as `Dimmer`."""

NUMBERS: Mapping[str, Quantity] = {
    "Temperature": Quantity.TEMPERATURE,
    "Humidity": Quantity.HUMIDITY,
    "BatteryPercentage": Quantity.BATTERY,
    "BatteryVoltage": Quantity.VOLTAGE,
}


def parts_of(said: Mapping[str, Tree]) -> Iterator[tuple[str, Mapping[str, Tree]]]:
    """The Zigbee devices that a message speaks of, by the names that it gives them."""
    for kind in SAYS:
        listed = said.get(kind)
        for name, part in listed.items() if isinstance(listed, dict) else ():
            if isinstance(part, dict) and name and "/" not in name:
                yield name, part


def hear_part(hearing: Hearing, said: Mapping[str, Tree], memory: LampMemory) -> None:
    """Take what one of them says. Its illuminance is left out: the bridge passes on the raw value without a unit."""
    hearing.say(Quantity.PRESENCE, said.get("Occupancy"), "Occupancy")
    for key, quantity in NUMBERS.items():
        hearing.say(quantity, said.get(key), key)
    if isinstance(said.get("Reachable"), bool):
        hearing.available(online=said["Reachable"])
    if not says_nothing(said.get("Dimmer")):
        memory.dimmer = hearing.trying(lambda: number(said["Dimmer"]), "Dimmer")
    if isinstance(said.get("Power"), int):
        memory.on = bool(said["Power"])
    elif says_nothing(said.get("Dimmer")):
        return
    scale = Scale(1) if memory.dimmer is None else FULL
    step = 1.0 if memory.dimmer is None else memory.dimmer
    hearing.state(Lamp(scale, memory.orders), 0.0 if memory.on is False else step)


def order(command: LightCommand, name: str) -> tuple[str, str]:
    """The command and its parameter."""
    send = {"Dimmer": FULL.step(command.level)} if command.level else {"Power": 0}
    return "ZbSend", to_json({"Device": name, "Send": send}).decode()
