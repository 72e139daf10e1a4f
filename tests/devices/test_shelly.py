"""Shelly, both generations: what they say and how they are told."""

import json

import pytest

from devices.convention import hear
from devices.light import LightState
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

DIMMER = lamp("shelly", "dimmer")
MOTION = sensor("shelly", "motion")
OLD = lamp("shelly", "shellies/shellydimmer-1")


def test_a_light_says_level_power_and_energy() -> None:
    payload = '{"id":0,"output":true,"brightness":75,"apower":3.5,"aenergy":{"total":12.5}}'
    items = heard(DIMMER, "dimmer/status/light:0", payload)
    assert said(items) == {("level", "", 75), ("power", "", 3.5), ("energy", "", 12.5)}


def test_a_notification_says_only_what_changed() -> None:
    spoken = convention(DIMMER)
    form = '{{"method":"NotifyStatus","params":{{"ts":1790000000.5,"light:0":{}}}}}'
    assert states(hear(spoken, message("dimmer/events/rpc", form.format('{"output":true}')))) == []
    assert states(hear(spoken, message("dimmer/events/rpc", form.format('{"brightness":40}')))) == [(40, None)]
    assert states(hear(spoken, message("dimmer/events/rpc", form.format('{"output":false}')))) == [(0, None)]
    assert states(hear(spoken, message("dimmer/events/rpc", form.format('{"output":true}')))) == [(40, None)]


def test_an_event_is_no_state() -> None:
    assert heard(DIMMER, "dimmer/events/rpc", '{"method":"NotifyEvent","params":{"events":[]}}') == []


def test_an_order_is_a_request() -> None:
    spoken = convention(lamp("shelly", "dimmer/light:1"))
    (order,) = spoken.encode(command(40, 2))
    assert order.topic == "dimmer/rpc"
    params = {"id": 1, "on": True, "brightness": 40, "transition_duration": 2.0}
    assert json.loads(order.payload) == {"id": 1, "src": "reverbere-lab", "method": "Light.Set", "params": params}
    payload = '{"output":true,"brightness":40}'
    assert states(hear(spoken, message("dimmer/status/light:1", payload))) == [(40, 40)]
    assert hear(spoken, message("dimmer/status/light:0", payload)) == []


def test_a_relay_is_switched_and_confirms_what_was_ordered() -> None:
    spoken = convention(DIMMER)
    hear(spoken, message("dimmer/status/switch:0", '{"output":false}'))
    (order,) = spoken.encode(command(40))
    assert json.loads(order.payload)["method"] == "Switch.Set"
    assert json.loads(order.payload)["params"] == {"id": 0, "on": True}
    assert states(hear(spoken, message("dimmer/status/switch:0", '{"output":true}'))) == [(100, 40)]


@pytest.mark.parametrize(
    ("component", "payload", "expected"),
    [
        ("illuminance:0", '{"lux":250,"illumination":"bright"}', {("illuminance", "", 250)}),
        ("input:1", '{"state":true}', {("presence", "1", 1)}),
        ("input:0", '{"state":null}', set()),
        ("temperature:0", '{"tC":21.5,"tF":70.7}', {("temperature", "", 21.5)}),
        ("devicepower:0", '{"battery":{"V":4.9,"percent":88}}', {("battery", "", 88), ("voltage", "", 4.9)}),
        ("presencezone:200", '{"state":true,"num_objects":2}', {("presence", "200", 1), ("occupancy", "200", 2)}),
        ("wifi", '{"rssi":-55}', {("rssi", "", -55)}),
        ("sys", '{"uptime":5}', set()),
    ],
)
def test_sensors_mean(component: str, payload: str, expected: set[object]) -> None:
    assert said(heard(MOTION, f"motion/status/{component}", payload)) == expected


def test_the_first_generation_has_a_topic_for_each_value() -> None:
    topic = "shellies/shellydimmer-1"
    assert said(heard(OLD, f"{topic}/light/0/status", '{"ison":true,"brightness":50}')) == {("level", "", 50)}
    motion = sensor("shelly", "shellies/m")
    assert said(heard(motion, "shellies/m/sensor/motion", "true")) == {("presence", "", 1)}
    assert said(heard(motion, "shellies/m/sensor/illumination", "dark")) == set()
    status = '{"motion":false,"lux":12,"bat":90}'
    expected = {("presence", "", 0), ("illuminance", "", 12), ("battery", "", 90)}
    assert said(heard(motion, "shellies/m/status", status)) == expected


def test_the_first_generation_is_told_in_milliseconds() -> None:
    spoken = convention(OLD)
    (order,) = spoken.encode(command(40, 2))
    assert order.topic == "shellies/shellydimmer-1/light/0/set"
    assert json.loads(order.payload) == {"turn": "on", "brightness": 40, "transition": 2000}
    relay = convention(lamp("shelly", "shellies/shelly1-1/relay:0"))
    (order,) = relay.encode(command(0))
    assert (order.topic, order.payload) == ("shellies/shelly1-1/relay/0/command", b"off")
    assert states(hear(relay, message("shellies/shelly1-1/relay/0", "off"))) == [(0, 0)]


def test_watt_minutes_are_watt_hours() -> None:
    spoken = convention(OLD)
    hear(spoken, message("shellies/shellydimmer-1/light/0/status", '{"ison":true,"brightness":50}'))
    (state,) = hear(spoken, message("shellies/shellydimmer-1/light/0/energy", "120"))
    assert isinstance(state, LightState)
    assert (state.level, state.energy) == (50, 2)


def test_availability_and_announcements() -> None:
    assert online(heard(DIMMER, "dimmer/online", "false")) == [False]
    assert announced(heard(DIMMER, "new/status/light:1", '{"output":false}')) == {"new/light:1": ("level",)}


def test_a_brightness_beyond_the_scale_is_refused() -> None:
    assert refused(heard(DIMMER, "dimmer/status/light:0", '{"output":true,"brightness":254}'))
