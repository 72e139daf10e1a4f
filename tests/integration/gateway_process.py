"""The real daemon in its own process, for tests that stop it, kill it and start it again."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from gateway.clock import ScaledClock
from tests.links.inbox import PATIENCE

ROOT = Path(__file__).parents[2]


class GatewayProcess:
    """`reverbere run` on a folder of configuration; with a `clock`, in that clock's street time.

    Everything blocks: from an async test call it by `asyncio.to_thread`. It may be started again after it ended; the
    record and the log stay. `with` starts it and ends it by SIGTERM.
    """

    def __init__(self, folder: Path, clock: ScaledClock | None = None) -> None:
        self.folder = folder
        self.log = folder / "gateway.log"
        self.said: list[str] = []
        """What it told the service manager since its last start: READY=1, WATCHDOG=1, STOPPING=1."""
        self.environment: dict[str, str] = {}
        """Variables that it gets at its next start beside those of this process."""
        self._clock = clock
        self._process: subprocess.Popen[bytes] | None = None
        self._manager: socket.socket | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The number of the running process."""
        assert self._process is not None, "expected a gateway that was started"
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it says READY=1, as systemd would. Links may still be connecting then."""
        self.begin()
        self._await("READY=1")

    def begin(self) -> None:
        """Start it and do not wait."""
        name = f"reverbere-test-{uuid.uuid4().hex}"
        self._manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._manager.bind(f"\0{name}")
        self._manager.settimeout(0.05)
        self.said = []
        environment = {**os.environ, **self.environment, "NOTIFY_SOCKET": f"@{name}"}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command(), cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def stop(self) -> int:
        """Ask it to stop (SIGTERM), wait, and say its exit status; 0 if it does not run."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int:
        """Kill it (SIGKILL), wait, and say its exit status; 0 if it does not run."""
        return self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Stop it and start it again."""
        self.stop()
        self.start()

    def wait(self) -> int:
        """Wait until it ends by itself and say its exit status."""
        assert self._process is not None, "expected a gateway that was started"
        status = self._process.wait(PATIENCE)
        self._forget()
        return status

    def events(self, event: str) -> list[dict[str, Any]]:
        """What it logged under a name over all its starts, oldest first: "running", "link up", "link down"."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        logged = (json.loads(line) for line in lines if line.startswith("{"))
        return [entry for entry in logged if entry.get("event") == event]

    def _command(self) -> list[str]:
        if self._clock is None:
            return [str(Path(sys.executable).parent / "reverbere"), "run", "--config", str(self.folder)]
        numbers = (self._clock.start, self._clock.speed, self._clock.origin)
        return [sys.executable, "-m", "tests.integration.scaled_gateway", str(self.folder), *map(str, numbers)]

    def _await(self, word: str) -> None:
        assert self._process is not None, "expected a gateway that was started"
        until = time.monotonic() + PATIENCE
        while word not in self.said and self._process.poll() is None and time.monotonic() < until:
            self._listen()
        if word not in self.said:
            status = self._process.poll()
            self.kill()
            log = self.log.read_text(encoding="utf-8", errors="replace")
            raise RuntimeError(f"the gateway did not say {word} (exit status {status}):\n{log[-4000:]}")

    def _listen(self) -> bool:
        """Take one message to the service manager; False if there is none."""
        assert self._manager is not None, "expected a gateway that was started"
        try:
            self.said += self._manager.recv(4096).decode().splitlines()
        except TimeoutError:
            return False
        return True

    def _end(self, by: signal.Signals) -> int:
        if self._process is None:
            return 0
        self._process.send_signal(by)
        status = self._process.wait(PATIENCE)
        self._forget()
        return status

    def _forget(self) -> None:
        while self._listen():
            pass
        self._process = None
        if self._manager is not None:
            self._manager.close()
            self._manager = None


@asynccontextmanager
async def living(gateway: GatewayProcess) -> AsyncIterator[None]:
    """A gateway that runs while the body of an async test runs, however often the body ends it."""
    await asyncio.to_thread(gateway.start)
    try:
        yield
    finally:
        await asyncio.to_thread(gateway.stop)
