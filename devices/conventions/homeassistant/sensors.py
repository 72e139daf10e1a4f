"""What a `binary_sensor` and a `sensor` mean: by class and unit, and by name where a description says no more."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from devices.convention import Malformed
from devices.conventions.homeassistant.entity import Heeded, is_name, same, topic, word
from devices.conventions.homeassistant.template import Template, template
from devices.conventions.homeassistant.words import Options
from devices.naming import IN, OUT, PRESENT, Meant, ending, words_of
from devices.payload import shown
from devices.reading import Quantity
from devices.values import number, says_nothing

THERE: Final = frozenset({"motion", "occupancy", "presence"})
"""Classes of binary sensors that say that somebody is there."""

OF_SETTINGS: Final = frozenset({"tamper", "timeout", "sensitivity", "enabled", "duration", "delay", "threshold"})
OF_SOMETHING_ELSE: Final = frozenset(
    {"cpu", "chip", "internal", "processor", "dew", "target", "setpoint", "min", "max", "raw", "soil", "water"}
)
"""Words of names whose value is of the device itself, or is no measurement of here and now."""

PEOPLE: Final = frozenset({"people", "persons", "person", "visitors", "pedestrians"})
"""Units of counts of people."""

RUNNING: Final = frozenset({"total", "total_increasing"})
"""Classes of states that are running totals."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: (value + `offset`) * `factor` is in ours."""

    factor: float = 1.0
    offset: float = 0.0


SAME: Final = Unit()
UNITS: Final[Mapping[Quantity, Mapping[str, Unit]]] = {
    Quantity.ILLUMINANCE: {"lx": SAME, "lux": SAME, "klx": Unit(1e3)},
    Quantity.TEMPERATURE: {"°C": SAME, "C": SAME, "°F": Unit(5 / 9, -32), "F": Unit(5 / 9, -32), "K": Unit(1, -273.15)},
    Quantity.HUMIDITY: {"%": SAME},
    Quantity.BATTERY: {"%": SAME},
    Quantity.VOLTAGE: {"V": SAME, "mV": Unit(1e-3), "kV": Unit(1e3), "µV": Unit(1e-6), "μV": Unit(1e-6)},
    Quantity.DISTANCE: {
        "m": SAME,
        "cm": Unit(1e-2),
        "mm": Unit(1e-3),
        "km": Unit(1e3),
        "in": Unit(0.0254),
        "ft": Unit(0.3048),
        "yd": Unit(0.9144),
        "mi": Unit(1609.344),
    },
    Quantity.SPEED: {
        "m/s": SAME,
        "mm/s": Unit(1e-3),
        "cm/s": Unit(1e-2),
        "km/h": Unit(1 / 3.6),
        "ft/s": Unit(0.3048),
        "in/s": Unit(0.0254),
        "mph": Unit(0.44704),
        "kn": Unit(1852 / 3600),
    },
    Quantity.RSSI: {"dBm": SAME},
    Quantity.POWER: {"W": SAME, "mW": Unit(1e-3), "kW": Unit(1e3), "MW": Unit(1e6)},
    Quantity.ENERGY: {
        "Wh": SAME,
        "mWh": Unit(1e-3),
        "kWh": Unit(1e3),
        "MWh": Unit(1e6),
        "J": Unit(1 / 3600),
        "kJ": Unit(1e3 / 3600),
        "MJ": Unit(1e6 / 3600),
    },
}
"""The units of Home Assistant's sensors that are ours in another measure."""

IN_ONE_UNIT: Final = (Quantity.RSSI, Quantity.HUMIDITY, Quantity.BATTERY)
"""Quantities that some say in other measures, which are others: g/m³ of water, the quality of a link."""

CLASSES: Final[Mapping[str, Quantity]] = {
    "illuminance": Quantity.ILLUMINANCE,
    "temperature": Quantity.TEMPERATURE,
    "humidity": Quantity.HUMIDITY,
    "battery": Quantity.BATTERY,
    "voltage": Quantity.VOLTAGE,
    "distance": Quantity.DISTANCE,
    "speed": Quantity.SPEED,
    "signal_strength": Quantity.RSSI,
    "power": Quantity.POWER,
    "energy": Quantity.ENERGY,
}
"""Classes of sensors that are quantities of ours."""


@dataclass(frozen=True, slots=True)
class Truth:
    """A binary sensor. One of which nothing says that it sees people is `chosen` by being the address of a sensor."""

    topic: str
    read: Template
    on: str
    off: str
    there: bool
    channel: str = ""

    @property
    def topics(self) -> frozenset[str]:
        """Where it speaks."""
        return frozenset({self.topic})

    @property
    def offers(self) -> str:
        """Presence, if that is what it says."""
        return Quantity.PRESENCE.value if self.there else ""

    def hear(self, heeded: Heeded, where: str) -> None:
        """Take a state in one of its two words."""
        value = self.read(heeded.said)
        if value is None or not heeded.said.payload:
            return
        truth = same(value, self.on)
        if not truth and not same(value, self.off):
            if not says_nothing(value):
                raise Malformed(f"{self.on} or {self.off}", shown(value), where)
            return
        if self.there:
            heeded.hearing.say(Quantity.PRESENCE, truth, where, channel=heeded.channel)


