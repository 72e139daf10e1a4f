"""The words of a description in full: abbreviations, and `~` for the beginning of topics.

Source: home-assistant.io, "MQTT", "Supported abbreviations in MQTT discovery messages" and "Using a base topic".
"""

from collections.abc import Mapping
from typing import Final

from devices.convention import Malformed
from devices.payload import Tree, shown

ABBREVIATIONS: Final[Mapping[str, str]] = {
    "avty": "availability",
    "avty_mode": "availability_mode",
    "avty_t": "availability_topic",
    "avty_tpl": "availability_template",
    "bri_cmd_t": "brightness_command_topic",
    "bri_cmd_tpl": "brightness_command_template",
    "bri_scl": "brightness_scale",
    "bri_stat_t": "brightness_state_topic",
    "bri_val_tpl": "brightness_value_template",
    "cmd_t": "command_topic",
    "cmps": "components",
    "dev": "device",
    "dev_cla": "device_class",
    "ent_cat": "entity_category",
    "exp_aft": "expire_after",
    "obj_id": "object_id",
    "off_dly": "off_delay",
    "on_cmd_type": "on_command_type",
    "p": "platform",
    "pl_avail": "payload_available",
    "pl_not_avail": "payload_not_available",
    "pl_off": "payload_off",
    "pl_on": "payload_on",
    "stat_cla": "state_class",
    "stat_t": "state_topic",
    "stat_val_tpl": "state_value_template",
    "sup_clrm": "supported_color_modes",
    "t": "topic",
    "uniq_id": "unique_id",
    "unit_of_meas": "unit_of_measurement",
    "val_tpl": "value_template",
}
"""Those of the keys that mean something here."""

OF_DEVICES: Final[Mapping[str, str]] = {"ids": "identifiers", "cns": "connections"}

Options = dict[str, Tree]
"""A description in full words."""


def spelled_out(said: Options) -> Options:
    """A description, or one component of a device, without abbreviations. Raises `Malformed`."""
    options = _full(said, ABBREVIATIONS)
    if isinstance(options.get("device"), dict):
        options["device"] = _full(options["device"], OF_DEVICES)
    listed = options.get("availability")
    if isinstance(listed, dict):
        listed = [listed]
    if listed is not None:
        options["availability"] = [_full(_an_object(one), ABBREVIATIONS) for one in _a_list(listed)]
    return options


def based(options: Options, base: Tree) -> Options:
    """The same with `base` for the `~` that a topic begins or ends with."""
    if base is None:
        return options
    if not isinstance(base, str):
        raise Malformed("a beginning of topics", shown(base), "~")
    whole = {key: _topic(key, value, base) for key, value in options.items()}
    listed = whole.get("availability")
    if isinstance(listed, list):
        whole["availability"] = [{key: _topic(key, value, base) for key, value in one.items()} for one in listed]
    return whole


def _full(said: Options, abbreviations: Mapping[str, str]) -> Options:
    return {abbreviations.get(key, key): value for key, value in said.items()}


def _topic(key: str, value: Tree, base: str) -> Tree:
    if not key.endswith("topic") or not isinstance(value, str):
        return value
    if value.startswith("~"):
        return base + value[1:]
    return value[:-1] + base if value.endswith("~") else value


def _an_object(value: Tree) -> Options:
    if not isinstance(value, dict):
        raise Malformed("an object with a topic", shown(value), "availability")
    return value


def _a_list(value: Tree) -> list[Tree]:
    if not isinstance(value, list):
        raise Malformed("a list of topics", shown(value), "availability")
    return value
