"""Zigbee2MQTT: what its sensors and lamps say, described by `exposes` or not."""

import json

import pytest

from devices.convention import hear
from devices.device import DeviceId
from devices.light import LightState
from devices.reading import Quality, Reading
from tests.devices.speech import (
    NOON,
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

PIR = sensor("zigbee2mqtt", "pir")
BULB = lamp("zigbee2mqtt", "bulb")


def exposes(name: str, *entries: object) -> str:
    listed = [{"friendly_name": name, "definition": {"exposes": entries}}, {"friendly_name": "Coordinator"}]
    return json.dumps(listed)


def light(highest: int) -> object:
    features = [{"property": "state"}, {"property": "brightness", "value_max": highest}]
    return {"type": "light", "features": features}


def test_a_pir_says_presence_and_its_battery() -> None:
    items = heard(PIR, "zigbee2mqtt/pir", '{"occupancy":true,"battery":97,"voltage":2995,"linkquality":80}')
    assert said(items) == {("presence", "", 1), ("battery", "", 97), ("voltage", "", 2.995)}


@pytest.mark.parametrize(
    ("payload", "lux"),
    [
        ({"illuminance": 9116, "illuminance_lux": 8}, 8),
        ({"illuminance": 8, "illuminance_raw": 9116}, 8),
        ({"illuminance": 122}, 122),
    ],
)
def test_of_raw_and_calibrated_the_calibrated_one_is_lux(payload: dict[str, int], lux: float) -> None:
    assert said(heard(PIR, "zigbee2mqtt/pir", json.dumps(payload))) == {("illuminance", "", lux)}


def test_a_raw_illuminance_without_its_unit_is_calibrated() -> None:
    spoken = convention(PIR)
    hear(spoken, message("zigbee2mqtt/bridge/devices", exposes("pir", {"property": "illuminance"})))
    items = hear(spoken, message("zigbee2mqtt/pir", '{"illuminance":10001}'))
    assert said(items) == {("illuminance", "", 10.0)}


@pytest.mark.parametrize("payload", ['{"occupancy":null}', "", '{"occupancy":""}', '{"action":"single"}'])
def test_what_says_nothing_changes_nothing(payload: str) -> None:
    assert heard(PIR, "zigbee2mqtt/pir", payload) == []


def test_a_bad_part_leaves_the_good_ones() -> None:
    items = heard(PIR, "zigbee2mqtt/pir", '{"occupancy":true,"temperature":"warm"}')
    assert said(items) == {("presence", "", 1)}
    assert refused(items) == ["temperature: a number, found warm"]


def test_a_cached_state_is_as_old_as_it_was_last_seen() -> None:
    seen = NOON // 1_000_000 - 3_600_000
    (reading,) = heard(PIR, "zigbee2mqtt/pir", json.dumps({"occupancy": True, "last_seen": seen}))
    assert isinstance(reading, Reading)
    assert reading.quality is Quality.HISTORICAL
    assert reading.time == seen * 1_000_000


def test_a_retained_state_is_marked_and_says_nothing_of_a_lamp() -> None:
    (reading,) = heard(PIR, "zigbee2mqtt/pir", '{"occupancy":true}', retained=True)
    assert isinstance(reading, Reading)
    assert reading.quality is Quality.RETAINED
    assert heard(BULB, "zigbee2mqtt/bulb", '{"state":"ON","brightness":254}', retained=True) == []


@pytest.mark.parametrize(
    ("payload", "level"),
    [
        ('{"state":"ON","brightness":254}', 100),
        ('{"state":"ON","brightness":127}', 50),
        ('{"state":"OFF","brightness":127}', 0),
        ('{"state":"OFF"}', 0),
        ('{"state":"ON"}', 100),
        ('{"brightness":255}', 100),
    ],
)
def test_a_lamp_says_its_level(payload: str, level: float) -> None:
    assert said(heard(BULB, "zigbee2mqtt/bulb", payload)) == {("level", "", level)}


def test_a_lamp_that_dims_and_says_only_on_is_at_its_last_brightness() -> None:
    spoken = convention(BULB)
    hear(spoken, message("zigbee2mqtt/bulb", '{"state":"ON","brightness":127}'))
    hear(spoken, message("zigbee2mqtt/bulb", '{"state":"OFF"}'))
    assert said(hear(spoken, message("zigbee2mqtt/bulb", '{"state":"ON"}'))) == {("level", "", 50)}


def test_a_lamp_described_as_dimming_is_not_full_because_it_says_on() -> None:
    spoken = convention(BULB)
    hear(spoken, message("zigbee2mqtt/bridge/devices", exposes("bulb", light(254))))
    assert hear(spoken, message("zigbee2mqtt/bulb", '{"state":"ON"}')) == []


def test_the_scale_is_the_one_that_the_device_describes() -> None:
    spoken = convention(BULB)
    hear(spoken, message("zigbee2mqtt/bridge/devices", exposes("bulb", light(1000))))
    (order,) = spoken.encode(command(40, 2.5))
    assert order.topic == "zigbee2mqtt/bulb/set"
    assert json.loads(order.payload) == {"state": "ON", "brightness": 400, "transition": 2.5}
    assert states(hear(spoken, message("zigbee2mqtt/bulb", '{"state":"ON","brightness":500}'))) == [(50, None)]


def test_a_plug_is_only_switched_and_its_answer_confirms_what_was_ordered() -> None:
    spoken = convention(BULB)
    plug = {"type": "switch", "features": [{"property": "state"}]}
    hear(spoken, message("zigbee2mqtt/bridge/devices", exposes("bulb", plug)))
    (order,) = spoken.encode(command(40))
    assert json.loads(order.payload) == {"state": "ON"}
    (state,) = hear(spoken, message("zigbee2mqtt/bulb", '{"state":"ON","power":12.5,"energy":1.5}'))
    assert isinstance(state, LightState)
    assert (state.level, state.target, state.power, state.energy) == (100, 40, 12.5, 1500)


def test_a_lamp_at_an_endpoint_hears_and_says_its_own_half() -> None:
    spoken = convention(lamp("zigbee2mqtt", "plug/l2"))
    (order,) = spoken.encode(command(0))
    assert order.topic == "zigbee2mqtt/plug/l2/set"
    items = hear(spoken, message("zigbee2mqtt/plug", '{"state_l1":"ON","state_l2":"OFF"}'))
    assert states(items) == [(0, 0)]
    assert {"zigbee2mqtt/plug", "zigbee2mqtt/plug/l2"} <= spoken.topics()


def test_orders_of_others_are_no_states() -> None:
    for topic in ("zigbee2mqtt/bulb/set", "zigbee2mqtt/bulb/set/state", "zigbee2mqtt/bulb/get"):
        assert heard(BULB, topic, '{"state":"ON"}') == []


def test_friendly_names_may_have_levels() -> None:
    deep = sensor("zigbee2mqtt", "at/my/home/pir")
    assert said(heard(deep, "zigbee2mqtt/at/my/home/pir", '{"presence":false}')) == {("presence", "", 0)}


def test_attributes_on_topics_of_their_own_are_understood() -> None:
    assert said(heard(PIR, "zigbee2mqtt/pir/occupancy", "true")) == {("presence", "", 1)}
    assert said(heard(BULB, "zigbee2mqtt/bulb/brightness", "127")) == {("level", "", 50)}
    assert heard(BULB, "zigbee2mqtt/bulb/color_temp", "370") == []


def test_text_instead_of_a_state_is_refused() -> None:
    assert refused(heard(PIR, "zigbee2mqtt/pir", "hello"))
    assert refused(heard(sensor("zigbee2mqtt", "yard/pir"), "zigbee2mqtt/yard/pir", "hello"))


@pytest.mark.parametrize("payload", ["offline", '{"state":"offline"}'])
def test_availability_is_a_word_or_an_object(payload: str) -> None:
    assert online(heard(PIR, "zigbee2mqtt/pir/availability", payload)) == [False]


def test_a_bridge_that_goes_takes_its_devices_along_and_one_that_comes_revives_none() -> None:
    assert online(heard(PIR, "zigbee2mqtt/bridge/state", '{"state":"offline"}')) == [False]
    assert heard(PIR, "zigbee2mqtt/bridge/state", '{"state":"online"}') == []


def test_the_bridge_announces_whom_nobody_has_configured_once() -> None:
    spoken = convention(PIR)
    described = message("zigbee2mqtt/bridge/devices", exposes("new", light(254), {"property": "occupancy"}))
    assert announced(hear(spoken, described)) == {"new": ("level", "presence")}
    assert hear(spoken, described) == []


def test_a_group_is_a_lamp() -> None:
    spoken = convention(PIR)
    groups = '[{"id":1,"friendly_name":"street","members":[{"ieee_address":"0x1"}]},{"id":2,"friendly_name":"x"}]'
    assert announced(hear(spoken, message("zigbee2mqtt/bridge/groups", groups))) == {"street": ("level",)}


def test_a_bridge_may_have_another_base_topic() -> None:
    spoken = convention(sensor("zigbee2mqtt", "pir", base="zigbee/garden"))
    assert said(hear(spoken, message("zigbee/garden/pir", '{"occupancy":true}'))) == {("presence", "", 1)}
    assert refused(hear(spoken, message("zigbee2mqtt/pir", "{}")))


def test_an_order_for_another_lamp_is_not_ours() -> None:
    with pytest.raises(KeyError):
        convention(PIR).encode(command(50))
    assert BULB.id == DeviceId("lamp")
