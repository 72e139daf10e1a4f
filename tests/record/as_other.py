"""A process that becomes another user, then writes or reads a record, as the service and its group do.

Usage: as_other UID GID write|read FOLDER. What is imported is imported before, by whoever may read the sources.
"""

import asyncio
import os
import sys
from pathlib import Path

from gateway.record import codec
from gateway.record.errors import RecordError
from gateway.record.reader import Reader
from gateway.record.writer import Record
from tests.record.builders import message


async def write(folder: Path) -> None:
    """Store three more messages, say so, and live on until stdin ends."""
    record = await asyncio.to_thread(Record, folder, "chalon")
    record.start()
    first = record.status().seq
    for number in range(first, first + 3):
        record.append(message(number))
    await record.drain()
    sys.stdout.write("written\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    await asyncio.to_thread(record.close)


def read(folder: Path) -> None:
    """Print how many entries and readings there are, or why they cannot be read."""
    try:
        reader = Reader(folder)
        sys.stdout.write(f"{len(list(reader.entries()))} {len(list(reader.series()))} {reader.running()}\n")
        reader.close()
    except RecordError as error:
        sys.stdout.write(f"{error}\n")


def main(user: int, group: int, what: str, folder: Path) -> None:
    codec.decode(codec.encode(message(0).learned, ()))
    asyncio.run(asyncio.to_thread(int))  # it imports its threads when they are first asked for
    os.umask(0o077)
    os.setgroups([])
    os.setresgid(group, group, group)
    os.setresuid(user, user, user)
    if what == "write":
        asyncio.run(write(folder))
    else:
        read(folder)


main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], Path(sys.argv[4]))
