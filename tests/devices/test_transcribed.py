"""What real devices say, transcribed from what their makers and their networks publish, means what those say it means.

LoRaWAN: the examples of TheThingsNetwork/lorawan-devices (Apache-2.0) by maker, and Milesight-IoT/SensorDecoders.
Tasmota: tasmota.github.io and issues of arendst/Tasmota. Zigbee2MQTT: issues of Koenkk/zigbee2mqtt. Shelly:
shelly-api-docs.shelly.cloud and issues of projects that speak with them. ESPHome: its components' usual names.
Home Assistant: home-assistant.io, and what Zigbee2MQTT and ESPHome announce. SenML: RFC 8428 and RFC 8798.
"""

import json
from typing import Any

import pytest

from devices.convention import Rejected
from devices.message import Message
from gateway.cli.decode import Asked, understand
from tests.devices.speech import NOON, Said, said

UPLINKS: list[tuple[str, dict[str, Any], set[Said]]] = [
    (
        "imbuildings: two ways, and names for neither",
        {"device_type_variant": 6, "battery_voltage": 2.56, "counter_a": 0, "counter_b": 1, "sensor_status": 32}
        | {"total_counter_a": 13, "total_counter_b": 10, "payload_counter": 106},
        {("voltage", "", 2.56), ("pedestrians", "a", 0), ("pedestrians", "b", 1)}
        | {("pedestrians_total", "a", 13), ("pedestrians_total", "b", 10)},
    ),
    ("milesight vs121", {"people_in": 2, "people_out": 1}, {("pedestrians", "in", 2), ("pedestrians", "out", 1)}),
    ("milesight vs121: flows between sides", {"a_to_a": 256, "a_to_b": 512, "b_to_a": 0}, set()),
    (
        "milesight vs121: people by region",
        {"region_1_count": 0, "region_2_count": 1, "region_10_count": 3},
        {("occupancy", "region1", 0), ("occupancy", "region2", 1), ("occupancy", "region10", 3)},
    ),
    ("milesight vs133: how long they stayed", {"region_1_avg_dwell": 4105, "region_1_max_dwell": 8465}, set()),
    (
        "milesight vs132",
        {"total_counter_in": 190, "total_counter_out": 305, "periodic_counter_in": 0, "periodic_counter_out": 2},
        {("pedestrians_total", "in", 190), ("pedestrians_total", "out", 305)}
        | {("pedestrians", "in", 0), ("pedestrians", "out", 2)},
    ),
    (
        "milesight vs350: an alarm is no count",
        {"total_in": 4353, "total_out": 4360, "total_count_alarm": "threshold alarm"},
        {("pedestrians_total", "in", 4353), ("pedestrians_total", "out", 4360)},
    ),
    (
        "milesight vs360: two halves with a battery each",
        {"battery_main": 100, "battery_node": 90},
        {("battery", "main", 100), ("battery", "node", 90)},
    ),
    (
        "milesight vs321: everybody in the room, not everybody ever",
        {"people_total_counts": 2, "illuminance_status": "dim", "confidence": "low"},
        {("occupancy", "", 2)},
    ),
    (
        "milesight vs373: a region of a fall detector",
        {"detection_status": "in bed", "region_1_occupancy": "occupied", "region_2_occupancy": "vacant"},
        {("presence", "region1", 1), ("presence", "region2", 0)},
    ),
    (
        "milesight ws202",
        {"battery": 16, "pir": "trigger", "daylight": "dark"},
        {("battery", "", 16), ("presence", "", 1)},
    ),
    ("milesight ws202, its first decoder", {"pir_trigger": 1, "light_status": 0}, {("presence", "", 1)}),
    (
        "milesight vs330: millimetres without a unit, and a number of samples",
        {"ambient_counts": 32912, "battery": 98, "distance_1": 3000, "occupancy": "occupied"},
        {("battery", "", 98), ("presence", "", 1)},
    ),
    (
        "terabee",
        {"count_in": 200, "count_out": 456, "flags": {"TPC_STUCK": 1}},
        {
            ("pedestrians_total", "in", 200),
            ("pedestrians_total", "out", 456),
        },
    ),
    (
        "terabee: a level of waste",
        {"distance": 1500, "levelPercentage": 0, "batteryVoltage": 3600},
        {("voltage", "", 3.6)},
    ),
    ("browan tbms100", {"battery": 3.6, "count": 96476, "status": 1, "temperatureBoard": 20}, {("voltage", "", 3.6)}),
    (
        "elsys ers eye: how often it moved",
        {"temperature": 22.6, "humidity": 41, "light": 39, "motion": 6, "occupancy": 1},
        {("temperature", "", 22.6), ("humidity", "", 41), ("illuminance", "", 39), ("presence", "", 1)},
    ),
    (
        "parametric pcr2",
        {"LTR": 1, "RTL": 2, "LTR_SUM": 3, "RTL_SUM": 4, "SBX_BATT": 7200, "DIFF": 1, "TEMP": 31},
        {("pedestrians", "ltr", 1), ("pedestrians", "rtl", 2), ("temperature", "", 31)}
        | {("pedestrians_total", "ltr", 3), ("pedestrians_total", "rtl", 4)},
    ),
    (
        "mclimate: triggers are no people",
        {"occupied": True, "sensorTemperature": 23.3, "relativeHumidity": 49.22, "batteryVoltage": 3.48, "CO2": 839}
        | {"pirTriggerCount": 241, "occupancyTimeout": 60},
        {("presence", "", 1), ("temperature", "", 23.3), ("humidity", "", 49.22), ("voltage", "", 3.48)},
    ),
    (
        "adeunis motion: parts of a period, and light in per cent of something",
        {"bytes": {"presenceDetectedWhenSending": True, "presence": {"unit": "%", "values": [30, 0]}}}
        | {"luminosity": {"unit": "%", "value": 50}},
        {("presence", "", 1)},
    ),
    (
        "netvox rb11e",
        {"Device": "RB11E", "Volt": 3.6, "Temp": 26.35, "Illuminance": 120, "Occupy": 1, "DisassembledAlarm": 0},
        {("voltage", "", 3.6), ("temperature", "", 26.35), ("illuminance", "", 120), ("presence", "", 1)},
    ),
    (
        "netvox: what it was configured to",
        {"Cmd": "ReadConfigReportRsp", "MinTime": 900, "BatteryChange": 0.1, "IlluminanceChange": 100},
        set(),
    ),
    ("mains are volts", {"Voltage": 230, "Current": 2313}, {("voltage", "", 230)}),
    (
        "decentlab: each with its unit",
        {"activity_counter": {"value": 11}, "air_temperature": {"unit": "°C", "value": 27.6}}
        | {"illuminance": {"unit": "lx", "value": 678.7}, "distance_average": {"unit": "mm", "value": 4507}},
        {("temperature", "", 27.6), ("illuminance", "", 678.7)},
    ),
    ("a unit is believed", {"temperature": {"value": 68, "unit": "°F"}}, {("temperature", "", 20)}),
    ("a battery in volts", {"battery": {"value": 3.0, "unit": "V"}}, {("voltage", "", 3)}),
    ("a unit beside the value", {"illuminance": 1.5, "illuminance_unit": "klx"}, {("illuminance", "", 1500)}),
    ("a distance with a unit", {"distance": {"value": 1500, "unit": "mm"}}, {("distance", "", 1.5)}),
    ("millivolts by name", {"Battery_mV": 2995, "Batt_Percent": 88}, {("voltage", "", 2.995), ("battery", "", 88)}),
    ("millivolts of a battery", {"battery": 3600}, {("voltage", "", 3.6)}),
    (
        "sides, as radars across a way name them",
        {"left_to_right": 4, "rightToLeft": 3, "total_left_to_right": 40},
        {("pedestrians", "ltr", 4), ("pedestrians", "rtl", 3), ("pedestrians_total", "ltr", 40)},
    ),
    ("what is in what", {"people": {"in": 3, "out": 2}}, {("pedestrians", "in", 3), ("pedestrians", "out", 2)}),
    ("what is in a line", {"line_1": {"in": 3}}, {("pedestrians", "line1-in", 3)}),
    ("totals in an object", {"total": {"in": 30}}, {("pedestrians_total", "in", 30)}),
    ("an input of something", {"input": {"in": 3}, "in": 4, "water_in": 2, "door_open_count": 3}, set()),
    (
        "the example of The Things Stack",
        {"temperature_c": 29.9, "humidity_pct": 29.6, "battery_v": 3.62},
        {
            ("temperature", "", 29.9),
            ("humidity", "", 29.6),
            ("voltage", "", 3.62),
        },
    ),
    ("a word for nobody", {"occupancy": "free"}, {("presence", "", 0)}),
    ("how many are there", {"current_occupancy": 5, "max_occupancy": 9, "occupancyRate": 50}, {("occupancy", "", 5)}),
    ("a lamp's brightness", {"brightness": 80}, set()),
    ("how a device heard a beacon", {"rssi": -70}, set()),
    ("a fill level is no lamp's", {"level": 1500, "speed": 4}, set()),
]

