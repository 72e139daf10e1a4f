"""Rounds of faults against real processes: every person exactly once, whatever broke in between.

`make soak ROUNDS=n` plays n rounds and prints one line for each; `make soak ROUNDS=1 SEED=s` plays the round of one
line again. The seed fixes broker, commit interval and which faults come when, though not how processes run meanwhile.
`BROKER=mosquitto` or `BROKER=nats` plays all of them on one broker.
"""

import asyncio
import os
import random
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from aiomqtt import MqttError

from gateway.configuration.build import load
from tests.servers import ServerMissing
from tests.soak.books import Books, audit, complete, forwarded
from tests.soak.faults import Round, draw
from tests.soak.town import Town, eventually

PLAY = 25.0
"""Seconds for which sensors sense and things break."""

QUIET = 2.0
"""Seconds at the end of these in which nothing new breaks."""

ROUNDS = int(os.environ.get("ROUNDS") or 3)
SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(1_000_000))
BROKER = os.environ.get("BROKER") or None


@pytest.mark.soak
@pytest.mark.server
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(SEED, SEED + ROUNDS))
def test_every_person_is_counted_once_whatever_breaks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], seed: int
) -> None:
    drawn = draw(seed, PLAY - QUIET, BROKER)
    town = Town(tmp_path, drawn)
    begun = time.monotonic()
    with capsys.disabled():
        sys.stdout.write(f"\n{_headline(drawn)} | ")
        sys.stdout.flush()
        try:
            books = asyncio.run(play(town))
        except ServerMissing as missing:
            if os.environ.get("CI") == "true":
                pytest.fail(str(missing))
            pytest.skip(str(missing))
        sys.stdout.write(f"{_figures(books)}, {time.monotonic() - begun:.0f} s\n")
    assert not books.wrong, f"in {tmp_path}"


async def play(town: Town) -> Books:
    """Play one round: let things break, heal them, let everything run empty, and do the books."""
    asyncio.get_running_loop().set_exception_handler(_complain)
    async with town.open():
        async with asyncio.TaskGroup() as tasks:
            for fault in town.drawn.faults:
                tasks.create_task(town.strike(fault), name=str(fault))
            tasks.create_task(asyncio.sleep(PLAY), name="play")
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


def _headline(drawn: Round) -> str:
    faults = "; ".join(map(str, drawn.faults))
    return f"SEED={drawn.seed} BROKER={drawn.broker}, commits wait {drawn.commit_interval:g} s: {faults}"


def _figures(books: Books) -> str:
    result = "WRONG: " + "; ".join(books.wrong) if books.wrong else "exact"
    return (
        f"{books.messages} messages, {books.people} people, {books.again} came again; "
        f"without numbers {books.plain.said} messages, {len(books.plain.lost)} lost, {len(books.plain.doubled)} twice; "
        f"serial {books.lost_lines} lost of {books.deaf_lines} said to nobody, of {books.lines} lines; "
        f"{books.refused} refused; {result}"
    )
