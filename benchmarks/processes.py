"""Processes that are measured: the gateway, and a bare client as its baseline."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
"""Bytes in which the kernel counts memory."""
PATIENCE = 60.0
"""Seconds until something that does not happen is given up."""


def _environment() -> dict[str, str]:
    """Ours, but for what would have each process compile all modules anew: an installed gateway has them compiled."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


class Measured:
    """A process from its start on; as a context it is ended at the end. What it logs goes to `log`."""

    def __init__(self, command: list[str], log: Path) -> None:
        self._log = log
        with log.open("ab") as errors:
            self.started = time.perf_counter()
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors, env=_environment()
            )

    def __enter__(self) -> Self:
        """Use it as a context."""
        return self

    def __exit__(self, *_: object) -> None:
        """Ask it to end (SIGTERM) and wait."""
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(PATIENCE)

    def cpu(self) -> float:
        """Seconds of processor time that all its threads took so far (proc(5), fields 14 and 15 of stat)."""
        fields = self._about("stat").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self) -> float:
        """Proportional set size in MB: what it shares with others counts by halves, thirds and so on."""
        return self._memory("Pss")

    def anonymous(self) -> float:
        """Memory in MB that no file stands behind and that is its own: heaps, stacks, caches."""
        return self._memory("Anonymous")

    def _memory(self, kind: str) -> float:
        lines = dict(line.split(":", 1) for line in self._about("smaps_rollup").splitlines()[1:])
        return int(lines[kind].split()[0]) * 1024 / 1e6

    def written(self) -> int:
        """Bytes that it sent towards the disk so far, in whole pages (proc(5), write_bytes of io)."""
        return int(dict(line.split(": ") for line in self._about("io").splitlines())["write_bytes"])

    def until(self, condition: Callable[[], object], what: str, interval: float = 0.02) -> None:
        """Wait until a condition holds while the process lives. Raises `RuntimeError` with what it logged if not."""
        end = time.monotonic() + PATIENCE
        while not condition():
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"waited in vain: {what}\n{self._log.read_text(errors='replace')[-3000:]}")
            time.sleep(interval)

    def until_level(self, level: Callable[[], int], goal: int, what: str, interval: float = 0.02) -> None:
        """Wait until a level that rises has come to `goal`, as long as that takes while it rises. Raises as `until`."""
        while (reached := level()) < goal:
            self.until(lambda reached=reached: level() > reached, what, interval)  # type: ignore[misc] # mypy infers no lambda with a default

    def _about(self, name: str) -> str:
        return Path(f"/proc/{self._process.pid}/{name}").read_text(encoding="ascii")


def gateway(folder: Path) -> Measured:
    """The daemon of a site, started as its user starts it."""
    return Measured([str(Path(sys.executable).with_name("reverbere")), "run", "--config", str(folder)], folder / "log")


def bare_client(folder: Path, port: int, filters: str, file: Path) -> Measured:
    """The baseline: `benchmarks.bare`, which only counts, and writes what it counted to `file`."""
    command = [sys.executable, "-m", "benchmarks.bare", str(port), filters, str(file)]
    return Measured(command, folder / "bare.log")
