"""The other end of the control socket: whoever asks."""

import asyncio
from pathlib import Path

from gateway.control.door import reachable
from gateway.control.words import LONGEST, Refused, Request, Value, read_reply, write_request

PATIENCE = 30.0
"""Seconds to wait for an answer; a gateway that is alive has given up before that."""


class NoGatewayError(ConnectionError):
    """Nobody answers at the control socket of a folder."""


async def ask(folder: Path, request: Request) -> Value:
    """Ask the gateway whose record is in `folder`, and wait for what it made of it.

    Raises `NoGatewayError` if none runs there, `Refused` with its words if it does not do it.
    """
    line = write_request(request)
    try:
        async with asyncio.timeout(PATIENCE):
            return read_reply(await _exchange(folder, line))
    except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
        raise NoGatewayError(f"no gateway runs on {folder}") from None
    except PermissionError:
        raise Refused(
            f"this login may not ask the gateway on {folder}",
            "root, the gateway's own user, or a member of the folder's group",
            f"see: ls -ld {folder}",
        ) from None
    except TimeoutError:
        raise Refused(f"the gateway on {folder} does not answer", f"an answer within {PATIENCE:.0f} s") from None
    except (ConnectionError, asyncio.IncompleteReadError) as error:
        raise Refused(f"the gateway on {folder} ended before it answered: {error}", "an answer", "ask again") from error


async def _exchange(folder: Path, line: bytes) -> bytes:
    with reachable(folder) as path:
        reader, writer = await asyncio.open_unix_connection(path, limit=2 * LONGEST)
    try:
        writer.write(line)
        await writer.drain()
        return await reader.readuntil(b"\n")
    finally:
        writer.close()
