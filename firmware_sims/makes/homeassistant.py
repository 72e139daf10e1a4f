"""Devices that describe themselves to Home Assistant: a counter, a motion sensor, a light of the JSON schema.

The counter and the sensor use abbreviations, `~` and the discovery of whole devices, the light a description in full.
Source: home-assistant.io, "MQTT" (discovery), "MQTT sensor", "MQTT binary sensor", "MQTT light".
"""

from collections.abc import Sequence

from firmware_sims.lamp import Lamp, Order
from firmware_sims.makes.make import Answer, Client, LampMake, Node, SensorMake, number, per_cent, read_object, step
from firmware_sims.makes.make import written as json
from firmware_sims.said import Said
from firmware_sims.sight import Habit, Sight

PREFIX = "homeassistant"
FULL = 100
"""`brightness_scale` of the light: not the usual 255."""


class _Device(Client):
    """What describes itself, retained, and says whether it is there."""

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self._base = f"street/{node.id}"
        self.spoken = (f"{self._base}/state",)

    def will(self) -> Said:
        """Offline, kept."""
        return Said(f"{self._base}/status", b"offline", retain=True)

    def farewell(self, clock: int) -> Said:
        """Offline, kept."""
        del clock
        return self.will()

    def births(self, clock: int) -> Sequence[Said]:
        """Who it is, and that it is there."""
        del clock
        topic, description = self.description()
        prefix = self.node.base or PREFIX
        return (
            Said(f"{prefix}/{topic}/config", json(description), retain=True),
            Said(f"{self._base}/status", b"online", retain=True),
        )

    def description(self) -> tuple[str, dict[str, object]]:
        """Where the description stands below the prefix, and what it says."""
        raise NotImplementedError

    def _state(self, said: dict[str, object]) -> Sequence[Said]:
        return (Said(f"{self._base}/state", json(said)),)

    def _whole(self, components: dict[str, object]) -> tuple[str, dict[str, object]]:
        return f"device/{self.node.id}", {
            "~": self._base,
            "dev": {"ids": [self.node.address], "name": self.node.id, "mf": "Somebody", "mdl": "Box 1"},
            "o": {"name": "boxware", "sw": "1.0.3"},
            "avty": [{"t": "~/status"}],
            "stat_t": "~/state",
            "cmps": components,
        }


class Counter(_Device, SensorMake):
    """Two running totals in one object."""

    habit = Habit.ROUNDS
    totals = True

    def description(self) -> tuple[str, dict[str, object]]:
        """A device with a sensor for each way."""
        return self._whole(
            {
                f"people_{way}": {
                    "p": "sensor",
                    "name": f"People {way}",
                    "uniq_id": f"{self.node.id}_{way}",
                    "stat_cla": "total_increasing",
                    "unit_of_meas": "people",
                    "val_tpl": f"{{{{ value_json.{way} }}}}",
                }
                for way in ("in", "out")
            }
        )

    def say(self, sight: Sight, clock: int) -> Sequence[Said]:
        """Both totals."""
        del clock
        return self._state({"in": sight.total_in, "out": sight.total_out})


class Motion(_Device, SensorMake):
    """A motion sensor and a light level in one object."""

    def description(self) -> tuple[str, dict[str, object]]:
        """A device with a binary sensor and a sensor."""
        return self._whole(
            {
                "pir": {
                    "p": "binary_sensor",
                    "name": "Motion",
                    "dev_cla": "motion",
                    "uniq_id": f"{self.node.id}_pir",
                    "val_tpl": "{{ value_json.pir }}",
                    "pl_on": "yes",
                    "pl_off": "no",
                },
                "lux": {
                    "p": "sensor",
                    "dev_cla": "illuminance",
                    "unit_of_meas": "lx",
                    "uniq_id": f"{self.node.id}_lux",
                    "val_tpl": "{{ value_json.lux | float | round(1) }}",
                },
            }
        )

    def say(self, sight: Sight, clock: int) -> Sequence[Said]:
        """Whether somebody moves, and how light it is."""
        del clock
        return self._state({"pir": "yes" if sight.near else "no", "lux": 8.25})


class Light(_Device, LampMake):
    """A light of the JSON schema on a scale of its own; its address is the middle of its description's topic."""

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self.ears = (f"{self._base}/set",)

    def description(self) -> tuple[str, dict[str, object]]:
        """The description of one light, in full."""
        return self.node.address, {
            "name": None,
            "unique_id": f"{self.node.id}_light",
            "schema": "json",
            "command_topic": f"{self._base}/set",
            "state_topic": f"{self._base}/state",
            "availability_topic": f"{self._base}/status",
            "brightness": True,
            "brightness_scale": FULL,
            "supported_color_modes": ["brightness"],
            "transition": True,
        }

    def understand(self, topic: str, payload: bytes, lamp: Lamp, clock: int) -> Order | Answer | None:
        """An object with state, brightness and seconds of transition."""
        del topic, clock
        said = read_object(payload)
        if said is None or said.get("state") not in ("ON", "OFF"):
            return None
        ramp = number(said.get("transition")) or 0.0
        if said["state"] == "OFF":
            return self.order(0.0, ramp)
        brightness = number(said.get("brightness"))
        return self.order(lamp.target or 100.0 if brightness is None else per_cent(brightness, FULL), ramp)

    def state(self, lamp: Lamp, clock: int) -> Sequence[Said]:
        """State, and brightness while it is on."""
        del clock
        said: dict[str, object] = {"state": "ON" if lamp.target > 0 else "OFF", "color_mode": "brightness"}
        if lamp.target > 0:
            said["brightness"] = step(lamp.target, FULL)
        return self._state(said)
