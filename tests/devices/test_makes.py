"""What holds for the conventions of all makes."""

import importlib
import inspect
import re
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import topic_matches_sub

from devices.convention import LAMPS, NAMES, hear
from devices.light import LightState
from devices.reading import Availability, Quality, Reading
from tests.devices.examples import EXAMPLES, taught
from tests.devices.speech import command, convention, lamp, message, refused, said, states

OF_MAKERS = sorted(set(NAMES) - {"native", "ld2450"})

DIMMERS = {
    "zigbee2mqtt": ("bulb", "zigbee2mqtt/bulb", '{{"state":"{on}","brightness":{step}}}', 254),
    "tasmota": ("yard", "stat/yard/RESULT", '{{"POWER":"{on}","Dimmer":{step}}}', 100),
    "esphome": ("node/light/lamp", "node/light/lamp/state", '{{"state":"{on}","brightness":{step}}}', 255),
    "homeassistant": ("light/kitchen", "kitchen/state", '{{"state":"{on}","brightness":{step}}}', 255),
    "shelly": ("dimmer/light:0", "dimmer/status/light:0", '{{"output":{truth},"brightness":{step}}}', 100),
    "homie4": ("dimmer/light/brightness", "homie/dimmer/light/brightness", "{step}", 100),
    "homie5": ("dimmer/light/brightness", "homie/5/dimmer/light/brightness", "{step}", 100),
}
"""Of each make a lamp that dims: its address, where it says its state and how, and the steps of its scale."""


def test_there_are_examples_of_every_convention() -> None:
    assert EXAMPLES.keys() == set(NAMES)
    assert DIMMERS.keys() == set(LAMPS) - {"native", "sparkplug", "gpio", "dali"}


@pytest.mark.parametrize("name", NAMES)
def test_the_first_example_says_something(name: str) -> None:
    example = EXAMPLES[name]
    items = hear(taught(example), message(*example.messages[0]))
    assert said(items)
    assert not refused(items)


@pytest.mark.parametrize("name", OF_MAKERS)
def test_a_convention_tells_what_one_pedestrian_is_and_what_it_cannot_see(name: str) -> None:
    text = inspect.getdoc(importlib.import_module(f"devices.conventions.{name}")) or ""
    assert "One pedestrian" in text
    assert "annot see" in text


@pytest.mark.parametrize("name", NAMES)
def test_every_message_of_a_device_is_asked_for_once(name: str) -> None:
    example = EXAMPLES[name]
    filters = taught(example).topics()
    for topic, _ in example.messages:
        if "/new" not in topic:
            assert sum(topic_matches_sub(each, topic) for each in filters) == 1, topic


@pytest.mark.parametrize("name", OF_MAKERS)
def test_no_two_filters_match_one_topic(name: str) -> None:
    filters = taught(EXAMPLES[name]).topics()
    for one, other in combinations(sorted(filters), 2):
        assert not topic_matches_sub(one, other.replace("+", "x")), (one, other)


@pytest.mark.parametrize("name", OF_MAKERS)
def test_what_is_retained_is_marked_and_no_state_of_a_lamp(name: str) -> None:
    example = EXAMPLES[name]
    spoken = taught(example)
    for topic, payload in example.messages:
        for item in hear(spoken, message(topic, payload, retained=True)):
            assert not isinstance(item, LightState)
            if isinstance(item, Reading):
                assert Quality.RETAINED in item.quality
            if isinstance(item, Availability):
                assert item.retained


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(LAMPS)))
def test_what_has_no_lamps_is_given_no_orders(name: str) -> None:
    with pytest.raises(KeyError):
        convention(*EXAMPLES[name].devices).encode(command(50))


@pytest.mark.parametrize("name", sorted(DIMMERS))
@given(level=st.integers(0, 100), ramp=st.floats(0, 120))
def test_every_level_comes_back_within_one_step(name: str, level: int, ramp: float) -> None:
    address, topic, form, steps = DIMMERS[name]
    spoken = taught(EXAMPLES[name]._replace(devices=(lamp(name, address),)))
    (order,) = spoken.encode(command(level, ramp))
    assert re.search(rb"OFF|false|Dimmer 0|^0$", order.payload) or level
    step = _asked(order.payload)
    answer = form.format(on="ON" if step else "OFF", truth="true" if step else "false", step=step)
    ((reached, target),) = states(hear(spoken, message(topic, answer)))
    assert target == level, "the answer confirms the order"
    assert level <= reached < level + 100 / steps + 1e-6 or reached == pytest.approx(level, abs=0.01)


def _asked(order: bytes) -> int:
    found = re.search(rb'(?:"brightness":|Dimmer |^)(\d+)', order)
    return int(found[1]) if found else 0
