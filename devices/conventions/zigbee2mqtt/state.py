"""What a device's state means, and how an order is said."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pydantic_core import to_json

from devices.convention import Heard
from devices.conventions.zigbee2mqtt.exposes import Description
from devices.device import Device
from devices.hearing import Hearing, Lamp
from devices.light import LightCommand
from devices.message import SECOND, Message
from devices.payload import Tree, an_object
from devices.reading import Quantity
from devices.scale import Orders, Scale
from devices.values import number, says_nothing

ENDPOINTS = (*(f"l{number}" for number in range(1, 9)), "left", "right", "center", "top", "bottom", "1", "2", "3", "4")
"""What a property ends in, after an underscore, that a device has several of."""

FULL = 254
"""Brightness of full light where `exposes` does not say: the highest current level of Zigbee (ZCL, Level Control)."""

MILLIVOLTS_FROM = 500
"""Voltages are in millivolts (batteries) or volts (mains); no battery has 500 V and none 0.5 V."""

PEOPLE = ("people", "people_count", "target_count", "number_of_people")
WORDED = ("presence_state", "motion_state", "human_motion_state")
"""Radars that say in a word how somebody moves; "none" is nobody."""

STAYING = frozenset(
    {"presence", "peaceful", "small_movement", "large_movement", "small", "large", "static", "stationary", "moving"}
)

NUMBERS: Mapping[str, tuple[Quantity, float]] = {
    "temperature": (Quantity.TEMPERATURE, 1.0),
    "humidity": (Quantity.HUMIDITY, 1.0),
    "battery": (Quantity.BATTERY, 1.0),
    "target_distance": (Quantity.DISTANCE, 1.0),
}
UNITS = {"mV": 1e-3, "kWh": 1e3, "cm": 1e-2, "mm": 1e-3}
"""Units that `exposes` may name instead of the usual one, in ours."""


@dataclass(slots=True)
class LampMemory:
    """What was ordered of a lamp, and the last brightness that it said."""

    orders: Orders = field(default_factory=Orders)
    brightness: float | None = None


def hear_state(
    message: Message, device: Device, described: Description, memory: LampMemory, endpoint: str
) -> Iterator[Heard]:
    """Say what the state of a device, or of one endpoint of a lamp, means. Raises `Malformed` after the good parts."""
    said = an_object(message.payload)
    seen = said.get("last_seen")
    hearing = Hearing(message, device, seen if isinstance(seen, int | float | str) else None)
    if not endpoint:
        _presence(hearing, said)
        _numbers(hearing, said, described)
    _lamp(hearing, said, described, memory, f"_{endpoint}" if endpoint else "")
    yield from hearing.heard()


def _presence(hearing: Hearing, said: dict[str, Tree]) -> None:
    told = [key for key in ("presence", "occupancy", "motion") if not says_nothing(said.get(key))]
    if told:
        hearing.say(Quantity.PRESENCE, said[told[0]], told[0])
    else:
        for key in WORDED:
            word = said.get(key)
            if isinstance(word, str) and (word in STAYING or word == "none"):
                hearing.say(Quantity.PRESENCE, word in STAYING, key)
    for key, value in said.items():
        name, _, endpoint = key.rpartition("_")
        if name in ("presence", "occupancy") and endpoint in ENDPOINTS:
            hearing.say(Quantity.PRESENCE, value, key, channel=endpoint)
    for key in PEOPLE:
        hearing.say(Quantity.OCCUPANCY, said.get(key), key)


def _numbers(hearing: Hearing, said: dict[str, Tree], described: Description) -> None:
    for key, value in said.items():
        name, _, endpoint = key.rpartition("_")
        name, channel = (name, endpoint) if endpoint in ENDPOINTS and name in NUMBERS else (key, "")
        if name in NUMBERS:
            quantity, factor = NUMBERS[name]
            hearing.say(quantity, value, key, factor=factor * _unit(described, key), channel=channel)
    _illuminance(hearing, said, described)
    if not says_nothing(said.get("voltage")):
        volts = hearing.trying(lambda: _volts(said["voltage"], described), "voltage")
        hearing.say(Quantity.VOLTAGE, volts, "voltage")


def _illuminance(hearing: Hearing, said: dict[str, Tree], described: Description) -> None:
    """Version 1 said the raw value of Zigbee beside lux; version 2 says lux, and the raw value under its own name."""
    if "illuminance_lux" in said:
        hearing.say(Quantity.ILLUMINANCE, said["illuminance_lux"], "illuminance_lux")
        return
    known = described.properties.get("illuminance")
    raw = known is not None and not known.unit and "illuminance_raw" not in said
    value = said.get("illuminance")
    if raw and not says_nothing(value):
        value = hearing.trying(lambda: _lux(number(said["illuminance"])), "illuminance")
    hearing.say(Quantity.ILLUMINANCE, value, "illuminance")


def _lux(raw: float) -> float:
    """Lux of a measured value of Zigbee: 10,000 log10(lux) + 1, and 0 for dark (ZCL, Illuminance Measurement)."""
    return round(10 ** ((min(raw, 65_534) - 1) / 10_000), 2) if raw > 0 else 0.0


def _volts(value: object, described: Description) -> float:
    volts = number(value)
    known = described.properties.get("voltage")
    milli = known.unit == "mV" if known is not None and known.unit else volts >= MILLIVOLTS_FROM
    return volts / 1000 if milli else volts


def _unit(described: Description, key: str) -> float:
    known = described.properties.get(key)
    return UNITS.get(known.unit, 1.0) if known is not None else 1.0


# -------------------------------------------------------------------------------------------------------- the lamp
def _lamp(hearing: Hearing, said: dict[str, Tree], described: Description, memory: LampMemory, suffix: str) -> None:
    on = {"ON": True, "OFF": False, True: True, False: False}.get(_plain(said.get(f"state{suffix}")))
    brightness = said.get(f"brightness{suffix}")
    if not says_nothing(brightness):
        memory.brightness = hearing.trying(lambda: number(brightness), f"brightness{suffix}")
    elif on is None:
        _meter(hearing, said)
        return
    dims = memory.brightness is not None or described.dims(f"brightness{suffix}")
    scale = _scale(described, suffix) if dims else Scale(1)
    if on is False:
        step: float | None = 0.0
    else:
        step = memory.brightness if dims else 1.0
    if step is not None:
        power = _measured(hearing, said, "power", 1.0)
        energy = _measured(hearing, said, "energy", 1000.0)
        hearing.state(Lamp(scale, memory.orders), step, power, energy)


def _meter(hearing: Hearing, said: dict[str, Tree]) -> None:
    """Take watts and kilowatt-hours of what does not say whether it is lit."""
    hearing.say(Quantity.POWER, said.get("power"), "power")
    hearing.say(Quantity.ENERGY, said.get("energy"), "energy", factor=1000.0)


def _plain(value: Tree) -> str | bool | None:
    return value.upper() if isinstance(value, str) else value if isinstance(value, bool) else None


def _measured(hearing: Hearing, said: dict[str, Tree], key: str, factor: float) -> float | None:
    if says_nothing(said.get(key)):
        return None
    value = hearing.trying(lambda: number(said[key]), key)
    return None if value is None or value < 0 else value * factor


def _scale(described: Description, suffix: str) -> Scale:
    known = described.properties.get(f"brightness{suffix}")
    return Scale(known.highest if known is not None and known.highest else FULL)


def order(command: LightCommand, described: Description, endpoint: str) -> bytes:
    """Write an order: brightness on the lamp's own scale, and seconds of transition."""
    suffix = f"_{endpoint}" if endpoint else ""
    if described.switched and not described.dims(f"brightness{suffix}"):
        return to_json({"state": "ON" if command.level else "OFF"})
    said: dict[str, object] = {"state": "ON" if command.level else "OFF", "transition": command.ramp / SECOND}
    if command.level:
        said["brightness"] = _scale(described, suffix).step(command.level)
    return to_json(said)