ESPHOME = [
    ("sensor/bh1750_illuminance", "12.5", {("illuminance", "", 12.5)}),
    ("sensor/ld2410_light", "120", set()),
    ("sensor/internal_temperature", "50", set()),
    ("sensor/soil_humidity", "40", set()),
    ("sensor/ble_rssi", "-80", set()),
    ("sensor/wifi_signal", "-63", {("rssi", "", -63)}),
    ("sensor/moving_distance", "81", set()),
    ("sensor/detection_distance", "120", {("distance", "", 1.2)}),
    ("sensor/water_level", "55", set()),
    ("sensor/brightness", "120", set()),
    ("sensor/people_in", "10", {("pedestrians_total", "in", 10)}),
    ("number/people_counter", "-1", {("occupancy", "", 0)}),
    ("text_sensor/last_direction", "Entry", {("pedestrians", "in", 1)}),
]

DEVICE = {"identifiers": ["zigbee2mqtt_0x00158d"], "name": "pir"}
HOME_ASSISTANT: list[tuple[str, dict[str, Any], Any, set[Said]]] = [
    (
        "binary_sensor",
        {"device": DEVICE, "device_class": "occupancy", "payload_on": True, "payload_off": False}
        | {"value_template": '{{ value_json["occupancy"] }}'},
        {"occupancy": False},
        {("presence", "", 0)},
    ),
    ("sensor", {"device_class": "voltage", "unit_of_measurement": "mV"}, 3015, {("voltage", "", 3.015)}),
    ("sensor", {"device_class": "power", "unit_of_measurement": "kW"}, 1.5, {("power", "", 1500)}),
    ("sensor", {"device_class": "energy", "unit_of_measurement": "kWh"}, 1.25, {("energy", "", 1250)}),
    ("sensor", {"name": "Front person count", "unit_of_measurement": "objects"}, 2, {("occupancy", "", 2)}),
]

