"""Shelly: a motion sensor of the first generation, a presence sensor and a dimmer of the second and later ones.

Source: shelly-api-docs.shelly.cloud, "MQTT", "Notifications", "Light", "Presence", and of Gen1 "Shelly Motion".
"""

from collections.abc import Sequence

from firmware_sims.lamp import Lamp, Order
from firmware_sims.makes.make import Answer, Client, LampMake, Node, SensorMake, number, per_cent, read_object
from firmware_sims.makes.make import written as json
from firmware_sims.said import Said
from firmware_sims.sight import Sight
from gateway.clock import SECOND


class _Board(Client):
    """Says `online` true and false, in both generations."""

    def will(self) -> Said:
        """Not there, kept."""
        return Said(f"{self.node.address}/online", b"false", retain=True)

    def births(self, clock: int) -> Sequence[Said]:
        """There, kept."""
        del clock
        return (Said(f"{self.node.address}/online", b"true", retain=True),)

    def farewell(self, clock: int) -> Said:
        """Not there, kept."""
        del clock
        return self.will()

    def _notify(self, clock: int, component: str, said: dict[str, object]) -> Said:
        params = {"ts": round(clock / SECOND, 2), component: {"id": 0, **said}}
        note = {"src": self.node.address, "dst": f"{self.node.address}/events", "method": "NotifyStatus"}
        return Said(f"{self.node.address}/events/rpc", json({**note, "params": params}))


class Gen1Motion(_Board, SensorMake):
    """Shelly Motion: its whole status on one topic."""

    def say(self, sight: Sight, clock: int) -> Sequence[Said]:
        """Motion, light, battery."""
        status = {
            "motion": sight.near > 0,
            "timestamp": clock // SECOND,
            "active": True,
            "vibration": False,
            "lux": 9,
            "bat": 87,
            "tmp": {"value": 21.5, "units": "C", "is_valid": True},
        }
        return (Said(f"{self.node.address}/status", json(status)),)


class Presence(_Board, SensorMake):
    """Shelly Presence: how many objects there are in a zone of it."""

    def say(self, sight: Sight, clock: int) -> Sequence[Said]:
        """A notification of what changed, and the status of the component."""
        zone: dict[str, object] = {"state": sight.near > 0, "num_objects": sight.near}
        return (
            self._notify(clock, "presencezone:0", zone),
            Said(f"{self.node.address}/status/presencezone:0", json({"id": 0, **zone})),
        )


class Dimmer(_Board, LampMake):
    """A dimmer of 100 steps with a meter, told by remote procedure calls."""

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self.ears = (f"{node.address}/rpc",)

    def understand(self, topic: str, payload: bytes, lamp: Lamp, clock: int) -> Order | Answer | None:
        """Light.Set."""
        del topic, clock
        request = read_object(payload)
        params = None if request is None else request.get("params")
        if request is None or request.get("method") != "Light.Set" or not isinstance(params, dict):
            return None
        ramp = number(params.get("transition_duration")) or 0.0
        if params.get("on") is False:
            return self.order(0.0, ramp)
        brightness = number(params.get("brightness"))
        return self.order(lamp.target or 100.0 if brightness is None else per_cent(brightness, 100), ramp)

    def state(self, lamp: Lamp, clock: int) -> Sequence[Said]:
        """A notification, and the status with the meter."""
        light: dict[str, object] = {"output": lamp.target > 0}
        if lamp.target > 0:
            light["brightness"] = round(lamp.target)
        meter = {"apower": round(lamp.power, 1), "aenergy": {"total": round(lamp.energy, 3)}}
        status = {"id": 0, "source": "mqtt", **light, "voltage": 229.7, **meter}
        return (
            self._notify(clock, "light:0", {"source": "mqtt", **light}),
            Said(f"{self.node.address}/status/light:0", json(status)),
        )
