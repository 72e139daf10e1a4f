"""One topic is heard by one make: what overlaps is refused, with the names of both."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import topic_matches_sub

from gateway.configuration.build import load
from gateway.configuration.problems import ConfigurationError
from gateway.configuration.topics import Claim, Claims
from tests.configuration.files import example

ONE = "  one: {zone: quai, at: 10 m, sees: 8 m, measures: presence, heartbeat: 5min, "
TWO = "  two: {zone: quai, at: 11 m, sees: 8 m, measures: presence, heartbeat: 5min, "


def site(folder: Path, one: str, two: str) -> Path:
    """The example site with two sensors more."""
    return example(folder, ("sensors:\n", f"sensors:\n{ONE}{one}}}\n{TWO}{two}}}\n"))


@pytest.mark.parametrize(
    ("one", "two", "heard"),
    [
        (
            "convention: esphome, address: yard-node",
            "convention: custom, address: yard-node/binary_sensor/pir/state, reads: {presence: $}",
            "yard-node/binary_sensor/pir/state",
        ),
        (
            "convention: zigbee2mqtt, address: pir-2",
            "convention: custom, address: zigbee2mqtt/pir-2, reads: {presence: occupancy}",
            "zigbee2mqtt/pir-2",
        ),
        ("convention: senml, address: box, topic: yard/box", "convention: bthome, address: yard/box", "yard/box"),
        (
            "convention: tasmota, address: pir",
            "convention: custom, address: tele/pir/SENSOR, reads: {presence: Switch1}",
            "tele/pir/SENSOR",
        ),
    ],
)
def test_one_device_under_two_makes_is_refused(tmp_path: Path, one: str, two: str, heard: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        load(site(tmp_path, one, two))
    (problem,) = error.value.problems
    assert "two would hear" in problem.found
    assert heard in problem.found
    assert problem.found.endswith(f"which one hears as {one.split(',', maxsplit=1)[0].removeprefix('convention: ')}")
    assert problem.place.file.endswith("devices.yaml")


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("convention: esphome, address: yard-node", "convention: custom, address: yard/pir, reads: {presence: $}"),
        ("convention: tasmota, address: pir", "convention: shelly, address: pir/shelly"),
        ("convention: homie4, address: pir", "convention: homie5, address: pir-5"),
        ("convention: zigbee2mqtt, address: pir", "convention: homeassistant, address: sensor/pir"),
        ("convention: senml, address: a, topic: yard/box", "convention: senml, address: b, topic: yard/box"),
    ],
)
def test_two_devices_on_topics_of_their_own_are_two_devices(tmp_path: Path, one: str, two: str) -> None:
    assert {"one", "two"} <= {device.id for device in load(site(tmp_path, one, two)).devices}


WORDS = st.sampled_from(["a", "b"])
TOPICS = st.lists(WORDS, min_size=1, max_size=4).map("/".join)
FILTERS = st.tuples(st.lists(st.sampled_from(["a", "b", "+"]), min_size=1, max_size=4), st.booleans()).map(
    lambda made: "/".join([*made[0], "#"] if made[1] else made[0])
)


@given(FILTERS, FILTERS, TOPICS)
def test_two_filters_that_match_one_topic_overlap(one: str, two: str, topic: str) -> None:
    claims = Claims()
    claims.put(one, Claim("tasmota", "one"))
    if topic_matches_sub(one, topic) and topic_matches_sub(two, topic):
        assert claims.of_others(two, "custom") == Claim("tasmota", "one")
        assert claims.of_others(two, "tasmota") is None


@given(FILTERS, FILTERS)
def test_two_filters_that_overlap_match_one_topic(one: str, two: str) -> None:
    claims = Claims()
    claims.put(one, Claim("tasmota", "one"))
    levels = ["/".join(words) for words in _words(6)]
    common = any(topic_matches_sub(one, topic) and topic_matches_sub(two, topic) for topic in levels)
    assert (claims.of_others(two, "custom") is not None) == common


def _words(longest: int) -> list[list[str]]:
    made: list[list[str]] = [[word] for word in "ab"]
    for words in made:
        if len(words) < longest:
            made.extend([*words, word] for word in "ab")
    return made
