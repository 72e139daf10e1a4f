"""A process that records counts for ever and says on stdout which are durable; to be killed."""

import asyncio
import sys
from functools import partial
from itertools import count
from pathlib import Path

from gateway.links.delivery import Outcome
from gateway.record.writer import Record
from tests.record.builders import message


def say(number: int, outcome: Outcome) -> None:
    if outcome is Outcome.ACCEPTED:
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


async def main(folder: Path) -> None:
    record = Record(folder, "chalon")
    record.start()
    for number in count():
        record.append(message(number), partial(say, number))
        if number % 20 == 0:
            await asyncio.sleep(0.0005)


asyncio.run(main(Path(sys.argv[1])))
