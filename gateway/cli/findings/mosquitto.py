"""How long mosquitto keeps what comes while the gateway is away: its limits, and what they come to."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FILES: Final = Path("/etc/mosquitto")
"""Where Debian's mosquitto reads its configuration: mosquitto.conf, then conf.d/*.conf."""
MEMORY: Final = Path("/proc/meminfo")
PER_MESSAGE: Final = 500
"""Bytes of memory that a short message takes in mosquitto's queue (measured: 0.4 GB for 864,000 of them)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What mosquitto keeps for an absent client (mosquitto.conf(5)); the defaults are those of mosquitto 2.

    Messages that may wait (0: as many as memory takes), messages on their way without acknowledgement (0: no limit),
    and whether any of it outlives the broker's own restart.
    """

    queued: int = 1000
    inflight: int = 20
    persistence: bool = False


def limits(text: str) -> Limits:
    """Read the limits from a configuration; a later line stands."""
    said = dict(_settings(text))
    defaults = Limits()
    return Limits(
        _whole(said.get("max_queued_messages"), defaults.queued),
        _whole(said.get("max_inflight_messages"), defaults.inflight),
        said.get("persistence", "false") == "true",
    )


def configured(folder: Path = FILES) -> Limits | None:
    """The limits of the mosquitto on this machine; None where its files are not there, or not for us to read."""
    try:
        files = [folder / "mosquitto.conf", *sorted((folder / "conf.d").glob("*.conf"))]
        return limits("\n".join(file.read_text(encoding="utf-8", errors="replace") for file in files))
    except OSError:
        return None


def free_memory(file: Path = MEMORY) -> int | None:
    """Bytes that programs may still take on this machine; None where it does not say (proc_meminfo(5))."""
    try:
        lines = (line.split() for line in file.read_text(encoding="ascii").splitlines())
    except OSError:
        return None
    return next((int(words[1]) * 1024 for words in lines if words[0] == "MemAvailable:"), None)


@dataclass(frozen=True, slots=True)
class Absence:
    """How many seconds of our absence cost no message, and what ends them."""

    seconds: float
    end: str


def absence(found: Limits, rate: float, expiry: int, memory: int | None) -> Absence:
    """How long a gateway may be away while `rate` messages a second come; `expiry` is its session's, in seconds.

    `memory` in bytes is what is left for a queue without limit; None if nobody knows.
    """
    ends = [Absence(expiry, "then our session expires")]
    if rate and found.queued:
        ends.append(Absence(found.queued / rate, f"then max_queued_messages {found.queued} is full"))
    if rate and not found.queued and memory is not None:
        ends.append(Absence(memory / PER_MESSAGE / rate, "then this machine's memory is full"))
    return min(ends, key=lambda each: each.seconds)


def _settings(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        key, _, value = line.strip().partition(" ")
        if key and not key.startswith("#"):
            yield key, value.strip()


def _whole(written: str | None, otherwise: int) -> int:
    return int(written) if written is not None and written.isdecimal() else otherwise
