"""Files of a site written anew: each whole or not at all, and the old one kept beside it."""

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path


def put(folder: Path, texts: Mapping[str, bytes]) -> str:
    """Write files of a folder by their names; those of before stay beside them with the ending that is said.

    Raises `OSError`.
    """
    ending = _ending(folder, texts)
    for name, text in texts.items():
        path, new = folder / name, folder / f"{name}.new"
        path.parent.mkdir(parents=True, exist_ok=True)
        with new.open("wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            new.chmod(path.stat().st_mode & 0o777)
            os.link(path, folder / f"{name}.{ending}")
        new.replace(path)
    return ending


def _ending(folder: Path, texts: Mapping[str, bytes]) -> str:
    """An ending with the time that no file there has yet."""
    now = f"bak-{datetime.now().astimezone():%Y%m%d-%H%M%S}"
    ending, number = now, 2
    while any((folder / f"{name}.{ending}").exists() for name in texts):
        ending, number = f"{now}-{number}", number + 1
    return ending
