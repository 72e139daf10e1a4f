"""Which file an `!include` means: one beside the file that says so, inside the site's folder, and not itself again."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from gateway.configuration.units import Unreadable

MOST = 100
"""Files that one file may include, also by way of others."""

_EXPECTED = "The name of a file in the site's folder, from the folder of this one:  !include programs.yaml"


@dataclass(frozen=True, slots=True)
class Including:
    """A file that may include others: where it is, the site's folder, and the files that led to it, outermost first.

    `fetch` gets the bytes of a file, or raises `OSError`. `taken` are all that were included so far, by whichever file.
    """

    path: Path
    root: Path
    fetch: Callable[[Path], bytes]
    around: tuple[Path, ...] = ()
    taken: list[Path] = field(default_factory=list)


def included(by: Including | None, written: str) -> Including:
    """The file that is meant by a file. Raises `Unreadable` for one that may not be included."""
    if by is None:
        raise Unreadable("nothing can be included here", "Write it out")
    if not written.endswith((".yaml", ".yml")):
        raise Unreadable(f'"{written}" is not the name of a .yaml file', _EXPECTED)
    path = by.path.parent / written
    whole = _resolved(path, written)
    if not whole.is_relative_to(by.root.resolve()):
        raise Unreadable(f'"{written}" is outside the folder of the site', _EXPECTED)
    chain = (*by.around, by.path)
    if whole in {each.resolve() for each in chain}:
        found = f'"{written}" would include itself: {" > ".join(each.name for each in (*chain, path))}'
        raise Unreadable(found, "A file that does not lead back here")
    if len(by.taken) >= MOST:
        raise Unreadable(f"more than {MOST} files are included", "Fewer and larger files")
    by.taken.append(whole)
    return Including(path, by.root, by.fetch, chain, by.taken)


def _resolved(path: Path, written: str) -> Path:
    try:
        return path.resolve()
    except RuntimeError as error:  # of links that lead to each other, before Python 3.13
        raise Unreadable(f'"{written}" is a link that leads back to itself', _EXPECTED) from error
