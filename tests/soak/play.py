"""One round, from its seed to its books; a process of its own may play it."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiomqtt import MqttError

from gateway.configuration.build import load
from tests.soak.books import Books, audit, complete, forwarded
from tests.soak.faults import Round, draw
from tests.soak.strikes import Strikes
from tests.soak.town import Town, eventually

QUIET = 2.0
"""Seconds at the end of a play in which nothing new breaks."""


@dataclass(frozen=True, slots=True)
class Score:
    """Which round is to be played, for how many seconds things are sensed and break, and where."""

    seed: int
    length: float
    broker: str | None
    folder: Path

    def drawn(self) -> Round:
        """The round itself."""
        return draw(self.seed, self.length - QUIET, self.broker)

    def headline(self) -> str:
        """What somebody must know to play it again, and what breaks."""
        drawn = self.drawn()
        faults = "; ".join(map(str, drawn.faults))
        return (
            f"SEED={drawn.seed} BROKER={drawn.broker} PLAY={self.length:g}, "
            f"commits wait {drawn.commit_interval:g} s: {faults}"
        )


@dataclass(frozen=True, slots=True)
class Result:
    """What a round came to: its books, by what means there was no space, if there was none, and seconds in all."""

    books: Books
    no_space: str
    seconds: float

    def figures(self) -> str:
        """All of it in a line."""
        books, plain = self.books, self.books.plain
        parts = [
            f"{books.messages} messages, {books.people} people, {books.again} came again",
            f"without numbers {plain.said} messages, {len(plain.lost)} lost, {len(plain.doubled)} twice",
            f"of equal ones {books.alike:+d}",
            f"serial {books.lost_lines} lost of {books.deaf_lines} said to nobody, of {books.lines} lines",
            f"{books.refused} refused",
        ]
        if self.no_space:
            parts.append(f"no space by {self.no_space}, {books.released} times")
        parts.append("WRONG: " + "; ".join(books.wrong) if books.wrong else "exact")
        return f"{'; '.join(parts)}, {self.seconds:.0f} s"


def play(score: Score) -> Result:
    """Play a round. Raises `ServerMissing`."""
    begun = time.monotonic()
    town = Town(score.folder, score.drawn())
    books = asyncio.run(_play(town, score.length))
    return Result(books, town.space.name if town.space else "", time.monotonic() - begun)


async def _play(town: Town, length: float) -> Books:
    """Let things break, heal them, let everything run empty, and do the books."""
    asyncio.get_running_loop().set_exception_handler(_complain)
    strikes = Strikes(town)
    async with town.open():
        async with asyncio.TaskGroup() as tasks:
            for fault in town.drawn.faults:
                tasks.create_task(strikes.strike(fault), name=str(fault))
            tasks.create_task(asyncio.sleep(length), name="play")
        truth = await town.stop()
        site = await asyncio.to_thread(load, town.folder)
        late = []
        try:
            await eventually(lambda: complete(town, site, truth), 0.5)
            await eventually(lambda: forwarded(site), 0.5)
        except TimeoutError:
            late.append("the pipeline did not run empty")
        status = await asyncio.to_thread(town.gateway.stop)
        return await asyncio.to_thread(audit, town, truth, [*late, *_ending(town, status)])


def _complain(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Sensors whose connection breaks leave futures behind that nobody asks: that is no news here."""
    if not isinstance(context.get("exception"), MqttError):
        loop.default_exception_handler(context)


def _ending(town: Town, status: int) -> list[str]:
    wrong = [] if status == 0 else [f"the gateway ended with status {status}"]
    if "Traceback" in town.gateway.log.read_text(encoding="utf-8", errors="replace"):
        wrong.append(f"there is a traceback in {town.gateway.log}")
    return wrong
