"""Files of a site written anew: each whole or not at all, and the old one kept beside it."""

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path


def put(folder: Path, texts: Mapping[str, bytes]) -> str:
    """Write files of a folder by their names; those of before stay beside them with the ending that is said.

    They belong to whom they belonged, since a service may read them by its group alone. Raises `OSError`.
    """
    ending = _ending(folder, texts)
    for name, text in texts.items():
        path, new = folder / name, folder / f"{name}.new"
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with new.open("wb") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            if path.exists():
                _give(new, path.stat())
                os.link(path, folder / f"{name}.{ending}")
            new.replace(path)
        finally:
            new.unlink(missing_ok=True)
    return ending


def _give(new: Path, before: os.stat_result) -> None:
    """Give a file to the owner and group of the one before, or at least to its group, with the same mode."""
    try:
        os.chown(new, before.st_uid, before.st_gid)
    except PermissionError:
        os.chown(new, -1, before.st_gid)
    new.chmod(before.st_mode & 0o777)


def _ending(folder: Path, texts: Mapping[str, bytes]) -> str:
    """An ending with the time that no file there has yet."""
    now = f"bak-{datetime.now().astimezone():%Y%m%d-%H%M%S}"
    ending, number = now, 2
    while any((folder / f"{name}.{ending}").exists() for name in texts):
        ending, number = f"{now}-{number}", number + 1
    return ending
