"""Who understands what comes, and how an order finds its lamp."""

import json
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from devices.convention import Description, hear
from devices.device import Device, DeviceId, Kind
from devices.light import LightCommand
from devices.message import SECOND, Message
from devices.reading import Quality, Reading
from gateway.daemon import routes
from gateway.daemon.routes import Routes
from tests.daemon.house import LAMPS, ROOT, ROUTES, site

PORT = "/dev/ttyUSB0"
HOUR = 3600 * SECOND


def test_a_link_listens_to_what_its_devices_speak_on() -> None:
    assert f"{ROOT}/sensor/+" in ROUTES.topics("mqtt")
    assert ROUTES.topics("elsewhere") == frozenset()


def test_a_topic_finds_its_convention_on_its_own_link_only() -> None:
    beam = Device(DeviceId("beam"), Kind.SENSOR, f"serial:{PORT}", "native", PORT)
    table = Routes(replace(site(), devices=(*site().devices, beam)))
    assert table.convention(f"serial:{PORT}", PORT) is not None
    assert table.convention("mqtt", PORT) is None
    assert table.convention("mqtt", f"{ROOT}/sensor/newcomer") is not None


@pytest.mark.parametrize(("own", "meant"), [({}, 0), ({"time_zone": ZoneInfo("Etc/GMT-1")}, HOUR)])
def test_a_time_without_a_zone_is_the_sites_unless_the_sensor_has_its_own(own: dict[str, object], meant: int) -> None:
    beam = Device(DeviceId("beam"), Kind.SENSOR, f"serial:{PORT}", "native", PORT, options=own)
    convention = Routes(replace(site(), devices=(*site().devices, beam))).convention(f"serial:{PORT}", PORT)
    assert convention is not None
    noon = datetime(2026, 7, 14, 12, tzinfo=ZoneInfo("Europe/Paris"))
    at = int(noon.timestamp()) * SECOND + meant
    (reading,) = hear(convention, Message(PORT, b'{"v": 1, "occupancy": 1, "time": "2026-07-14T12:00"}', at))
    assert isinstance(reading, Reading)
    assert (reading.time, reading.quality) == (at, Quality.GOOD)


def test_an_order_finds_the_link_of_its_lamp() -> None:
    convention, link = ROUTES.lamp(LAMPS[0])
    assert link == "mqtt"
    assert f"{ROOT}/lamp/+/state" in convention.topics()
    with pytest.raises(KeyError):
        ROUTES.lamp(DeviceId("nobody"))


def test_a_flood_of_made_up_topics_does_not_fill_the_memory() -> None:
    table = Routes(site())
    for number in range(routes.REMEMBERED + 10):
        table.convention("mqtt", f"{ROOT}/sensor/made-up-{number}")
    assert len(table._known) <= routes.REMEMBERED


def test_what_a_bridge_described_once_is_known_after_a_reload() -> None:
    bulb = Device(DeviceId("bulb"), Kind.LUMINAIRE, "mqtt", "zigbee2mqtt", "bulb")
    pir = Device(DeviceId("pir"), Kind.SENSOR, "mqtt", "zigbee2mqtt", "pir")
    first = Routes(replace(site(), devices=(*site().devices, bulb)))
    described = b'[{"friendly_name":"bulb","definition":{"exposes":[{"property":"brightness","value_max":1000}]}}]'
    spoken, _ = first.lamp(bulb.id)
    hear(spoken, Message("zigbee2mqtt/bridge/devices", described, SECOND, retained=True))
    second = Routes(replace(site(), devices=(*site().devices, bulb, pir)), first)
    again, _ = second.lamp(bulb.id)
    assert again is not spoken
    (order,) = again.encode(LightCommand(bulb.id, 50, 0, "c-1", 180 * SECOND))
    assert b'"brightness":500' in order.payload


def test_what_a_bridge_described_is_known_to_the_next_process_as_far_as_it_is_of_configured_devices() -> None:
    bulb = Device(DeviceId("bulb"), Kind.LUMINAIRE, "mqtt", "zigbee2mqtt", "bulb")
    first = Routes(replace(site(), devices=(*site().devices, bulb)))
    scale = {"exposes": [{"property": "brightness", "value_max": 1000}]}
    both = [{"friendly_name": name, "definition": scale} for name in ("bulb", "of-somebody-else")]
    bridge = "zigbee2mqtt/bridge/devices"
    spoken, _ = first.lamp(bulb.id)
    hear(spoken, Message(bridge, json.dumps(both).encode(), SECOND, retained=True))
    (said,) = first.descriptions("mqtt", bridge)
    assert first.descriptions("mqtt", bridge) == ()
    assert b"of-somebody-else" not in said.payload
    second = Routes(replace(site(), devices=(*site().devices, bulb)))
    assert second.recall("mqtt", replace(said, time=2 * SECOND, retained=True))
    again, _ = second.lamp(bulb.id)
    (order,) = again.encode(LightCommand(bulb.id, 50, 0, "c-1", 180 * SECOND))
    assert b'"brightness":500' in order.payload


