"""Simulated lamps of every make: they understand what the convention of their make orders, and it understands them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paho.mqtt.client import topic_matches_sub

from devices.convention import LAMPS as SPOKEN
from devices.convention import Convention, Rejected, hear
from devices.device import Device, DeviceId, Kind
from devices.light import LightCommand, LightState
from devices.message import Message
from devices.reading import Availability
from firmware_sims.catalogue import LAMPS, WIRED
from firmware_sims.lamp import Lamp, LampType, Order
from firmware_sims.makes.make import Answer, LampMake, Node
from gateway.clock import SECOND
from tests.devices.speech import convention

START = 1_790_000_000 * SECOND
ADDRESSES = {
    "native": "lamp",
    "esphome": "node/light/strip",
    "homeassistant": "light/lamp",
    "shelly": "shellyprodm2pm-1",
    "sparkplug": "street/edge/lamp",
}
TYPE = LampType(full=28.0, dimmed=4.0, lowest=10.0, standby=0.5)
FADING = ("native", "zigbee2mqtt", "tasmota", "esphome", "homeassistant", "shelly")
"""Makes that are told how long to fade."""


class Pair:
    """A lamp of a make, and the convention that speaks with it."""

    def __init__(self, make: str) -> None:
        address = ADDRESSES.get(make, "bulb")
        self.convention: Convention = convention(
            Device(DeviceId("lamp"), Kind.LUMINAIRE, "mqtt", make, address, "", {})
        )
        self.make: LampMake = LAMPS[make](Node("lamp", address, site="lab"))
        self.lamp = Lamp(TYPE, START, patience=10**18)
        self.states: list[LightState] = []
        self.rejected: list[Rejected] = []
        self.online: list[bool] = []
        self.make.will()
        self.tell(self.make.births(START))

    def tell(self, said: object) -> None:
        """Let the convention hear messages of the lamp."""
        assert isinstance(said, tuple | list)
        for each in said:
            for item in hear(self.convention, Message(each.topic, each.payload, self.lamp.now)):
                if isinstance(item, LightState):
                    self.states.append(item)
                elif isinstance(item, Rejected):
                    self.rejected.append(item)
                elif isinstance(item, Availability):
                    self.online.append(item.online)

    def order(self, level: int, ramp: int) -> None:
        """Order a level, let the lamp do what it understood, and hear what it says then."""
        messages = self.convention.encode(LightCommand(DeviceId("lamp"), level, ramp, f"c-{level}", 180 * SECOND))
        assert messages
        for message in messages:
            assert any(topic_matches_sub(ear, message.topic) for ear in self.make.ears), message.topic
            told = self.make.understand(message.topic, message.payload, self.lamp, self.lamp.now)
            assert told is not None, message
            if isinstance(told, Order):
                self.lamp.follow(told)
        self.tell(self.make.state(self.lamp, self.lamp.now))


def test_every_convention_of_lamps_has_a_lamp() -> None:
    assert set(LAMPS) == set(SPOKEN) - WIRED


@pytest.mark.parametrize("make", sorted(LAMPS))
@settings(max_examples=25)
@given(levels=st.lists(st.integers(0, 100), min_size=1, max_size=4))
def test_a_lamp_goes_where_it_is_told_and_says_so(make: str, levels: list[int]) -> None:
    pair = Pair(make)
    for level in levels:
        pair.order(level, 2 * SECOND)
        pair.lamp.advance(pair.lamp.now + 60 * SECOND)
        pair.tell(pair.make.state(pair.lamp, pair.lamp.now))
        assert pair.lamp.level == pytest.approx(level, abs=0.5)
        assert pair.states[-1].level == pytest.approx(level, abs=0.5)
        assert (pair.lamp.level == 0) is (level == 0)
    assert pair.rejected == []


@pytest.mark.parametrize("make", FADING)
def test_a_lamp_fades_for_as_long_as_it_was_told(make: str) -> None:
    pair = Pair(make)
    pair.order(20, 0)
    pair.lamp.advance(pair.lamp.now + SECOND)
    pair.order(80, 10 * SECOND)
    pair.lamp.advance(pair.lamp.now + 5 * SECOND)
    assert pair.lamp.level == pytest.approx(50, abs=3)
    pair.lamp.advance(pair.lamp.now + 6 * SECOND)
    assert pair.lamp.level == pytest.approx(80, abs=0.5)


@pytest.mark.parametrize("make", ["native", "tasmota", "shelly", "homie4", "homie5", "sparkplug"])
def test_what_a_meter_shows_is_understood_in_watts_and_watt_hours(make: str) -> None:
    pair = Pair(make)
    pair.order(100, 0)
    pair.lamp.advance(pair.lamp.now + 3600 * SECOND)
    pair.tell(pair.make.state(pair.lamp, pair.lamp.now))
    assert pair.states[-1].power == pytest.approx(28.0, abs=0.1)
    assert pair.states[-1].energy == pytest.approx(28.0, abs=0.2)


@pytest.mark.parametrize("make", sorted(LAMPS))
def test_a_lamp_that_vanishes_is_gone_by_its_will(make: str) -> None:
    pair = Pair(make)
    will = pair.make.will()
    if make == "sparkplug":
        pair.tell(pair.make.births(START))
    assert will is not None
    pair.tell([will])
    assert pair.online[-2:] == [True, False]


def test_a_node_that_is_asked_is_born_again() -> None:
    pair = Pair("sparkplug")
    deaf = convention(Device(DeviceId("lamp"), Kind.LUMINAIRE, "mqtt", "sparkplug", "street/edge/lamp", "", {}))
    (question,) = deaf.encode(LightCommand(DeviceId("lamp"), 40, 0, "c-1", 180 * SECOND))
    told = pair.make.understand(question.topic, question.payload, pair.lamp, START)
    assert isinstance(told, Answer)
    for said in told.said:
        hear(deaf, Message(said.topic, said.payload, START))
    (order,) = deaf.encode(LightCommand(DeviceId("lamp"), 40, 0, "c-2", 180 * SECOND))
    understood = pair.make.understand(order.topic, order.payload, pair.lamp, START)
    assert isinstance(understood, Order)
    assert understood.level == 40.0
