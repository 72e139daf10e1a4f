"""What was seen: one value of one quantity at one instant."""

from dataclasses import dataclass
from enum import Enum, Flag, auto
from typing import Literal, Self

from devices.device import DeviceId

ValueKind = Literal["bool", "int", "float"]


class Quantity(Enum):
    """A quantity that a sensor or a lamp can say, with its unit (UCUM where there is one) and the kind of its values."""

    PEDESTRIANS = ("pedestrians", "1", "int", "people counted in the period that ends at the reading's time")
    PEDESTRIANS_TOTAL = ("pedestrians_total", "1", "int", "running total of people, as the device counts it")
    OCCUPANCY = ("occupancy", "1", "int", "people there now")
    PRESENCE = ("presence", "1", "bool", "somebody is there now")
    ILLUMINANCE = ("illuminance", "lx", "float", "illuminance at the sensor")
    DISTANCE = ("distance", "m", "float", "distance to the nearest target")
    SPEED = ("speed", "m/s", "float", "speed of the nearest target")
    TEMPERATURE = ("temperature", "Cel", "float", "temperature")
    HUMIDITY = ("humidity", "%", "float", "relative humidity")
    BATTERY = ("battery", "%", "float", "charge that is left")
    VOLTAGE = ("voltage", "V", "float", "supply voltage")
    RSSI = ("rssi", "dB[mW]", "float", "received signal strength")
    LEVEL = ("level", "%", "float", "light output of a lamp")
    POWER = ("power", "W", "float", "active power of a lamp")
    ENERGY = ("energy", "W.h", "float", "active energy of a lamp, running total")
    OPERATING_TIME = ("operating_time", "s", "float", "time a lamp has been lit, running total")
    FAULT = ("fault", "1", "bool", "a lamp fault, by its TALQ name as channel")
    TRUST = ("trust", "1", "bool", "whether a sensor is believed, with the verdict as channel")

    def __new__(cls, name: str, unit: str, kind: ValueKind, meaning: str) -> Self:
        """Take the name alone as value, so that `Quantity("presence")` finds it."""
        quantity = object.__new__(cls)
        quantity._value_ = name
        quantity.unit = unit
        quantity.kind = kind
        quantity.meaning = meaning
        return quantity

    unit: str
    kind: ValueKind
    meaning: str


class Quality(Flag):
    """What speaks against a reading; GOOD is nothing."""

    GOOD = 0
    RETAINED = auto()
    HISTORICAL = auto()
    CLOCK_UNCERTAIN = auto()
    ESTIMATED = auto()


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of one quantity. (device, quantity, channel) is a series; booleans are 0 and 1.

    `time` is when it was so in nanoseconds UTC, by the device's clock if that is believed. `period` of a count is the
    length in nanoseconds of the half-open interval (time - period, time] in which it was counted.
    """

    device: DeviceId
    quantity: Quantity
    value: float
    time: int
    channel: str = ""
    period: int | None = None
    quality: Quality = Quality.GOOD


@dataclass(frozen=True, slots=True)
class Availability:
    """A device, or the broker in its place, said that it came or went."""

    device: DeviceId
    online: bool
    time: int
