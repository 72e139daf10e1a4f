"""ESPHome over MQTT: a node with a motion sensor, one with the people counter Roode, and one with a light.

Source: esphome.io, "MQTT Client Component", "MQTT Light" (light_json_schema.cpp); Lyr3x/Roode, README.
"""

from collections.abc import Sequence

from firmware_sims.lamp import Lamp, Order
from firmware_sims.makes.make import Answer, Client, LampMake, Node, SensorMake, number, per_cent, read_object, step
from firmware_sims.makes.make import written as json
from firmware_sims.said import Said
from firmware_sims.sight import Habit, Sight

FULL = 255


class _Board(Client):
    """What a node says when it comes and goes."""

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self._prefix = node.address

    def will(self) -> Said:
        """Offline, kept."""
        return Said(f"{self._prefix}/status", b"offline", retain=True)

    def births(self, clock: int) -> Sequence[Said]:
        """Online, kept."""
        del clock
        return (Said(f"{self._prefix}/status", b"online", retain=True),)

    def farewell(self, clock: int) -> Said:
        """Offline, kept."""
        del clock
        return self.will()


class Motion(_Board, SensorMake):
    """A PIR on a pin, with `retain: false`."""

    def say(self, sight: Sight, clock: int) -> Sequence[Said]:
        """ON or OFF, and how well it hears its access point."""
        del clock
        return (
            Said(f"{self._prefix}/binary_sensor/yard_motion/state", b"ON" if sight.near else b"OFF"),
            Said(f"{self._prefix}/sensor/wifi_signal/state", b"-61"),
        )


class Roode(_Board, SensorMake):
    """A time-of-flight sensor above a door that tells who comes from who goes; how many are inside drifts."""

    habit = Habit.STEPS

    def say(self, sight: Sight, clock: int) -> Sequence[Said]:
        """An event for each person, and then how many are inside."""
        del clock
        events = [b"Entry"] * sight.came + [b"Exit"] * sight.went
        inside = str(sight.total_in - sight.total_out).encode()
        return (
            *(Said(f"{self._prefix}/text_sensor/last_direction/state", event) for event in events),
            Said(f"{self._prefix}/number/people_counter/state", inside),
        )


class Light(_Board, LampMake):
    """A dimmable light of 255 steps; its address names the component."""

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self._prefix = node.address.partition("/light/")[0]
        self.ears = (f"{node.address}/command",)

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
        """State, and brightness while it is on."""
        del clock
        said: dict[str, object] = {"color_mode": "brightness", "state": "ON" if lamp.target > 0 else "OFF"}
        if lamp.target > 0:
            said["brightness"] = step(lamp.target, FULL)
        return (Said(f"{self.node.address}/state", json(said)),)
