"""Files of a site that a command would write: what would change is shown first."""

from collections.abc import Iterator, Mapping
from difflib import unified_diff
from pathlib import Path

from gateway.configuration.replacing import SECRETS


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


def _present(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
