"""LoRaWAN: uplinks of The Things Stack and ChirpStack, decoded or as Cayenne LPP."""

import json
from base64 import b64encode
from typing import Any

import pytest

from devices.convention import hear
from devices.message import SECOND
from devices.naming import Meant, meant
from devices.reading import Quality, Quantity, Reading
from tests.devices.speech import NOON, announced, convention, heard, message, refused, said, sensor

COUNTER = sensor("ttn", "counter")
TOPIC = "v3/shop@ttn/devices/counter/up"
EVENT = "application/7/device/0102030405060708/event/up"


def ttn(decoded: Any, **more: Any) -> str:
    return json.dumps({"uplink_message": {"decoded_payload": decoded, **more}})


@pytest.mark.parametrize(
    ("decoded", "expected"),
    [
        ({"people_in": 2, "people_out": 1}, {("pedestrians", "in", 2), ("pedestrians", "out", 1)}),
        ({"count_in": 16, "count_out": 17}, {("pedestrians_total", "in", 16), ("pedestrians_total", "out", 17)}),
        (
            {"line_1": {"total_in": 72, "period_in": 3}},
            {("pedestrians_total", "line1-in", 72), ("pedestrians", "line1-in", 3)},
        ),
        ({"people_counter_all": 3, "region_count": 4}, {("occupancy", "", 3)}),
        ({"occupancy": 5, "total_in": 9}, {("occupancy", "", 5), ("pedestrians_total", "in", 9)}),
        ({"occupancy": 2}, {("presence", "", 1)}),
        ({"occupancy": "vacant"}, {("presence", "", 0)}),
        ({"occupancy": "unknown"}, set()),
        ({"pir": "trigger"}, {("presence", "", 1)}),
        ({"pir": "normal"}, {("presence", "", 0)}),
        ({"pirTriggerCount": 7, "pirSensorStatus": "No motion detected"}, {("presence", "", 0)}),
        ({"PIR_Sensor_Failure": 1, "motion_status": "moving", "Presence_counter": 3}, set()),
        ({"light_level": 2, "illumination": 80}, {("illuminance", "", 80)}),
        ({"luminosity": {"value": 2765, "unit": "lux"}}, {("illuminance", "", 2765)}),
        ({"illuminance": "dim"}, set()),
        ({"temperature": 20.5, "targetTemperature": 21}, {("temperature", "", 20.5)}),
        ({"battery": 3.6}, {("voltage", "", 3.6)}),
        ({"battery": 98, "batteryVoltage": 3300}, {("battery", "", 98), ("voltage", "", 3.3)}),
        ({"presenceSensor": {"1": 1}}, {("presence", "1", 1)}),
        ({"illuminanceSensor": {"2": 30}}, {("illuminance", "2", 30)}),
        ({"presence_1": 1, "relative_humidity_4": 40.5}, {("presence", "1", 1), ("humidity", "4", 40.5)}),
        ({"wifi": 15, "ble": 2}, {("occupancy", "wifi", 15), ("occupancy", "ble", 2)}),
        ({"wifi": 15, "ble": 2, "pax": 17}, {("occupancy", "", 17)}),
        ({"wifi": [{"rssi": -60, "motion": 1}]}, set()),
        ({"region_1": "occupied", "region_2": "vacant"}, {("presence", "region1", 1), ("presence", "region2", 0)}),
    ],
)
def test_decoded_objects_mean(decoded: Any, expected: set[object]) -> None:
    assert said(heard(COUNTER, TOPIC, ttn(decoded))) == expected
    chirpstack = sensor("chirpstack", "0102030405060708")
    assert said(heard(chirpstack, EVENT, json.dumps({"object": decoded}))) == expected


def test_lines_of_a_history_have_their_own_times_and_are_not_said_again() -> None:
    early, late = NOON // SECOND - 600, NOON // SECOND - 10
    decoded = {
        "history": [{"timestamp": early, "occupancy": "occupied"}, {"timestamp": late, "occupancy": "vacant"}],
        "occupancy": "vacant",
    }
    first, second = (item for item in heard(COUNTER, TOPIC, ttn(decoded)) if isinstance(item, Reading))
    assert (first.value, first.time, first.quality) == (1, early * SECOND, Quality.HISTORICAL)
    assert (second.value, second.time, second.quality) == (0, late * SECOND, Quality.GOOD)


def test_a_line_whose_time_is_not_believed_is_no_news() -> None:
    decoded = {"samples": [{"variable": "occupancy", "value": True, "date": "2001-01-01T00:00:00Z"}]}
    (reading,) = heard(COUNTER, TOPIC, ttn(decoded))
    assert isinstance(reading, Reading)
    assert reading.quality is Quality.HISTORICAL | Quality.CLOCK_UNCERTAIN


def test_a_status_taken_for_a_count_is_refused() -> None:
    items = heard(COUNTER, TOPIC, ttn({"wifi": 31401}))
    assert said(items) == set()
    assert refused(items) == ["wifi: occupancy from 0 to 10000, found 31401"]


