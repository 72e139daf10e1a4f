"""How Home Assistant shows each quantity.

Source: home-assistant.io, "Sensor" (device classes and their units) and developers.home-assistant.io, "Sensor entity"
(state classes: `total` with a last reset for a sum that begins anew, `total_increasing` for a meter).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from devices.reading import Quantity


@dataclass(frozen=True, slots=True)
class Shown:
    """A quantity as an entity: its name, unit, device class and state class; `diagnostic` is not for the first page."""

    name: str
    unit: str = ""
    device_class: str = ""
    state_class: str = "measurement"
    diagnostic: bool = False


SHOWN: Final[Mapping[Quantity, Shown]] = MappingProxyType(
    {
        Quantity.PEDESTRIANS: Shown("Pedestrians", "people", state_class="total"),
        Quantity.PEDESTRIANS_TOTAL: Shown("Pedestrians in all", "people", state_class="total_increasing"),
        Quantity.OCCUPANCY: Shown("People here", "people"),
        Quantity.PRESENCE: Shown("Presence", device_class="occupancy", state_class=""),
        Quantity.ILLUMINANCE: Shown("Illuminance", "lx", "illuminance"),
        Quantity.DISTANCE: Shown("Distance", "m", "distance"),
        Quantity.SPEED: Shown("Speed", "m/s", "speed"),
        Quantity.TEMPERATURE: Shown("Temperature", "°C", "temperature"),
        Quantity.HUMIDITY: Shown("Humidity", "%", "humidity"),
        Quantity.BATTERY: Shown("Battery", "%", "battery", diagnostic=True),
        Quantity.VOLTAGE: Shown("Voltage", "V", "voltage", diagnostic=True),
        Quantity.RSSI: Shown("Signal strength", "dBm", "signal_strength", diagnostic=True),
        Quantity.POWER: Shown("Power", "W", "power"),
        Quantity.ENERGY: Shown("Energy", "Wh", "energy", "total_increasing"),
    }
)
"""Those that a device is asked for. A lamp's level and faults are shown for every lamp."""

SINCE: Final = "since"
"""Key of a sensor's state: since when its pedestrians are summed up."""


def key(quantity: Quantity, channel: str = "") -> str:
    """The key of a series in a state and in a description: letters, digits and underscores, for templates."""
    safe = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in channel.lower())
    return f"{quantity.value}__{safe}" if safe else quantity.value


def quantity_of(name: str) -> Quantity | None:
    """The quantity of a key; None for one that is not ours."""
    try:
        quantity = Quantity(name.partition("__")[0])
    except ValueError:
        return None
    return quantity if quantity in SHOWN else None


def channel_of(name: str) -> str:
    """The channel of a key, as people read it."""
    return name.partition("__")[2].replace("_", " ")