OTHERS: list[tuple[str, str, Any, set[Said]]] = [
    (
        "tasmota",
        "tele/x/SENSOR",
        {"SHT3X": {"Temperature": 20.1, "Humidity": 50}, "ESP32": {"Temperature": 53.3}, "TempUnit": "C"},
        {("temperature", "", 20.1), ("humidity", "", 50)},
    ),
    ("tasmota", "tele/x/SENSOR", {"ANALOG": {"Illuminance1": 55, "A0": 1024}}, {("illuminance", "", 55)}),
    (
        "tasmota",
        "tele/x/SENSOR",
        {"ANALOG": {"Temperature1": 20.5, "Temperature2": 21}},
        {("temperature", "1", 20.5), ("temperature", "2", 21)},
    ),
    (
        "tasmota",
        "tele/x/SENSOR",
        {"VL53L1X_1": {"Distance": 263}, "VL53L1X_2": {"Distance": 300}},
        {("distance", "VL53L1X_1", 0.263), ("distance", "VL53L1X_2", 0.3)},
    ),
    ("tasmota", "stat/x/SWITCH1", {"STATE": "ON"}, {("presence", "switch1", 1)}),
    ("tasmota", "stat/x/RESULT", {"POWER1": "ON", "Channel1": 40}, {("level", "", 40)}),
    ("tasmota", "stat/x/RESULT", {"SwitchMode1": 14}, set()),
    (
        "zigbee2mqtt",
        "zigbee2mqtt/meter",
        {"power": 4.5, "energy": 1.25, "voltage": 231},
        {("power", "", 4.5), ("energy", "", 1250), ("voltage", "", 231)},
    ),
    (
        "zigbee2mqtt",
        "zigbee2mqtt/radar",
        {"illuminance_lux": 369, "maximum_range": 6, "presence": True, "target_distance": None},
        {("illuminance", "", 369), ("presence", "", 1)},
    ),
    (
        "shelly",
        "shellypresence-a/events/rpc",
        {"method": "NotifyStatus", "params": {"presencezone:200": {"id": 200, "num_objects": 2, "value": True}}},
        {("occupancy", "200", 2), ("presence", "200", 1)},
    ),
    (
        "shelly",
        "shellypmmini-a/status/pm1:0",
        {"id": 0, "voltage": 230.1, "current": 0.1, "apower": 12.5, "aenergy": {"total": 1500.2}},
        {("voltage", "", 230.1), ("power", "", 12.5), ("energy", "", 1500.2)},
    ),
    (
        "shelly",
        "shellies/shellymotion2-a/status",
        {
            "motion": False,
            "vibration": True,
            "lux": 0,
            "bat": 99,
            "tmp": {"value": 22.1, "units": "C", "is_valid": True},
        },
        {("presence", "", 0), ("illuminance", "", 0), ("battery", "", 99), ("temperature", "", 22.1)},
    ),
    ("shelly", "shellyplus1-a/debug/log", "shelly_notification:164", set()),
    ("senml", "a/b", [{"n": "d/speed", "u": "km/h", "v": 3.6}], {("speed", "", 1)}),
    ("senml", "a/b", [{"n": "d/wind", "u": "m/s", "v": 3}], set()),
    ("senml", "a/b", [{"n": "d/occupancy", "u": "count", "v": 5}], {("occupancy", "", 5)}),
    ("senml", "a/b", [{"n": "d/battery", "u": "/100", "v": 80}], {("battery", "", 80)}),
]


