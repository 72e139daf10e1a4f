"""What one moment brought: one message and what followed, or one timer and what followed."""

from dataclasses import dataclass, field
from typing import TypeAlias

from devices.convention import Heard
from devices.reading import Reading
from gateway.lighting.decision import Decision, Snapshot
from gateway.lighting.facts import Fact
from gateway.lighting.plan import Plan
from gateway.links.delivery import Origin


@dataclass(frozen=True, slots=True)
class Files:
    """The files that a plan was understood from: the digest of their texts, and the texts packed.

    The record keeps each text once, beside the entries: of an entry that was read back only the digest is known.
    """

    digest: str
    packed: bytes = field(default=b"", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Adopted:
    """From here on this plan holds; by which version of the software. It begins a run or ends a reload.

    `by` is the login that asked for it and `note` is why, in their words; both are empty where nobody asked.
    """

    plan: Plan
    version: str
    by: str = ""
    note: str = ""
    files: Files | None = None


@dataclass(frozen=True, slots=True)
class Declined:
    """An edit of the files that was not taken: the plan that held went on to hold.

    `by` is the login that asked for it and `note` is why, in their words; `mistakes` are places and what was found
    there, the first few of `total`.
    """

    by: str
    note: str
    mistakes: tuple[str, ...]
    total: int


Learned: TypeAlias = Heard | Fact | Adopted | Declined
Made: TypeAlias = Decision | Reading | Snapshot


@dataclass(frozen=True, slots=True)
class Entry:
    """One row group, one commit.

    `at` is the tape's time in nanoseconds: when the engine learned it. `learned` is the tape. `made` is what came of it
    and is never learned again. `origin` is how the message came, None for timers. `seq` is given by the record.
    """

    at: int
    learned: tuple[Learned, ...] = ()
    made: tuple[Made, ...] = ()
    origin: Origin | None = None
    seq: int = 0
