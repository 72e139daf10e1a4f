"""What a value is by its name, where a make leaves names to whoever wrote the firmware or the decoder. Pure.

Names come as `line_1_total_in`, `pirSensorStatus`, "Luminosity(lux)". They are taken apart into words, and a name means
something only if all of its words are known to belong to that meaning: "PIR_Sensor_Failure" is no presence and
`targetTemperature` no temperature.
"""

import re
from dataclasses import dataclass

from devices.reading import Quantity

LONGEST = 80
"""Characters of a name; longer ones mean nothing."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_UNIT = re.compile(r"[(\[](?P<unit>[^)\]]*)[)\]]")

IN = frozenset({"in", "entry", "entries", "entered", "enter", "ingress", "incoming", "ins"})
OUT = frozenset({"out", "exit", "exits", "exited", "leaving", "egress", "outgoing", "outs"})
ACROSS = frozenset({"ltr", "rtl"})
"""Left to right and right to left, of a radar that looks across the way."""
PEOPLE = frozenset({"people", "peoples", "person", "persons", "pedestrian", "pedestrians", "visitor", "visitors"}) | {
    "passenger",
    "passengers",
    "human",
    "humans",
    "footfall",
    "headcount",
    "occupants",
}
COUNTS = frozenset({"count", "counter", "counts", "counted", "number", "num", "cnt", "counting", "passages", "nb"})
SINCE_EVER = frozenset({"total", "totals", "sum", "cumulative", "cumulated", "accumulated", "lifetime", "absolute"})
SINCE_LAST = frozenset({"period", "periodic", "interval", "last"})
OF_COUNT = frozenset({"all", "current", "inside", "present", "now", "of", "detected", "value"})
PARTS = frozenset({"line", "region", "zone", "area", "lane"})
NOT_PEOPLE = frozenset(
    [
        "power",
        "energy",
        "water",
        "gas",
        "pulse",
        "pulses",
        "volume",
        "rain",
        "bytes",
        "packet",
        "packets",
        "data",
        "frame",
        "button",
        "press",
        "door",
        "open",
        "tamper",
        "vibration",
        "max",
        "min",
        "average",
        "avg",
        "threshold",
        "alarm",
        "rate",
        "time",
        "duration",
        "enable",
        "enabled",
        "limit",
        "reset",
        "battery",
        "analog",
        "digital",
        "input",
        "output",
        "voltage",
        "temperature",
        "version",
        "error",
        "flow",
    ]
)

PRESENT = frozenset({"pir", "motion", "presence", "occupancy", "occupied", "occupy", "movement"})
OF_PRESENCE = (
    PRESENT
    | PARTS
    | frozenset(
        [
            "status",
            "state",
            "sensor",
            "detected",
            "detection",
            "detector",
            "value",
            "report",
            "room",
            "alert",
            "event",
            "active",
            "is",
            "radar",
            "ir",
            "human",
            "trigger",
            "triggered",
            "when",
            "sending",
        ]
    )
)
LIT = frozenset({"lux", "illuminance", "illumination", "luminosity", "brightness", "als", "ill", "illum", "light"})
OF_LIGHT = LIT | {"report"} | frozenset(["intensity", "sensor", "value", "ambient", "lx", "measured"])
WARM = frozenset({"temperature", "temp"})
OF_WARMTH = (
    WARM
    | {"report"}
    | frozenset(
        [
            "sensor",
            "ambient",
            "air",
            "room",
            "external",
            "value",
            "measured",
            "c",
            "degc",
            "celsius",
            "sht",
            "probe",
            "outdoor",
        ]
    )
)
DAMP = frozenset({"humidity", "humi", "hum", "rh"})
OF_DAMP = (
    DAMP
    | {"report"}
    | frozenset(
        [
            "relative",
            "rel",
            "pct",
            "air",
            "sensor",
            "value",
            "percent",
            "sht",
            "ambient",
            "room",
            "measured",
            "outdoor",
            "external",
        ]
    )
)
CHARGED = frozenset({"battery", "bat", "batt"})
OF_CHARGE = (
    CHARGED
    | {"report"}
    | frozenset(["level", "percent", "percentage", "pct", "value", "remaining", "capacity", "soc", "main", "node"])
)
VOLTS = frozenset({"voltage", "volt", "volts", "v", "mv", "mvolts", "millivolts"})
OF_VOLTS = VOLTS | CHARGED | frozenset(["storage", "supply", "value", "sensor", "level"])
ALONE_VOLTS = frozenset({"vdd", "vbat", "batv", "vcc"})
OUR_OWN = {quantity.value: quantity for quantity in Quantity if quantity not in (Quantity.FAULT, Quantity.TRUST)}

OF_ANYTHING = frozenset({Quantity.LEVEL, Quantity.SPEED, Quantity.OPERATING_TIME})
"""Quantities that much else has too."""

OTHERWISE = {"people_total_counts": Quantity.OCCUPANCY}
"""Names that their makers use otherwise than their words say: of Milesight's VS321 the people in all of its regions."""


