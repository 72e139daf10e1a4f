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
MILLIMETRES = re.compile(r"VL53L[01][A-Z](-\d+)?")
"""Sensors whose distances are in that unit, by their names."""

INPUT = re.compile(r"(Switch|PIR)(\d*)")
COUNTED = re.compile(r"C(\d+)")
PEOPLE_SEEN = 2
"""The LD2410S says 0 and 1 for nobody, 2 and 3 for somebody: its `People` is a status and no count."""


def hear_sensors(hearing: Hearing, said: Mapping[str, Tree], measures: frozenset[str]) -> None:
    """Take what the sensors say. A counter of pulses counts people only where the operator said that it does."""
    fahrenheit = said.get("TempUnit") == "F"
    sensors = {name: part for name, part in said.items() if isinstance(part, dict)}
    shared = Counter(quantity for part in sensors.values() for quantity in _said_by(part))
    for name, part in sensors.items():
        for key, quantity in NUMBERS.items():
            channel = name if shared[quantity] > 1 else ""
            if key in part and not isinstance(part[key], dict | list):
                _number(hearing, quantity, part[key], f"{name}.{key}", channel, fahrenheit=fahrenheit)
        _presence(hearing, name, part)
        _distance(hearing, name, part)
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


def _said_by(part: Mapping[str, Tree]) -> Iterator[Quantity]:
    yield from (quantity for key, quantity in NUMBERS.items() if key in part)


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


def _distance(hearing: Hearing, name: str, part: Mapping[str, Tree]) -> None:
    factor = 0.01 if name in CENTIMETRES else 0.001 if MILLIMETRES.fullmatch(name) else None
    value = part.get("Distance")
    if isinstance(value, list):  # the LD2410's moving, static and detection distance
        value = value[-1] if value else None
    if factor is not None and isinstance(value, int | float) and value > 0:
        hearing.say(Quantity.DISTANCE, value, f"{name}.Distance", factor=factor)


def _counters(hearing: Hearing, said: Mapping[str, Tree]) -> None:
    counters = [key for key in said if COUNTED.fullmatch(key)]
    for key in counters:
        channel = key.lower() if len(counters) > 1 else ""
        hearing.say(Quantity.PEDESTRIANS_TOTAL, said[key], f"COUNTER.{key}", channel=channel)
