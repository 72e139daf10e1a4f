"""Files that a verb wants to write: shown as they would change, then put in place whole, with the old ones kept."""

import grp
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from difflib import unified_diff
from itertools import chain, count
from pathlib import Path
from typing import Final

from gateway.mosquitto.errors import BrokerError

OPEN: Final = 0o644
GROUP: Final = 0o640
OWN: Final = 0o600


@dataclass(frozen=True, slots=True)
class Draft:
    """What a file shall hold, with its mode and the group that may read it ("" for nobody in particular).

    Of one that is `told` only that is shown: what it holds is secret, or nothing that people read.
    """

    path: Path
    text: bytes
    mode: int = OPEN
    group: str = ""
    told: str = ""


def changed(drafts: Sequence[Draft]) -> list[Draft]:
    """Those that differ from what is there. Raises `BrokerError` for a file that may not be read."""
    return [draft for draft in drafts if present(draft.path) != draft.text]


def present(path: Path) -> bytes | None:
    """What a file holds; None if it is not there. Raises `BrokerError` if it may not be read."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError:
        raise _forbidden(path) from None


def shown(drafts: Sequence[Draft]) -> Iterator[str]:
    """The changes as a person reads them, line by line."""
    for draft in drafts:
        old = present(draft.path)
        if draft.told:
            yield f"{'new' if old is None else 'changed'}: {draft.path}: {draft.told}"
            continue
        yield f"{'new' if old is None else 'changed'}: {draft.path}"
        before, after = ((text or b"").decode(errors="replace").splitlines() for text in (old, draft.text))
        yield from (f"  {line}" for line in list(unified_diff(before, after, lineterm="", n=2))[2:])


def place(drafts: Sequence[Draft]) -> str:
    """Write them, each whole or not at all, and keep those of before; say by which ending.

    Raises `BrokerError` where it may not write.
    """
    suffix = _unused(drafts)
    for draft in drafts:
        try:
            _put(draft, suffix)
        except PermissionError:
            raise _forbidden(draft.path) from None
    return suffix


def _unused(drafts: Sequence[Draft]) -> str:
    """An ending by the time that no kept file has yet."""
    now = f"bak-{datetime.now().astimezone():%Y%m%d-%H%M%S}"
    endings = chain([now], (f"{now}-{number}" for number in count(2)))
    return next(end for end in endings if not any(_beside(draft.path, end).exists() for draft in drafts))


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(f"{path.name}.{ending}")


def _put(draft: Draft, suffix: str) -> None:
    path, new = draft.path, _beside(draft.path, "new")
    private = draft.mode == OWN
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700 if private else 0o755)
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWN), "wb") as file:
        file.write(draft.text)
        file.flush()
        os.fsync(file.fileno())
    _entrust(new, draft)
    if path.exists():
        os.link(path, _beside(path, suffix))
    new.replace(path)


def _entrust(new: Path, draft: Draft) -> None:
    """Owner and mode: as they were where the file is there already, else the wanted group."""
    if draft.path.exists():
        was = draft.path.stat()
        if os.geteuid() == 0:
            os.chown(new, was.st_uid, was.st_gid)
        new.chmod(was.st_mode & 0o777)
        return
    if draft.group and os.geteuid() == 0:
        with suppress(KeyError):  # no such group on this machine: root alone reads it
            os.chown(new, 0, grp.getgrnam(draft.group).gr_gid)
    try:
        new.chmod(draft.mode)
    except PermissionError:
        if os.geteuid() != 0:
            raise
        # A stick with FAT has no modes: who holds it, has it.


def _forbidden(path: Path) -> BrokerError:
    return BrokerError(f"expected a file that may be read and written, found {path}, which is not ours: run it by sudo")
