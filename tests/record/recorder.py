"""A process that records counts or totals for ever and says on stdout which are durable; to be killed."""

import asyncio
import sys
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path

from devices.convention import Numbered
from devices.reading import Quantity, Reading
from gateway.links.delivery import Outcome
from gateway.record.entry import Entry
from gateway.record.writer import Record
from tests.record.builders import SECOND, START, WEST, message


def total(number: int) -> Entry:
    """A message with a running total; from a start on the same ones again."""
    at = START + number * SECOND
    shown = Reading(WEST, Quantity.PEDESTRIANS_TOTAL, 1000 + 3 * number, at)
    return Entry(at, (Numbered(WEST, "a", number), shown))


MESSAGES: dict[str, Callable[[int], Entry]] = {"counts": message, "totals": total}


def say(number: int, outcome: Outcome) -> None:
    if outcome is Outcome.ACCEPTED:
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


async def main(folder: Path, of: Callable[[int], Entry]) -> None:
    record = Record(folder, "chalon")
    record.start()
    for number in count():
        record.append(of(number), partial(say, number))
        if number % 20 == 0:
            await asyncio.sleep(0.0005)


asyncio.run(main(Path(sys.argv[1]), MESSAGES[(sys.argv[2:] or ["counts"])[0]]))
