"""Who speaks on a line: orders and questions as sequences of commands, one after the other.

Whoever imports this module has the extra `dali`.
"""

from collections.abc import Callable, Iterable
from typing import Any

from devices.conventions.dali.curve import CURVES, FULL, Curve, followed
from gateway.links.dali import words
from gateway.links.dali.line import Line, reach
from gateway.links.dali.rota import Look, Order, Question
from gateway.links.dali.spec import DaliGear


class Speaker:
    """Tells and asks the gear of a line that has been reached. Its owner lets it do one thing at a time."""

    def __init__(self, line: Line, gear: Iterable[DaliGear]) -> None:
        self._line = line
        self._gear = {each.address: each for each in gear}
        self._failure_levels: dict[int, int | None] = {}

    @classmethod
    async def reach(cls, line: str, gear: Iterable[DaliGear]) -> "Speaker":
        """Reach a line by its name. Raises `LinkDown`."""
        return cls(await reach(line), gear)

    async def tell(self, order: Order) -> None:
        """Give an order. Raises `LinkDown`."""
        await self._talk(words.order(order))

    async def ask(self, question: Question, interrupted: Callable[[], bool]) -> words.Said | None:
        """Ask gear: nothing if it is silent, None if it was `interrupted` between two frames. Raises `LinkDown`."""
        address = question.address
        match question.look:
            case Look.INTRODUCTION:
                said = await self._talk(words.introduction(address), interrupted)
                if said:
                    self._failure_levels[address] = _failure_level(self._gear[address], said)
                return said
            case Look.SURVEY:
                return await self._talk(words.survey(address, self._failure_levels.get(address)), interrupted)
            case look:
                return await self._talk(words.look(address, look), interrupted)

    async def close(self) -> None:
        """Let go of the line."""
        await self._line.close()

    async def _talk(self, talk: words.Talk, interrupted: Callable[[], bool] = lambda: False) -> words.Said | None:
        """Say a sequence to its end and give what was written down; None if it was `interrupted`.

        Gear that keeps it from ending counts as silent: nobody else would have a turn.
        """
        answer: Any = None
        try:
            for _ in range(words.LONGEST):
                if interrupted():
                    return None
                command = talk.send(answer)
                answer = await self._line.say(command)
        except StopIteration as end:
            said: words.Said = end.value
            return said
        finally:
            talk.close()
        return words.SILENT


def _failure_level(gear: DaliGear, said: words.Said) -> int | None:
    """The arc power that gear is to take by itself, by its curve and bounds; None if none is declared."""
    if gear.failure_level is None:
        return None
    found = next((curve for curve in Curve if curve.value == said.get("dimming_curve")), None)
    arc = followed(CURVES.get(gear.dimming_curve), found, asked=True).arc(gear.failure_level)
    return min(max(arc, said["minimum"]), said["maximum"] or FULL) if arc else 0
