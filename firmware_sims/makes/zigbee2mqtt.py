"""Zigbee2MQTT: a bridge that describes its devices by what they expose, a motion sensor and a bulb.

Source: zigbee2mqtt.io, "MQTT Topics and Messages", "Exposes", "Lights".
"""

from collections.abc import Mapping, Sequence

from firmware_sims.lamp import Lamp, Order
from firmware_sims.makes.make import Answer, Client, LampMake, Node, SensorMake, number, per_cent, read_object, step
from firmware_sims.makes.make import written as json
from firmware_sims.said import Said
from firmware_sims.sight import Sight
from gateway.clock import SECOND

FULL = 254
STATE, SET, GET = 1, 2, 4
"""Bits of `access`."""

MOTION = {
    "model": "RTCGQ11LM",
    "vendor": "Aqara",
    "description": "Motion sensor",
    "exposes": [
        {"type": "numeric", "name": "battery", "property": "battery", "access": STATE, "unit": "%"},
        {
            "type": "binary",
            "name": "occupancy",
            "property": "occupancy",
            "access": STATE,
            "value_on": True,
            "value_off": False,
        },
        {"type": "numeric", "name": "illuminance", "property": "illuminance", "access": STATE, "unit": "lx"},
        {"type": "numeric", "name": "linkquality", "property": "linkquality", "access": STATE, "unit": "lqi"},
    ],
}
BULB = {
    "model": "LED1623G12",
    "vendor": "IKEA",
    "description": "Dimmable bulb",
    "exposes": [
        {
            "type": "light",
            "features": [
                {
                    "type": "binary",
                    "name": "state",
                    "property": "state",
                    "access": STATE | SET | GET,
                    "value_on": "ON",
                    "value_off": "OFF",
                    "value_toggle": "TOGGLE",
                },
                {
                    "type": "numeric",
                    "name": "brightness",
                    "property": "brightness",
                    "access": STATE | SET | GET,
                    "value_min": 0,
                    "value_max": FULL,
                },
            ],
        },
        {"type": "numeric", "name": "linkquality", "property": "linkquality", "access": STATE, "unit": "lqi"},
    ],
}


class _Bridge(Client):
    """What a bridge with one device says of itself and of that."""

    definition: Mapping[str, object]

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self._base = node.base or "zigbee2mqtt"
        self._topic = f"{self._base}/{node.address}"

    def will(self) -> Said:
        """The bridge is away."""
        return Said(f"{self._base}/bridge/state", json({"state": "offline"}), retain=True)

    def births(self, clock: int) -> Sequence[Said]:
        """The bridge is there, what it knows, and that the device answers."""
        del clock
        coordinator = {"ieee_address": "0x00124b0000000001", "type": "Coordinator", "friendly_name": "Coordinator"}
        device = {
            "ieee_address": "0x00158d0000000002",
            "type": "EndDevice",
            "network_address": 11_111,
            "supported": True,
            "friendly_name": self.node.address,
            "interview_completed": True,
            "definition": self.definition,
        }
        return (
            Said(f"{self._base}/bridge/state", json({"state": "online"}), retain=True),
            Said(f"{self._base}/bridge/devices", json([{**coordinator, "definition": None}, device]), retain=True),
            Said(f"{self._base}/bridge/groups", b"[]", retain=True),
            Said(f"{self._topic}/availability", json({"state": "online"}), retain=True),
        )

    def farewell(self, clock: int) -> Said:
        """The bridge goes."""
        del clock
        return self.will()


class Motion(_Bridge, SensorMake):
    """A motion sensor: occupancy, and a light level that is too coarse to mean much."""

    definition = MOTION

    def say(self, sight: Sight, clock: int) -> Sequence[Said]:
        """The whole state, as the bridge publishes it."""
        state = {
            "battery": 100,
            "illuminance": 7,
            "linkquality": 99,
            "occupancy": sight.near > 0,
            "voltage": 3025,
            "last_seen": clock // (SECOND // 1000),
        }
        return (Said(self._topic, json(state)),)


class Bulb(_Bridge, LampMake):
    """A bulb of 254 steps with a transition."""

    definition = BULB

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self.ears = (f"{self._topic}/set",)

    def understand(self, topic: str, payload: bytes, lamp: Lamp, clock: int) -> Order | Answer | None:
        """An object with state, brightness and seconds of transition."""
        del topic, clock
        said = read_object(payload)
        if said is None:
            return None
        ramp = number(said.get("transition")) or 0.0
        if said.get("state") == "OFF":
            return self.order(0.0, ramp)
        brightness = number(said.get("brightness"))
        if brightness is None:
            return self.order(lamp.target or 100.0, ramp) if said.get("state") == "ON" else None
        return self.order(per_cent(brightness, FULL), ramp)

    def state(self, lamp: Lamp, clock: int) -> Sequence[Said]:
        """State and brightness: where it goes."""
        del clock
        said: dict[str, object] = {"state": "ON" if lamp.target > 0 else "OFF", "linkquality": 120}
        if lamp.target > 0:
            said["brightness"] = step(lamp.target, FULL)
        return (Said(self._topic, json(said)),)
