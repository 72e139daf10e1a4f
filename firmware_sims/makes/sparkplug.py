"""Sparkplug B: an edge node with one device behind it, which names its metrics at birth and says aliases from then on.

Source: Eclipse Sparkplug 3.0.0, chapters 4 to 6.
"""

from collections.abc import Sequence
from typing import ClassVar

from firmware_sims.lamp import Lamp, Order
from firmware_sims.makes.make import MILLISECOND, Answer, Client, LampMake, Node, SensorMake, per_cent
from firmware_sims.makes.protobuf import BOOLEAN, FLOAT, INT32, INT64, UINT64, Metric, Told, payload, told
from firmware_sims.said import Said
from firmware_sims.sight import Habit, Sight

FADE = 1.0
"""Seconds in which the lamp goes to a new level: a command cannot say."""

REBIRTH = "Node Control/Rebirth"


class _Edge(Client):
    """A node and its device, each born at every connection; its death certificate bears the number of its birth."""

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self._group, self._node, self._device = node.address.split("/")[:3]
        self._connection = -1
        self._seq = 0
        self._last: list[Metric] = []
        self.ears = (self._topic("NCMD"), f"{self._topic('DCMD')}/{self._device}")

    def will(self) -> Said:
        """The death certificate of the next connection."""
        self._connection = (self._connection + 1) % 256
        return self._death(0)

    def births(self, clock: int) -> Sequence[Said]:
        """The birth of the node, which lists every metric of its own, and that of the device."""
        self._seq = 0
        control = Metric(BOOLEAN, value=False, name=REBIRTH)
        node = payload([self._bd_seq(), control], clock // MILLISECOND, self._number())
        metrics = self._last or self.metrics()
        device = payload(metrics, clock // MILLISECOND, self._number())
        return (
            Said(self._topic("NBIRTH"), node),
            Said(f"{self._topic('DBIRTH')}/{self._device}", device),
        )

    def farewell(self, clock: int) -> Said:
        """The death certificate."""
        return self._death(clock)

    def metrics(self) -> list[Metric]:
        """The metrics of the device with names and aliases, null before it has measured anything."""
        raise NotImplementedError

    def _death(self, clock: int) -> Said:
        return Said(self._topic("NDEATH"), payload([self._bd_seq()], clock // MILLISECOND, None))

    def _bd_seq(self) -> Metric:
        return Metric(INT64, self._connection, "bdSeq")

    def _topic(self, kind: str) -> str:
        return f"spBv1.0/{self._group}/{kind}/{self._node}"

    def _number(self) -> int:
        seq, self._seq = self._seq, (self._seq + 1) % 256
        return seq

    def _data(self, values: list[float | bool], clock: int) -> Sequence[Said]:
        """Data by alias, and what a birth would say from now on."""
        named = list(zip(self.metrics(), values, strict=True))
        self._last = [Metric(each.datatype, value, each.name, each.alias, each.unit) for each, value in named]
        short = [Metric(each.datatype, value, alias=each.alias) for each, value in named]
        return (Said(f"{self._topic('DDATA')}/{self._device}", payload(short, clock // MILLISECOND, self._number())),)

    def _commands(self, data: bytes) -> list[Told]:
        try:
            return told(data)
        except ValueError:
            return []


class _Sensor(_Edge, SensorMake):
    """Answers when it is told to be born again."""

    def hear(self, topic: str, payload: bytes, clock: int) -> Sequence[Said]:
        """A rebirth, if it is asked for one."""
        del topic
        asked = any(each.name == REBIRTH and each.value for each in self._commands(payload))
        return self.births(clock) if asked else ()


class Counter(_Sensor):
    """Running totals by direction."""

    habit = Habit.ROUNDS
    totals = True

    def metrics(self) -> list[Metric]:
        """Two totals."""
        return [Metric(UINT64, None, "Counter/In", 1), Metric(UINT64, None, "Counter/Out", 2)]

    def say(self, sight: Sight, clock: int) -> Sequence[Said]:
        """Both totals."""
        return self._data([sight.total_in, sight.total_out], clock)


class Motion(_Sensor):
    """A motion sensor with a light level."""

    def metrics(self) -> list[Metric]:
        """A truth, and lux."""
        return [Metric(BOOLEAN, None, "PIR/Motion", 1), Metric(FLOAT, None, "PIR/Lux", 2, "lx")]

    def say(self, sight: Sight, clock: int) -> Sequence[Said]:
        """Whether somebody moves."""
        return self._data([sight.near > 0, 8.5], clock)


class Light(_Edge, LampMake):
    """A lamp with a switch, a dimmer and a meter."""

    born_whole: ClassVar[bool] = True

    BRIGHTNESS, ON, WATTS, ENERGY = 1, 2, 3, 4

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self._brightness = 100.0

    def metrics(self) -> list[Metric]:
        """What is told, and what is measured."""
        return [
            Metric(INT32, None, "Lamp/Brightness", self.BRIGHTNESS, "%"),
            Metric(BOOLEAN, None, "Lamp/On", self.ON),
            Metric(FLOAT, None, "Meter/Active Power", self.WATTS, "W"),
            Metric(FLOAT, None, "Meter/Energy", self.ENERGY, "Wh"),
        ]

    def understand(self, topic: str, payload: bytes, lamp: Lamp, clock: int) -> Order | Answer | None:
        """A level, or on and off, or both; or to be born again."""
        del topic, lamp
        commands = self._commands(payload)
        if any(each.name == REBIRTH and each.value for each in commands):
            return Answer(self.births(clock))
        on: bool | None = None
        for each in commands:
            if each.alias == self.BRIGHTNESS or each.name == "Lamp/Brightness":
                self._brightness = per_cent(float(each.value or 0), 100)
                on = True if on is None else on
            elif each.alias == self.ON or each.name == "Lamp/On":
                on = bool(each.value)
        return None if on is None else self.order(self._brightness if on else 0.0, FADE)

    def state(self, lamp: Lamp, clock: int) -> Sequence[Said]:
        """Everything, by alias."""
        level = round(lamp.target or self._brightness)
        return self._data([level, lamp.target > 0, lamp.power, lamp.energy], clock)
