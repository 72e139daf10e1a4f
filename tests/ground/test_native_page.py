import json
import re

import pytest

from devices.convention import Malformed, Numbered, find, hear
from devices.conventions.native.lamp import LAMP, hear_lamp, order
from devices.conventions.native.sensor import EXPECTED, hear_sensor
from devices.device import Device, DeviceId, Kind
from devices.light import LightCommand
from devices.message import SECOND, Message
from devices.reading import Availability, Quantity, Reading
from tests.ground.pages import fenced, page, tables

PAGE = page("docs/native.md")
COUNT, ORDER, STATE = fenced(PAGE, "json")
COUNTER = Device(DeviceId("counter-west"), Kind.SENSOR, "mqtt", "native", "counter-west")
LAMP_07 = Device(DeviceId("lamp-07"), Kind.LUMINAIRE, "mqtt", "native", "lamp-07")
NOW = 1_795_302_060 * SECOND


def test_the_page_names_every_key_that_a_sensor_may_send_and_no_other() -> None:
    assert tables(PAGE)["A sensor"].keys() == EXPECTED.keys()


def test_the_page_names_every_key_that_a_lamp_may_send_and_no_other() -> None:
    assert tables(PAGE)["A lamp"].keys() == LAMP._expected.keys()


def test_the_page_s_messages_are_understood_without_a_complaint() -> None:
    assert list(hear_sensor(Message("", COUNT.encode(), NOW), COUNTER))
    assert list(hear_lamp(Message("", STATE.encode(), NOW), LAMP_07))


def test_an_order_looks_as_on_the_page() -> None:
    assert json.loads(order(LightCommand(LAMP_07.id, 64, 2 * SECOND, "c-1295", 180 * SECOND))) == json.loads(ORDER)


def test_more_than_4096_bytes_are_refused_over_mqtt_too() -> None:
    long = COUNT.strip().removesuffix("}").ljust(4096) + "}"
    with pytest.raises(Malformed, match="4096"):
        list(hear_sensor(Message("", long.encode(), NOW), COUNTER))


def test_a_sensor_s_availability_says_whether_the_broker_repeated_it() -> None:
    site = find("native")("chalon", [COUNTER])
    topic = "reverbere/chalon/sensor/counter-west/availability"
    assert hear(site, Message(topic, b"online", NOW, retained=True)) == [
        Availability(COUNTER.id, online=True, time=NOW, retained=True)
    ]
    assert hear(site, Message(topic, b"offline", NOW)) == [Availability(COUNTER.id, online=False, time=NOW)]


def test_the_sketch_for_an_esp32_says_what_the_gateway_understands() -> None:
    (sketch,) = fenced(page("docs/esp32.md"), "cpp")
    (counted,) = re.findall(r'"(\{\\"v\\".*)",$', sketch, re.MULTILINE)
    (at,) = re.findall(r'"(,\\"time\\".*?)",', sketch)
    payload = (
        counted.replace("\\", "") % (3, 60.001, "9f3a11c0", 417)
        + at.replace("\\", "").replace("%lld", "%d") % 1_795_302_060
        + "}"
    )
    assert len(payload) < 200
    numbered, reading = hear_sensor(Message("", payload.encode(), NOW), COUNTER)
    assert numbered == Numbered(COUNTER.id, "9f3a11c0", 417)
    assert reading == Reading(COUNTER.id, Quantity.PEDESTRIANS, 3, NOW, "", 60_001_000_000)
