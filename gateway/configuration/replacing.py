"""Files of a site written anew: each whole or not at all, and the old one kept beside it."""

import os
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

SECRETS = "secrets/"
"""What is below it only its owner may read."""


def put(folder: Path, texts: Mapping[str, bytes]) -> str:
    """Write files of a folder by their names; those of before stay beside them with the ending that is said.

    They belong to whom they belonged, since a service may read them by its group alone. A file that is a link stays
    one: what it leads to is written anew, and what was there stays beside that. Raises `OSError`: then nothing that was
    there has changed, unless it was the last step that failed.
    """
    paths = {name: (folder / name).resolve() for name in texts}
    ending = _ending(paths.values())
    try:
        for name, path in paths.items():
            _make(path.parent, 0o700 if name.startswith(SECRETS) else 0o777)
            _write(path, texts[name], secret=name.startswith(SECRETS))
        for path in paths.values():
            if path.exists():
                os.link(path, path.with_name(f"{path.name}.{ending}"))
            _new(path).replace(path)
    finally:
        for path in paths.values():
            _new(path).unlink(missing_ok=True)
    return ending


def _new(path: Path) -> Path:
    return path.with_name(f"{path.name}.new")


def _make(folder: Path, mode: int) -> None:
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode)


def _write(path: Path, text: bytes, *, secret: bool) -> None:
    """Write the new file beside the old one; nobody may read it meanwhile whom its mode will not let."""
    new = _new(path)
    with suppress(FileNotFoundError):
        new.unlink()
    hidden = secret or path.exists()
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if hidden else 0o666), "wb") as file:
        if path.exists():
            _give(file.fileno(), path.stat())
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _give(new: int, before: os.stat_result) -> None:
    """Give a file to the owner and group of the one before, or at least to its group, with the same mode."""
    try:
        os.fchown(new, before.st_uid, before.st_gid)
    except PermissionError:
        os.fchown(new, -1, before.st_gid)
    os.fchmod(new, before.st_mode & 0o777)


def _ending(paths: Collection[Path]) -> str:
    """An ending with the time that no file there has yet: nothing that was kept is lost to what is kept now."""
    now = f"bak-{datetime.now().astimezone():%Y%m%d-%H%M%S}"
    ending, number = now, 2
    while any(path.with_name(f"{path.name}.{ending}").exists() for path in paths):
        ending, number = f"{now}-{number}", number + 1
    return ending
