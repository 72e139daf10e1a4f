"""The native convention (docs/native.md): a counter, a presence sensor, a lamp."""

import secrets
from collections.abc import Sequence
from typing import ClassVar

from firmware_sims.lamp import Lamp, Order, understand
from firmware_sims.makes.make import Answer, LampMake, Node, SensorMake, written
from firmware_sims.said import Said
from firmware_sims.sight import Habit, Sight
from gateway.clock import SECOND


class _Sensor(SensorMake):
    """Numbers what it says; every start is a new boot. On a line there are no topics, and nothing but what it says."""

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self._topic = f"reverbere/{node.site}/sensor/{node.id}"
        self._boot = secrets.token_hex(4)
        self._made = 0

    @property
    def numbered(self) -> tuple[str, int]:
        """Its boot, and the number of its last message."""
        return self._boot, self._made - 1

    def will(self) -> Said:
        """Offline, kept."""
        return Said(f"{self._topic}/availability", b"offline", retain=True)

    def births(self, clock: int) -> Sequence[Said]:
        """Online, kept."""
        del clock
        return (Said(f"{self._topic}/availability", b"online", retain=True),)

    def farewell(self, clock: int) -> Said:
        """Offline, kept."""
        del clock
        return self.will()

    def _message(self, said: dict[str, object], clock: int) -> Sequence[Said]:
        numbered = {"v": 1, **said, "time": clock / SECOND, "boot": self._boot, "seq": self._made}
        self._made += 1
        return (Said(self._topic, written(numbered)),)


class Counter(_Sensor):
    """Says the people of each period by direction."""

    habit = Habit.ROUNDS

    def say(self, sight: Sight, clock: int) -> Sequence[Said]:
        """A count with its period; nothing at first, when there has been none."""
        if sight.period == 0:
            return ()
        people = {"in": sight.came, "out": sight.went}
        return self._message({"pedestrians": people, "period": sight.period / SECOND}, clock)


class Presence(_Sensor):
    """Says whether somebody is there."""

    def say(self, sight: Sight, clock: int) -> Sequence[Said]:
        """True or false."""
        return self._message({"presence": sight.near > 0}, clock)


class NativeLamp(LampMake):
    """Confirms orders by their ids, and takes its failure level when it hears nothing."""

    failure_level: ClassVar[float | None] = 100.0

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self._topic = f"reverbere/{node.site}/lamp/{node.id}"
        self.ears = (f"{self._topic}/set",)

    def will(self) -> Said:
        """Offline, kept."""
        return Said(f"{self._topic}/availability", b"offline", retain=True)

    def births(self, clock: int) -> Sequence[Said]:
        """Online, kept."""
        del clock
        return (Said(f"{self._topic}/availability", b"online", retain=True),)

    def farewell(self, clock: int) -> Said:
        """Offline, kept."""
        del clock
        return self.will()

    def understand(self, topic: str, payload: bytes, lamp: Lamp, clock: int) -> Order | Answer | None:
        """An order as docs/native.md has it."""
        del topic, lamp, clock
        return understand(payload)

    def state(self, lamp: Lamp, clock: int) -> Sequence[Said]:
        """Where it is, where it goes, what it draws."""
        del clock
        state: dict[str, object] = {"v": 1}
        if lamp.order_id:
            state["id"] = lamp.order_id
        state |= {
            "level": round(lamp.level, 2),
            "target": lamp.target,
            "power": round(lamp.power, 2),
            "energy": round(lamp.energy, 4),
            "faults": [],
        }
        return (Said(f"{self._topic}/state", written(state)),)
