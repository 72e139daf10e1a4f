"""Tasmota: what its sensors, relays and dimmers say, and how they are told."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from devices.convention import hear
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

RADAR = sensor("tasmota", "radar")
DIMMER = lamp("tasmota", "yard")
SENSOR = "tele/radar/SENSOR"


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ('{"ANALOG":{"Illuminance":8}}', {("illuminance", "", 8)}),
        ('{"LD2410S":{"Distance":0.0,"People":0}}', {("presence", "", 0)}),
        ('{"LD2410S":{"Distance":0.0,"People":1}}', {("presence", "", 0)}),
        ('{"LD2410S":{"Distance":187.0,"People":3}}', {("presence", "", 1), ("distance", "", 1.87)}),
        (
            '{"LD2410":{"Distance":[200.0,181.0,144.0],"Energy":[13,100]}}',
            {("presence", "", 1), ("distance", "", 1.44)},
        ),
        ('{"LD2410":{"Distance":[0,0,0],"Energy":[0,0]}}', {("presence", "", 0)}),
        ('{"LD2410":{"Moving energy":[13],"Out_pin":0}}', {("presence", "", 0)}),
        ('{"Switch1":"ON"}', {("presence", "switch1", 1)}),
        ('{"Switch1":{"Action":"OFF"}}', {("presence", "switch1", 0)}),
        ('{"Switch1":{"Action":"TOGGLE"}}', set()),
        ('{"VL53L0X":{"Distance":850}}', {("distance", "", 0.85)}),
        ('{"DS18B20":{"Temperature":68.0},"TempUnit":"F"}', {("temperature", "", 20)}),
        (
            '{"A":{"Temperature":20},"B":{"Temperature":21,"Humidity":40}}',
            {("temperature", "A", 20), ("temperature", "B", 21), ("humidity", "", 40)},
        ),
        ('{"APDS9960":{"Right":1,"Ambient":169}}', set()),
        ('{"COUNTER":{"C1":12}}', set()),
        ('{"Vcc":3.1,"Wifi":{"RSSI":86,"Signal":-57}}', {("voltage", "", 3.1), ("rssi", "", -57)}),
        ('{"DS18B20":{"Temperature":null}}', set()),
        ('{"StatusSNS":{"ANALOG":{"Illuminance":8}}}', {("illuminance", "", 8)}),
    ],
)
def test_sensors_mean(payload: str, expected: set[object]) -> None:
    assert said(heard(RADAR, SENSOR, payload)) == expected


def test_pulses_are_people_where_the_operator_says_so() -> None:
    beam = sensor("tasmota", "radar", measures=("pedestrians",))
    assert said(heard(beam, SENSOR, '{"COUNTER":{"C1":12}}')) == {("pedestrians_total", "", 12)}


@pytest.mark.parametrize(("zone", "offset"), [("Europe/Paris", 7200), ("UTC", 0)])
def test_a_time_without_an_offset_is_the_devices_wall_clock(zone: str, offset: int) -> None:
    shown = datetime.fromtimestamp(NOON // 10**9 - 10 + offset, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    device = sensor("tasmota", "radar", time_zone=ZoneInfo(zone))
    (reading,) = heard(device, SENSOR, f'{{"Time":"{shown}","ANALOG":{{"Illuminance":8}}}}')
    assert isinstance(reading, Reading)
    assert reading.time == NOON - 10 * 10**9
    assert reading.quality is Quality.GOOD


def test_a_clock_that_was_never_set_is_not_believed() -> None:
    (reading,) = heard(RADAR, SENSOR, '{"Time":"1970-01-01T00:00:07","ANALOG":{"Illuminance":8}}')
    assert isinstance(reading, Reading)
    assert (reading.time, reading.quality) == (NOON, Quality.CLOCK_UNCERTAIN)


@pytest.mark.parametrize("topic", ["tele/radar/SENSOR", "radar/tele/SENSOR", "stat/radar/STATUS8", "radar/stat/RESULT"])
def test_prefix_and_topic_stand_in_either_order(topic: str) -> None:
    assert said(heard(RADAR, topic, '{"ANALOG":{"Illuminance":8}}')) == {("illuminance", "", 8)}


@pytest.mark.parametrize(
    ("topic", "payload", "level"),
    [
        ("stat/yard/RESULT", '{"POWER":"ON","Dimmer":50}', 50),
        ("stat/yard/RESULT", '{"POWER":"OFF","Dimmer":50}', 0),
        ("stat/yard/RESULT", '{"POWER":"ON"}', 100),
        ("stat/yard/POWER", "OFF", 0),
        ("stat/yard/POWER", '{"POWER":"ON"}', 100),
        ("tele/yard/STATE", '{"POWER1":"OFF","POWER2":"ON","Dimmer":30}', 30),
        ("tele/yard/STATE", '{"POWER1":"OFF","POWER2":"ON"}', 0),
    ],
)
def test_a_lamp_says_its_level(topic: str, payload: str, level: float) -> None:
    assert said(heard(DIMMER, topic, payload)) == {("level", "", level)}


@pytest.mark.parametrize(
    "payload", ['{"POWER":"%value%"}', '{"POWER":"TOGGLE"}', '{"Command":"Unknown"}', '{"Event":"Done"}', ""]
)
def test_what_is_no_state_changes_nothing(payload: str) -> None:
    assert heard(DIMMER, "stat/yard/RESULT", payload) == []


def test_a_lamp_that_dims_and_says_only_on_is_at_its_last_level() -> None:
    spoken = convention(DIMMER)
    hear(spoken, message("stat/yard/RESULT", '{"POWER":"ON","Dimmer":50}'))
    assert states(hear(spoken, message("stat/yard/RESULT", '{"POWER":"ON"}'))) == [(50, None)]


def test_the_meter_belongs_to_the_lamp() -> None:
    spoken = convention(DIMMER)
    hear(spoken, message("stat/yard/RESULT", '{"POWER":"ON","Dimmer":50}'))
    (voltage, state) = hear(spoken, message("tele/yard/SENSOR", '{"ENERGY":{"Total":1.5,"Power":9,"Voltage":230}}'))
    assert isinstance(voltage, Reading)
    assert isinstance(state, LightState)
    assert (state.level, state.power, state.energy) == (50, 9, 1500)


def test_an_order_fades_once_and_its_answer_confirms_it() -> None:
    spoken = convention(DIMMER)
    (order,) = spoken.encode(command(40, 2))
    words = b"NoDelay;Event reverbere;NoDelay;Fade2 1;NoDelay;Speed2 4;NoDelay;Dimmer 40"
    assert (order.topic, order.payload) == ("cmnd/yard/Backlog", words)
    assert states(hear(spoken, message("stat/yard/RESULT", '{"POWER":"ON","Dimmer":40}'))) == [(40, 40)]


def test_a_fade_over_a_part_of_the_way_is_as_long_as_it_was_asked_for() -> None:
    spoken = convention(DIMMER)
    hear(spoken, message("stat/yard/RESULT", '{"POWER":"ON","Dimmer":80}'))
    (order,) = spoken.encode(command(40, 2))
    assert b"Speed2 10;" in order.payload


def test_an_order_goes_in_the_order_of_topic_and_prefix_in_which_the_lamp_speaks() -> None:
    spoken = convention(DIMMER)
    hear(spoken, message("yard/tele/LWT", "Online"))
    (order,) = spoken.encode(command(0))
    assert (order.topic, order.payload) == (
        "yard/cmnd/Backlog",
        b"NoDelay;Event reverbere;NoDelay;Fade2 0;NoDelay;Dimmer 0",
    )


def test_one_relay_of_several_is_switched() -> None:
    spoken = convention(lamp("tasmota", "box/POWER2"))
    (order,) = spoken.encode(command(40))
    assert (order.topic, order.payload) == ("cmnd/box/Backlog", b"NoDelay;Event reverbere;NoDelay;POWER2 ON")
    assert states(hear(spoken, message("tele/box/STATE", '{"POWER1":"OFF","POWER2":"ON"}'))) == [(100, 40)]
    assert hear(spoken, message("stat/box/RESULT", '{"POWER1":"OFF"}')) == []


def test_a_zigbee_lamp_behind_a_bridge_has_its_own_scale() -> None:
    spoken = convention(lamp("tasmota", "hub/zb/bulb"))
    (order,) = spoken.encode(command(50))
    assert (order.topic, order.payload) == ("cmnd/hub/ZbSend", b'{"Device":"bulb","Send":{"Dimmer":127}}')
    items = hear(spoken, message("tele/hub/SENSOR", '{"ZbReceived":{"bulb":{"Dimmer":127,"LinkQuality":80}}}'))
    assert states(items) == [(50, 50)]


def test_a_zigbee_sensor_behind_a_bridge_says_presence() -> None:
    pir = sensor("tasmota", "hub/zb/0x6841")
    payload = '{"ZbReceived":{"0x6841":{"Occupancy":1,"Illuminance":9116}}}'
    assert said(heard(pir, "tele/hub/SENSOR", payload)) == {("presence", "", 1)}


def test_availability_is_the_last_will() -> None:
    assert online(heard(DIMMER, "tele/yard/LWT", "Offline", retained=True)) == [False]
    assert refused(heard(DIMMER, "tele/yard/LWT", "perhaps"))


def test_commands_are_not_states() -> None:
    assert heard(DIMMER, "cmnd/yard/json", '{"Dimmer":10}') == []


def test_who_is_not_configured_is_announced_by_what_it_offers() -> None:
    items = heard(DIMMER, "tele/other/SENSOR", '{"LD2410S":{"People":2}}')
    assert announced(items) == {"other": ("presence",)}
    described = '{"t":"new","ft":"%topic%/%prefix%/","rl":[2,0,0]}'
    assert announced(heard(DIMMER, "tasmota/discovery/AABBCC/config", described)) == {"new": ("level",)}


def test_a_retained_state_says_nothing_of_a_lamp() -> None:
    assert heard(DIMMER, "stat/yard/POWER", "ON", retained=True) == []
