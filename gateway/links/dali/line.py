"""Ways to a DALI line: a Tridonic DALI USB adapter by python-dali's driver, or a daliserver by TCP.

Whoever imports this module has the extra `dali`.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final, Protocol

from dali.command import Command
from dali.driver.hid import tridonic
from dali.exceptions import DALIError
from dali.frame import BackwardFrame, BackwardFrameError
from dali.gear.general import EnableDeviceType

from gateway.links.delivery import LinkDown
from gateway.links.opening import UNOPENED

PATIENCE: Final = 3.0
"""Real seconds for one frame: more than an adapter ever takes."""

HEADER: Final = bytes((2, 0))
"""Of a request to daliserver: protocol 2, send; two bytes of the frame follow."""

REPLY: Final = 4
NO_ANSWER, ANSWER, OVERHEARD, FAILED = 0, 1, 2, 255
"""What the second byte of daliserver's replies says: frames of others on the line are told to everybody."""


class Line(Protocol):
    """One line. Its owner says one thing at a time."""

    async def say(self, command: Command) -> Any:
        """Send a command, twice where it wants that; give the response of queries, else None. Raises `LinkDown`."""
        ...

    async def close(self) -> None:
        """Let go of the adapter."""
        ...


async def reach(line: str) -> Line:
    """Open a line: `tridonic:/dev/...` or `daliserver://host:port`. Raises `LinkDown`."""
    scheme, _, where = line.partition(":")
    opened: Callable[[str], Any] = _Daliserver.reach if scheme == "daliserver" else _Tridonic.reach
    try:
        async with asyncio.timeout(PATIENCE):
            reached: Line = await opened(where)
    except TimeoutError:
        raise LinkDown(f"{line} is there and says nothing") from None
    return reached


class _Tridonic:
    """The USB adapter. Its driver would come back by itself; here the link does that, for all lines alike."""

    def __init__(self, driver: tridonic, path: str) -> None:
        self._driver = driver
        self._path = path

    @classmethod
    async def reach(cls, path: str) -> "_Tridonic":
        driver = tridonic(path, reconnect_limit=0)
        if not driver.connect():
            raise LinkDown(f"cannot open {path}: is the adapter plugged in, and may we read and write it?")
        try:
            await driver.connected.wait()
        except asyncio.CancelledError:
            driver.disconnect()
            raise
        return cls(driver, path)

    async def say(self, command: Command) -> Any:
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._driver.send(command)
        except TimeoutError:
            raise LinkDown(f"{self._path} does not answer any more") from None
        except (DALIError, OSError) as error:
            raise LinkDown(f"{self._path} failed: {str(error) or type(error).__name__}") from error

    async def close(self) -> None:
        self._driver.disconnect()


class _Daliserver:
    """A daliserver, which shares one adapter among programs.

    python-dali's own client blocks and knows no device types, so that the sixteen bits are carried here.
    """

    def __init__(self, where: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._where = where
        self._reader = reader
        self._writer = writer

    @classmethod
    async def reach(cls, where: str) -> "_Daliserver":
        host, _, port = where.removeprefix("//").rpartition(":")
        try:
            reader, writer = await asyncio.open_connection(host.strip("[]"), int(port))
        except UNOPENED as error:
            raise LinkDown(f"cannot reach daliserver at {host}:{port}: {error}") from error
        return cls(f"daliserver at {host}:{port}", reader, writer)

    async def say(self, command: Command) -> Any:
        try:
            async with asyncio.timeout(PATIENCE):
                if command.devicetype:
                    await self._carry(EnableDeviceType(command.devicetype))
                if command.sendtwice:
                    await self._carry(command)
                status, value = await self._carry(command)
        except TimeoutError:
            raise LinkDown(f"{self._where} does not answer any more") from None
        except (OSError, EOFError) as error:
            raise LinkDown(f"{self._where} is gone: {str(error) or type(error).__name__}") from error
        if command.response is None:
            return None
        frame = BackwardFrame(value) if status == ANSWER else BackwardFrameError(value) if status == FAILED else None
        return command.response(frame)

    async def _carry(self, command: Command) -> tuple[int, int]:
        self._writer.write(HEADER + command.frame.pack)
        await self._writer.drain()
        while True:
            protocol, status, value, _ = await self._reader.readexactly(REPLY)
            if protocol != HEADER[0]:
                raise LinkDown(f"expected protocol {HEADER[0]} of {self._where}, found {protocol}")
            if status != OVERHEARD:
                return status, value

    async def close(self) -> None:
        self._writer.close()