def understood(convention: str, topic: str, payload: Any, before: tuple[tuple[str, Any], ...] = ()) -> set[Said]:
    """What a message means after others; nothing of it is refused."""
    context = [Message(earlier, _bytes(said_), NOON) for earlier, said_ in before]
    items = list(understand(Asked(convention, topic), context, [Message(topic, _bytes(payload), NOON)]))
    assert not [item for item in items if isinstance(item, Rejected)]
    return set(said(items))


def _bytes(payload: Any) -> bytes:
    return payload.encode() if isinstance(payload, str) else json.dumps(payload).encode()


@pytest.mark.parametrize(("decoded", "means"), [row[1:] for row in UPLINKS], ids=[row[0] for row in UPLINKS])
def test_uplinks_mean_what_their_makers_say(decoded: dict[str, Any], means: set[Said]) -> None:
    uplink = {"uplink_message": {"decoded_payload": decoded}}
    assert understood("ttn", "v3/app@ttn/devices/d/up", uplink) == means
    assert understood("chirpstack", "application/1/device/0101/event/up", {"object": decoded}) == means


@pytest.mark.parametrize(("component", "state", "means"), ESPHOME)
def test_components_of_esphome_mean_what_their_names_say(component: str, state: str, means: set[Said]) -> None:
    assert understood("esphome", f"hall/{component}/state", state) == means


@pytest.mark.parametrize(("component", "config", "state", "means"), HOME_ASSISTANT)
def test_entities_of_home_assistant_mean_what_they_are_described_as(
    component: str, config: dict[str, Any], state: Any, means: set[Said]
) -> None:
    described = (f"homeassistant/{component}/x/config", {"state_topic": "a/state", "unique_id": "x", **config})
    assert understood("homeassistant", "a/state", state, (described,)) == means


@pytest.mark.parametrize(("convention", "topic", "payload", "means"), OTHERS)
def test_messages_mean_what_their_makers_say(convention: str, topic: str, payload: Any, means: set[Said]) -> None:
    assert understood(convention, topic, payload) == means


def test_a_lamp_that_only_says_on_is_at_the_brightness_that_it_said_before() -> None:
    before = (("shellies/shellydimmer2-a/light/0/status", {"ison": False, "brightness": 33}),)
    assert understood("shelly", "shellies/shellydimmer2-a/light/0", "on", before) == {("level", "", 33)}


@pytest.mark.parametrize("celsius", ["999", "-127"])
def test_what_a_broken_thermometer_says_is_refused(celsius: str) -> None:
    topic = "shellies/shellyht-a/sensor/temperature"
    items = list(understand(Asked("shelly", topic), [], [Message(topic, celsius.encode(), NOON)]))
    assert not said(items)
    assert [item for item in items if isinstance(item, Rejected)]