def test_bytes_without_a_decoder_are_cayenne_lpp_or_refused() -> None:
    lpp = b64encode(bytes.fromhex("01660103650064")).decode()
    assert said(heard(COUNTER, TOPIC, ttn(None, frm_payload=lpp))) == {("presence", "1", 1), ("illuminance", "3", 100)}
    (complaint,) = refused(heard(COUNTER, TOPIC, ttn(None, frm_payload="AXVkA2cA")))
    assert "set a decoder" in complaint


def test_an_uplink_without_bytes_says_nothing_but_how_well_it_was_heard() -> None:
    metadata = [{"rssi": -110}, {"rssi": -97}, {"rssi": 0}]
    assert said(heard(COUNTER, TOPIC, ttn(None, rx_metadata=metadata))) == {("rssi", "", -97)}


def test_the_time_is_when_the_server_received_it() -> None:
    (reading,) = heard(COUNTER, TOPIC, ttn({"pir": 1}, received_at="2026-09-21T14:13:19.123456789Z"))
    assert isinstance(reading, Reading)
    assert reading.time == NOON - SECOND + 123_456_000


def test_joins_and_downlinks_say_nothing() -> None:
    assert heard(COUNTER, "v3/shop@ttn/devices/counter/join", "{}") == []
    assert heard(sensor("chirpstack", "01"), EVENT.replace("up", "join"), "{}") == []


def test_a_device_status_says_the_battery_unless_there_is_none() -> None:
    topic = EVENT.replace("up", "status")
    device = sensor("chirpstack", "0102030405060708")
    assert said(heard(device, topic, '{"batteryLevel":88.3}')) == {("battery", "", 88.3)}
    assert heard(device, topic, '{"batteryLevel":0,"externalPowerSource":true}') == []


def test_version_3_of_chirpstack_writes_the_object_as_text() -> None:
    device = sensor("chirpstack", "0102030405060708")
    assert said(heard(device, EVENT, '{"objectJSON":"{\\"people_in\\":2}"}')) == {("pedestrians", "in", 2)}


def test_who_is_not_configured_waits() -> None:
    assert announced(heard(COUNTER, TOPIC.replace("counter", "new"), ttn({"pir": 1}))) == {"new": ("presence",)}


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ("0167FFD7", {("temperature", "1", -4.1)}),
        ("0268A0", {("humidity", "2", 80)}),
        ("038200000FA0", {("distance", "3", 4)}),
        ("04740149", {("voltage", "4", 3.29)}),
        ("000001", set()),
        ("0203FFFF", set()),
    ],
)
def test_cayenne_types_mean(payload: str, expected: set[object]) -> None:
    assert said(heard(sensor("cayenne", "lpp"), "lpp", bytes.fromhex(payload))) == expected


def test_a_digital_input_is_presence_where_the_operator_says_so() -> None:
    device = sensor("cayenne", "lpp", measures=("presence",))
    assert said(heard(device, "lpp", bytes.fromhex("050001"))) == {("presence", "5", 1)}


def test_the_time_in_a_payload_is_its_time() -> None:
    time = (NOON // SECOND - 5).to_bytes(4, "big").hex()
    (reading,) = heard(sensor("cayenne", "lpp"), "lpp", bytes.fromhex(f"0985{time}016601"))
    assert isinstance(reading, Reading)
    assert reading.time == NOON - 5 * SECOND


@pytest.mark.parametrize("payload", ["01", "0175", "0167FF", "0367EE0004687C050001"])
def test_bytes_that_are_no_cayenne_are_refused_whole(payload: str) -> None:
    spoken = convention(sensor("cayenne", "lpp"))
    items = hear(spoken, message("lpp", bytes.fromhex(payload)))
    assert not said(items)
    assert refused(items)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("line_2_total_out", Meant(Quantity.PEDESTRIANS_TOTAL, "line2-out")),
        ("region_2_count", Meant(Quantity.OCCUPANCY, "region2")),
        ("region_count", None),
        ("people_count_max", None),
        ("people_total_in", Meant(Quantity.PEDESTRIANS_TOTAL, "in")),
        ("counter_a", Meant(Quantity.PEDESTRIANS, "a")),
        ("BatteryReport", Meant(Quantity.BATTERY)),
        ("LTR_SUM", Meant(Quantity.PEDESTRIANS_TOTAL, "ltr")),
        ("rtl", Meant(Quantity.PEDESTRIANS, "rtl")),
        ("period_in", Meant(Quantity.PEDESTRIANS, "in")),
        ("peopleCountIn", Meant(Quantity.PEDESTRIANS_TOTAL, "in")),
        ("Relative_Humidity_(%RH)", Meant(Quantity.HUMIDITY)),
        ("Temperature(°F)", None),
        ("ambientLight", Meant(Quantity.ILLUMINANCE)),
        ("digital_in_1", None),
        ("door_open_count_in", None),
        ("max_people", None),
        ("pressure", None),
        ("", None),
        ("x" * 500, None),
    ],
)
def test_names_mean_only_what_all_their_words_do(name: str, expected: Meant | None) -> None:
    assert meant(name) == expected
