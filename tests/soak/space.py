"""A disk that is full for a while: a small file system where mounts are allowed, else a bound on the size of files."""

import contextlib
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

SIZE = 64 << 20
"""Bytes of the small file system: several records of a round."""

CHUNK = bytes(1 << 20)

SPARE = 200_000
"""Bytes that files may grow beyond the gateway's log, where a bound on their size is all there is."""


class Space(Protocol):
    """What a folder's files may take. `name` says by what means it ends."""

    name: str

    def fill(self, process: int) -> None:
        """Leave no space, for a process."""
        ...

    def free(self, process: int) -> None:
        """Give it back."""
        ...


class SmallDisk:
    """A file system of its own, mounted at `folder`."""

    name = "a small mount"

    def __init__(self, folder: Path) -> None:
        self._ballast = folder / "ballast"

    def fill(self, process: int) -> None:
        """Fill what is left, to the last byte."""
        del process
        with self._ballast.open("wb", buffering=0) as file:
            for size in (len(CHUNK), 1):
                try:
                    while file.write(CHUNK[:size]):
                        pass
                except OSError:
                    continue

    def free(self, process: int) -> None:
        """Take the ballast away."""
        del process
        self._ballast.unlink()


class SizeLimit:
    """RLIMIT_FSIZE of a process whose standard output is the file `log`: that, and no other, may go on growing."""

    name = "RLIMIT_FSIZE"

    def __init__(self, log: Path) -> None:
        self._log = log

    def fill(self, process: int) -> None:
        """Let no file of the process grow beyond its log."""
        _, most = resource.prlimit(process, resource.RLIMIT_FSIZE)
        resource.prlimit(process, resource.RLIMIT_FSIZE, (self._log.stat().st_size + SPARE, most))

    def free(self, process: int) -> None:
        """Let them grow again, if it has not ended."""
        with contextlib.suppress(ProcessLookupError):
            _, most = resource.prlimit(process, resource.RLIMIT_FSIZE)
            resource.prlimit(process, resource.RLIMIT_FSIZE, (most, most))


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """Mount a small file system at a folder while the body runs; say whether that was allowed. Its files stay there."""
    folder.mkdir(parents=True, exist_ok=True)
    options = f"size={SIZE},mode=0770"
    mounted = _run("mount", "-t", "tmpfs", "-o", options, "reverbere-soak", str(folder))
    try:
        yield mounted
    finally:
        if mounted:
            kept = folder.with_name(f"{folder.name}.kept")
            shutil.copytree(folder, kept)
            if not _run("umount", str(folder)):
                _run("umount", "--lazy", str(folder))
            shutil.copytree(kept, folder, dirs_exist_ok=True)
            shutil.rmtree(kept)


def _run(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False
