"""Devices that describe themselves to Home Assistant, once they have."""

import json
from collections.abc import Mapping
from typing import Any

from devices.convention import Convention, find, hear
from devices.device import Device
from tests.devices.speech import message, refused

BULB = {"schema": "json", "cmd_t": "bulb/set", "stat_t": "bulb", "brightness": True, "bri_scl": 254}


def described(*devices: Device, **configs: Mapping[str, Any]) -> Convention:
    """The convention of some devices, after retained descriptions: `light__bulb` describes light/bulb."""
    spoken = find("homeassistant")("lab", devices)
    for path, config in configs.items():
        topic = f"homeassistant/{path.replace('__', '/')}/config"
        assert not refused(hear(spoken, message(topic, json.dumps(config), retained=True)))
    return spoken
