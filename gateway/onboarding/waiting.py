"""Who waits for approval, kept from one look to the next: a file beside the record, never part of it.

It is written by whoever looks, not by the gateway: a device that speaks once in six hours is still known an hour later.
What a stranger said is not in it, only what it seems to be: nobody knows whom those messages are about.
"""

import fcntl
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from gateway.onboarding.errors import WaitingError
from gateway.onboarding.proposal import Proposal

FILE: Final = "waiting.json"
LOCK: Final = "waiting.lock"
MOST: Final = 500
"""Devices that are kept, those that spoke last."""

LARGEST: Final = 8_000_000
"""Bytes of a file that we wrote."""

FOLDER_MAY: Final = 0o770
GROUP_MAY: Final = 0o660
"""Of the record's folder and of this file, as of the record itself."""

VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Waiting:
    """Those who wait, and the ids of those that somebody does not want to see again."""

    v: int = VERSION
    proposals: tuple[Proposal, ...] = ()
    ignored: tuple[str, ...] = ()

    def joined(self, found: Iterable[Proposal]) -> "Waiting":
        """Those who were found now, and those of before who were not."""
        kept = {proposal.key: proposal for proposal in self.proposals}
        for proposal in found:
            before = kept.get(proposal.key)
            kept[proposal.key] = proposal if before is None else _since(before, proposal)
        newest = sorted(kept.values(), key=lambda each: (each.last, each.first), reverse=True)
        return replace(self, proposals=tuple(newest[:MOST]))

    def without(self, device: str) -> "Waiting":
        """The same without one of them."""
        return replace(self, proposals=tuple(each for each in self.proposals if each.id != device))

    def named(self, name: str) -> Proposal | None:
        """One of them, by its id or its address."""
        for wanted in ("id", "address"):
            for proposal in self.proposals:
                if getattr(proposal, wanted) == name:
                    return proposal
        return None


_SHAPE = TypeAdapter(Waiting)


def read(state: Path) -> Waiting:
    """Read who waits; nobody where there is no file. Raises `WaitingError`."""
    path = state / FILE
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
        found = _SHAPE.validate_json(data)
    except FileNotFoundError:
        return Waiting()
    except OSError as error:
        raise WaitingError(f"{path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        raise WaitingError(
            f"{path} is not what this version writes; delete it: {error.error_count()} faults"
        ) from error
    if found.v != VERSION:
        raise WaitingError(f"{path} is of version {found.v}, and this version reads {VERSION}; delete it")
    return found


def update(state: Path, change: Callable[[Waiting], Waiting]) -> Waiting:
    """Change who waits, one process after the other; give what it is then. Raises `WaitingError`, also of `change`."""
    try:
        _make(state)
        with (state / LOCK).open("ab") as lock:
            _share(state / LOCK, state)
            fcntl.flock(lock, fcntl.LOCK_EX)
            changed = change(read(state))
            _write(state, changed)
            return changed
    except OSError as error:
        raise WaitingError(f"{state / LOCK} cannot be written: {error.strerror}") from error


def _make(state: Path) -> None:
    if not state.exists():
        state.mkdir(mode=FOLDER_MAY, parents=True)
        state.chmod(FOLDER_MAY)


def _share(path: Path, state: Path) -> None:
    """Let the group of the folder write it too; who does not own it finds it so."""
    with suppress(PermissionError):
        path.chmod(GROUP_MAY)
        os.chown(path, -1, state.stat().st_gid)


def _write(state: Path, waiting: Waiting) -> None:
    """Write who waits, whole or not at all. Raises `WaitingError`."""
    path, new = state / FILE, state / f"{FILE}.{os.getpid()}"
    silent = tuple(replace(each, examples=(), values=(), trouble="") for each in waiting.proposals)
    try:
        new.write_bytes(_SHAPE.dump_json(replace(waiting, proposals=silent)))
        _share(new, state)
        new.replace(path)
    except OSError as error:
        with suppress(OSError):
            new.unlink()
        raise WaitingError(f"{path} cannot be written: {error.strerror}") from error


def _since(before: Proposal, now: Proposal) -> Proposal:
    """What was found now, with what only the time before knows."""
    return replace(
        now,
        first=min(before.first or now.first, now.first),
        last=max(before.last, now.last),
        moved=max(before.moved or 0, now.moved or 0) or None,
        gap=max(before.gap, now.gap),
        values=now.values or before.values,
        examples=now.examples or before.examples,
        offers=tuple(sorted({*before.offers, *now.offers})),
        read=before.read + now.read,
        refused=before.refused + now.refused,
    )
