"""The device's end of a serial cable: a pseudo-terminal under a stable name."""

import asyncio
import fcntl
import os
import struct
import termios
import tty
from pathlib import Path

LOOK_EVERY = 0.01
"""Real seconds between two looks at whether the other end has read everything; a terminal tells nobody."""


class Terminal:
    """A raw pseudo-terminal whose far end is found at `link`.

    Both ends stay open, so that whoever listens may come and go. Nothing waits: what does not fit, because nobody
    reads, is dropped as on a real line and counted. What fits in part is finished before anything else is said, so
    nothing is ever torn.
    """

    def __init__(self, link: Path) -> None:
        self.link = link
        self.dropped = 0
        self._ends: tuple[int, int] | None = None
        self._rest = b""

    def open(self) -> None:
        """Make the terminal and its name. Raises `FileExistsError` if something that is no link has the name."""
        if self._ends is not None:
            return
        near, far = os.openpty()
        self._ends = near, far
        tty.setraw(far)
        os.set_blocking(near, False)
        if self.link.is_symlink():
            self.link.unlink()
        self.link.symlink_to(os.ttyname(far))

    def close(self) -> None:
        """Unplug: the name goes and so does the terminal."""
        if self._ends is None:
            return
        if self.link.is_symlink() and self.link.readlink() == Path(os.ttyname(self._ends[1])):
            self.link.unlink()
        for end in self._ends:
            os.close(end)
        self._ends = None

    @property
    def near(self) -> int:
        """The device's end, for one that listens too. It must be open."""
        return self._open_ends()[0]

    def send(self, data: bytes) -> bool:
        """Send now or not at all; say whether it was sent."""
        if self._rest:
            self._rest = self._rest[self._write(self._rest) :]
        written = 0 if self._rest else self._write(data)
        if written == 0:
            self.dropped += 1
            return False
        self._rest = data[written:]
        return True

    async def drained(self) -> None:
        """Wait until somebody has read everything."""
        quiet = 0
        while quiet < 2:  # noqa: PLR2004 - the kernel may still be moving bytes from one end to the other at one look
            await asyncio.sleep(LOOK_EVERY)
            if self._rest:
                self._rest = self._rest[self._write(self._rest) :]
            quiet = quiet + 1 if self._unread() == 0 and not self._rest else 0

    def _write(self, data: bytes) -> int:
        near, _ = self._open_ends()
        try:
            return os.write(near, data)
        except BlockingIOError:
            return 0

    def _unread(self) -> int:
        _, far = self._open_ends()
        (unread,) = struct.unpack("i", fcntl.ioctl(far, termios.FIONREAD, b"\0" * struct.calcsize("i")))
        return int(unread)

    def _open_ends(self) -> tuple[int, int]:
        if self._ends is None:
            raise RuntimeError(f"expected an open terminal at {self.link}, found a closed one: call open() first")
        return self._ends
