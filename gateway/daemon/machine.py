"""What the machine says of itself and of this process: memory, temperature, room on the disk."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MEMORY: Final = Path("/proc/self/smaps_rollup")
"""Memory of this process; its line Pss is what it takes, shared pages by their share (proc_pid_smaps(5))."""
TEMPERATURE: Final = Path("/sys/class/thermal/thermal_zone0/temp")
"""The processor's temperature in thousandths of a degree Celsius."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Bytes and degrees Celsius; None for what this machine does not say. `disk` is what programs may fill of it."""

    memory: int | None = None
    temperature: float | None = None
    disk: int | None = None
    disk_free: int | None = None


def look(folder: Path, memory: Path = MEMORY, temperature: Path = TEMPERATURE) -> Machine:
    """Ask the machine now; the disk is the one of `folder`. Blocks: from a loop, call it in a thread."""
    total, free = _disk(folder)
    thousandths = _number(temperature)
    return Machine(_memory(memory), None if thousandths is None else thousandths / 1000, total, free)


def _memory(file: Path) -> int | None:
    lines = (line.split() for line in _text(file).splitlines())
    return next((int(words[1]) * 1024 for words in lines if words[:1] == ["Pss:"]), None)


def _disk(folder: Path) -> tuple[int | None, int | None]:
    try:
        usage = shutil.disk_usage(folder)
    except OSError:
        return None, None
    return usage.used + usage.free, usage.free


def _number(file: Path) -> int | None:
    try:
        return int(_text(file))
    except ValueError:
        return None


def _text(file: Path) -> str:
    """What a file of the kernel says; nothing where there is none, or none for us."""
    try:
        return file.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
