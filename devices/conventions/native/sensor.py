"""What a native sensor says (docs/native.md, "A sensor")."""

from collections.abc import Iterator
from typing import Annotated, Literal, Required, TypeAlias

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, with_config

# pydantic asks for this one on Python 3.11, and brings it
from typing_extensions import TypedDict

from devices.convention import Heard, Malformed, Numbered
from devices.conventions.native.payload import Form
from devices.device import Device
from devices.message import SECOND, Message
from devices.moment import written
from devices.reading import Quality, Quantity, Reading
from devices.stamp import when

STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

People = Annotated[int, Field(ge=0, le=1_000_000_000)]

Ways = TypedDict("Ways", {"in": People, "out": People}, total=False)
"""People by direction."""

with_config(STRICT)(Ways)


def _dated(text: str) -> str:
    written(text)
    return text


Time: TypeAlias = Annotated[float, Field(ge=-1e15, le=1e15)] | Annotated[str, AfterValidator(_dated)]
"""Unix time, or a date and time in words that `written` reads."""

Count: TypeAlias = People | Annotated[Ways, Field(min_length=1)]


@with_config(STRICT)
class Said(TypedDict, total=False):
    """The payload, in the units of docs/native.md."""

    v: Required[Literal[1]]
    boot: Annotated[str, Field(min_length=1, max_length=32)]
    seq: Annotated[int, Field(ge=0, lt=2**63)]
    time: Time
    period: Annotated[float, Field(gt=0, le=1e9)]
    pedestrians: Count
    pedestrians_total: Count
    occupancy: People
    presence: bool
    illuminance: float
    distance: float
    speed: float
    temperature: float
    humidity: float
    battery: float
    voltage: float
    rssi: float


A_COUNT = 'a whole number from 0, or {"in": 2, "out": 1}'

EXPECTED = {
    "v": "1",
    "boot": "text of 1 to 32 characters, together with seq",
    "seq": "a whole number from 0, together with boot",
    "time": "Unix time in s or ms, or 2026-10-25T02:30:00 with Z or an offset unless it is local time",
    "period": "seconds, above 0",
    "pedestrians": A_COUNT,
    "pedestrians_total": A_COUNT,
    "occupancy": "a whole number from 0",
    "presence": "true or false",
} | dict.fromkeys(
    ("illuminance", "distance", "speed", "temperature", "humidity", "battery", "voltage", "rssi"), "a number"
)

QUANTITIES: dict[str, Quantity] = {quantity.value: quantity for quantity in Quantity if quantity.value in EXPECTED}

SENSOR = Form(TypeAdapter(Said), EXPECTED)


def offers(message: Message) -> tuple[str, ...]:
    """Name the quantities in a message of a sensor that nobody has configured. Raises `Malformed`."""
    said, _ = SENSOR.read(message)
    return tuple(name for name in QUANTITIES if name in said)


def hear_sensor(message: Message, device: Device) -> Iterator[Heard]:
    """Say what a sensor's message means: its number first, then its readings. Raises `Malformed` after the good parts.

    `device.options["lateness"]` (nanoseconds) is how old on arrival a reading may be before it is historical, and
    `device.options["time_zone"]` (tzinfo) is where the device's clock hangs that says no zone.
    """
    said, complaint = SENSOR.read(message)
    if "boot" in said and "seq" in said:
        yield Numbered(device.id, said["boot"], said["seq"])
    elif complaint is None and ("boot" in said or "seq" in said):
        lone = "boot" if "boot" in said else "seq"
        complaint = Malformed("boot and seq together or neither", f"{lone} alone", lone)
    time, quality = when(said.get("time"), message, device)
    if complaint is not None and "time" in complaint.where.split(", "):
        quality |= Quality.CLOCK_UNCERTAIN
    values = _values(said)
    for quantity, channel, value in values:
        period = round(said["period"] * SECOND) if quantity is Quantity.PEDESTRIANS and "period" in said else None
        yield Reading(device.id, quantity, value, time, channel, period, quality)
    if complaint is None and not values:
        complaint = Malformed("at least one quantity", "none")
    if complaint is not None:
        raise complaint


def _values(said: Said) -> list[tuple[Quantity, str, float]]:
    values: list[tuple[Quantity, str, float]] = []
    for name, value in said.items():
        quantity = QUANTITIES.get(name)
        if quantity is None:
            continue
        if isinstance(value, dict):
            values.extend((quantity, channel, float(people)) for channel, people in value.items())
        elif isinstance(value, (int, float)):
            values.append((quantity, "", float(value)))
    return values
