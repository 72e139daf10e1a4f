"""What Home Assistant is told there is: one description for the gateway and for each zone, sensor and lamp.

A description of a device has `device`, `origin` and `components`; each component has a `platform` and a `unique_id`.
Templates only take a value out of an object. Source: home-assistant.io, "MQTT" (discovery payload, availability),
"MQTT light" (JSON schema), "MQTT sensor", "MQTT binary sensor" and "MQTT button".
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from devices.device import Device, DeviceId, Kind
from devices.reading import Quantity
from gateway.export.homeassistant.names import Names, Thing, order_topic
from gateway.export.homeassistant.quantities import SHOWN, SINCE, channel_of, quantity_of
from gateway.lighting.plan import Plan, Zone

Component: TypeAlias = dict[str, object]

CANCEL: Final = "cancel"
SET: Final = "set"

_DIAGNOSTIC: Final = {"entity_category": "diagnostic"}


@dataclass(frozen=True, slots=True)
class Street:
    """All that descriptions are made of.

    `account` orders in the name of Home Assistant; without one nothing can be ordered from there. `health` is the
    gateway's own topic, `release` the version of the software, `series` gives the keys of what a device says.
    """

    names: Names
    title: str
    plan: Plan
    devices: Sequence[Device]
    health: str
    release: str
    account: str = ""
    series: Callable[[DeviceId], Sequence[str]] = lambda _device: ()


def descriptions(street: Street) -> Iterator[tuple[str, bytes]]:
    """The topic and the text of each description, the gateway's first: the others say that they are reached by it."""
    names = street.names
    yield names.config(names.gateway_object), _written(street, names.gateway_object, street.title, _gateway(names))
    for zone in street.plan.zones:
        name = names.object_of(Thing.ZONE, zone.id)
        yield names.config(name), _written(street, name, zone.label or zone.id, _zone(street, zone))
    yield from (description(street, device) for device in street.devices)


def description(street: Street, device: Device) -> tuple[str, bytes]:
    """The topic and the text of what describes one sensor or lamp."""
    names, lamp = street.names, device.kind is Kind.LUMINAIRE
    name = names.object_of(Thing.LAMP if lamp else Thing.SENSOR, device.id)
    components = _lamp(street, device) if lamp else _sensor(street, device)
    return names.config(name), _written(street, name, device.label or device.id, components)


def _written(street: Street, object_id: str, title: str, components: Mapping[str, Component]) -> bytes:
    names = street.names
    about: dict[str, object] = {"identifiers": [object_id], "name": title, "manufacturer": "Réverbère"}
    if object_id == names.gateway_object:
        about |= {"model": "gateway", "sw_version": street.release}
    else:
        about["via_device"] = names.gateway_object
    return json.dumps(
        {
            "device": about,
            "origin": {"name": "reverbere", "sw_version": street.release},
            "availability": [
                {"topic": street.health, "value_template": "{{ value_json.state }}"},
                {"topic": names.available},
            ],
            "availability_mode": "all",
            "qos": 1,
            "components": {
                key: {**component, "unique_id": f"{object_id}_{key}"} for key, component in components.items()
            },
        },
        ensure_ascii=False,
    ).encode()


def _gateway(names: Names) -> dict[str, Component]:
    def figure(key: str, name: str, **more: object) -> Component:
        return {**_value("sensor", name, names.gateway_state, key), **_DIAGNOSTIC, **more}

    measured = {"state_class": "measurement"}
    return {
        "waiting": figure("waiting", "Messages waiting", unit_of_measurement="messages", **measured),
        "last_commit": figure("last_commit", "Last commit", device_class="timestamp"),
        "disk_free": figure("disk_free", "Disk free", device_class="data_size", unit_of_measurement="B", **measured),
        "memory": figure("memory", "Memory", device_class="data_size", unit_of_measurement="B", **measured),
        "failsafe": figure("failsafe", "Lamps on failsafe", unit_of_measurement="lamps", **measured),
        "distrusted": figure("distrusted", "Sensors not believed", unit_of_measurement="sensors", **measured),
        "refused": figure("refused", "Orders refused", state_class="total_increasing", unit_of_measurement="orders"),
        "says": figure("says", "In words"),
        "trouble": _problem("Trouble", names.gateway_state, "trouble"),
    }


def _zone(street: Street, zone: Zone) -> dict[str, Component]:
    names = street.names
    state, orders = names.state(Thing.ZONE, zone.id), names.attributes(zone.id)
    components: dict[str, Component] = {
        "reason": {**_value("sensor", "Reason", state, "reason"), "json_attributes_topic": orders},
        "level": {
            **_value("sensor", "Level", state, "level"),
            "unit_of_measurement": "%",
            "state_class": "measurement",
        },
        "flow": {
            **_value("sensor", "Flow", state, "flow"),
            "unit_of_measurement": "people/h",
            "state_class": "measurement",
        },
    }
    if street.account:
        components["light"] = {
            "platform": "light",
            "name": None,
            "schema": "json",
            "state_topic": state,
            "command_topic": order_topic(names.site, street.account, zone.id, SET),
            "json_attributes_topic": orders,
            "supported_color_modes": ["brightness"],
            "brightness": True,
            "brightness_scale": 100,
        }
        components["cancel"] = {
            "platform": "button",
            "name": "Cancel order",
            "command_topic": order_topic(names.site, street.account, zone.id, CANCEL),
        }
    return components


def _sensor(street: Street, device: Device) -> dict[str, Component]:
    state = street.names.state(Thing.SENSOR, device.id)
    return {**_series(street, device, state), "distrusted": _problem("Not believed", state, "distrusted")}


def _lamp(street: Street, device: Device) -> dict[str, Component]:
    state = street.names.state(Thing.LAMP, device.id)
    per_cent = {"unit_of_measurement": "%", "state_class": "measurement"}
    return {
        "level": {**_value("sensor", "Level", state, "level"), **per_cent},
        "ordered": {**_value("sensor", "Level ordered", state, "ordered"), **per_cent, **_DIAGNOSTIC},
        **_series(street, device, state),
        "fault": _problem("Fault", state, "fault"),
        "faults": {**_value("sensor", "Faults", state, "faults"), **_DIAGNOSTIC},
    }


def _series(street: Street, device: Device, state: str) -> dict[str, Component]:
    """What a device says, a component each."""
    components: dict[str, Component] = {}
    for name in street.series(device.id):
        quantity = quantity_of(name)
        if quantity is None:
            continue
        shown, channel = SHOWN[quantity], channel_of(name)
        platform = "binary_sensor" if quantity.kind == "bool" else "sensor"
        component = _value(platform, f"{shown.name} {channel}".strip(), state, name)
        said = {
            "unit_of_measurement": shown.unit,
            "device_class": shown.device_class,
            "state_class": shown.state_class,
            "entity_category": "diagnostic" if shown.diagnostic else "",
            "last_reset_value_template": f"{{{{ value_json.{SINCE} }}}}" if quantity is Quantity.PEDESTRIANS else "",
        }
        components[name] = component | {option: word for option, word in said.items() if word}
    return components


def _problem(name: str, state: str, key: str) -> Component:
    return {**_value("binary_sensor", name, state, key), "device_class": "problem", **_DIAGNOSTIC}


def _value(platform: str, name: str, state: str, key: str) -> Component:
    return {
        "platform": platform,
        "name": name,
        "state_topic": state,
        "value_template": f"{{{{ value_json.{key} }}}}",
    }
