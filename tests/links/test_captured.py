"""Lines of a capture give the messages back; redacting takes out addresses and leaves the meaning."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.links.captured import Captured, CaptureError, first_line, line, messages
from gateway.links.redact import Redactor

CAPTURED = st.builds(Captured, st.integers(0, 2**62), st.text(), st.text(), st.binary(), st.booleans())


@given(st.lists(CAPTURED))
def test_what_was_written_is_read(kept: list[Captured]) -> None:
    lines = [first_line("chalon", redacted=False), *map(line, kept)]
    assert all("\n" not in one for one in lines)
    assert list(messages(lines, "file")) == kept


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["tele/x 1"], "file:1: expected a JSON object"),
        (['{"capture": 2}'], "file: expected a capture of version 1, found a capture of version 2"),
        (['{"capture": 1}', '{"time": 1, "link": "mqtt"}'], "file:2: expected time, link and topic"),
        (['{"capture": 1}', '{"time": 1, "link": "m", "topic": "t"}'], "file:2: expected payload"),
        (['{"capture": 1}', '{"time": 1, "link": "m", "topic": "t", "payload_base64": "?"}'], "file:2: expected base"),
    ],
)
def test_a_line_that_is_no_message_is_named(lines: list[str], found: str) -> None:
    with pytest.raises(CaptureError, match=f"^{found}"):
        list(messages(lines, "file"))


def redacted(topic: str, payload: str, redactor: Redactor | None = None) -> tuple[str, str]:
    kept = (redactor or Redactor()).redact(Captured(1, "mqtt", topic, payload.encode()))
    assert kept is not None
    return kept.topic, kept.payload.decode()


def test_addresses_networks_secrets_and_places_are_taken_out_and_values_stay() -> None:
    said = {
        "mac": "4C:75:25:AB:CD:EF", "ip": "192.168.1.23", "ssid": "Chez Anna", "password": "hunter2",
        "ieeeAddr": "0x00158d0001a2b3c4", "location": {"latitude": 46.78, "longitude": 4.85, "source": "gps"},
        "occupancy": True, "illuminance_lux": 12, "people": 3, "time": "2026-11-21T18:00:00Z", "uptime": 123456789012,
    }  # fmt: skip
    _, payload = redacted("tasmota/discovery/4C7525ABCDEF/sensors", json.dumps(said))
    kept = json.loads(payload)
    for secret in ("4C:75", "192.168", "Anna", "hunter2", "00158d", "46.78", "4.85"):
        assert secret not in payload
    assert (kept["occupancy"], kept["illuminance_lux"], kept["people"]) == (True, 12, 3)
    assert (kept["time"], kept["uptime"]) == (said["time"], said["uptime"])
    assert kept["location"] == {"latitude": 0, "longitude": 0, "source": "gps"}


@pytest.mark.parametrize(
    "said",
    [
        {"lat": "46.780012"}, {"coordinates": [4.85, 46.780012]}, {"gps": "46.780012,4.85"},
        {"gps_latitude": 46.780012},
        {"mqtt_password": "46.780012"}, {"MqttPassword": "46.780012"}, {"wifi_ssid": "46.780012"},
        {"sta_pass": "46.780012"},
        {"password": 46.780012}, {"secret": {"deep": ["46.780012"]}}, {"sub_label": "46.780012"},
        {"recognized_license_plate": "46.780012"}, {"location": {"a": {"b": 46.780012}}}, {"nwkSKey": "46.780012"},
    ],
)  # fmt: skip
def test_neither_the_way_a_key_is_written_nor_how_deep_it_stands_keeps_a_secret_in(said: dict[str, object]) -> None:
    assert "46.78" not in redacted("a", json.dumps(said))[1]


@pytest.mark.parametrize(
    "secret", ["2001:db8:85a3::8a2e:370:7334", "fe80::1ff:fe23:4567:890a", "1:2:3:4:5:6:7:8", "192.168.7.9"]
)
def test_addresses_of_the_internet_are_others(secret: str) -> None:
    assert secret not in redacted("a", json.dumps({"x": f"at {secret}, port 1"}))[1]


def test_addresses_of_digits_alone_are_others_below_their_keys() -> None:
    _, payload = redacted("a", '{"mac":"123456789012","dev_addr":"26011234","time":"12:30:45","total":123456789012}')
    kept = json.loads(payload)
    assert kept["mac"] != "123456789012"
    assert len(kept["mac"]) == 12
    assert kept["dev_addr"] != "26011234"
    assert len(kept["dev_addr"]) == 8
    assert (kept["time"], kept["total"]) == ("12:30:45", 123456789012)


@pytest.mark.parametrize(
    "payload", ["$GPGGA,123519,4807.038,N,01131.000,E,1,08", "[" * 100_000, '{"a":' * 990 + "1" + "}" * 990]
)
def test_positions_and_what_is_too_deep_to_look_into_are_left_out(payload: str) -> None:
    redactor = Redactor()
    kept = redactor.redact(Captured(1, "serial:x", "x", payload.encode()))
    assert kept is None or "4807" not in kept.payload.decode()


def test_one_address_is_one_other_address_however_it_is_written() -> None:
    redactor = Redactor()
    topic, payload = redacted("shellyplus-4c7525abcdef/events", '{"mac":"4C:75:25:AB:CD:EF"}', redactor)
    other, _ = redacted("shellyplus-4c7525abcd00/events", "{}", redactor)
    short = topic.split("-")[1].split("/")[0]
    assert json.loads(payload)["mac"].replace(":", "").lower() == short != "4c7525abcdef"
    assert other != topic


def test_a_payload_that_is_no_text_is_left_out() -> None:
    redactor = Redactor()
    assert redactor.redact(Captured(1, "serial:/dev/x", "/dev/x", b"\xaa\xff\x03\x00")) is None
    assert redactor.redact(Captured(1, "mqtt", "spBv1.0/a", b"\x08\x01\x12\x02")) is None
    assert redactor.left_out == 2


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(), st.lists))
def test_redacting_takes_anything(said: object) -> None:
    Redactor().redact(Captured(1, "mqtt", "t", json.dumps(said).encode()))
