"""A counter and a sensor whose maker asked nobody, with payloads of their own: what `custom` is for.

`count` are two numbers, the people who came and went in the last minute; `who` is `somebody` or `nobody`.
"""

from collections.abc import Sequence

from firmware_sims.makes.make import Node, SensorMake, written
from firmware_sims.said import Said
from firmware_sims.sight import Habit, Sight
from gateway.clock import SECOND


class _Own(SensorMake):
    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self._topic = node.topic or node.address

    def _said(self, clock: int, said: dict[str, object]) -> Sequence[Said]:
        return (Said(self._topic, written({"ts": clock / SECOND, **said, "light": {"raw": 84}})),)


class Counter(_Own):
    """People of each minute, by direction."""

    habit = Habit.ROUNDS

    def say(self, sight: Sight, clock: int) -> Sequence[Said]:
        """A list of two numbers."""
        return self._said(clock, {"count": [sight.came, sight.went]})


class Watcher(_Own):
    """Whether somebody is there."""

    def say(self, sight: Sight, clock: int) -> Sequence[Said]:
        """A word."""
        return self._said(clock, {"who": "somebody" if sight.near else "nobody"})
