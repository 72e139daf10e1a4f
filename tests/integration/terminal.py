"""`reverbere` at a terminal: what a person reads there, and types."""

import asyncio
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

from tests.cli.command import PLAIN, REVERBERE
from tests.links.inbox import PATIENCE

ROWS, COLUMNS = 60, 120


class Terminal:
    """A verb that runs at a pseudo-terminal. Everything blocks: from an async test call it by `asyncio.to_thread`."""

    def __init__(self, *arguments: str | Path) -> None:
        self._command = [REVERBERE, *map(str, arguments)]
        self.shown = ""

    def __enter__(self) -> Self:
        self._near, far = pty.openpty()
        fcntl.ioctl(far, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        environment = {**PLAIN, "TERM": "xterm", "COLUMNS": str(COLUMNS)}
        self._process = subprocess.Popen(
            self._command, stdin=far, stdout=far, stderr=far, env=environment, start_new_session=True
        )
        os.close(far)
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(PATIENCE)
        os.close(self._near)

    def until(self, words: str) -> str:
        """Read on until something is shown; all that was shown before it, since the last time."""
        deadline = time.monotonic() + PATIENCE
        while words not in self.shown and time.monotonic() < deadline and self._read():
            pass
        assert words in self.shown, f"expected {words!r} on the terminal, found:\n{self.shown[-3000:]}"
        before, _, self.shown = self.shown.partition(words)
        return before

    def type(self, text: str) -> None:
        """Type something."""
        os.write(self._near, text.encode())

    def interrupt(self) -> None:
        """Ctrl-C."""
        self._process.send_signal(signal.SIGINT)

    def status(self) -> int:
        """The exit status, when it has ended."""
        while self._read():
            pass
        return self._process.wait(PATIENCE)

    def _read(self) -> bool:
        """Take what is shown; False when nothing more can be."""
        ready, _, _ = select.select([self._near], [], [], 0.1)
        if not ready:
            return self._process.poll() is None
        try:
            data = os.read(self._near, 65_536)
        except OSError:
            return False
        self.shown += data.decode("utf-8", "replace")
        return bool(data)


@asynccontextmanager
async def at_a_terminal(*arguments: str | Path) -> AsyncIterator[Terminal]:
    """The same from an async test."""
    terminal = await asyncio.to_thread(Terminal(*arguments).__enter__)
    try:
        yield terminal
    finally:
        await asyncio.to_thread(terminal.__exit__)
