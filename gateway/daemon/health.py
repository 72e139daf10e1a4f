"""What the living gateway says of itself: one set of figures for the health topic, the metrics, the socket and doctor.

The names are those of the JSON on the health topic (docs/health.md): they carry their unit and do not change.
"""

from collections.abc import Mapping
from dataclasses import dataclass

VERSION = 1
"""Of the names: `v` on the health topic."""


@dataclass(frozen=True, slots=True)
class RecordHealth:
    """How the record fares since the start; `seq` is its last entry.

    Instants are Unix time. `commit_classes` count commits by the upper ends of `gateway.record.wear.LATENCIES`, with
    one more for the slower ones. Bytes written are None where the kernel counts none; those of today since midnight by
    the street's clock, or since the start. `alarm`, `trouble` and `damage` are words, "" if there is nothing to say.
    """

    seq: int
    entries: int
    rows: int
    pending: int
    dropped: int
    failures: int
    commits: int
    commit_p50_seconds: float
    commit_p99_seconds: float
    commit_total_seconds: float
    commit_classes: tuple[int, ...]
    last_commit_time_seconds: float | None
    written_bytes: int | None
    written_today_bytes: int | None
    written_bytes_per_row: float | None
    file_bytes: int
    used_bytes: int
    limit_bytes: int
    alarm: str
    trouble: str
    damage: str


@dataclass(frozen=True, slots=True)
class TargetHealth:
    """How far a database is behind the record, and why; points `accepted` and `refused` since the start.

    `waiting_for_clock_entries` of those that it lacks wait until the wall clock is set.
    """

    target: str
    cursor: int
    lag_entries: int
    lag_seconds: float
    accepted: int
    refused: int
    last_accepted_time_seconds: float | None
    waiting_for_clock_entries: int
    trouble: str


@dataclass(frozen=True, slots=True)
class LightHealth:
    """How many lamps have answered lately, follow their order, are on failsafe; how many sensors are believed."""

    lamps: int
    lamps_answering: int
    lamps_confirmed: int
    lamps_on_failsafe: int
    sensors: int
    sensors_believed: int


@dataclass(frozen=True, slots=True)
class ClockHealth:
    """Whether the wall clock is believed, how often it was set since the start, and by how much the last time."""

    sure: bool
    steps: int
    last_step_seconds: float


@dataclass(frozen=True, slots=True)
class MachineHealth:
    """The machine and this process on it; None for what it does not say, and for a watchdog that nobody waits for.

    Memory is proportional (PSS); the disk is the one of the record.
    """

    pid: int
    memory_bytes: int | None = None
    temperature_celsius: float | None = None
    disk_bytes: int | None = None
    disk_free_bytes: int | None = None
    watchdog_fed_ago_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class FaultHealth:
    """A fault of a lamp or a feed that stands: its TALQ name, and since when in Unix time."""

    device: str
    fault: str
    since_time_seconds: float


@dataclass(frozen=True, slots=True)
class FilesHealth:
    """Whether the gateway follows the files as it read them last: `trouble` is why not, "" if it does.

    `read_time_seconds` is when that was, in Unix time; None where the gateway reads no files.
    """

    trouble: str = ""
    read_time_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class KeyHealth:
    """A key switch: whether it is `turned` (None: its pin is not read), since when, and until when its order holds.

    Instants are Unix time; `until_time_seconds` is None where no order of it stands. `level` is in per cent.
    """

    key: str
    pin: str
    turned: bool | None
    turned_time_seconds: float | None
    level: int
    zones: tuple[str, ...]
    until_time_seconds: float | None


@dataclass(frozen=True, slots=True)
class Health:
    """The living gateway in figures, since its start: messages taken, of them rejected and come twice, orders sent.

    `stalled` names what does not get on, "" if all does. `links` say of themselves whether they are `connected`, how
    many deliveries are `unsettled`, what the `trouble` is, and counts of their own kind.
    """

    version: str
    plan: str
    start_time_seconds: float
    stalled: str
    messages: int
    rejected: int
    duplicates: int
    commands: int
    record: RecordHealth
    links: Mapping[str, Mapping[str, object]]
    targets: tuple[TargetHealth, ...]
    light: LightHealth
    clock: ClockHealth
    machine: MachineHealth
    keys: tuple[KeyHealth, ...] = ()
    faults: tuple[FaultHealth, ...] = ()
    files: FilesHealth = FilesHealth()
