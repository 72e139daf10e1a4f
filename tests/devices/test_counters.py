"""Frigate, ESP32-Paxcounter and BTHome: who counts, and who only sees that somebody is there."""

import pytest

from devices.message import SECOND
from devices.reading import Quality, Reading
from tests.devices.speech import NOON, announced, heard, online, refused, said, sensor

CAMERA = sensor("frigate", "yard")
PAX = sensor("paxcounter", "paxout")
BT = sensor("bthome", "bt")


# ------------------------------------------------------------------------------------------------------------- Frigate
def test_persons_in_view_are_occupancy() -> None:
    assert said(heard(CAMERA, "frigate/yard/person", "2")) == {("occupancy", "", 2)}
    assert announced(heard(CAMERA, "frigate/gate/person", "0")) == {"gate": ("occupancy",)}


@pytest.mark.parametrize("topic", ["person/snapshot", "motion", "car", "all", "detect/state"])
def test_pictures_and_whatever_is_no_number_of_persons_say_nothing(topic: str) -> None:
    assert heard(CAMERA, f"frigate/yard/{topic}", b"\xff") == []


@pytest.mark.parametrize("payload", ["None", ""])
def test_no_number_changes_nothing(payload: str) -> None:
    assert heard(CAMERA, "frigate/yard/person", payload) == []


@pytest.mark.parametrize("payload", [b"\xff\xd8", b"-1", b"two", b"1.5"])
def test_a_bad_number_is_refused(payload: bytes) -> None:
    assert refused(heard(CAMERA, "frigate/yard/person", payload))


def test_frigate_takes_its_cameras_along_when_it_stops() -> None:
    assert online(heard(CAMERA, "frigate/available", "offline")) == [False]
    assert heard(CAMERA, "frigate/available", "online") == []
    assert online(heard(sensor("frigate", "yard", base="nvr"), "nvr/available", "offline")) == [False]


# ---------------------------------------------------------------------------------------------------------- Paxcounter
@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("paxout", b"\x01/\x0f\x00\x03\x00"),
        ("paxout/1", b"\x0f\x00\x03\x00"),
        ("paxout", b'{"wifi":15,"ble":3,"pax":18}'),
    ],
)
def test_radios_are_an_estimate_of_occupancy(topic: str, payload: bytes) -> None:
    items = heard(PAX, topic, payload)
    assert said(items) == {("occupancy", "wifi", 15), ("occupancy", "ble", 3)}
    assert all(isinstance(item, Reading) and item.quality is Quality.ESTIMATED for item in items)


def test_a_status_is_never_a_count() -> None:
    status = bytes.fromhex("a00f") + bytes(18)
    assert said(heard(PAX, "paxout/2", status)) == {("voltage", "", 4)}
    assert refused(heard(PAX, "paxout/1", status))
    assert refused(heard(PAX, "paxout/1", bytes.fromhex("a97a")))


def test_its_name_when_it_connects_says_nothing() -> None:
    assert heard(PAX, "paxout", "paxcounter-AA:BB") == []


# -------------------------------------------------------------------------------------------------------------- BTHome
@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("40016421 01 05138a14", {("battery", "", 100), ("presence", "", 1), ("illuminance", "", 13460.67)}),
        ("40 2300 2e2a", {("presence", "", 0), ("humidity", "", 42)}),
        ("40 02ca09 45 0801", {("temperature", "1", 25.06), ("temperature", "2", 26.4)}),
        ("40 3e33ae3221", {("pedestrians_total", "", 556969523)}),
        ("40 5aeaea", set()),
        ("40 0a138a14 0b021b00", {("energy", "", 1346067), ("power", "", 69.14)}),
        ("40 53 02 6869 3d 0500", {("pedestrians_total", "", 5)}),
        ("40 0960 EE 01", {("pedestrians_total", "", 96)}),
        ("020960", {("pedestrians_total", "", 96)}),
        ("2302ca09", {("temperature", "", 25.06)}),
    ],
)
def test_objects_mean(data: str, expected: set[object]) -> None:
    assert said(heard(BT, "bt", bytes.fromhex(data))) == expected
    assert said(heard(BT, "bt", data.replace(" ", "").lower())) == expected


def test_a_gateways_object_brings_service_data_and_strength() -> None:
    payload = '{"id":"A4:C1:38","servicedata":"402101","servicedatauuid":"0xfcd2","rssi":-60}'
    assert said(heard(BT, "bt", payload)) == {("presence", "", 1), ("rssi", "", -60)}
    assert heard(BT, "bt", payload.replace("fcd2", "181a")) == []


def test_its_own_time_is_taken() -> None:
    time = (NOON // SECOND - 5).to_bytes(4, "little").hex()
    (reading,) = heard(BT, "bt", bytes.fromhex(f"402101 50{time}"))
    assert isinstance(reading, Reading)
    assert reading.time == NOON - 5 * SECOND


@pytest.mark.parametrize("data", ["41a4725f", "4005138a", "40", "ff0102"])
def test_what_is_encrypted_or_cut_off_is_refused(data: str) -> None:
    assert refused(heard(BT, "bt", bytes.fromhex(data)))
