"""Lights that describe themselves to Home Assistant: their states, and orders to them."""

import json

import pytest

from devices.convention import hear
from devices.light import LightState
from tests.devices.self_described import BULB, described
from tests.devices.speech import command, lamp, message, refused, sensor, states

PLAIN = {
    "command_topic": "p/set",
    "state_topic": "p",
    "brightness_command_topic": "p/dim",
    "brightness_state_topic": "p/bright",
    "brightness_scale": 100,
}


LAMP = lamp("homeassistant", "light/x")


@pytest.mark.parametrize(
    ("payload", "levels"),
    [
        ('{"state":"ON","brightness":127}', [50]),
        ('{"state":"OFF","brightness":127}', [0]),
        ('{"state":"ON"}', []),
        ('{"state":null}', []),
        ('{"brightness":3}', []),
        ("", []),
    ],
)
def test_a_light_of_the_json_schema_says_its_level_on_its_own_scale(payload: str, levels: list[float]) -> None:
    items = hear(described(LAMP, light__x=BULB), message("bulb", payload))
    assert [level for level, _ in states(items)] == levels
    assert not refused(items)


def test_a_light_that_is_on_again_is_as_bright_as_before() -> None:
    spoken = described(LAMP, light__x=BULB)
    hear(spoken, message("bulb", '{"state":"ON","brightness":127}'))
    hear(spoken, message("bulb", '{"state":"OFF"}'))
    assert states(hear(spoken, message("bulb", '{"state":"ON","color":{"r":"bad"}}'))) == [(50, None)]


def test_what_no_lamp_can_say_is_refused() -> None:
    spoken = described(LAMP, light__x=BULB)
    assert refused(hear(spoken, message("bulb", '{"state":"ON","brightness":255}'))) == [
        "light/x.brightness: brightness from 0 to 254, found 255"
    ]
    assert refused(hear(spoken, message("bulb", '{"state":"DIM"}'))) == ["light/x.state: ON or OFF, found DIM"]


def test_orders_of_the_json_schema() -> None:
    spoken = described(LAMP, light__x=BULB)
    (order,) = spoken.encode(command(40, 2.5))
    assert (order.topic, json.loads(order.payload)) == (
        "bulb/set",
        {"state": "ON", "brightness": 102, "transition": 2.5},
    )
    (order,) = spoken.encode(command(0, 2.5))
    assert json.loads(order.payload) == {"state": "OFF", "transition": 2.5}


def test_a_light_without_brightness_is_switched() -> None:
    spoken = described(LAMP, light__x={**BULB, "brightness": False, "supported_color_modes": ["onoff"]})
    (order,) = spoken.encode(command(40))
    assert json.loads(order.payload) == {"state": "ON"}
    assert states(hear(spoken, message("bulb", '{"state":"ON"}'))) == [(100, 40)]


def test_a_light_of_the_default_schema_says_state_and_brightness_apart() -> None:
    spoken = described(LAMP, light__x=PLAIN)
    assert states(hear(spoken, message("p/bright", "30"))) == [], "it may be off"
    assert states(hear(spoken, message("p", "ON"))) == [(30, None)]
    assert states(hear(spoken, message("p/bright", "45"))) == [(45, None)]
    assert states(hear(spoken, message("p", "OFF"))) == [(0, None)]
    assert refused(hear(spoken, message("p", "DIM"))) == ["light/x.state: ON or OFF, found DIM"]


@pytest.mark.parametrize(
    ("kind", "order"),
    [
        ("last", [("p/dim", "40"), ("p/set", "ON")]),
        ("first", [("p/set", "ON"), ("p/dim", "40")]),
        ("brightness", [("p/dim", "40")]),
    ],
)
def test_orders_of_the_default_schema_come_in_the_order_that_is_described(
    kind: str, order: list[tuple[str, str]]
) -> None:
    spoken = described(LAMP, light__x={**PLAIN, "on_command_type": kind})
    assert [(told.topic, told.payload.decode()) for told in spoken.encode(command(40))] == order
    assert [(told.topic, told.payload) for told in spoken.encode(command(0))] == [("p/set", b"OFF")]


def test_a_brightness_is_written_by_its_template() -> None:
    config = {**PLAIN, "brightness_command_template": '{"bri": {{ value }}}', "payload_off": "0"}
    spoken = described(LAMP, light__x=config)
    assert [told.payload for told in spoken.encode(command(40))] == [b'{"bri": 40}', b"ON"]


@pytest.mark.parametrize("level", [1, 33, 100])
def test_a_confirmed_order_of_the_default_schema_is_known(level: int) -> None:
    spoken = described(LAMP, light__x={**PLAIN, "brightness_scale": 255})
    dim, _ = spoken.encode(command(level))
    hear(spoken, message("p", "ON"))
    ((reached, target),) = states(hear(spoken, message("p/bright", dim.payload)))
    assert target == level
    assert reached == pytest.approx(level, abs=100 / 255)


def test_what_lamps_are_told_says_nothing() -> None:
    spoken = described(LAMP, light__x=PLAIN)
    for order in spoken.encode(command(40)):
        assert hear(spoken, order) == []
        assert order.topic not in spoken.topics()


def test_a_lamp_that_has_not_described_itself_is_told_nothing_yet() -> None:
    spoken = described(LAMP)
    assert spoken.encode(command(40)) == ()
    with pytest.raises(KeyError):
        described(sensor("homeassistant", "sensor/x")).encode(command(40))


def test_a_retained_state_of_a_lamp_is_no_state() -> None:
    items = hear(described(LAMP, light__x=BULB), message("bulb", '{"state":"OFF"}', retained=True))
    assert not [item for item in items if isinstance(item, LightState)]
