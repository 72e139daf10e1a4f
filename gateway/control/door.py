"""The gateway's end of the control socket: `control.sock` in the folder of the record."""

import asyncio
import contextlib
import os
import socket
import traceback
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

import structlog

from gateway.control.peer import Caller, admit, caller
from gateway.control.words import LONGEST, Refused, Reply, Request, Value, done, failed, read_request, write_reply

SOCKET: Final = "control.sock"

MOST = 16
"""Connections at once; whoever comes then is told so and sent away."""

PATIENCE = 10.0
"""Seconds within which a client must have said its request, and taken its answer."""

PAUSE = 1.0
"""Seconds after which connections are taken again when the system had no room for one."""

Perform: TypeAlias = Callable[[Request, Caller], Awaitable[Value]]

log = structlog.get_logger(__name__)


@contextmanager
def reachable(folder: Path) -> Iterator[str]:
    """A path of the socket that is short enough, however long the folder's is: 107 bytes are the most (unix(7)).

    Raises `OSError` if the folder cannot be opened.
    """
    descriptor = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{descriptor}/{SOCKET}"
    finally:
        os.close(descriptor)


async def answer(folder: Path, perform: Perform, listening: Callable[[], None] = lambda: None) -> None:
    """Answer requests until cancelled, one at a time on each connection; the socket is gone afterwards.

    A socket that a dead daemon left is replaced: whoever calls this holds the folder's lock. `perform` raises
    `Refused` for what it does not do; `listening` is called when the socket is there. Raises `OSError` if it cannot be
    made.
    """
    listener = await asyncio.to_thread(_listen, folder)
    try:
        listening()
        group = (await asyncio.to_thread((folder / SOCKET).stat)).st_gid
        async with asyncio.TaskGroup() as tasks:
            await _Door(listener, perform, tasks, group).run()
    finally:
        listener.close()
        await asyncio.to_thread((folder / SOCKET).unlink, missing_ok=True)


def _listen(folder: Path) -> socket.socket:
    """Make the socket under another name, and give it its own when nobody who may not can reach it any more."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        with reachable(folder) as path:
            making = Path(f"{path}.new")
            making.unlink(missing_ok=True)
            listener.bind(str(making))
            _belong(making, making.parent.stat().st_gid)
            listener.listen(MOST)
            making.rename(path)
        listener.settimeout(0)
    except OSError:
        listener.close()
        raise
    return listener


def _belong(path: Path, group: int) -> None:
    """Give the socket to the folder's group; who may not do that keeps it to their own."""
    if path.stat().st_gid != group:
        try:
            os.chown(path, -1, group)
        except PermissionError as error:
            log.warning("orders are taken from this login's own group only", group=group, found=str(error))
    path.chmod(0o660)


class _Door:
    """Takes connections on the loop and bounds them."""

    def __init__(self, listener: socket.socket, perform: Perform, tasks: asyncio.TaskGroup, group: int) -> None:
        self._listener = listener
        self._perform = perform
        self._tasks = tasks
        self._group = group
        self._owner = os.geteuid()
        self._open = 0
        self._count = 0

    async def run(self) -> None:
        """Take connections until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, _ = await loop.sock_accept(self._listener)
            except OSError as error:  # the process or the system has no descriptors left, or the peer is gone already
                log.warning("a connection to the control socket was not taken", found=str(error))
                await asyncio.sleep(PAUSE)
                continue
            self._count += 1
            full, self._open = self._open >= MOST, self._open + 1
            work = _turn_away(connection) if full else self._serve(connection)
            self._tasks.create_task(self._bounded(work), name=f"control.{self._count}")

    async def _bounded(self, work: Awaitable[None]) -> None:
        """A client that goes away, or is too slow, ends its own connection and nothing else."""
        try:
            await work
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            log.debug("a client of the control socket went away", found=str(error))
        finally:
            self._open -= 1

    async def _serve(self, connection: socket.socket) -> None:
        with contextlib.ExitStack() as ours:
            ours.callback(connection.close)
            who = await asyncio.to_thread(partial(caller, connection, owner=self._owner, group=self._group))
            reader, writer = await asyncio.open_unix_connection(sock=connection, limit=LONGEST)
            ours.pop_all()
        writer.transport.set_write_buffer_limits(high=0)  # what was said is then with the kernel, not with us
        try:
            while (line := await _line(reader)) is not None:
                await _say(writer, await self._answer(line, who))
            await _say(writer, failed(Refused("the request is too long", f"at most {LONGEST} bytes on one line")))
        finally:
            writer.transport.abort()

    async def _answer(self, line: bytes, who: Caller) -> Reply:
        try:
            request = read_request(line)
            admit(who, request)
            return done(await self._perform(request, who))
        except Refused as refused:
            return failed(refused)
        except Exception as error:  # noqa: BLE001 - a mistake of ours in one request must not end the street's gateway
            trace = await asyncio.to_thread(traceback.format_exception, error)  # it reads our source files
            log.error("a request could not be performed", caller=who.login, trace="".join(trace))  # noqa: TRY400 - the trace is there
            return failed(Refused("the gateway made a mistake of its own", "see its log", "journalctl -u reverbere"))


async def _line(reader: asyncio.StreamReader) -> bytes | None:
    """The next line; None if it is too long. Raises `asyncio.IncompleteReadError` at the end, `TimeoutError`."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await reader.readuntil(b"\n")
    except asyncio.LimitOverrunError:
        return None


async def _say(writer: asyncio.StreamWriter, reply: Reply) -> None:
    """Say it. Raises `TimeoutError` if the client does not take it."""
    async with asyncio.timeout(PATIENCE):
        writer.write(write_reply(reply))
        await writer.drain()


async def _turn_away(connection: socket.socket) -> None:
    """Say that there is no room; a client that does not listen is not waited for."""
    with connection:
        connection.settimeout(0)
        busy = Refused(f"{MOST} others are asking already", "fewer at once", "ask again in a moment")
        with contextlib.suppress(OSError):
            connection.send(write_reply(failed(busy)))