@dataclass(frozen=True, slots=True)
class Meant:
    """A quantity and its channel; `per_cent` of a battery whose name says so."""

    quantity: Quantity
    channel: str = ""
    per_cent: bool = False


def meant(name: str) -> Meant | None:
    """What a name means; None if that is nothing of ours."""
    if len(name) > LONGEST:
        return None
    if name in OUR_OWN and name not in PRESENT:
        return Meant(OUR_OWN[name])
    if name in OTHERWISE:
        return Meant(OTHERWISE[name])
    unit = _UNIT.search(name)
    spaced = " ".join(words_of(_UNIT.sub("", name)))
    words = spaced.replace("left to right", "ltr").replace("right to left", "rtl").split()
    bag = {word for word in words if not word.isdigit()}
    digits = next((word for word in words if word.isdigit()), "")
    if unit is not None and "f" in unit["unit"].lower():
        return None
    return _people(bag, digits) or _thing(bag, digits)


def ending(words: list[str]) -> Meant | None:
    """What the end of a name means, where rooms and devices stand before it; None if that is nothing of ours.

    A number at its beginning belongs to what stands before ("bh1750 illuminance"), and a level, a speed or a time with
    something before it is of that: of water, of the wind.
    """
    for start in range(len(words)):
        known = None if words[start].isdigit() else meant("_".join(words[start:]))
        if known is not None:
            return None if start and known.quantity in OF_ANYTHING else known
    return None


def words_of(name: str) -> list[str]:
    """The words of a name, in lower case."""
    return [word.lower() for word in _WORD.findall(name[:LONGEST].replace("mV", "MV"))]


def part_of(name: str) -> str:
    """The part of a device that a name is: "line1" of `line_1`; "" if it is none."""
    words = words_of(name)
    match words:
        case [part, number] if part in PARTS and number.isdigit():
            return part + number
    return ""


def _people(bag: set[str], digits: str) -> Meant | None:
    if bag & NOT_PEOPLE:
        return None
    if bag & ACROSS and bag <= ACROSS | COUNTS | SINCE_EVER | SINCE_LAST:
        return Meant(Quantity.PEDESTRIANS_TOTAL if bag & SINCE_EVER else Quantity.PEDESTRIANS, min(bag & ACROSS))
    way = "in" if bag & IN else "out" if bag & OUT else ""
    part = next((f"{word}{digits}" for word in PARTS & bag if digits), "")
    if way and not (bag & IN and bag & OUT):
        if not bag & (PEOPLE | COUNTS | SINCE_EVER | SINCE_LAST | {"line", "lane"}):
            return None
        channel = f"{part}-{way}" if part else way
        ever = bag & SINCE_EVER or (bag & COUNTS and not bag & SINCE_LAST)
        return Meant(Quantity.PEDESTRIANS_TOTAL if ever else Quantity.PEDESTRIANS, channel)
    return _there(bag, digits, part)


def _there(bag: set[str], digits: str, part: str) -> Meant | None:
    """A number of people without a direction; IMBuildings' counter has two ways, and names for neither."""
    if bag & PEOPLE and bag <= PEOPLE | COUNTS | SINCE_EVER | PARTS | OF_COUNT:
        return Meant(Quantity.PEDESTRIANS_TOTAL if bag & SINCE_EVER else Quantity.OCCUPANCY, part)
    if bag - {"count", "counter", "current"} == {"occupancy"} != bag or (bag == {"region", "count"} and digits):
        return Meant(Quantity.OCCUPANCY, part)
    if bag - {"total"} in ({"counter", "a"}, {"counter", "b"}):
        return Meant(Quantity.PEDESTRIANS_TOTAL if "total" in bag else Quantity.PEDESTRIANS, min(bag & {"a", "b"}))
    return None


def _thing(bag: set[str], digits: str) -> Meant | None:
    for heads, allowed, quantity in (
        (PRESENT, OF_PRESENCE, Quantity.PRESENCE),
        (LIT, OF_LIGHT, Quantity.ILLUMINANCE),
        (WARM, OF_WARMTH, Quantity.TEMPERATURE),
        (DAMP, OF_DAMP, Quantity.HUMIDITY),
        (VOLTS, OF_VOLTS, Quantity.VOLTAGE),
        (CHARGED, OF_CHARGE, Quantity.BATTERY),
    ):
        if bag & heads and bag <= allowed:
            where = next(iter(sorted(bag & (PARTS | {"external", "probe", "outdoor", "main", "node"}))), "")
            said_so = bool(bag & {"percent", "percentage", "pct", "level", "soc", "remaining"})
            return Meant(quantity, where + digits, said_so)
    return Meant(Quantity.VOLTAGE) if bag and bag <= ALONE_VOLTS else None
