"""A door without a gateway behind it: what was asked, and answers as told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from gateway.control.door import answer, reachable
from gateway.control.peer import Caller
from gateway.control.words import OverrideRequest, Refused, Request, Value
from tests.links.inbox import PATIENCE


class Performer:
    """Does nothing, remembers it, and refuses what is for a target called "nowhere"."""

    def __init__(self) -> None:
        self.asked: list[tuple[Request, Caller]] = []
        self.wait = asyncio.Event()
        self.wait.set()

    async def perform(self, request: Request, caller: Caller) -> Value:
        self.asked.append((request, caller))
        await self.wait.wait()
        if isinstance(request, OverrideRequest) and request.target == "nowhere":
            raise Refused('"nowhere" is not known', "a lamp or a zone", "Did you mean  quay ?")
        if isinstance(request, OverrideRequest) and request.target == "bug":
            raise ZeroDivisionError("a mistake of ours")
        return {"number": len(self.asked)}


@asynccontextmanager
async def door(folder: Path) -> AsyncIterator[Performer]:
    """A door that answers while the body runs."""
    performer = Performer()
    task = asyncio.create_task(answer(folder, performer.perform), name="control")
    try:
        await until_open(folder, task)
        yield performer
    finally:
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled(), task.exception()


async def until_open(folder: Path, task: "asyncio.Task[None] | None" = None) -> None:
    """Wait until somebody listens; a socket tells nobody."""
    async with asyncio.timeout(PATIENCE):
        while task is None or not task.done():
            try:
                _, writer = await connect(folder)
            except OSError:
                await asyncio.sleep(0.005)
            else:
                writer.close()
                return


async def connect(folder: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A client of our own, which says what a test wants."""
    with reachable(folder) as path:
        return await asyncio.open_unix_connection(path)


async def say(folder: Path, said: bytes, *, half_close: bool = False) -> bytes:
    """Say some bytes and read until the door closes, or to the end of the first answer."""
    reader, writer = await connect(folder)
    try:
        writer.write(said)
        if half_close:
            writer.write_eof()
        async with asyncio.timeout(PATIENCE):
            return await reader.readline()
    finally:
        writer.close()
