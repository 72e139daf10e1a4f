"""What the sensors of a Tasmota device say: the object of SENSOR, STATUS8 and STATUS10, and parts of RESULT."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from devices.hearing import Hearing
from devices.payload import Tree
from devices.reading import Quantity
from devices.values import NO, YES, number, says_nothing, whole

NUMBERS: Mapping[str, Quantity] = {
    "Temperature": Quantity.TEMPERATURE,
    "Humidity": Quantity.HUMIDITY,
    "Illuminance": Quantity.ILLUMINANCE,
    "Lux": Quantity.ILLUMINANCE,
    "Battery": Quantity.BATTERY,
}
WORDS = ("PIR", "Motion", "Occupancy", "Presence")
"""Keys of a sensor by which it says whether somebody is there."""

CENTIMETRES = frozenset({"LD2410", "LD2410S", "SR04", "HC-SR04", "DYP"})
MILLIMETRES = re.compile(r"VL53L[01][A-Z]([-_]\d+)?")
"""Sensors whose distances are in that unit, by their names."""

OF_THE_BOARD = "ESP32"
"""The sensor that is the microcontroller: its temperature is none of the street's."""

NUMBERED = re.compile(r"(?P<key>[A-Za-z]+)(?P<number>\d*)")
"""A key of a sensor; those at analogue inputs have the input's number behind them."""

INPUT = re.compile(r"(Switch|PIR)(\d*)")
COUNTED = re.compile(r"C(\d+)")
PEOPLE_SEEN = 2
"""The LD2410S says 0 and 1 for nobody, 2 and 3 for somebody: its `People` is a status and no count."""


def hear_sensors(hearing: Hearing, said: Mapping[str, Tree], measures: frozenset[str]) -> None:
    """Take what the sensors say. A counter of pulses counts people only where the operator said that it does."""
    fahrenheit = said.get("TempUnit") == "F"
    sensors = {name: part for name, part in said.items() if isinstance(part, dict) and name != OF_THE_BOARD}
    shared = Counter(
        quantity for part in sensors.values() for quantity in {quantity for _, _, quantity in _said_by(part)}
    )
    distances = {
        name: factor for name, part in sensors.items() if (factor := _unit_of_distance(name, part)) is not None
    }
    for name, part in sensors.items():
        numbers = list(_said_by(part))
        several = Counter(quantity for _, _, quantity in numbers)
        for key, number_, quantity in numbers:
            places = (name if shared[quantity] > 1 else "", number_ if several[quantity] > 1 else "")
            channel = "-".join(place for place in places if place)
            _number(hearing, quantity, part[key], f"{name}.{key}", channel, fahrenheit=fahrenheit)
        _presence(hearing, name, part)
        if name in distances:
            _distance(hearing, name, part, distances[name], name if len(distances) > 1 else "")
    for name, part in said.items():
        if INPUT.fullmatch(name):
            hear_input(hearing, name, part)
    if "pedestrians" in measures and isinstance(said.get("COUNTER"), dict):
        _counters(hearing, said["COUNTER"])


def hear_input(hearing: Hearing, name: str, said: Tree) -> None:
    """Take a switch input, on which a PIR or a beam is soldered: a word, or an object with its action or state."""
    if isinstance(said, dict):
        said = said.get("Action", said.get("STATE"))
    word = said.lower() if isinstance(said, str) else ""
    if word in YES | NO:
        hearing.say(Quantity.PRESENCE, word, name, channel=name.lower())


def _said_by(part: Mapping[str, Tree]) -> Iterator[tuple[str, str, Quantity]]:
    """The keys of numbers that a sensor says, the number behind each, and what it is."""
    for key, value in part.items():
        match = NUMBERED.fullmatch(key)
        if match and match["key"] in NUMBERS and not isinstance(value, dict | list):
            yield key, match["number"], NUMBERS[match["key"]]


def _number(hearing: Hearing, quantity: Quantity, value: Tree, where: str, channel: str, *, fahrenheit: bool) -> None:
    if quantity is Quantity.TEMPERATURE and fahrenheit and not says_nothing(value):
        value = hearing.trying(lambda: round((number(value) - 32) * 5 / 9, 2), where)
    hearing.say(quantity, value, where, channel=channel)


def _presence(hearing: Hearing, name: str, part: Mapping[str, Tree]) -> None:
    if name == "LD2410S":
        if not says_nothing(part.get("People")):
            seen = hearing.trying(lambda: whole(part["People"]) >= PEOPLE_SEEN, f"{name}.People")
            hearing.say(Quantity.PRESENCE, seen, f"{name}.People")
    elif name == "LD2410":
        _radar(hearing, part)
    else:
        for key in WORDS:
            word = part.get(key)
            if isinstance(word, bool | int) or (isinstance(word, str) and word.lower() in YES | NO):
                hearing.say(Quantity.PRESENCE, bool(word) if isinstance(word, int) else word, f"{name}.{key}")
                break


def _radar(hearing: Hearing, part: Mapping[str, Tree]) -> None:
    """The driver sets all distances and energies to 0 while there is no target (xsns_102_ld2410)."""
    if "Out_pin" in part:
        hearing.say(Quantity.PRESENCE, part["Out_pin"], "LD2410.Out_pin")
        return
    measured = [part.get("Distance"), part.get("Energy")]
    if not all(isinstance(values, list) for values in measured):
        return
    values = [value for listed in measured for value in listed or () if isinstance(value, int | float)]
    if values:
        hearing.say(Quantity.PRESENCE, any(value > 0 for value in values), "LD2410")


def _unit_of_distance(name: str, part: Mapping[str, Tree]) -> float | None:
    """In which part of a metre a sensor says a distance; None if it says none."""
    if "Distance" not in part:
        return None
    return 0.01 if name in CENTIMETRES else 0.001 if MILLIMETRES.fullmatch(name) else None


def _distance(hearing: Hearing, name: str, part: Mapping[str, Tree], factor: float, channel: str) -> None:
    value = part["Distance"]
    if isinstance(value, list):  # the LD2410's moving, static and detection distance
        value = value[-1] if value else None
    if isinstance(value, int | float) and value > 0:
        hearing.say(Quantity.DISTANCE, value, f"{name}.Distance", factor=factor, channel=channel)


def _counters(hearing: Hearing, said: Mapping[str, Tree]) -> None:
    counters = [key for key in said if COUNTED.fullmatch(key)]
    for key in counters:
        channel = key.lower() if len(counters) > 1 else ""
        hearing.say(Quantity.PEDESTRIANS_TOTAL, said[key], f"COUNTER.{key}", channel=channel)
