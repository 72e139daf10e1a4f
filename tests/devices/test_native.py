import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.convention import Announcement, Numbered, Rejected, find, hear
from devices.device import Device, DeviceId, Kind
from devices.light import LightCommand, LightState
from devices.message import SECOND, Message
from devices.reading import Availability, Quality, Quantity, Reading

NOW = 1_795_302_000 * SECOND
COUNTER = Device(DeviceId("counter-west"), Kind.SENSOR, "mqtt", "native", "counter-west")
LAMP = Device(DeviceId("lamp-01"), Kind.LUMINAIRE, "mqtt", "native", "lamp-01")
PORT = Device(DeviceId("counter-east"), Kind.SENSOR, "serial:/dev/ttyUSB0", "native", "/dev/ttyUSB0")
SITE = find("native")("chalon", [COUNTER, LAMP])
SERIAL = find("native")("chalon", [PORT])
SENSOR_TOPIC = "reverbere/chalon/sensor/counter-west"
STATE_TOPIC = "reverbere/chalon/lamp/lamp-01/state"


def heard(payload: object, topic: str = SENSOR_TOPIC, *, retained: bool = False) -> list[Any]:
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return hear(SITE, Message(topic, data, NOW, retained))


def readings(payload: object, *, retained: bool = False) -> list[Reading]:
    return [item for item in heard(payload, retained=retained) if isinstance(item, Reading)]


def rejected(payload: object, topic: str = SENSOR_TOPIC) -> Rejected:
    (one,) = [item for item in heard(payload, topic) if isinstance(item, Rejected)]
    return one


def test_the_page_s_own_example_is_a_count_with_its_period_and_number() -> None:
    assert heard({"v": 1, "pedestrians": 3, "period": 60, "boot": "9f3a", "seq": 417, "time": 1795301999.25}) == [
        Numbered(COUNTER.id, "9f3a", 417),
        Reading(COUNTER.id, Quantity.PEDESTRIANS, 3.0, NOW - 750_000_000, "", 60 * SECOND),
    ]


def test_counts_by_direction_are_two_channels() -> None:
    assert [(r.channel, r.value) for r in readings({"v": 1, "pedestrians": {"in": 2, "out": 1}})] == [
        ("in", 2.0),
        ("out", 1.0),
    ]


def test_a_running_total_has_no_period() -> None:
    assert [(r.quantity, r.value, r.period) for r in readings({"v": 1, "pedestrians_total": 812, "period": 60})] == [
        (Quantity.PEDESTRIANS_TOTAL, 812.0, None)
    ]


def test_presence_is_one_or_zero() -> None:
    assert [r.value for r in readings({"v": 1, "presence": True})] == [1.0]
    assert [r.value for r in readings({"v": 1, "presence": False})] == [0.0]


def test_without_a_time_of_its_own_a_reading_has_ours() -> None:
    (reading,) = readings({"v": 1, "temperature": -3.5})
    assert (reading.time, reading.quality) == (NOW, Quality.GOOD)