def test_what_a_bridge_described_of_a_device_that_was_approved_later_is_known_to_the_next_process() -> None:
    bulb, late = (Device(DeviceId(name), Kind.LUMINAIRE, "mqtt", "zigbee2mqtt", name) for name in ("bulb", "late"))
    first = Routes(replace(site(), devices=(*site().devices, bulb)))
    scale = {"exposes": [{"property": "brightness", "value_max": 1000}]}
    listed = [{"friendly_name": name, "definition": scale} for name in ("bulb", "late", "of-somebody-else")]
    spoken, _ = first.lamp(bulb.id)
    hear(spoken, Message("zigbee2mqtt/bridge/devices", json.dumps(listed).encode(), SECOND, retained=True))
    (early,) = first.descriptions("mqtt", "zigbee2mqtt/bridge/devices")
    assert b"late" not in early.payload
    both = replace(site(), devices=(*site().devices, bulb, late))
    second = Routes(both, first)
    said = [message for _, messages in second.outstanding() for message in messages]
    assert [json.loads(message.payload) for message in said] == [listed[:2]]
    assert [message for _, messages in second.outstanding() for message in messages] == []
    third = Routes(both)
    assert third.recall("mqtt", replace(said[0], time=2 * SECOND, retained=True))
    again, _ = third.lamp(late.id)
    (order,) = again.encode(LightCommand(late.id, 50, 0, "c-1", 180 * SECOND))
    assert b'"brightness":500' in order.payload


def test_a_description_of_a_device_that_is_configured_no_more_is_known_for_that() -> None:
    described = Message("homeassistant/binary_sensor/yard/config", b'{"dev_cla":"motion","stat_t":"yard/pir"}', HOUR)
    pir = Device(DeviceId("pir"), Kind.SENSOR, "mqtt", "homeassistant", "binary_sensor/yard")
    table = Routes(replace(site(), devices=(*site().devices, pir)))
    assert table.recall("mqtt", described)
    assert "yard/pir" in table.topics("mqtt")
    other = Routes(replace(site(), devices=(*site().devices, replace(pir, address="binary_sensor/other"))))
    assert not other.recall("mqtt", described)
    assert not Routes(site()).recall("mqtt", described)


def test_sensors_of_several_makes_share_a_broker() -> None:
    pir = Device(DeviceId("pir"), Kind.SENSOR, "mqtt", "zigbee2mqtt", "yard/pir")
    radar = Device(DeviceId("radar"), Kind.SENSOR, "mqtt", "tasmota", "radar")
    table = Routes(replace(site(), devices=(*site().devices, pir, radar)))
    assert {"zigbee2mqtt/yard/pir", "tele/radar/+", f"{ROOT}/sensor/+"} <= table.topics("mqtt")
    for topic, payload in (("zigbee2mqtt/yard/pir", b'{"occupancy":true}'), ("tele/radar/SENSOR", b'{"Switch1":"ON"}')):
        convention = table.convention("mqtt", topic)
        assert convention is not None
        (reading,) = hear(convention, Message(topic, payload, SECOND))
        assert isinstance(reading, Reading)
        assert reading.value == 1


def test_what_is_described_is_listened_to_and_found_from_then_on() -> None:
    pir = Device(DeviceId("pir"), Kind.SENSOR, "mqtt", "homeassistant", "binary_sensor/yard")
    table = Routes(replace(site(), devices=(*site().devices, pir)))
    of_descriptions = {topic for topic in table.topics("mqtt") if isinstance(topic, Description)}
    assert of_descriptions == {"homeassistant/+/+/config", "homeassistant/+/+/+/config"}
    assert table.convention("mqtt", "yard/pir") is None
    described = Message("homeassistant/binary_sensor/yard/config", b'{"dev_cla":"motion","stat_t":"yard/pir"}', HOUR)
    convention = table.convention("mqtt", described.topic)
    assert convention is not None
    hear(convention, described)
    assert table.grown("mqtt")
    assert not table.grown("mqtt")
    assert "yard/pir" in table.topics("mqtt")
    assert table.convention("mqtt", "yard/pir") is convention
