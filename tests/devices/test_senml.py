"""SenML (RFC 8428): resolved records, in JSON and CBOR."""

import json
from typing import Any

import cbor2
import pytest

from devices.convention import hear
from devices.message import SECOND
from devices.reading import Quality, Reading
from tests.devices.speech import NOON, convention, heard, message, refused, said, sensor

PACK = sensor("senml", "pack")


def readings(pack: Any) -> list[Reading]:
    return [item for item in heard(PACK, "pack", json.dumps(pack)) if isinstance(item, Reading)]


def test_base_fields_are_added_and_times_below_2_to_the_28_are_relative() -> None:
    now = NOON // SECOND
    pack = [{"bn": "urn:dev:mac:1/", "bt": now - 60, "bu": "lx", "n": "lux", "v": 5}, {"n": "lux", "t": 50, "v": 6}]
    assert [(item.value, item.time) for item in readings(pack)] == [(5, NOON - 60 * SECOND), (6, NOON - 10 * SECOND)]
    (late,) = readings([{"n": "lux", "u": "lx", "v": 7, "t": -90}])
    assert (late.time, late.quality) == (NOON - 90 * SECOND, Quality.HISTORICAL)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"n": "people", "u": "count", "v": 3}, {("occupancy", "", 3)}),
        ({"n": "pedestrians", "v": 3, "s": 40}, {("pedestrians", "", 3), ("pedestrians_total", "", 40)}),
        ({"n": "total_out", "v": 12}, {("pedestrians_total", "out", 12)}),
        ({"n": "presence", "vb": True}, {("presence", "", 1)}),
        ({"n": "ok", "vb": True}, set()),
        ({"n": "room", "vs": "kitchen"}, set()),
        ({"n": "t", "u": "K", "v": 293.15}, {("temperature", "", 20)}),
        ({"n": "energy", "u": "J", "v": 7200}, {("energy", "", 2)}),
        ({"n": "battery", "u": "/", "v": 0.5}, {("battery", "", 50)}),
        ({"n": "water_level", "u": "m", "v": 2}, set()),
        ({"n": "range", "u": "m", "v": 2}, {("distance", "", 2)}),
        ({"bn": "dev1:temp", "bv": 20, "bu": "Cel", "v": 1.5}, {("temperature", "", 21.5)}),
    ],
)
def test_records_mean(record: dict[str, Any], expected: set[object]) -> None:
    assert said(heard(PACK, "pack", json.dumps([record]))) == expected


def test_devices_that_share_a_topic_are_told_apart_by_their_names() -> None:
    one = sensor("senml", "urn:dev:1", topic="gateway/senml")
    pack = [{"bn": "urn:dev:1/", "n": "lux", "u": "lx", "v": 1}, {"bn": "urn:dev:2/", "n": "lux", "u": "lx", "v": 2}]
    assert said(heard(one, "gateway/senml", json.dumps(pack))) == {("illuminance", "", 1)}


@pytest.mark.parametrize(
    ("pack", "complaint"),
    [
        ([{"bver": 11, "n": "lux", "u": "lx", "v": 1}], "version 11"),
        ([{"n": "lux", "u": "lx", "v": 1, "must_": 1}], "must_"),
        ([{"v": 1}], "a name"),
        ([], "1 to 1000"),
        ("text", "JSON or CBOR"),
    ],
)
def test_a_pack_that_cannot_be_understood_is_refused(pack: Any, complaint: str) -> None:
    items = heard(PACK, "pack", json.dumps(pack))
    assert not said(items)
    assert complaint in refused(items)[0]


def test_records_before_a_bad_one_are_kept() -> None:
    items = heard(PACK, "pack", '[{"n":"lux","u":"lx","v":1},{"n":"lux","u":"lx","v":"bright"}]')
    assert said(items) == {("illuminance", "", 1)}
    assert refused(items)


def test_cbor_has_numbers_for_labels() -> None:
    packed = cbor2.dumps([{-2: "dev/", 0: "lux", 1: "lx", 2: 42}, {0: "presence", 4: True}])
    assert said(heard(PACK, "pack", packed)) == {("illuminance", "", 42), ("presence", "", 1)}


@pytest.mark.parametrize(
    "packed",
    [
        bytes.fromhex("81a3"),  # an end before its time
        b"\x81" * 4000,  # deeper than anybody needs
        bytes.fromhex("81d8236328282828"),  # a tag for regular expressions, and one that is none
        bytes.fromhex("81d81c81d81d00"),  # a list inside itself
        bytes.fromhex("9f"),  # a list without an end
        bytes.fromhex("81a100c2581f") + b"\xff" * 31,  # a number of 31 bytes for a name
    ],
)
def test_cbor_that_is_no_pack_is_refused(packed: bytes) -> None:
    assert refused(hear(convention(PACK), message("pack", packed)))
