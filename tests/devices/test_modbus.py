"""Registers are quantities as the map says; what could not be read is said and takes nothing else along."""

import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.convention import Rejected, hear
from devices.conventions.modbus import Register, make
from devices.conventions.modbus.register import TYPES
from devices.device import Device, DeviceId, Kind
from devices.message import Message
from devices.reading import Quantity, Reading

NOW = 1_795_284_001 * 1_000_000_000
TOPIC = "/dev/ttyUSB0/3"


def told(said: object, *registers: Register) -> list[object]:
    device = Device(DeviceId("door"), Kind.SENSOR, "serial:/dev/ttyUSB0", "modbus", TOPIC, "", {"registers": registers})
    return list(hear(make("chalon", [device]), Message(TOPIC, json.dumps(said).encode(), NOW)))


def test_a_people_counter_and_a_light_meter() -> None:
    readings = told(
        {"input": {"0": [1, 2, 0, 7]}, "holding": {"16": [1234]}},
        Register(Quantity.PEDESTRIANS_TOTAL, 0, "input", "uint32", channel="in"),
        Register(Quantity.PEDESTRIANS_TOTAL, 2, "input", "uint32", channel="out"),
        Register(Quantity.ILLUMINANCE, 16, "holding", "uint16", 0.1),
    )
    assert [(one.quantity, one.channel, one.value) for one in readings if isinstance(one, Reading)] == [
        (Quantity.PEDESTRIANS_TOTAL, "in", 65538.0),
        (Quantity.PEDESTRIANS_TOTAL, "out", 7.0),
        (Quantity.ILLUMINANCE, "", pytest.approx(123.4)),
    ]


@given(st.sampled_from(sorted(TYPES)), st.booleans(), st.data())
def test_every_number_comes_through_registers(kind: str, low_first: bool, data: st.DataObject) -> None:  # noqa: FBT001 - drawn
    size, code = struct.calcsize(TYPES[kind]), TYPES[kind]
    low, high = (-100, 100) if kind[0] == "i" else (0, min(2 ** (8 * size) - 1, 100_000))
    number = data.draw(st.floats(-99, 99, width=32) if kind[0] == "f" else st.integers(low, high))
    packed = struct.pack(code, number)
    words = [int.from_bytes(packed[at : at + 2], "big") for at in range(0, size, 2)]
    if low_first:
        words.reverse()
    quantity = Quantity.ILLUMINANCE if kind[0] == "u" else Quantity.TEMPERATURE
    register = Register(quantity, 5, "holding", kind, low_word_first=low_first)
    (reading,) = told({"holding": {"5": words}}, register)
    assert isinstance(reading, Reading)
    assert reading.value == pytest.approx(float(number), abs=1e-6)


def test_a_float_that_is_none_changes_nothing() -> None:
    words = [0x7FC0, 0]
    assert told({"holding": {"0": words}}, Register(Quantity.ILLUMINANCE, 0, "holding", "float32")) == []


def test_a_bit_is_presence() -> None:
    (reading,) = told({"discrete": {"2": [1]}}, Register(Quantity.PRESENCE, 2, "discrete"))
    assert isinstance(reading, Reading)
    assert reading.value == 1.0


def test_what_could_not_be_read_is_said_and_the_rest_is_kept() -> None:
    heard = told(
        {"input": {"0": [9]}, "errors": {"holding": "illegal data address"}},
        Register(Quantity.ILLUMINANCE, 7, "holding"),
        Register(Quantity.ILLUMINANCE, 0, "input"),
    )
    assert [type(item) for item in heard] == [Reading, Rejected]
    assert isinstance(heard[1], Rejected)
    assert (heard[1].where, heard[1].found) == ("holding 7", "illegal data address")


@pytest.mark.parametrize(
    "said", [{"input": [1]}, {"input": {"x": [1]}}, {"input": {"0": [70000]}}, {"input": {"0": 1}}, 7]
)
def test_an_answer_that_is_none_is_refused(said: object) -> None:
    (item,) = told(said, Register(Quantity.ILLUMINANCE, 0, "input"))
    assert isinstance(item, Rejected)