@pytest.mark.parametrize(
    ("seconds", "believed", "quality"),
    [
        (0, True, Quality.GOOD),
        (-60, True, Quality.GOOD),
        (-61, True, Quality.HISTORICAL),
        (-7 * 86400, True, Quality.HISTORICAL),
        (-7 * 86400 - 1, False, Quality.CLOCK_UNCERTAIN),
        (120, True, Quality.GOOD),
        (121, False, Quality.CLOCK_UNCERTAIN),
    ],
)
def test_the_device_s_time_is_believed_between_7_days_ago_and_2_minutes_ahead(
    seconds: int,
    believed: bool,  # noqa: FBT001 - a column of the table
    quality: Quality,
) -> None:
    (reading,) = readings({"v": 1, "occupancy": 2, "time": NOW // SECOND + seconds})
    assert reading.time == (NOW + seconds * SECOND if believed else NOW)
    assert reading.quality is quality


@pytest.mark.parametrize("said", [NOW // 10**6 - 1500, "2026-11-21T23:59:58.500", "2026-11-21T22:59:58.5Z"])
def test_a_time_may_be_in_milliseconds_or_written_with_or_without_a_zone(said: float | str) -> None:
    paris = {"time_zone": ZoneInfo("Europe/Paris")}
    site = find("native")("chalon", [Device(COUNTER.id, Kind.SENSOR, "mqtt", "native", "counter-west", options=paris)])
    payload = json.dumps({"v": 1, "occupancy": 2, "time": said}).encode()
    (reading,) = hear(site, Message(SENSOR_TOPIC, payload, NOW))
    assert isinstance(reading, Reading)
    assert (reading.time, reading.quality) == (NOW - 1_500_000_000, Quality.GOOD)


@pytest.mark.parametrize("said", [1e308, -1e308, "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00"])
def test_a_time_at_the_end_of_all_times_stops_nothing(said: float | str) -> None:
    (reading,) = readings({"v": 1, "occupancy": 2, "time": said})
    assert (reading.time, reading.quality) == (NOW, Quality.CLOCK_UNCERTAIN)


def test_the_site_says_how_old_a_reading_may_be() -> None:
    patient = Device(COUNTER.id, Kind.SENSOR, "mqtt", "native", "counter-west", options={"lateness": 7200 * SECOND})
    site = find("native")("chalon", [patient])
    payload = json.dumps({"v": 1, "occupancy": 2, "time": NOW // SECOND - 3600}).encode()
    (reading,) = hear(site, Message(SENSOR_TOPIC, payload, NOW))
    assert isinstance(reading, Reading)
    assert reading.quality is Quality.GOOD


def test_a_retained_reading_is_marked() -> None:
    assert [r.quality for r in readings({"v": 1, "occupancy": 2}, retained=True)] == [Quality.RETAINED]


@pytest.mark.parametrize(
    ("payload", "found"),
    [
        (b"", "an empty payload"),
        (b"\xff\xfe", "invalid UTF-8 at byte 1"),
        (b"{", "no JSON"),
        (b"[1]", "[1]"),
        (b"3", "3"),
        (b"{}", "no v"),
        (b'{"presence":true}', "no v"),
        (b'{"v":2,"presence":true}', "2"),
        (b'{"v":1}', "none"),
        (b"x" * 1_000_000, "1000000 bytes"),
        (b"[" * 4000, "no JSON"),
    ],
)
def test_a_payload_that_says_nothing_is_refused_in_words(payload: bytes, found: str) -> None:
    (only,) = heard(payload)
    assert isinstance(only, Rejected)
    assert found in only.found
    assert len(only.message.payload) <= 4096


@pytest.mark.parametrize("wrong", [-1, 1.5, "3", True, None, {}, {"in": -1}, {"up": 1}, [1], 10**30])
def test_an_impossible_count_is_refused_by_name_and_the_good_parts_are_kept(wrong: object) -> None:
    items = heard({"v": 1, "pedestrians": wrong, "presence": True, "boot": "b", "seq": 1})
    assert [type(item) for item in items] == [Numbered, Reading, Rejected]
    assert items[2].where == "pedestrians"
    assert "whole number" in items[2].expected


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999", "true"])
def test_a_number_that_is_none_is_refused(text: str) -> None:
    refused = rejected(b'{"v":1,"rssi":%b}' % text.encode())
    assert refused.where == "rssi"


def test_a_misspelt_key_is_refused_with_what_was_meant_and_the_rest_is_kept() -> None:
    items = heard({"v": 1, "batery": 80, "presence": True})
    assert isinstance(items[0], Reading)
    assert items[1].where == "batery"
    assert "battery" in items[1].expected


def test_a_number_without_its_boot_is_refused_and_the_reading_kept() -> None:
    items = heard({"v": 1, "seq": 4, "presence": True})
    assert [type(item) for item in items] == [Reading, Rejected]
    assert items[1].where == "seq"


def test_a_time_that_is_none_leaves_the_reading_with_ours_marked() -> None:
    items = heard({"v": 1, "time": "noon", "presence": True})
    assert (items[0].time, items[0].quality) == (NOW, Quality.CLOCK_UNCERTAIN)
    assert items[1].where == "time"


def test_a_sensor_that_nobody_configured_announces_itself() -> None:
    assert heard({"v": 1, "presence": True, "battery": 80}, "reverbere/chalon/sensor/new") == [
        Announcement("native", "new", ("presence", "battery"))
    ]


def test_availability_of_a_sensor() -> None:
    topic = f"{SENSOR_TOPIC}/availability"
    assert heard(b"offline", topic) == [Availability(COUNTER.id, online=False, time=NOW)]
    assert heard(b"online", topic) == [Availability(COUNTER.id, online=True, time=NOW)]
    assert rejected(b"here", topic).expected == "online or offline"


@pytest.mark.parametrize("topic", [SENSOR_TOPIC, "reverbere/chalon/lamp/lamp-01"])
def test_a_retained_word_of_availability_is_marked(topic: str) -> None:
    device = COUNTER.id if topic == SENSOR_TOPIC else LAMP.id
    said = heard(b"online", f"{topic}/availability", retained=True)
    assert said == [Availability(device, online=True, time=NOW, retained=True)]


def test_a_lamp_s_state() -> None:
    said = {
        "v": 1,
        "id": "c-1295",
        "level": 61.5,
        "target": 64,
        "power": 18.9,
        "energy": 48211.07,
        "faults": ["lampFailure"],
    }
    assert heard(said, STATE_TOPIC) == [
        LightState(LAMP.id, 61.5, NOW, 18.9, 48211.07, 64.0, "c-1295", frozenset({"lampFailure"}))
    ]
    assert heard({"v": 1, "level": 0}, STATE_TOPIC) == [LightState(LAMP.id, 0.0, NOW)]


def test_a_lamp_s_impossible_power_is_refused_and_its_level_kept() -> None:
    items = heard({"v": 1, "level": 50, "power": -3}, STATE_TOPIC)
    assert [type(item) for item in items] == [LightState, Rejected]
    assert items[1].where == "power"


def test_a_retained_state_is_refused() -> None:
    (only,) = heard({"v": 1, "level": 50}, STATE_TOPIC, retained=True)
    assert isinstance(only, Rejected)


def test_an_order_says_seconds_and_is_not_retained() -> None:
    (order,) = SITE.encode(LightCommand(LAMP.id, 64, 2 * SECOND, "c-1295", 180 * SECOND))
    assert order.topic == "reverbere/chalon/lamp/lamp-01/set"
    assert not order.retained
    assert json.loads(order.payload) == {"v": 1, "id": "c-1295", "level": 64, "ramp": 2.0, "valid_for": 180}


def test_behind_a_serial_link_the_port_is_the_topic() -> None:
    assert SERIAL.topics() == {"/dev/ttyUSB0"}
    (reading,) = hear(SERIAL, Message("/dev/ttyUSB0", b'{"v":1,"pedestrians":1}', NOW))
    assert isinstance(reading, Reading)
    assert reading.device == PORT.id


def test_the_site_s_topics_are_listened_to() -> None:
    assert SITE.topics() == {
        "reverbere/chalon/sensor/+",
        "reverbere/chalon/sensor/+/availability",
        "reverbere/chalon/lamp/+/state",
        "reverbere/chalon/lamp/+/availability",
    }


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
KEYS = st.sampled_from(["v", "boot", "seq", "time", "period", "pedestrians", "presence", "rssi", "colour", ""])
TOPIC = st.sampled_from([SENSOR_TOPIC, STATE_TOPIC, f"{SENSOR_TOPIC}/availability", "reverbere/chalon/sensor/new", "x"])


@given(st.dictionaries(KEYS, JSON), TOPIC, st.booleans())
def test_no_json_raises_and_every_reading_is_finite(said: dict[str, object], topic: str, retained: bool) -> None:  # noqa: FBT001 - drawn
    for item in heard({"v": 1} | said, topic, retained=retained):
        if isinstance(item, Reading):
            assert abs(item.value) < float("inf")
            assert item.period is None or item.period > 0
