"""What devices of Homie 4 and 5 have in common: nodes of properties, all retained, and a lamp of two of them.

Source: The Homie Convention, 4.0.0 and 5.0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from firmware_sims.lamp import Lamp, Order
from firmware_sims.makes.make import Answer, Client, LampMake, Node, SensorMake, per_cent
from firmware_sims.said import Said
from firmware_sims.sight import Habit, Sight

FADE = 1.0
"""Seconds in which the lamp goes to a new level: an order cannot say."""

LIT = "light"


@dataclass(frozen=True, slots=True)
class Property:
    """One property of a node, as it is described."""

    name: str
    datatype: str
    unit: str = ""
    format: str = ""
    settable: bool = False


Nodes = Mapping[str, tuple[str, Mapping[str, Property]]]
"""Nodes by their ids: the name of each, and its properties by theirs."""

COUNTER: Nodes = {
    "counter": ("People", {"in": Property("Came", "integer", "#"), "out": Property("Went", "integer", "#")})
}
MOTION: Nodes = {"motion": ("Motion", {"motion": Property("Somebody is there", "boolean")})}
LAMP: Nodes = {
    LIT: (
        "Light",
        {
            "power": Property("On", "boolean", settable=True),
            "brightness": Property("Brightness", "integer", "%", "0:100", settable=True),
        },
    ),
    "meter": ("Meter", {"watts": Property("Active power", "float", "W"), "energy": Property("Energy", "float", "kWh")}),
}


class HomieDevice(Client):
    """Describes itself, says `ready`, and leaves `lost` behind."""

    nodes: Nodes
    between = ""
    """What stands between the base topic and the device."""

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self._own = f"{node.base or 'homie'}/{self.between}{node.address.partition('/')[0]}"

    def will(self) -> Said:
        """Lost."""
        return self._attribute("$state", "lost")

    def births(self, clock: int) -> Sequence[Said]:
        """It describes itself while it is in `init`, and is ready then."""
        del clock
        return (self._attribute("$state", "init"), *self.description(), self._attribute("$state", "ready"))

    def farewell(self, clock: int) -> Said:
        """Disconnected."""
        del clock
        return self._attribute("$state", "disconnected")

    def description(self) -> Sequence[Said]:
        """What it is."""
        raise NotImplementedError

    def _attribute(self, name: str, said: str) -> Said:
        return Said(f"{self._own}/{name}", said.encode(), retain=True)


class Counter(HomieDevice, SensorMake):
    """Running totals by direction."""

    habit = Habit.ROUNDS
    totals = True
    nodes = COUNTER

    def say(self, sight: Sight, clock: int) -> Sequence[Said]:
        """Both totals."""
        del clock
        return (
            self._attribute("counter/in", str(sight.total_in)),
            self._attribute("counter/out", str(sight.total_out)),
        )


class Motion(HomieDevice, SensorMake):
    """A motion sensor."""

    nodes = MOTION

    def say(self, sight: Sight, clock: int) -> Sequence[Said]:
        """True or false."""
        del clock
        return (self._attribute("motion/motion", "true" if sight.near else "false"),)


class Light(HomieDevice, LampMake):
    """A lamp that is switched and dimmed by two properties, with a meter."""

    nodes = LAMP

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self.ears = (f"{self._own}/{LIT}/+/set",)
        self._brightness = 100.0

    def understand(self, topic: str, payload: bytes, lamp: Lamp, clock: int) -> Order | Answer | None:
        """A level, or on and off; a level does not switch on what is off."""
        del clock
        said = payload.decode(errors="replace")
        match topic.split("/")[-2]:
            case "brightness" if said.isdigit():
                self._brightness = per_cent(float(said), 100)
                return self.order(self._brightness, FADE) if lamp.target > 0 else Answer(())
            case "power" if said in ("true", "false"):
                return self.order(self._brightness if said == "true" else 0.0, FADE)
        return None

    def state(self, lamp: Lamp, clock: int) -> Sequence[Said]:
        """Every property."""
        del clock
        return (
            self._attribute(f"{LIT}/brightness", str(round(lamp.target or self._brightness))),
            self._attribute(f"{LIT}/power", "true" if lamp.target > 0 else "false"),
            self._attribute("meter/watts", f"{lamp.power:.1f}"),
            self._attribute("meter/energy", f"{lamp.energy / 1000:.6f}"),
        )
