"""What a sensor component of a node says, by its kind and its name."""

from dataclasses import dataclass

from devices.hearing import Hearing
from devices.naming import SINCE_LAST, Meant, ending, words_of
from devices.reading import Quantity
from devices.values import number, says_nothing

PRESENT = frozenset({"motion", "presence", "occupancy", "occupied", "pir", "radar", "person", "people", "human"})
HARDLY = frozenset(
    {"tamper", "timeout", "sensitivity", "enabled", "duration", "hold", "delay", "moving", "still", "zone", "threshold"}
)
"""Words of settings, and of parts of what another component says as a whole."""

OF_SOMETHING_ELSE = (
    frozenset({"dew", "target", "set", "setpoint", "min", "max", "cpu", "esp", "chip", "board", "core", "raw"})
    | {"internal", "mcu", "processor", "soil", "water", "gate", "energy", "moving", "still"}
    | {"ble", "beacon"}
)
OF_LUX = frozenset({"lux", "illuminance", "illumination", "luminosity", "ambient"})
"""One of them is in the name of a light that is in lux: the "light" of an LD2410 is a step of 255."""

DECIBELS = frozenset({"signal", "rssi"})
WAYS = {"entry": "in", "exit": "out"}
CENTIMETRES = 0.01


@dataclass(frozen=True, slots=True)
class Component:
    """A component: its kind, such as "binary_sensor", and its object id."""

    kind: str
    name: str


def hear_component(hearing: Hearing, component: Component, said: str, *, chosen: bool) -> None:
    """Take a state. A binary sensor that the operator has `chosen` himself says presence, whatever its name."""
    words = words_of(component.name)
    if component.kind == "binary_sensor":
        _truth(hearing, component, said, words, chosen=chosen)
    elif component.kind == "text_sensor":
        way = WAYS.get(said.strip().lower())
        if way is not None:
            hearing.say(Quantity.PEDESTRIANS, 1, component.name, channel=way)
    else:
        _number(hearing, component, said, words, chosen=chosen)


def _truth(hearing: Hearing, component: Component, said: str, words: list[str], *, chosen: bool) -> None:
    bag = set(words)
    presence = (bag & PRESENT or bag >= {"has", "target"}) and not bag & HARDLY
    if presence or chosen:
        hearing.say(Quantity.PRESENCE, said, component.name)


def _number(hearing: Hearing, component: Component, said: str, words: list[str], *, chosen: bool) -> None:
    bag = set(words)
    if "wifi" in bag and bag & DECIBELS and not bag & {"percent", "percentage"}:
        hearing.say(Quantity.RSSI, said, component.name)
    elif words[-2:] == ["target", "count"] and not bag & HARDLY:
        hearing.say(Quantity.OCCUPANCY, said, component.name)
    elif words[-2:] == ["detection", "distance"]:
        hearing.say(Quantity.DISTANCE, said, component.name, factor=CENTIMETRES)
    elif (
        not bag & OF_SOMETHING_ELSE
        and (known := ending(words)) is not None
        and (known.quantity is not Quantity.ILLUMINANCE or bag & OF_LUX or chosen)
    ):
        _say(hearing, known, said, component.name, bag)


def _say(hearing: Hearing, known: Meant, said: str, name: str, bag: set[str]) -> None:
    """A state is said again at each connection: a number of people by direction is a total, or says its period."""
    quantity = known.quantity
    value: object = said
    if quantity in (Quantity.PRESENCE, Quantity.SPEED, Quantity.LEVEL):
        return  # in words that are other components', and in units that nobody says
    if quantity is Quantity.PEDESTRIANS and not bag & SINCE_LAST:
        quantity = Quantity.PEDESTRIANS_TOTAL
    if known.quantity is Quantity.OCCUPANCY and not says_nothing(said):
        count = hearing.trying(lambda: number(said), name)
        value = None if count is None else max(count, 0.0)
    hearing.say(quantity, value, name, channel=known.channel)
