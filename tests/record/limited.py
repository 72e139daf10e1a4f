"""A process whose files may not grow for a while, as on a full disk; it prints what became of each message."""

import asyncio
import resource
import sys
from functools import partial
from pathlib import Path

from devices.convention import Rejected
from devices.message import Message
from gateway.links.delivery import Outcome
from gateway.record.writer import Record
from tests.record.builders import message

LARGE = Rejected(Message("t", bytes(200_000)), "something shorter", "this")


def say(number: int, outcome: Outcome) -> None:
    print(number, outcome.value, flush=True)  # noqa: T201 - whoever started this process reads it


async def main(folder: Path) -> None:
    record = Record(folder, "chalon")
    record.start()
    record.append(message(1), partial(say, 1))
    await record.drain()
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, most))
    record.append(message(2, LARGE), partial(say, 2))
    await record.drain()
    print("trouble", record.status().trouble, flush=True)  # noqa: T201 - as above
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    record.append(message(2, LARGE, redelivered=True), partial(say, 2))
    await record.drain()
    print("damage", record.status().damage, flush=True)  # noqa: T201 - as above
    record.close()


asyncio.run(main(Path(sys.argv[1])))
