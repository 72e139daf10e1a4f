"""Files of a site written by a command: what would change is shown first, and what was there is kept beside."""

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from difflib import unified_diff
from pathlib import Path

SECRETS = "secrets/"
"""What is below it only its owner may read."""


def changing(folder: Path, texts: Mapping[str, bytes]) -> dict[str, bytes]:
    """Those of the texts that are not what the folder has already."""
    return {name: text for name, text in texts.items() if _present(folder / name) != text}


def present(folder: Path, texts: Mapping[str, bytes]) -> list[str]:
    """The names of files that are there already."""
    return [name for name in texts if (folder / name).exists()]


def difference(folder: Path, texts: Mapping[str, bytes]) -> Iterator[str]:
    """What would change, line by line as `diff -u` has it; of secrets only that they would."""
    for name, text in texts.items():
        there = _present(folder / name)
        if name.startswith(SECRETS):
            yield f"{name}: {'another' if there is not None else 'a new'} secret, which is not shown"
            continue
        before, after = (part.decode("utf-8", "replace").splitlines() for part in (there or b"", text))
        yield from unified_diff(before, after, str(folder / name), f"{name} (new)", n=2, lineterm="")


def put(folder: Path, texts: Mapping[str, bytes]) -> str:
    """Write the files, each whole or not at all, and keep those of before; say by which ending."""
    suffix = _ending(folder, texts)
    for name, text in texts.items():
        _make((folder / name).parent, 0o700 if name.startswith(SECRETS) else 0o777)
        _write(folder / f"{name}.new", text, _mode(folder / name, name))
    for name in texts:
        if (folder / name).exists():
            os.link(folder / name, folder / f"{name}.{suffix}")
        (folder / f"{name}.new").replace(folder / name)
    return suffix


def _ending(folder: Path, texts: Mapping[str, bytes]) -> str:
    """An ending that no file has yet: nothing that was kept is lost to what is kept now."""
    stamp = f"bak-{datetime.now().astimezone():%Y%m%d-%H%M%S}"
    endings = (stamp, *(f"{stamp}-{number}" for number in range(2, 1000)))
    return next(ending for ending in endings if not any((folder / f"{name}.{ending}").exists() for name in texts))


def _make(folder: Path, mode: int) -> None:
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode)


def _mode(path: Path, name: str) -> int | None:
    """Who may read a file: as before, of a new secret its owner, else as the umask says."""
    if path.exists():
        return path.stat().st_mode & 0o777
    return 0o600 if name.startswith(SECRETS) else None


def _write(path: Path, text: bytes, mode: int | None) -> None:
    """Write a file that nobody may read meanwhile whom its mode will not let."""
    with suppress(FileNotFoundError):
        path.unlink()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666 if mode is None else 0o600), "wb") as file:
        if mode is not None:
            os.fchmod(file.fileno(), mode)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _present(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
