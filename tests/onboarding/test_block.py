"""The line that a device gets: everything by which it is heard, and what nobody said as is usual."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.conventions.custom.path import LONGEST, path_of
from devices.device import Kind
from devices.message import SECOND
from gateway.onboarding.block import Placement, block
from gateway.onboarding.mapping import guess, path_text, written_reads
from gateway.onboarding.names import proposed, slug_of
from gateway.onboarding.proposal import Proposal, Sure

HERE = Placement("quai", "30m")
PIR = Proposal(
    *("pir", Kind.SENSOR, "zigbee2mqtt", "Hall PIR", Sure.CERTAIN, "", 0, 0),
    base="zigbee2mqtt",
    offers=("presence", "illuminance"),
)


def test_a_sensor_of_presence_is_pinned_to_convention_address_and_base() -> None:
    assert block(PIR, HERE) == {
        "zone": "quai",
        "at": "30 m",
        "sees": "6 m",
        "convention": "zigbee2mqtt",
        "address": "Hall PIR",
        "base": "zigbee2mqtt",
        "measures": "presence",
        "heartbeat": "2h",
    }


def test_what_its_approver_says_goes_before_what_is_usual() -> None:
    said = replace(HERE, sees="7m", measures=("pedestrians", "presence"), heartbeat="20min", more={"label": "PL 7"})
    made = block(PIR, said)
    assert (made["sees"], made["measures"], made["heartbeat"]) == ("7 m", ("pedestrians", "presence"), "20min")
    assert made["label"] == "PL 7"
    assert "heartbeat" not in block(PIR, replace(HERE, more={"silence": "trusted"}))


def test_a_counter_may_not_be_silent_for_longer_than_a_count_lasts() -> None:
    counter = replace(PIR, offers=("pedestrians_total",))
    made = block(counter, HERE)
    assert (made["measures"], made["heartbeat"]) == ("pedestrians", "10min")
    assert "sees" not in made


def test_a_heartbeat_is_twice_the_longest_silence_that_was_heard() -> None:
    assert block(replace(PIR, gap=5400 * SECOND + 1), HERE)["heartbeat"] == "181min"
    assert block(replace(PIR, gap=600 * SECOND), HERE)["heartbeat"] == "2h"


def test_a_lamp_has_a_type_and_nothing_of_a_sensor() -> None:
    lamp = replace(PIR, kind=Kind.LUMINAIRE, convention="tasmota", base=None, address="yard")
    assert block(lamp, replace(HERE, type="led")) == {
        "zone": "quai",
        "at": "30 m",
        "convention": "tasmota",
        "address": "yard",
        "type": "led",
    }


def test_on_a_serial_line_the_address_is_the_port() -> None:
    radar = replace(PIR, convention="ld2450", address="/dev/serial/by-id/usb-X", base=None, offers=())
    made = block(radar, HERE)
    assert (made["serial"], made["sees"], made["heartbeat"]) == ("/dev/serial/by-id/usb-X", "6 m", "5s")
    assert not {"address", "measures"} & made.keys()


@given(st.lists(st.integers(-9, 9) | st.text(min_size=1, max_size=8).filter(lambda text: "'" not in text), min_size=1))
def test_a_path_is_read_again_as_it_was_written(path: list[str | int]) -> None:
    written = path_text(tuple(path))
    if len(written) < LONGEST and written != "$" and not written.startswith("$"):
        assert path_of(written) == tuple(path)


@pytest.mark.parametrize(
    ("payload", "reads"),
    [
        (b'{"motion":true,"time":3,"rain":2}', {"presence": "motion"}),
        (b'{"sensor":{"occupancy":{"value":1}}}', {"presence": "sensor.occupancy.value"}),
        (b'{"lux":"bright","people":3}', {"occupancy": "people"}),
        (b'[{"lux":7}]', {"illuminance": "[0].lux"}),
        (b'{"a.b":{"motion":"off"}}', {"presence": "['a.b'].motion"}),
        (b"{", {}),
        (b"", {}),
    ],
)
def test_a_mapping_is_guessed_by_names_and_values_that_fit(payload: bytes, reads: dict[str, str]) -> None:
    assert written_reads(guess("shop/door", payload)) == reads


def test_a_word_alone_is_what_its_topic_says() -> None:
    assert written_reads(guess("shop/motion", b"ON")) == {"presence": "$"}
    assert written_reads(guess("shop/motion", b"maybe")) == {}


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("Détecteur cour", "detecteur-cour"),
        ("home/BTtoMQTT/A4C138", "a4c138"),
        ("node/light/strip", "strip"),
        ("shop/door/state", "door"),
        ("人", "senml"),
        ("street/taken", "street-taken"),
        ("0101", "senml-0101"),
    ],
)
def test_an_id_is_the_last_level_that_says_something(address: str, name: str) -> None:
    assert proposed(address, "senml", {"taken"}) == name


@given(st.text(max_size=30), st.lists(st.text(max_size=5).map(slug_of)))
def test_a_proposed_id_is_a_slug_that_nobody_has(address: str, taken: list[str]) -> None:
    from gateway.configuration.ranges import slug

    name = proposed(address, "custom", taken)
    assert slug(name) == name
    assert name not in taken
