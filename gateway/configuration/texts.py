"""The files of a site as texts: fetched at one moment, kept in the record, written back."""

import json
import re
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping
from errno import ENOENT
from hashlib import blake2b
from pathlib import Path
from typing import TypeAlias

from gateway.configuration.including import Including
from gateway.configuration.source import bytes_of, fetch, parse, understood
from gateway.lighting.plan import Problem

FILES = ("site.yaml", "devices.yaml", "lighting.yaml")
"""What a site is written in."""

Texts: TypeAlias = Mapping[str, bytes | Problem]
"""The bytes of the three files and of those they include, by their names in the folder, or why there are none."""

INCLUDE = b"!include"
"""A file without it includes none."""

INSTALLED_FILES, INSTALLED = Path("/etc/reverbere"), Path("/var/lib/reverbere")
"""Where the package has its files and its record."""

_STATE = re.compile(rb"^state:[ \t]*[\"']?([^\"'#\r\n]+?)[\"']?[ \t]*(?:#.*)?\r?$", re.MULTILINE)
_SIZE = 6
"""Bytes of a digest: short enough to be read aloud."""


def fetch_all(folder: Path) -> Texts:
    """The three files of a folder, and those they include, as they stand there, or why one cannot be read."""
    texts = {name: fetch(folder / name) for name in FILES}
    more: dict[str, bytes | Problem] = {}

    def take(path: Path) -> bytes:
        more[_name(path, folder)] = data = bytes_of(path)
        return data

    for name, text in texts.items():
        if not isinstance(text, Problem) and INCLUDE in text:
            understood(text, Including(folder / name, folder, take))
    return {**more, **texts}


def taken_from(texts: Texts, folder: Path) -> Callable[[Path], bytes]:
    """What gets included files from texts that were fetched from a folder; it raises `OSError` for one they lack."""

    def take(path: Path) -> bytes:
        text = texts.get(_name(path, folder))
        if text is None or isinstance(text, Problem):
            raise FileNotFoundError(ENOENT, "no such file among those that were read", str(path))
        return text

    return take


def _name(path: Path, folder: Path) -> str:
    return path.resolve().relative_to(folder.resolve()).as_posix()


def digest(texts: Texts) -> str:
    """Names these very texts: another letter, another digest."""
    return blake2b(_plain(texts), digest_size=_SIZE).hexdigest()


def pack(texts: Texts) -> bytes:
    """The texts in a few kilobytes. Raises `ValueError` if one of them could not be fetched."""
    return zlib.compress(_plain(texts), 9)


def unpack(packed: bytes) -> Mapping[str, bytes]:
    """The texts that were packed. Raises `ValueError` for bytes that `pack` did not write."""
    try:
        return {name: b64decode(text) for name, text in json.loads(zlib.decompress(packed)).items()}
    except (zlib.error, AttributeError, TypeError) as error:
        raise ValueError(f"expected the packed files of a site, found {packed[:20]!r}: {error}") from error


def _plain(texts: Texts) -> bytes:
    said: dict[str, str] = {}
    for name, text in texts.items():
        if isinstance(text, Problem):
            raise ValueError(f"expected the text of {name}, found none: {text.found}")  # noqa: TRY004 - it is no type error
        said[name] = b64encode(text).decode("ascii")
    return json.dumps(said, sort_keys=True).encode()


def state_folders(folder: Path, site: bytes | Problem) -> Iterator[Path]:
    """Where the record of a site may be by a site.yaml that is perhaps full of mistakes: the likeliest place first."""
    if not isinstance(site, Problem):
        written = parse(site, "site.yaml")[0].value.get("state")
        if isinstance(written, str):
            yield folder / written
        elif found := _STATE.search(site):
            yield folder / found[1].decode("utf-8", "replace").strip()
    yield folder / "state"
    if folder.absolute() == INSTALLED_FILES:
        yield INSTALLED
