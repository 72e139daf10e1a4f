"""ESPHome: components by their names, lights by their scale, Roode's people."""

import json

import pytest

from devices.convention import hear
from tests.devices.speech import (
    announced,
    command,
    convention,
    heard,
    lamp,
    message,
    online,
    refused,
    said,
    sensor,
    states,
)

NODE = sensor("esphome", "node")
LAMP = lamp("esphome", "node/light/lamp")


@pytest.mark.parametrize(
    ("component", "payload", "expected"),
    [
        ("binary_sensor/hall_motion", "ON", {("presence", "", 1)}),
        ("binary_sensor/radar_has_target", "OFF", {("presence", "", 0)}),
        ("binary_sensor/radar_has_moving_target", "OFF", set()),
        ("binary_sensor/door", "ON", set()),
        ("sensor/garden_illuminance", "12.5", {("illuminance", "", 12.5)}),
        ("sensor/garden_illuminance", "nan", set()),
        ("sensor/node_wifi_signal", "-60", {("rssi", "", -60)}),
        ("sensor/presence_target_count", "2", {("occupancy", "", 2)}),
        ("sensor/moving_target_count", "2", set()),
        ("sensor/detection_distance", "187", {("distance", "", 1.87)}),
        ("sensor/esp32_temperature", "60", set()),
        ("sensor/dew_point_temperature", "6", set()),
        ("sensor/uptime", "12", set()),
        ("number/people_counter", "3", {("occupancy", "", 3)}),
        ("number/people_counter", "-1", {("occupancy", "", 0)}),
        ("text_sensor/last_event", "Entry", {("pedestrians", "in", 1)}),
        ("text_sensor/last_event", "", set()),
        ("text_sensor/version", "2024.1", set()),
    ],
)
def test_components_mean(component: str, payload: str, expected: set[object]) -> None:
    assert said(heard(NODE, f"node/{component}/state", payload)) == expected


def test_a_component_that_the_operator_names_says_presence_whatever_it_is_called() -> None:
    beam = sensor("esphome", "node/binary_sensor/gpio17")
    assert said(heard(beam, "node/binary_sensor/gpio17/state", "ON")) == {("presence", "", 1)}
    assert not said(heard(beam, "node/binary_sensor/hall_motion/state", "ON"))


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ('{"state":"ON","brightness":255,"color_mode":"brightness"}', [(100, None)]),
        ('{"state":"OFF","brightness":255}', [(0, None)]),
        ('{"state":"ON","color_mode":"onoff"}', [(100, None)]),
        ('{"state":"ON","color_mode":"brightness"}', []),
        ('{"state":"ON","color":{"r":"bad"},"brightness":51}', [(20, None)]),
    ],
)
def test_a_light_says_its_level(payload: str, expected: list[object]) -> None:
    assert states(heard(LAMP, "node/light/lamp/state", payload)) == expected


def test_a_light_is_told_in_255_steps() -> None:
    (order,) = convention(LAMP).encode(command(50, 2))
    assert order.topic == "node/light/lamp/command"
    assert json.loads(order.payload) == {"state": "ON", "brightness": 128, "transition": 2.0}


def test_a_switch_is_told_a_word() -> None:
    spoken = convention(lamp("esphome", "node/switch/relay"))
    (order,) = spoken.encode(command(50))
    assert (order.topic, order.payload) == ("node/switch/relay/command", b"ON")
    assert states(hear(spoken, message("node/switch/relay/state", "ON"))) == [(100, 50)]


def test_commands_are_no_states_and_logs_say_nothing() -> None:
    assert heard(LAMP, "node/light/lamp/command", '{"state":"ON"}') == []
    assert heard(LAMP, "node/debug", "[D] text") == []


def test_availability_and_announcements() -> None:
    assert online(heard(NODE, "node/status", "offline")) == [False]
    assert announced(heard(NODE, "other/sensor/bh1750_illuminance/state", "3")) == {"other": ("illuminance",)}
    assert announced(heard(NODE, "other/light/lamp/state", '{"state":"OFF"}')) == {"other/light/lamp": ("level",)}


@pytest.mark.parametrize("payload", ["0N", "maybe"])
def test_a_word_that_is_none_changes_nothing_and_is_refused(payload: str) -> None:
    items = heard(NODE, "node/binary_sensor/hall_motion/state", payload)
    assert not said(items)
    assert refused(items)
