"""Serial cables of the tests: pseudo-terminals behind names that stay, like those under /dev/serial/by-id."""

import os
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Cable:
    """A cable; `near` is the device's end of it while it is plugged in, `name` the port that a gateway opens."""

    def __init__(self, name: Path) -> None:
        self.name = name
        self.near = self._far = -1

    def plug(self) -> None:
        self.near, self._far = os.openpty()
        tty.setraw(self._far)
        self.name.symlink_to(os.ttyname(self._far))

    def unplug(self) -> None:
        self.name.unlink()
        os.close(self._far)
        os.close(self.near)


@contextmanager
def plugged(name: Path) -> Iterator[Cable]:
    """A cable while the body runs."""
    cable = Cable(name)
    cable.plug()
    try:
        yield cable
    finally:
        cable.unplug()


@contextmanager
def speaking(folder: Path, data: bytes) -> Iterator[str]:
    """A port on which something is said over and over; nothing where there is nothing to say."""
    over = threading.Event()
    with plugged(folder / "port") as cable:

        def speak() -> None:
            while not over.wait(0.005):
                os.write(cable.near, data)

        thread = threading.Thread(target=speak if data else over.wait, daemon=True)
        thread.start()
        try:
            yield str(cable.name)
        finally:
            over.set()
            thread.join()