@dataclass(frozen=True, slots=True)
class Measure:
    """A sensor of a quantity of ours."""

    topic: str
    read: Template
    quantity: Quantity
    unit: Unit = SAME
    channel: str = ""

    @property
    def topics(self) -> frozenset[str]:
        """Where it speaks."""
        return frozenset({self.topic})

    @property
    def offers(self) -> str:
        """Its quantity."""
        return self.quantity.value

    def hear(self, heeded: Heeded, where: str) -> None:
        """Take a value."""
        value = self.read(heeded.said)
        if says_nothing(value):
            return
        if self.unit != SAME:
            value = round((number(value) + self.unit.offset) * self.unit.factor, 9)
        heeded.hearing.say(self.quantity, value, where, channel=heeded.channel or self.channel)


def truth(path: str, options: Options) -> Truth | None:
    """Understand a binary sensor; None for one of another class. Raises `Malformed`."""
    if options.get("device_class") is not None and _word(options, "device_class") not in THERE:
        return None
    bag = set(words_of(_names(path, options)[0])) | set(words_of(path.rpartition("/")[2]))
    there = _word(options, "device_class") in THERE or bool(bag & PRESENT and not bag & OF_SETTINGS)
    spoken = topic(options, "state_topic")
    if not spoken:
        raise Malformed("a state_topic", "none", path)
    read = template(options.get("value_template"))
    return Truth(spoken, read, word(options, "payload_on", "ON"), word(options, "payload_off", "OFF"), there)


def chosen(meaning: Truth) -> Truth:
    """A binary sensor that the operator named himself says presence, whatever it is called."""
    return replace(meaning, there=True)


def measure(path: str, options: Options) -> Measure | None:
    """Understand a sensor; None for one that says no quantity of ours. Raises `Malformed`."""
    said = _word(options, "unit_of_measurement")
    known = _by_class(path, options) if options.get("device_class") is not None else _by_name(path, options, said)
    if known is None or (known.quantity is Quantity.ENERGY and not said):
        return None
    units = UNITS.get(known.quantity, {})
    if units and said and said not in units:
        if known.quantity in IN_ONE_UNIT:
            return None
        raise Malformed(f"a unit of {', '.join(units)}", shown(said), "unit_of_measurement")
    spoken = topic(options, "state_topic")
    if not spoken:
        raise Malformed("a state_topic", "none", path)
    read = template(options.get("value_template"))
    return Measure(spoken, read, known.quantity, units.get(said, SAME), known.channel)


def _by_class(path: str, options: Options) -> Meant | None:
    quantity = CLASSES.get(_word(options, "device_class"))
    if quantity is None:
        return None
    of_device = quantity is Quantity.TEMPERATURE and options.get("entity_category") == "diagnostic"
    if of_device or any(set(words_of(name)) & OF_SOMETHING_ELSE for name in _names(path, options)[:2]):
        return None
    return Meant(quantity)


def _by_name(path: str, options: Options, unit: str) -> Meant | None:
    """A count by its name and the class of its state; light by its unit; what else a name says as a whole."""
    if unit in UNITS[Quantity.ILLUMINANCE]:
        return Meant(Quantity.ILLUMINANCE)
    running = _word(options, "state_class") in RUNNING
    for name in _names(path, options):
        known = _ending(name)
        if known is not None and known.quantity is not Quantity.PRESENCE:
            return _counted(known, _word(options, "state_class"))
        bag = set(words_of(name))
        if unit in PEOPLE and bag & (IN | OUT):
            way = "in" if bag & IN else "out"
            return Meant(Quantity.PEDESTRIANS_TOTAL if running else Quantity.PEDESTRIANS, way)
    if unit in PEOPLE:
        return Meant(Quantity.PEDESTRIANS_TOTAL if running else Quantity.OCCUPANCY)
    return None


def _ending(name: str) -> Meant | None:
    words = words_of(name)
    return None if set(words) & OF_SOMETHING_ELSE else ending(words)


COUNTS: Final = (Quantity.PEDESTRIANS, Quantity.PEDESTRIANS_TOTAL, Quantity.OCCUPANCY)


def _counted(known: Meant, state_class: str) -> Meant:
    """The class of a state says whether a number of people is a running total; without it the name does."""
    if known.quantity not in COUNTS or not state_class:
        return known
    if state_class in RUNNING:
        return Meant(Quantity.PEDESTRIANS_TOTAL, known.channel)
    if known.quantity is Quantity.PEDESTRIANS_TOTAL:
        return Meant(Quantity.PEDESTRIANS if known.channel else Quantity.OCCUPANCY, known.channel)
    return known


def _word(options: Options, key: str) -> str:
    value = options.get(key)
    return value.strip() if isinstance(value, str) else ""


def _names(path: str, options: Options) -> list[str]:
    """By what an entity may be known: its name, the end of its path, its own id, the key of its template."""
    named = [options.get("name"), path.rpartition("/")[2], options.get("object_id"), options.get("unique_id")]
    return [name for name in (*named, *_keys(options)) if is_name(name)]


def _keys(options: Options) -> tuple[str, ...]:
    try:
        return template(options.get("value_template")).keys[-1:]
    except Malformed:
        return ()  # it is told where the entity means something to us
