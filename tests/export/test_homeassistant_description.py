"""What Home Assistant is told there is: complete, stable, and understood by our own reader of such descriptions."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from devices.convention import Announcement, Heard, find, hear
from devices.device import Device, DeviceId, Kind
from devices.light import LightState
from devices.message import SECOND, Message
from devices.reading import Quantity, Reading
from gateway.export.homeassistant.description import Street, descriptions
from gateway.export.homeassistant.gateway import Figures, gateway_state
from gateway.export.homeassistant.names import Names, Thing
from gateway.export.homeassistant.quantities import SHOWN, channel_of, key, quantity_of
from gateway.export.homeassistant.sensors import Sensors
from gateway.export.homeassistant.state import State, lamp_state, zone_orders, zone_state
from tests.lighting.street import DUSK, MOTION, WEST, plan

NAMES = Names("chalon", "homeassistant")
LAMP = DeviceId("lamp-1")
SAID: list[Heard] = [
    Reading(WEST, Quantity.PEDESTRIANS, 3, DUSK, "in", SECOND),
    Reading(WEST, Quantity.TEMPERATURE, 11.25, DUSK),
    Reading(MOTION[0], Quantity.PRESENCE, 1, DUSK),
    LightState(LAMP, 60.0, DUSK, power=16.5),
]
DEVICES = (
    Device(WEST, Kind.SENSOR, "mqtt", "native", WEST),
    Device(MOTION[0], Kind.SENSOR, "mqtt", "native", MOTION[0], "by the bridge"),
    Device(LAMP, Kind.LUMINAIRE, "mqtt", "native", LAMP, "PL 0001"),
)
FIGURES = Figures(0, None, None, None, 0, 0, 0, ())


def heard() -> Sensors:
    sensors = Sensors(DUSK)
    assert sensors.hear(SAID) == {WEST, MOTION[0], LAMP}
    return sensors


def street(account: str = "ana-ha", names: Names = NAMES) -> Street:
    return Street(names, "Chalon", plan(), DEVICES, "reverbere/chalon/gateway/health", "1.0", account, heard().series)


def told(account: str = "ana-ha") -> dict[str, Any]:
    return {topic: json.loads(text) for topic, text in descriptions(street(account))}


def states() -> dict[str, State]:
    """A state for every topic that has one."""
    sensors = heard()
    said: dict[str, State] = {NAMES.gateway_state: gateway_state(FIGURES)}
    for zone in plan().zones:
        said[NAMES.state(Thing.ZONE, zone.id)] = zone_state([], None, "")
        said[NAMES.attributes(zone.id)] = zone_orders(zone, [])
    for device in (WEST, MOTION[0]):
        said[NAMES.state(Thing.SENSOR, device)] = sensors.state(device, believed=True)
    said[NAMES.state(Thing.LAMP, LAMP)] = lamp_state(None, None, (), sensors.series(LAMP))
    return said


def components(configs: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for config in configs.values():
        yield from config["components"].items()


def test_each_description_has_what_home_assistant_demands() -> None:
    for topic, config in told().items():
        assert re.fullmatch(r"homeassistant/device/[A-Za-z0-9_-]+/config", topic)
        assert config["origin"]["name"] == "reverbere"
        assert config["device"]["identifiers"] == [topic.split("/")[2]]
        assert config["components"]
        for component in config["components"].values():
            assert component["platform"] in {"sensor", "binary_sensor", "light", "button"}
            assert {"name", "unique_id"} <= component.keys()
            assert ("command_topic" in component) is (component["platform"] in {"light", "button"})
            assert ("state_topic" in component) is (component["platform"] != "button")


def test_every_unique_id_is_there_once_and_begins_with_the_site() -> None:
    ids = [component["unique_id"] for _, component in components(told())]
    assert len(ids) == len(set(ids))
    assert all(each.startswith("reverbere_chalon_") for each in ids)


def test_every_topic_that_is_named_has_a_state_with_the_key_that_its_template_takes() -> None:
    said = states()
    for _, component in components(told()):
        for option in ("state_topic", "json_attributes_topic"):
            assert component.get(option, NAMES.gateway_state) in said
        for option in ("value_template", "last_reset_value_template"):
            if option in component:
                (taken,) = re.fullmatch(r"\{\{ value_json\.([a-z0-9_]+) \}\}", component[option]).groups()  # type: ignore[union-attr]
                assert taken in said[component["state_topic"]]


def test_zones_are_no_lights_where_nobody_may_order() -> None:
    assert {component["platform"] for _, component in components(told(""))} == {"sensor", "binary_sensor"}
    (light,) = [component for _, component in components(told()) if component["platform"] == "light"][:1]
    assert (light["schema"], light["brightness_scale"]) == ("json", 100)
    assert light["command_topic"].startswith("reverbere/chalon/order/ana-ha/")


def test_a_sum_is_told_with_its_beginning_and_a_truth_is_no_number() -> None:
    config = told()[NAMES.config(NAMES.object_of(Thing.SENSOR, WEST))]["components"]
    assert config["pedestrians__in"]["state_class"] == "total"
    assert config["pedestrians__in"]["last_reset_value_template"] == "{{ value_json.since }}"
    assert config["pedestrians__in"]["name"] == "Pedestrians in"
    assert (config["temperature"]["device_class"], config["temperature"]["unit_of_measurement"]) == (
        "temperature",
        "°C",
    )
    presence = told()[NAMES.config(NAMES.object_of(Thing.SENSOR, MOTION[0]))]["components"]["presence"]
    assert (presence["platform"], presence["device_class"]) == ("binary_sensor", "occupancy")
    assert "state_class" not in presence


def test_our_own_reader_of_discovery_understands_all_of_it_and_reads_the_values_back() -> None:
    zone = plan().zones[0]
    address = NAMES.object_of(Thing.SENSOR, WEST)
    light = f"device/{NAMES.object_of(Thing.ZONE, zone.id)}/light"
    devices = [
        Device(WEST, Kind.SENSOR, "mqtt", "homeassistant", address),
        Device(MOTION[0], Kind.SENSOR, "mqtt", "homeassistant", NAMES.object_of(Thing.SENSOR, MOTION[0])),
        Device(LAMP, Kind.LUMINAIRE, "mqtt", "homeassistant", light),
    ]
    reader = find("homeassistant")("another", devices)
    for topic, text in descriptions(street()):
        assert all(isinstance(item, Announcement) for item in hear(reader, Message(topic, text, DUSK, retained=True)))
    sensors = heard()
    said = {
        NAMES.state(Thing.SENSOR, WEST): sensors.state(WEST, believed=True),
        NAMES.state(Thing.SENSOR, MOTION[0]): sensors.state(MOTION[0], believed=True),
        NAMES.state(Thing.ZONE, zone.id): {"state": "ON", "brightness": 80, "color_mode": "brightness"},
    }
    items = [
        item for topic, state in said.items() for item in hear(reader, Message(topic, json.dumps(state).encode(), DUSK))
    ]
    read = {(item.device, item.quantity, item.value) for item in items if isinstance(item, Reading)}
    assert (WEST, Quantity.TEMPERATURE, 11.25) in read
    assert (MOTION[0], Quantity.PRESENCE, 1) in read
    assert [item.level for item in items if isinstance(item, LightState)] == [80]


def test_what_a_gateway_tells_of_its_street_is_no_device_of_its_own_street() -> None:
    reader = find("homeassistant")("chalon", [])
    for topic, text in descriptions(street()):
        assert hear(reader, Message(topic, text, DUSK, retained=True)) == []
    other = street(names=Names("chalon-2", "homeassistant"))
    assert any(hear(reader, Message(topic, text, DUSK, retained=True)) for topic, text in descriptions(other))


SLUGS = st.from_regex(r"[a-z0-9]+(-[a-z0-9]+)*", fullmatch=True)


@given(site=SLUGS, other=SLUGS, thing=st.sampled_from(Thing), name=SLUGS)
def test_an_object_is_known_by_its_topic_and_its_states_are_found_again(
    site: str, other: str, thing: Thing, name: str
) -> None:
    names = Names(site, "ha/site")
    topic = names.config(names.object_of(thing, name))
    assert names.object_on(topic) == names.object_of(thing, name)
    assert names.state(thing, name) in names.states_of(names.object_of(thing, name))
    assert (Names(other, "ha/site").object_on(topic) is None) is (site != other)
    assert names.object_on(topic.removeprefix("ha/")) is None


@given(quantity=st.sampled_from(list(SHOWN)), channel=st.text(max_size=20))
def test_a_key_says_its_quantity_and_suits_a_template(quantity: Quantity, channel: str) -> None:
    name = key(quantity, channel)
    assert re.fullmatch(r"[a-z][a-z0-9_]*", name)
    assert quantity_of(name) is quantity
    assert bool(channel_of(name)) is bool(channel)
