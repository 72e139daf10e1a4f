"""`reverbere` as somebody at a terminal uses it: a pseudo-terminal that is read, and typed at."""

import asyncio
import fcntl
import os
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
    """A verb that runs on a terminal of its own: `setsid --ctty` makes it the one that passwords are typed at.

    `shown` is all that was shown. Everything blocks: an async test calls it by `asyncio.to_thread`.
    """

    def __init__(self, *arguments: str | Path) -> None:
        self._near, far = os.openpty()
        fcntl.ioctl(far, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        command = ["/usr/bin/setsid", "--ctty", "--wait", REVERBERE, *map(str, arguments)]
        environment = {**PLAIN, "TERM": "xterm", "COLUMNS": str(COLUMNS)}
        self._process = subprocess.Popen(command, stdin=far, stdout=far, stderr=far, env=environment)
        os.close(far)
        self.shown = ""
        self._read_on = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait(PATIENCE)
        os.close(self._near)

    def until(self, words: str) -> str:
        """Read on until something is shown; all that was shown before it, since the last time."""
        deadline = time.monotonic() + PATIENCE
        while (found := self.shown.find(words, self._read_on)) < 0 and time.monotonic() < deadline and self._read():
            pass
        assert found >= 0, f"expected {words!r} on the terminal, found:\n{self.shown[self._read_on :][-3000:]}"
        before, self._read_on = self.shown[self._read_on : found], found + len(words)
        return before

    def type(self, text: str) -> None:
        """Type something."""
        os.write(self._near, text.encode())

    def answer(self, question: str, answer: str) -> None:
        """Wait until it asks, then type a line."""
        self.until(question)
        self.type(f"{answer}\n")

    def interrupt(self) -> None:
        """Ctrl-C."""
        self._process.send_signal(signal.SIGINT)

    def end(self) -> int:
        """Read to its end, and say its exit status."""
        deadline = time.monotonic() + PATIENCE
        while self._read():
            assert time.monotonic() < deadline, f"expected an end, found:\n{self.shown[-3000:]}"
        return self._process.wait(PATIENCE)

    def _read(self) -> bool:
        """Take what is shown; False when nothing more can be."""
        ready, _, _ = select.select([self._near], [], [], 0.1)
        if not ready:
            return self._process.poll() is None
        try:
            data = os.read(self._near, 65_536)
        except OSError:  # the other end of a terminal is gone
            return False
        self.shown += data.decode("utf-8", "replace")
        return bool(data)


@asynccontextmanager
async def at_a_terminal(*arguments: str | Path) -> AsyncIterator[Terminal]:
    """The same from an async test."""
    terminal = await asyncio.to_thread(Terminal, *arguments)
    try:
        yield terminal
    finally:
        await asyncio.to_thread(terminal.__exit__)
