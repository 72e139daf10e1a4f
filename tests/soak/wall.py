"""A wall clock that jumps, for one process: libfaketime, which leaves the monotonic clock alone."""

from pathlib import Path

from tests.servers import ServerMissing


class Wall:
    """The wall clock of a process that was started with `environment`. Other processes keep the right time."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "wall-clock"
        self._offset = 0

    def environment(self) -> dict[str, str]:
        """What the process needs to be told by this clock. Raises `ServerMissing`."""
        library = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
        if library is None:
            raise ServerMissing("libfaketime is not installed")
        self._write()
        return {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
            # Else every wait for Python's own lock returns at once, and its threads spin.
            "FAKETIME_FORCE_MONOTONIC_FIX": "0",
            "NO_FAKE_STAT": "1",
        }

    def step(self, by: int) -> None:
        """Put the clock forwards by so many seconds, or back."""
        self._offset += by
        self._write()

    def _write(self) -> None:
        making = self._file.with_suffix(".new")
        making.write_text(f"{self._offset:+d}\n", encoding="ascii")
        making.replace(self._file)
