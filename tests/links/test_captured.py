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
