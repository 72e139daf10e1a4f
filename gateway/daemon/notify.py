"""Words to systemd: ready, alive, stopping (sd_notify(3))."""

import contextlib
import os
import socket


def notify(words: str) -> None:
    """Send e.g. "READY=1" or "WATCHDOG=1" to the service manager; nothing where none listens.

    A manager that is too busy to take a word, or gone, is its own trouble: the street stays lit without it.
    """
    path = os.environ.get("NOTIFY_SOCKET")
    if not path:
        return
    address = "\0" + path[1:] if path.startswith("@") else path
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as manager:
        manager.settimeout(0)
        with contextlib.suppress(OSError):
            manager.sendto(words.encode(), address)


def watchdog_interval() -> float | None:
    """Seconds within which the service manager wants to hear from us; None if it does not."""
    microseconds = os.environ.get("WATCHDOG_USEC")
    return int(microseconds) / 1e6 if microseconds else None
