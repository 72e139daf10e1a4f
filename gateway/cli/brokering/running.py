"""The mosquitto that runs on this machine: which files it reads, and how it is asked to read them again."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.cli.brokering.placing import present
from gateway.mosquitto.errors import BrokerError
from gateway.mosquitto.existing import Text
from gateway.mosquitto.settings import Files

MAIN: Final = "mosquitto.conf"
HOME: Final = Path("/etc/mosquitto")
"""Where Debian's mosquitto has its configuration."""

PROCESSES: Final = Path("/proc")


@dataclass(frozen=True, slots=True)
class Around:
    """mosquitto's own file, and what it reads before and behind the file that is ours."""

    main: Text
    before: tuple[Text, ...]
    after: tuple[Text, ...]

    def process(self, processes: Path = PROCESSES) -> int | None:
        """The number of the process that runs; None if none does, or its file does not say."""
        for text in (*self.before, *self.after):
            for line in text.text.splitlines():
                key, _, value = line.strip().partition(" ")
                if key == "pid_file" and (number := _number(Path(value.strip()), processes)) is not None:
                    return number
        return None


def around(files: Files) -> Around:
    """Read mosquitto's files. Raises `BrokerError` if they are not there, or do not include ours."""
    path = files.folder / MAIN
    text = present(path)
    if text is None:
        raise BrokerError(f"expected mosquitto's own configuration, found no {path}: apt-get install mosquitto")
    lines = text.decode(errors="replace").splitlines()
    folder = files.settings.parent
    here = next((number for number, line in enumerate(lines) if _includes(line, folder)), None)
    if here is None:
        raise BrokerError(f"expected the line  include_dir {folder}  in {path}, found none: write it at the end")
    others = [
        Text(file.name, (present(file) or b"").decode(errors="replace"))
        for file in sorted(folder.glob("*.conf"))
        if file != files.settings
    ]
    head, rest = ("\n".join(part) for part in (lines[:here], lines[here + 1 :]))
    first = [other for other in others if other.name < files.settings.name]
    last = [other for other in others if other.name > files.settings.name]
    return Around(
        Text(MAIN, text.decode(errors="replace")),
        (Text(MAIN, head), *first),
        (*last, *([Text(MAIN, rest)] if rest else [])),
    )


@dataclass(frozen=True, slots=True)
class Nudged:
    """Whether mosquitto reads its files again, and that in words."""

    done: bool
    words: str


def read_again(found: Around) -> Nudged:
    """Let mosquitto read passwords, rights and certificates again (SIGHUP).

    Who has lost an account or has another password is cut off by that at once; listeners stay as they were.
    """
    number = found.process()
    if number is None:
        why = "mosquitto was not found running by its pid_file"
        return Nudged(
            done=False, words=f"{why}: what is written holds from its next start, or  sudo systemctl reload mosquitto"
        )
    try:
        os.kill(number, signal.SIGHUP)
    except (PermissionError, ProcessLookupError) as error:
        return Nudged(
            done=False, words=f"mosquitto was not reached ({error.strerror}): sudo systemctl reload mosquitto"
        )
    return Nudged(done=True, words="mosquitto reads them now")


def _includes(line: str, folder: Path) -> bool:
    key, _, value = line.strip().partition(" ")
    return key == "include_dir" and Path(value.strip()) == folder


def _number(file: Path, processes: Path) -> int | None:
    """The process that a file names, if that is a mosquitto: numbers are given again."""
    try:
        number = int(file.read_text(encoding="ascii"))
        name = (processes / str(number) / "comm").read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return None
    return number if name == "mosquitto" else None
