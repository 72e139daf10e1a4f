"""What was seen: one value of one quantity at one instant."""

from dataclasses import dataclass
from enum import Enum, Flag, auto
from typing import Literal

from devices.device import DeviceId

ValueKind = Literal["bool", "int", "float"]


class Quantity(Enum):
    """A quantity that a sensor or a lamp can say."""

    PEDESTRIANS = "pedestrians"
    PEDESTRIANS_TOTAL = "pedestrians_total"
    OCCUPANCY = "occupancy"
    PRESENCE = "presence"
    ILLUMINANCE = "illuminance"
    DISTANCE = "distance"
    SPEED = "speed"
    TEMPERATURE = "temperature"
    HUMIDITY = "humidity"
    BATTERY = "battery"
    VOLTAGE = "voltage"
    RSSI = "rssi"
    LEVEL = "level"
    POWER = "power"
    ENERGY = "energy"
    OPERATING_TIME = "operating_time"
    DIMMING_CURVE = "dimming_curve"
    FAULT = "fault"
    TRUST = "trust"

    @property
    def unit(self) -> str:
        """Its unit in UCUM where UCUM has one."""
        return _ABOUT[self][0]

    @property
    def kind(self) -> ValueKind:
        """Whether its values are truths, whole numbers or numbers."""
        return _ABOUT[self][1]

    @property
    def meaning(self) -> str:
        """What it is, in words."""
        return _ABOUT[self][2]


_ABOUT: dict[Quantity, tuple[str, ValueKind, str]] = {
    Quantity.PEDESTRIANS: ("1", "int", "people counted in the period that ends at the reading's time"),
    Quantity.PEDESTRIANS_TOTAL: ("1", "int", "running total of people, as the device counts it"),
    Quantity.OCCUPANCY: ("1", "int", "people there now"),
    Quantity.PRESENCE: ("1", "bool", "somebody is there now"),
    Quantity.ILLUMINANCE: ("lx", "float", "illuminance at the sensor"),
    Quantity.DISTANCE: ("m", "float", "distance to the nearest target"),
    Quantity.SPEED: ("m/s", "float", "speed of the nearest target"),
    Quantity.TEMPERATURE: ("Cel", "float", "temperature"),
    Quantity.HUMIDITY: ("%", "float", "relative humidity"),
    Quantity.BATTERY: ("%", "float", "charge that is left"),
    Quantity.VOLTAGE: ("V", "float", "supply voltage"),
    Quantity.RSSI: ("dB[mW]", "float", "received signal strength"),
    Quantity.LEVEL: ("%", "float", "light output of a lamp"),
    Quantity.POWER: ("W", "float", "active power of a lamp"),
    Quantity.ENERGY: ("W.h", "float", "active energy of a lamp, running total"),
    Quantity.OPERATING_TIME: ("s", "float", "time a lamp has been lit, running total"),
    Quantity.DIMMING_CURVE: ("1", "int", "what arc power is to a DALI lamp's gear: 0 logarithmic, 1 linear"),
    Quantity.FAULT: ("1", "bool", "a lamp fault, by its TALQ name as channel"),
    Quantity.TRUST: ("1", "bool", "whether a sensor is believed, with the verdict as channel"),
}


class Quality(Flag):
    """What speaks against a reading; GOOD is nothing.

    RESET and WRAP stand on a count that was made of a running total which fell: it began anew, or it went round.
    DISTRUSTED is never stored: who reads the record sets it where the sensor was not believed.
    """

    GOOD = 0
    RETAINED = auto()
    HISTORICAL = auto()
    CLOCK_UNCERTAIN = auto()
    ESTIMATED = auto()
    RESET = auto()
    WRAP = auto()
    DISTRUSTED = auto()


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
    """A device, or the broker in its place, said that it came or went. A `retained` word can only lower trust."""

    device: DeviceId
    online: bool
    time: int
    retained: bool = False
