"""What a native lamp says and is told (docs/native.md, "A lamp")."""

from collections.abc import Iterator
from typing import Annotated, Literal, Required

from pydantic import ConfigDict, Field, TypeAdapter, with_config
from pydantic_core import to_json

# pydantic asks for this one on Python 3.11, and brings it
from typing_extensions import TypedDict

from devices.convention import Heard, Malformed
from devices.conventions.native.payload import Form
from devices.device import Device
from devices.light import LightCommand, LightState
from devices.message import SECOND, Message

PerCent = Annotated[float, Field(ge=0, le=100)]


@with_config(ConfigDict(extra="forbid", strict=True, allow_inf_nan=False))
class Said(TypedDict, total=False):
    """The payload: per cent, watts, watt-hours."""

    v: Required[Literal[1]]
    id: Annotated[str, Field(max_length=64)]
    level: PerCent
    target: PerCent
    power: Annotated[float, Field(ge=0)]
    energy: Annotated[float, Field(ge=0)]
    faults: Annotated[list[Annotated[str, Field(min_length=1, max_length=64)]], Field(max_length=32)]


LAMP = Form(
    TypeAdapter(Said),
    {
        "v": "1",
        "id": "the id of the order, text of at most 64 characters",
        "level": "per cent from 0 to 100",
        "target": "per cent from 0 to 100",
        "power": "watts, 0 or more",
        "energy": "watt-hours, 0 or more",
        "faults": 'a list of TALQ names such as ["lampFailure"]',
    },
)


def hear_lamp(message: Message, device: Device) -> Iterator[Heard]:
    """Say what a lamp's state means. Raises `Malformed` after the good parts.

    A retained state is refused: it says what was, while supervision asks what is.
    """
    if message.retained:
        raise Malformed("a state that is not retained", "a retained one")
    said, complaint = LAMP.read(message)
    if "level" in said:
        yield LightState(
            device.id,
            said["level"],
            message.time,
            said.get("power"),
            said.get("energy"),
            said.get("target"),
            said.get("id", ""),
            frozenset(said.get("faults", ())),
        )
    elif complaint is None:
        complaint = Malformed("a level", "none", "level")
    if complaint is not None:
        raise complaint


def order(command: LightCommand) -> bytes:
    """Write an order as a lamp reads it: durations in seconds."""
    return to_json(
        {
            "v": 1,
            "id": command.id,
            "level": command.level,
            "ramp": command.ramp / SECOND,
            "valid_for": command.valid_for / SECOND,
        }
    )
