"""`reverbere` as somebody at a terminal uses it: a pseudo-terminal whose questions are answered one by one."""

import os
import select
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.cli.command import PLAIN, REVERBERE
from tests.links.inbox import PATIENCE


class Terminal:
    """A verb that runs on a terminal of its own: `setsid --ctty` makes it the one that passwords are typed at."""

    def __init__(self, *arguments: str | Path) -> None:
        self._near, far = os.openpty()
        command = ["/usr/bin/setsid", "--ctty", "--wait", REVERBERE, *map(str, arguments)]
        self._process = subprocess.Popen(command, stdin=far, stdout=far, stderr=far, env={**PLAIN, "TERM": "dumb"})
        os.close(far)
        self.shown = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait(PATIENCE)
        os.close(self._near)

    def answer(self, question: str, answer: str) -> None:
        """Wait until it asks, then type."""
        self._until(question)
        os.write(self._near, f"{answer}\n".encode())

    def end(self) -> int:
        """Read to its end, and say its exit status."""
        self._until("")
        return self._process.wait(PATIENCE)

    def _until(self, words: str) -> None:
        """Read until words that were not read before, or, of no words, to the end."""
        begun, until = len(self.shown), time.monotonic() + PATIENCE
        while not words or words not in self.shown[begun:]:
            assert time.monotonic() < until, f"expected {words!r} at the end of:\n{self.shown}"
            ready, _, _ = select.select([self._near], [], [], 0.1)
            try:
                said = os.read(self._near, 65_536) if ready else None
            except OSError:  # the other end of a terminal is gone
                said = b""
            if said == b"":
                assert not words, f"expected {words!r} at the end of:\n{self.shown}"
                return
            self.shown += (said or b"").decode("utf-8", "replace")
