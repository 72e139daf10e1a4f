"""File systems of a test's own, in a mount namespace of its own: small ones, and read-only ones."""

import functools
import subprocess
from pathlib import Path


@functools.cache
def forbidden() -> str:
    """Why this machine lets nobody mount anything; "" if it does."""
    command = ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    try:
        tried = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    except OSError as error:
        return f"no mounts here: {error}"
    return "" if not tried.returncode else f"no mounts here: {tried.stderr.strip()}"


def small(folder: Path, size: str) -> list[str]:
    """A command's beginning: what follows it runs with a file system of so many bytes in the place of a folder."""
    script = 'mount -t tmpfs -o "size=$1,mode=770" tmpfs "$0" && shift && exec "$@"'
    return ["unshare", "--mount", "sh", "-c", script, str(folder), size]


def read_only(folder: Path) -> list[str]:
    """A command's beginning: what follows it can only read in a folder."""
    script = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
    return ["unshare", "--mount", "sh", "-c", script, str(folder)]


def inside(pid: int) -> list[str]:
    """A command's beginning: what follows it sees the mounts of a process. SQLite does not find its way there else."""
    return ["nsenter", "--mount", "--target", str(pid)]


def seen_by(pid: int, path: Path) -> Path:
    """Where a path leads in the mounts of a process."""
    return Path(f"/proc/{pid}/root{path.absolute()}")
