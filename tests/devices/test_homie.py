"""Homie 4 and 5: what a property is by its name, datatype and unit, and lamps by their ranges."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.convention import Convention, Heir, Standing, hear
from devices.device import Device
from devices.reading import Quality, Reading
from tests.devices.speech import announced, command, convention, lamp, message, online, refused, said, sensor, states

YARD = sensor("homie5", "yard")
LAMP = lamp("homie5", "lamp")
SWITCH = {"datatype": "boolean", "settable": True}
DIMMER = {"datatype": "integer", "format": "0:255", "settable": True}


def described(device: str, node: str, **properties: dict[str, Any]) -> tuple[str, str]:
    nodes = {node: {"properties": {name.replace("_", "-"): about for name, about in properties.items()}}}
    return f"homie/5/{device}/$description", json.dumps({"homie": "5.0", "version": 1, "nodes": nodes})


def after(device: Device, *before: tuple[str, str]) -> Convention:
    """A convention that heard what a broker repeats."""
    spoken = convention(device)
    for topic, payload in before:
        assert not refused(hear(spoken, message(topic, payload, retained=True)))
    return spoken


@pytest.mark.parametrize(
    ("node", "name", "about", "value", "expected"),
    [
        ("pir", "motion", {"datatype": "boolean"}, "true", {("presence", "", 1)}),
        ("motion", "state", {"datatype": "boolean"}, "false", {("presence", "", 0)}),
        ("radar", "presence", {"datatype": "enum", "format": "none,moving,still"}, "still", {("presence", "", 1)}),
        ("radar", "presence", {"datatype": "enum", "format": "none,moving,still"}, "none", {("presence", "", 0)}),
        ("camera", "person", {"datatype": "boolean"}, "true", {("presence", "", 1)}),
        ("hall", "occupancy", {"datatype": "integer", "unit": "#"}, "3", {("occupancy", "", 3)}),
        ("hall", "occupancy", {"datatype": "integer", "unit": "%"}, "30", set()),
        ("counter", "in", {"datatype": "integer", "unit": "#"}, "12", {("pedestrians_total", "in", 12)}),
        ("door", "people-total", {"datatype": "integer"}, "12", {("pedestrians_total", "", 12)}),
        ("door", "pedestrians", {"datatype": "integer", "retained": False}, "2", {("pedestrians", "", 2)}),
        ("air", "temperature", {"datatype": "float", "unit": "°C"}, "21.5", {("temperature", "", 21.5)}),
        ("air", "temperature", {"datatype": "float", "unit": "°F"}, "68", {("temperature", "", 20)}),
        ("air-2", "temperature", {"datatype": "float", "unit": "°C"}, "21.5", {("temperature", "2", 21.5)}),
        ("system", "temperature", {"datatype": "float", "unit": "°C"}, "51", set()),
        ("air", "temperature", {"datatype": "float", "unit": "°C", "settable": True}, "21.5", set()),
        ("sky", "brightness", {"datatype": "float", "unit": "lx"}, "8", {("illuminance", "", 8)}),
        ("sky", "brightness", {"datatype": "integer", "format": "0:1023"}, "512", set()),
        ("sky", "light", {"datatype": "integer", "unit": "%"}, "50", set()),
        ("power", "battery", {"datatype": "integer", "unit": "%"}, "88", {("battery", "", 88)}),
        ("power", "battery", {"datatype": "float", "unit": "V"}, "3.7", {("voltage", "", 3.7)}),
        ("radar", "distance", {"datatype": "integer", "unit": "cm"}, "187", {("distance", "", 1.87)}),
        ("meter", "power", {"datatype": "float", "unit": "W"}, "9.5", {("power", "", 9.5)}),
        ("meter", "energy", {"datatype": "float", "unit": "kWh"}, "1.5", {("energy", "", 1500)}),
        ("wifi", "rssi", {"datatype": "integer", "unit": "dBm"}, "-61", {("rssi", "", -61)}),
        ("wifi", "signal", {"datatype": "integer", "unit": "%"}, "61", set()),
        ("pir", "motion", {"datatype": "string"}, "true", set()),
        ("pir", "motion", {"datatype": "boolean"}, "", set()),
        ("pir", "motion", {"datatype": "boolean"}, "\0", set()),
        ("counter", "people-count-max", {"datatype": "integer"}, "9", set()),
    ],
)
def test_a_property_is_what_its_name_its_datatype_and_its_unit_say(
    node: str, name: str, about: dict[str, Any], value: str, expected: set[object]
) -> None:
    spoken = after(YARD, described("yard", node, **{name: about}))
    items = hear(spoken, message(f"homie/5/yard/{node}/{name}", value))
    assert not refused(items)
    assert said(items) == expected


def test_before_it_is_described_its_name_alone_decides() -> None:
    spoken = convention(YARD)
    assert said(hear(spoken, message("homie/5/yard/air/temperature", "21.5"))) == {("temperature", "", 21.5)}
    assert not said(hear(spoken, message("homie/5/yard/sky/brightness", "512")))
    assert not said(hear(spoken, message("homie/5/yard/radar/distance", "187")))


def test_a_value_that_is_none_of_its_datatype_is_refused() -> None:
    spoken = after(YARD, described("yard", "pir", motion={"datatype": "boolean"}, lux={"datatype": "float"}))
    assert refused(hear(spoken, message("homie/5/yard/pir/motion", "maybe")))
    assert refused(hear(spoken, message("homie/5/yard/pir/lux", "bright")))


def test_version_4_describes_itself_in_any_order() -> None:
    spoken = after(
        sensor("homie4", "yard"),
        ("homie/yard/radar/gap/$unit", "cm"),
        ("homie/yard/air/temperature/$unit", "°F"),
        ("homie/yard/air/temperature/$datatype", "float"),
        ("homie/yard/air/target-distance/$settable", "true"),
    )
    assert said(hear(spoken, message("homie/yard/air/temperature", "68"))) == {("temperature", "", 20)}
    assert said(hear(spoken, message("homie/yard/$stats/battery", "88"))) == {("battery", "", 88)}
    assert not hear(spoken, message("homie/yard/$fw/name", "yard"))
    assert not hear(spoken, message("homie/yard/air/$properties", "temperature"))
    assert not hear(spoken, message("homie/yard/light/power/set", "true"))


def test_what_the_broker_repeats_is_marked_and_what_comes_by_itself_is_not() -> None:
    spoken = convention(YARD)
    assert all(isinstance(topic, Standing) for topic in spoken.topics())
    (stored,) = hear(spoken, message("homie/5/yard/pir/motion", "true", retained=True))
    (live,) = hear(spoken, message("homie/5/yard/pir/motion", "true"))
    assert isinstance(stored, Reading)
    assert isinstance(live, Reading)
    assert (stored.quality, live.quality) == (Quality.RETAINED, Quality.GOOD)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        *(("ready", [True]), ("alert", [True]), ("lost", [False]), ("disconnected", [False]), ("", [False])),
        *(("init", []), ("sleeping", [])),
    ],
)
@pytest.mark.parametrize("name", ["homie4", "homie5"])
def test_states_are_availability_and_who_sleeps_is_not_gone(name: str, state: str, expected: list[bool]) -> None:
    topic = "homie/yard/$state" if name == "homie4" else "homie/5/yard/$state"
    assert online(hear(convention(sensor(name, "yard")), message(topic, state))) == expected


def test_a_root_that_is_lost_takes_its_children_along() -> None:
    spoken = after(YARD, ("homie/5/yard/$description", '{"homie":"5.0","root":"bridge","nodes":{}}'))
    assert online(hear(spoken, message("homie/5/bridge/$state", "lost"))) == [False]
    assert online(hear(spoken, message("homie/5/bridge/$state", "ready"))) == []
    assert online(hear(spoken, message("homie/5/other/$state", "lost"))) == []


# -------------------------------------------------------------------------------------------------------------- lamps
@pytest.mark.parametrize(
    ("about", "level", "value"),
    [
        ({"format": "0:255"}, 50, "128"),
        ({"format": "0:100", "unit": "%"}, 40, "40"),
        ({"datatype": "float", "format": "0:1"}, 29, "0.29"),
        ({"datatype": "float", "format": "0:1:0.05"}, 29, "0.3"),
        ({"format": "0:100:5"}, 41, "45"),
        ({"format": "1:254"}, 0, "1"),
        ({"format": "-100:100"}, 50, "0"),
        ({}, 60, "60"),
    ],
)
def test_a_dimmer_has_the_range_that_it_describes(about: dict[str, Any], level: int, value: str) -> None:
    spoken = after(LAMP, described("lamp", "light", brightness={**DIMMER, "format": "", **about}))
    (order,) = spoken.encode(command(level))
    assert (order.topic, order.payload.decode(), order.retained) == ("homie/5/lamp/light/brightness/set", value, False)


@given(level=st.integers(0, 100), highest=st.sampled_from([1, 3, 100, 254, 255, 1023]), kind=st.booleans())
def test_every_level_comes_back_within_one_step_of_any_range(level: int, highest: int, kind: bool) -> None:  # noqa: FBT001 - drawn
    about = {"datatype": "integer" if kind else "float", "format": f"0:{highest}", "settable": True}
    spoken = after(LAMP, described("lamp", "light", dimmer=about))
    (order,) = spoken.encode(command(level))
    items = hear(spoken, message(order.topic.removesuffix("/set"), order.payload))
    ((reached, target),) = states(items)
    assert target == level
    assert level - 0.01 <= reached < level + 100 / (highest if kind else 100) + 0.01


def test_a_lamp_that_dims_and_switches_is_dark_when_it_is_off() -> None:
    spoken = after(LAMP, described("lamp", "light", brightness=DIMMER, on=SWITCH))
    up = [(order.topic, order.payload) for order in spoken.encode(command(100))]
    assert up == [("homie/5/lamp/light/brightness/set", b"255"), ("homie/5/lamp/light/on/set", b"true")]
    assert [order.payload for order in spoken.encode(command(0))] == [b"false"]
    assert states(hear(spoken, message("homie/5/lamp/light/on", "true"))) == []
    assert states(hear(spoken, message("homie/5/lamp/light/brightness", "255"))) == [(100, None)]
    assert states(hear(spoken, message("homie/5/lamp/light/on", "false"))) == [(0, 0)]


def test_a_switch_may_have_words_of_its_own() -> None:
    words = {"datatype": "enum", "format": "OFF,ON", "settable": True}
    spoken = after(LAMP, described("lamp", "relay", switch=words))
    assert [order.payload for order in spoken.encode(command(100))] == [b"ON"]
    assert states(hear(spoken, message("homie/5/lamp/relay/switch", "ON"))) == [(100, 100)]


def test_watts_are_told_with_the_level() -> None:
    about = described("lamp", "light", brightness=DIMMER, power={"datatype": "float", "unit": "W"})
    spoken = after(LAMP, about)
    assert not hear(spoken, message("homie/5/lamp/light/power", "9.5"))
    items = hear(spoken, message("homie/5/lamp/light/brightness", "51"))
    assert said(items) == {("level", "", 20), ("power", "", 9.5)}


def test_a_lamp_gets_no_order_before_it_is_described_unless_its_address_names_the_property() -> None:
    assert convention(LAMP).encode(command(50)) == ()
    (order,) = convention(lamp("homie5", "lamp/light/dimmer")).encode(command(50))
    assert (order.topic, order.payload) == ("homie/5/lamp/light/dimmer/set", b"50")
    (order,) = convention(lamp("homie4", "lamp/light/power")).encode(command(50))
    assert (order.topic, order.payload) == ("homie/lamp/light/power/set", b"true")


def test_of_two_lamps_on_one_device_the_node_tells_which() -> None:
    nodes = {name: {"properties": {"brightness": DIMMER}} for name in ("left", "right")}
    spoken = after(lamp("homie5", "lamp/right"), ("homie/5/lamp/$description", json.dumps({"nodes": nodes})))
    assert [order.topic for order in spoken.encode(command(50))] == ["homie/5/lamp/right/brightness/set"]
    assert not states(hear(spoken, message("homie/5/lamp/left/brightness", "100")))


# --------------------------------------------------------------------------------------------------------- who speaks
def test_who_is_not_configured_is_announced_once_with_what_it_offers() -> None:
    spoken = convention(YARD)
    topic, about = described("new", "light", brightness=DIMMER, motion={"datatype": "boolean"})
    assert announced(hear(spoken, message(topic, about))) == {"new": ("level", "presence")}
    assert not hear(spoken, message(topic, about))
    assert announced(hear(spoken, message("homie/5/next/pir/motion", "true"))) == {"next": ("presence",)}


def test_a_reload_keeps_what_devices_said_of_themselves() -> None:
    before = after(LAMP, described("lamp", "light", brightness=DIMMER))
    now = convention(LAMP)
    assert isinstance(now, Heir)
    now.inherit(before)
    assert [order.payload for order in now.encode(command(100))] == [b"255"]


def test_a_description_that_is_none_is_refused_and_its_good_properties_are_known() -> None:
    spoken = convention(LAMP)
    topic, about = described("lamp", "light", brightness=DIMMER, lux={"datatype": "float", "format": "9:1"})
    assert refused(hear(spoken, message(topic, about)))
    assert [order.payload for order in spoken.encode(command(100))] == [b"255"]
    assert refused(hear(spoken, message(topic, '{"nodes":[]}')))
    assert refused(hear(spoken, message("homie/5", "x")))


def test_a_named_input_says_presence_whatever_its_name() -> None:
    spoken = after(
        sensor("homie5", "box/inputs/in-1"), described("box", "inputs", in_1={"datatype": "boolean"}, in_2=SWITCH)
    )
    assert said(hear(spoken, message("homie/5/box/inputs/in-1", "true"))) == {("presence", "", 1)}
    assert not said(hear(spoken, message("homie/5/box/inputs/in-2", "true")))


def test_two_of_a_kind_are_told_apart_by_their_nodes() -> None:
    motion = {"properties": {"motion": {"datatype": "boolean"}}}
    about = json.dumps({"nodes": {"front": motion, "back": motion}})
    spoken = after(YARD, ("homie/5/yard/$description", about))
    assert said(hear(spoken, message("homie/5/yard/back/motion", "true"))) == {("presence", "back", 1)}
