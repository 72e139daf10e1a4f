"""What describes itself to Home Assistant means what its description says."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from devices.convention import Describing, Description, Lapsing, find, hear
from devices.conventions.homeassistant import HomeAssistant
from devices.conventions.homeassistant.registry import MOST
from devices.device import Device, DeviceId
from devices.message import SECOND
from devices.reading import Quality, Quantity, Reading
from tests.devices.self_described import BULB, described
from tests.devices.speech import NOON, announced, lamp, message, online, refused, said, sensor

MOTION = {"name": "garden", "device_class": "motion", "state_topic": "garden/state"}


def at(address: str) -> Device:
    return sensor("homeassistant", address)


def one(kind: str, config: Mapping[str, Any], payload: str) -> tuple[set[tuple[str, str, float]], list[str]]:
    """What the only entity of a sensor says, and what was refused."""
    spoken = described(at(f"{kind}/x"), **{f"{kind}__x": {"state_topic": "t", **config}})
    items = hear(spoken, message("t", payload))
    return said(items), refused(items)


# ------------------------------------------------------------------------------------------------------ descriptions
def test_topics_grow_with_the_descriptions_of_configured_devices_and_shrink_when_they_are_cleared() -> None:
    spoken = described(at("binary_sensor/garden"))
    filters = {"homeassistant/+/+/config", "homeassistant/+/+/+/config"}
    assert isinstance(spoken, Describing)
    assert spoken.topics() == filters
    assert all(isinstance(topic, Description) for topic in spoken.topics())
    config = json.dumps({**MOTION, "availability_topic": "garden/lwt"})
    hear(spoken, message("homeassistant/binary_sensor/garden/config", config, retained=True))
    assert spoken.grown()
    assert not spoken.grown()
    assert spoken.topics() == filters | {"garden/state", "garden/lwt"}
    hear(spoken, message("homeassistant/binary_sensor/garden/config", config, retained=True))
    assert not spoken.grown(), "it is the same description"
    hear(spoken, message("homeassistant/binary_sensor/garden/config", b""))
    assert spoken.grown()
    assert spoken.topics() == filters


def test_nobody_elses_topics_are_listened_to() -> None:
    spoken = described(at("somebody"), binary_sensor__garden=MOTION)
    assert spoken.topics() == {"homeassistant/+/+/config", "homeassistant/+/+/+/config"}


def test_a_stranger_is_announced_once_with_what_it_offers() -> None:
    spoken = described(at("somebody"))
    config = json.dumps({**MOTION, "dev": {"ids": "mac-1"}})
    topic = "homeassistant/binary_sensor/node/garden/config"
    assert announced(hear(spoken, message(topic, config, retained=True))) == {"mac-1": ("presence",)}
    assert hear(spoken, message(topic, config, retained=True)) == []
    assert announced(hear(spoken, message("garden/state", "ON"))) == {"mac-1": ("presence",)}


def test_a_lamp_is_announced_by_its_own_path() -> None:
    spoken = described(at("somebody"))
    config = json.dumps({**BULB, "dev": {"ids": ["0x1"]}})
    items = hear(spoken, message("homeassistant/light/0x1/light/config", config, retained=True))
    assert announced(items) == {"light/0x1/light": ("level",)}


@pytest.mark.parametrize("address", ["mac-1", "aa:bb", "binary_sensor/node/garden", "unique"])
def test_an_entity_is_found_by_each_of_its_names(address: str) -> None:
    config = {**MOTION, "uniq_id": "unique", "dev": {"ids": ["mac-1"], "cns": [["mac", "aa:bb"]]}}
    spoken = described(at(address), binary_sensor__node__garden=config)
    assert said(hear(spoken, message("garden/state", "ON"))) == {("presence", "", 1)}


def test_abbreviations_and_the_base_topic_mean_the_words_in_full() -> None:
    config = {
        "~": "a/b",
        "dev_cla": "occupancy",
        "stat_t": "~/s",
        "avty": [{"t": "lwt/~"}],
        "pl_on": "1",
        "pl_off": "0",
    }
    spoken = described(at("binary_sensor/x"), binary_sensor__x=config)
    assert {"a/b/s", "lwt/a/b"} < spoken.topics()
    assert said(hear(spoken, message("a/b/s", "1"))) == {("presence", "", 1)}


def test_a_device_describes_all_of_its_components_at_once_with_what_they_share() -> None:
    components = {
        "pir": {"p": "binary_sensor", "dev_cla": "motion", "val_tpl": "{{ value_json.pir }}"},
        "lux": {"p": "sensor", "dev_cla": "illuminance", "stat_t": "~/light"},
        "gone": {"p": "sensor"},
        "lamp": {"p": "light", "schema": "json", "cmd_t": "~/set", "stat_t": "~/lamp"},
    }
    config = {"~": "yard", "dev": {"ids": ["y1"]}, "o": {"name": "x"}, "stat_t": "~/state", "cmps": components}
    spoken = described(at("y1"), lamp("homeassistant", "device/y/lamp"), device__y=config)
    assert said(hear(spoken, message("yard/state", '{"pir":"ON"}'))) == {("presence", "", 1)}
    assert said(hear(spoken, message("yard/light", "12"))) == {("illuminance", "", 12)}
    assert said(hear(spoken, message("yard/lamp", '{"state":"ON"}'))) == {("level", "", 100)}


def test_another_discovery_prefix_is_an_option() -> None:
    spoken = find("homeassistant")("lab", [sensor("homeassistant", "binary_sensor/garden", base="ha/disc")])
    assert "ha/disc/+/+/config" in spoken.topics()
    hear(spoken, message("ha/disc/binary_sensor/garden/config", json.dumps(MOTION)))
    assert "garden/state" in spoken.topics()


@pytest.mark.parametrize(
    ("kind", "config", "found"),
    [
        ("binary_sensor", {**MOTION, "state_topic": "a/#"}, "a single topic, found a/#"),
        ("binary_sensor", {**MOTION, "state_topic": "$SYS/x"}, "a single topic, found $SYS/x"),
        ("binary_sensor", {**MOTION, "state_topic": "a\x01"}, "a single topic"),
        ("binary_sensor", {**MOTION, "state_topic": "a\uffff"}, "a single topic"),
        ("binary_sensor", {"device_class": "motion"}, "a state_topic, found none"),
        ("binary_sensor", {**MOTION, "state_topic": "homeassistant/a/b/config"}, "topics that bring no descriptions"),
        ("binary_sensor", {**MOTION, "value_template": "{{ states('x') }}"}, "a template of value_json.x"),
        ("binary_sensor", {**MOTION, "off_delay": -1}, "at most 2592000 seconds, found -1"),
        ("binary_sensor", {**MOTION, "availability_mode": "most"}, "all, any or latest, found most"),
        ("sensor", {"device_class": "temperature", "state_topic": "t", "unit_of_measurement": "°Ré"}, "a unit of °C"),
        ("light", {**BULB, "schema": "template"}, "a light of the schema json or default, found template"),
        ("light", {"schema": "json"}, "a command_topic, found none"),
        ("light", {**BULB, "brightness_scale": 0}, "a whole number of steps from 1"),
        ("device", {"cmps": 1}, "components, 256 at most, found 1"),
    ],
)
def test_what_a_description_cannot_mean_is_refused_in_words(kind: str, config: Mapping[str, Any], found: str) -> None:
    spoken = described(at(f"{kind}/x"))
    (complaint,) = refused(hear(spoken, message(f"homeassistant/{kind}/x/config", json.dumps(config))))
    assert found in complaint
    assert spoken.topics() == {"homeassistant/+/+/config", "homeassistant/+/+/+/config"}


def test_one_bad_component_leaves_the_good_ones() -> None:
    components = {
        "bad": {"p": "sensor", "dev_cla": "temperature", "stat_t": "t", "val_tpl": "{{ value_json.a * 2 }}"},
        "good": {"p": "sensor", "dev_cla": "humidity", "stat_t": "t"},
    }
    spoken = described(at("d"))
    config = json.dumps({"dev": {"ids": "d"}, "cmps": components})
    (complaint,) = refused(hear(spoken, message("homeassistant/device/y/config", config)))
    assert complaint.startswith("device/y/bad: template")
    assert said(hear(spoken, message("t", "51"))) == {("humidity", "", 51)}


def test_what_means_nothing_to_us_may_have_any_template() -> None:
    config = {"state_topic": "t", "device_class": "timestamp", "value_template": "{{ now() }}"}
    assert described(at("sensor/x"), sensor__x=config, update__x={"whatever": 1}).topics()


@pytest.mark.parametrize("value", [{}, [], [[]], 7, True, "x" * 300])
def test_a_description_with_values_of_any_other_kind_is_survived(value: object) -> None:
    keys = "dev_cla unit_of_meas stat_cla name uniq_id dev obj_id ent_cat schema avty_mode sup_clrm bri_scl exp_aft ~"
    for kind in ("sensor", "binary_sensor", "light"):
        for key in keys.split():
            spoken = described(at("somebody"))
            config = {"dev_cla": "humidity", "stat_t": "t", "cmd_t": "c", "schema": "json", key: value}
            hear(spoken, message(f"homeassistant/{kind}/x/config", json.dumps(config)))
            good = {"dev_cla": "humidity", "stat_t": "u"}
            assert not refused(hear(spoken, message("homeassistant/sensor/y/config", json.dumps(good)))), (kind, key)


def test_descriptions_without_end_are_refused() -> None:
    spoken = described(at("somebody"))
    for number in range(MOST // 100):
        components = {f"c{each}": {"p": "sensor", "dev_cla": "humidity", "stat_t": f"t/{each}"} for each in range(100)}
        assert not refused(
            hear(spoken, message(f"homeassistant/device/d{number}/config", json.dumps({"cmps": components})))
        )
    (complaint,) = refused(
        hear(spoken, message("homeassistant/sensor/x/config", '{"dev_cla":"humidity","stat_t":"t"}'))
    )
    assert "at most 10000 described entities" in complaint


def test_after_a_reload_descriptions_are_known_and_asked_for() -> None:
    before = described(at("binary_sensor/garden"), binary_sensor__garden=MOTION)
    after = find("homeassistant")("lab", [sensor("homeassistant", "binary_sensor/garden", base="homeassistant")])
    assert isinstance(after, HomeAssistant)
    after.inherit(before)
    assert after.grown()
    assert "garden/state" in after.topics()


# ----------------------------------------------------------------------------------------------------------- sensors
@pytest.mark.parametrize(
    ("config", "payload", "value"),
    [
        ({}, "ON", 1),
        ({}, "OFF", 0),
        ({"payload_on": "beer on", "payload_off": "beer off"}, "beer on", 1),
        ({"val_tpl": "{{ value_json.occupancy }}", "pl_on": True, "pl_off": False}, '{"occupancy":false}', 0),
        ({"val_tpl": "{{ 'ON' if value_json.n > 0 else 'OFF' }}"}, '{"n":2}', 1),
    ],
)
def test_a_binary_sensor_says_presence_in_its_own_words(config: dict[str, Any], payload: str, value: float) -> None:
    assert one("binary_sensor", {"device_class": "motion", **config}, payload) == ({("presence", "", value)}, [])


@pytest.mark.parametrize("payload", ["", "None", "unknown"])
def test_what_says_nothing_changes_nothing(payload: str) -> None:
    assert one("binary_sensor", {"device_class": "motion"}, payload) == (set(), [])
    assert one("sensor", {"device_class": "temperature"}, payload) == (set(), [])


@pytest.mark.parametrize("payload", ["0N", "0FF", "on", "1"])
def test_no_other_word_is_presence(payload: str) -> None:
    assert one("binary_sensor", {"device_class": "motion"}, payload) == (
        set(),
        [f"binary_sensor/x: ON or OFF, found {payload}"],
    )


def test_of_a_binary_sensor_without_a_class_the_name_or_the_operator_says_that_it_is_presence() -> None:
    assert one("binary_sensor", {"name": "Hall motion"}, "ON")[0] == {("presence", "", 1)}
    assert one("binary_sensor", {"name": "whatever"}, "ON")[0] == {("presence", "", 1)}, "its address names it"
    by_device = {"name": "whatever", "state_topic": "t", "dev": {"ids": "d"}}
    assert not said(hear(described(at("d"), binary_sensor__x=by_device), message("t", "ON")))
    assert one("binary_sensor", {"device_class": "door"}, "ON") == (
        set(),
        ["topic: a topic that a description names, found t"],
    )


@pytest.mark.parametrize(
    ("config", "payload", "meant"),
    [
        ({"dev_cla": "illuminance", "unit_of_meas": "lx"}, "12.5", ("illuminance", "", 12.5)),
        ({"dev_cla": "temperature", "unit_of_meas": "°F"}, "50", ("temperature", "", 10)),
        ({"dev_cla": "temperature", "unit_of_meas": "K"}, "283.15", ("temperature", "", 10)),
        ({"dev_cla": "voltage", "unit_of_meas": "mV"}, "2995", ("voltage", "", 2.995)),
        ({"dev_cla": "distance", "unit_of_meas": "cm"}, "187", ("distance", "", 1.87)),
        ({"dev_cla": "speed", "unit_of_meas": "km/h"}, "3.6", ("speed", "", 1)),
        ({"dev_cla": "signal_strength", "unit_of_meas": "dBm", "ent_cat": "diagnostic"}, "-60", ("rssi", "", -60)),
        ({"dev_cla": "battery", "unit_of_meas": "%"}, "88", ("battery", "", 88)),
        ({"name": "Garden light", "unit_of_meas": "lx"}, "3", ("illuminance", "", 3)),
        ({"name": "People in", "stat_cla": "total_increasing"}, "7", ("pedestrians_total", "in", 7)),
        ({"name": "People in", "stat_cla": "measurement"}, "7", ("pedestrians", "in", 7)),
        ({"name": "Door visitors", "stat_cla": "total_increasing"}, "7", ("pedestrians_total", "", 7)),
        ({"name": "Door people count", "stat_cla": "measurement"}, "7", ("occupancy", "", 7)),
        ({"name": "Hall", "unit_of_meas": "people"}, "7", ("occupancy", "", 7)),
        ({"name": "Out", "unit_of_meas": "people", "stat_cla": "total"}, "7", ("pedestrians_total", "out", 7)),
        ({"name": None, "val_tpl": "{{ value_json.total_in }}"}, '{"total_in":7}', ("pedestrians_total", "in", 7)),
    ],
)
def test_a_sensor_says_its_quantity_by_class_unit_and_name(
    config: dict[str, Any], payload: str, meant: tuple[str, str, float]
) -> None:
    assert one("sensor", config, payload) == ({meant}, [])


@pytest.mark.parametrize(
    "config",
    [
        {"dev_cla": "temperature", "ent_cat": "diagnostic"},
        {"dev_cla": "temperature", "name": "CPU temperature"},
        {"dev_cla": "humidity", "unit_of_meas": "g/m³"},
        {"dev_cla": "signal_strength", "unit_of_meas": "%"},
        {"dev_cla": "wind_speed", "unit_of_meas": "m/s"},
        {"name": "Wind speed", "unit_of_meas": "m/s"},
        {"name": "Water level", "unit_of_meas": "%"},
        {"name": "Energy"},
        {"name": "Linkquality", "unit_of_meas": "lqi", "stat_cla": "measurement"},
        {"name": "Door opened count", "stat_cla": "total_increasing"},
        {"name": "Presence timeout"},
    ],
)
def test_what_looks_like_a_quantity_and_is_none_is_left_out(config: dict[str, Any]) -> None:
    assert one("sensor", config, "20")[0] == set()


def test_two_entities_of_one_quantity_are_two_series() -> None:
    both = {name: {"state_topic": name, "dev_cla": "temperature", "dev": {"ids": "d"}} for name in ("a", "b")}
    spoken = described(at("d"), sensor__a=both["a"], sensor__b=both["b"])
    assert said(hear(spoken, message("a", "1"))) == {("temperature", "", 1)}
    assert said(hear(spoken, message("b", "2"))) == {("temperature", "b", 2)}


def test_what_is_retained_is_marked_and_a_key_that_is_not_there_says_nothing() -> None:
    config = {"state_topic": "t", "dev_cla": "humidity", "val_tpl": "{{ value_json.h }}"}
    spoken = described(at("sensor/x"), sensor__x=config)
    assert hear(spoken, message("t", '{"other":1}')) == []
    (reading,) = hear(spoken, message("t", '{"h":50}', retained=True))
    assert isinstance(reading, Reading)
    assert Quality.RETAINED in reading.quality


# -------------------------------------------------------------------------------------------------------------- time
def test_presence_that_is_never_taken_back_ends_once_after_its_delay() -> None:
    spoken = described(at("binary_sensor/g"), binary_sensor__g={**MOTION, "off_delay": 30})
    assert isinstance(spoken, Lapsing)
    assert said(hear(spoken, message("garden/state", "ON"))) == {("presence", "", 1)}
    assert said(hear(spoken, message("garden/state", "ON", time=NOON + 20 * SECOND))) == {("presence", "", 1)}
    assert hear(spoken, message("garden/state", "", time=NOON + 60 * SECOND)) == []
    end = Reading(DeviceId("sensor"), Quantity.PRESENCE, 0.0, NOON + 50 * SECOND, quality=Quality.ESTIMATED)
    assert list(spoken.lapsed(NOON + 60 * SECOND)) == [end]
    assert list(spoken.lapsed(NOON + 70 * SECOND)) == []


def test_values_that_lapsed_take_their_device_along_until_it_speaks() -> None:
    config = {"dev_cla": "humidity", "stat_t": "t", "exp_aft": 60}
    spoken = described(at("sensor/x"), sensor__x=config)
    assert isinstance(spoken, Lapsing)
    hear(spoken, message("t", "50"))
    assert [online(list(spoken.lapsed(NOON + after * SECOND))) for after in (59, 61, 62)] == [[], [False], []]


TIMED: dict[str, dict[str, Any]] = {
    "binary_sensor__a": {**MOTION, "stat_t": "a", "off_delay": 30, "dev": {"ids": ["yard"]}},
    "binary_sensor__b": {**MOTION, "name": "gate", "stat_t": "b", "off_delay": 90, "dev": {"ids": ["yard"]}},
    "binary_sensor__c": {**MOTION, "name": "door", "stat_t": "c", "dev": {"ids": ["yard"]}},
    "sensor__h": {"dev_cla": "humidity", "stat_t": "h", "exp_aft": 60, "dev": {"ids": ["yard"]}},
    "binary_sensor__x": {"name": "relay", "stat_t": "x", "off_delay": 45},
}


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("yard", [("a", "ON")]),
        ("yard", [("b", "ON")]),
        ("yard", [("c", "ON")]),
        ("yard", [("a", "ON"), ("a", "OFF")]),
        ("yard", [("b", "ON"), ("h", "50"), ("a", "ON"), ("c", "ON")]),
        ("binary_sensor/a", [("a", "ON")]),
        ("binary_sensor/x", [("x", "ON")]),
    ],
)
def test_what_holds_for_a_time_holds_as_long_over_a_restart(address: str, words: list[tuple[str, str]]) -> None:
    before, after = described(at(address), **TIMED), described(at(address), **TIMED)
    assert isinstance(before, Lapsing)
    assert isinstance(after, Lapsing)
    latest: dict[tuple[object, str], Reading] = {}
    for seconds, (topic, payload) in enumerate(words):
        for item in hear(before, message(topic, payload, time=NOON + seconds * SECOND)):
            assert isinstance(item, Reading)
            latest[item.quantity, item.channel] = item
    assert latest
    after.resume([*latest.values()])
    for seconds in (0, 29, 31, 44, 46, 59, 61, 89, 95):
        now = NOON + seconds * SECOND
        assert list(after.lapsed(now)) == list(before.lapsed(now))


def test_what_another_device_or_a_broker_said_holds_for_no_time_after_a_restart() -> None:
    spoken = described(at("yard"), **TIMED)
    assert isinstance(spoken, Lapsing)
    repeated = Reading(DeviceId("sensor"), Quantity.PRESENCE, 1.0, NOON, quality=Quality.RETAINED)
    spoken.resume([repeated, Reading(DeviceId("other"), Quantity.PRESENCE, 1.0, NOON)])
    assert spoken.due() is None


# ------------------------------------------------------------------------------------------------------ availability
@pytest.mark.parametrize(
    ("config", "payload", "there"),
    [
        ({"avty_t": "lwt"}, "online", [True]),
        ({"avty_t": "lwt"}, "offline", [False]),
        ({"avty_t": "lwt", "pl_avail": "good", "pl_not_avail": "nogood"}, "nogood", [False]),
        ({"avty": {"t": "lwt", "val_tpl": "{{ value_json.state }}"}}, '{"state":"online"}', [True]),
        ({"avty_t": "lwt", "avty_tpl": "{{ value_json.state }}"}, '{"state":"offline"}', [False]),
        ({"avty_t": "lwt"}, "", []),
    ],
)
def test_availability_is_said_in_the_described_words(config: dict[str, Any], payload: str, there: list[bool]) -> None:
    spoken = described(at("binary_sensor/x"), binary_sensor__x={**MOTION, **config})
    items = hear(spoken, message("lwt", payload))
    assert (online(items), refused(items)) == (there, [])


@pytest.mark.parametrize(
    ("mode", "words", "there"),
    [
        ("all", ["a online", "b online", "a offline"], [[], [True], [False]]),
        ("all", ["a offline"], [[False]]),
        ("any", ["a offline", "b offline", "a online"], [[], [False], [True]]),
        ("latest", ["a online", "b offline"], [[True], [False]]),
    ],
)
def test_several_topics_of_availability_make_one_by_their_mode(
    mode: str, words: list[str], there: list[list[bool]]
) -> None:
    config = {**MOTION, "availability": [{"topic": "a"}, {"topic": "b"}], "availability_mode": mode}
    spoken = described(at("binary_sensor/x"), binary_sensor__x=config)
    assert [online(hear(spoken, message(*word.split()))) for word in words] == there


def test_another_word_of_availability_is_refused() -> None:
    spoken = described(at("binary_sensor/x"), binary_sensor__x={**MOTION, "avty_t": "lwt"})
    assert refused(hear(spoken, message("lwt", "perhaps"))) == ["availability: online or offline, found perhaps"]
