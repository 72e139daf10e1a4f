"""Tasmota: an LD2410S radar, a beam on a counter input, and a dimmer with a meter.

Source: tasmota.github.io, "MQTT", "Commands" (Backlog, Dimmer, Fade, Speed), "HLK-LD2410S", "Counter", and the
discovery of Tasmota 9 (SetOption19 0).
"""

from collections.abc import Sequence

from firmware_sims.lamp import Lamp, Order
from firmware_sims.makes.make import Answer, Client, LampMake, Node, SensorMake, local_time
from firmware_sims.makes.make import written as json
from firmware_sims.said import Said
from firmware_sims.sight import Habit, Sight

NOBODY, SOMEBODY = 0, 2
"""`People` of an LD2410S: 0 and 1 are nobody, 2 and 3 somebody."""

MAC = "A0B765000001"
RELAY, LIGHT = 1, 2
HALF_SECOND = 0.5


class _Board(Client):
    """What every board says when it connects: that it is there, and what it is."""

    relays: tuple[int, ...] = (0,)

    def will(self) -> Said:
        """Offline, kept."""
        return Said(f"tele/{self.node.address}/LWT", b"Offline", retain=True)

    def births(self, clock: int) -> Sequence[Said]:
        """Online, and the description for discovery."""
        del clock
        description = {
            "ip": "192.168.1.20",
            "dn": self.node.id,
            "fn": [self.node.id, *[None] * 7],
            "hn": f"{self.node.address}-0001",
            "mac": MAC,
            "md": "ESP32-DevKit",
            "ty": 0,
            "ofln": "Offline",
            "onln": "Online",
            "state": ["OFF", "ON", "TOGGLE", "HOLD"],
            "sw": "14.1.0",
            "t": self.node.address,
            "ft": "%prefix%/%topic%/",
            "tp": ["cmnd", "stat", "tele"],
            "rl": [*self.relays, *[0] * (8 - len(self.relays))],
            "ver": 1,
        }
        return (
            Said(f"tele/{self.node.address}/LWT", b"Online", retain=True),
            Said(f"tasmota/discovery/{MAC}/config", json(description), retain=True),
        )

    def _now(self, clock: int) -> str:
        return local_time(clock, self.node.timezone)

    def _sensor(self, said: dict[str, object], clock: int) -> Said:
        return Said(f"tele/{self.node.address}/SENSOR", json({"Time": self._now(clock), **said}))


class Radar(_Board, SensorMake):
    """An LD2410S: a status that looks like a number of people and is none."""

    def say(self, sight: Sight, clock: int) -> Sequence[Said]:
        """Status and distance."""
        people = SOMEBODY if sight.near else NOBODY
        return (self._sensor({"LD2410S": {"Distance": 187.0 if sight.near else 0.0, "People": people}}, clock),)


class Beam(_Board, SensorMake):
    """A beam on a counter input: each pulse is somebody, and the board remembers how many there were."""

    habit = Habit.ROUNDS
    totals = True

    def say(self, sight: Sight, clock: int) -> Sequence[Said]:
        """The counter."""
        return (self._sensor({"COUNTER": {"C1": sight.total_in + sight.total_out}}, clock),)


class Dimmer(_Board, LampMake):
    """A PWM dimmer with a meter: Dimmer 0 to 100, with Fade and Speed for once."""

    relays = (LIGHT,)

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self.ears = (f"cmnd/{node.address}/+",)

    def understand(self, topic: str, payload: bytes, lamp: Lamp, clock: int) -> Order | Answer | None:
        """A command, or several behind Backlog; only what concerns the light."""
        del clock
        command = topic.rpartition("/")[2]
        parameter = payload.decode(errors="replace")
        several = command.upper() in ("BACKLOG", "BACKLOG0")
        given = _commands(parameter) if several else {command.upper(): parameter.strip()}
        if given in ({"DIMMER": ""}, {"POWER": ""}):
            return Answer(self._result(lamp))
        target = _target(given, lamp.target or 100.0)
        if target is None:
            return None
        fades = given.get("FADE2", given.get("FADE", "")).upper() in ("1", "ON")
        speed = given.get("SPEED2", given.get("SPEED", ""))
        seconds = int(speed) * HALF_SECOND * abs(target - lamp.level) / 100 if fades and speed.isdigit() else 0.0
        return self.order(target, seconds)

    def state(self, lamp: Lamp, clock: int) -> Sequence[Said]:
        """The result of the last command, the state with its time, and the meter."""
        meter = {"Total": round(lamp.energy / 1000, 6), "Power": round(lamp.power, 1), "Voltage": 230}
        state = {"Time": self._now(clock), **self._light(lamp), "Wifi": {"RSSI": 74, "Signal": -63}}
        return (
            *self._result(lamp),
            Said(f"tele/{self.node.address}/STATE", json(state)),
            self._sensor({"ENERGY": meter}, clock),
        )

    def _result(self, lamp: Lamp) -> Sequence[Said]:
        return (Said(f"stat/{self.node.address}/RESULT", json(self._light(lamp))),)

    @staticmethod
    def _light(lamp: Lamp) -> dict[str, object]:
        return {"POWER": "ON" if lamp.target > 0 else "OFF", "Dimmer": round(lamp.target)}


def _commands(backlog: str) -> dict[str, str]:
    """What stands behind Backlog: commands and their parameters, the last of each."""
    parted = (each.strip().partition(" ") for each in backlog.split(";"))
    return {name.upper(): parameter.strip() for name, _, parameter in parted}


def _target(given: dict[str, str], before: float) -> float | None:
    """Where the light shall go; None if nothing was said of that."""
    dimmer, power = given.get("DIMMER", ""), given.get("POWER", "").upper()
    if dimmer.isdigit():
        return min(float(dimmer), 100.0)
    return {"ON": before, "1": before, "OFF": 0.0, "0": 0.0}.get(power)
