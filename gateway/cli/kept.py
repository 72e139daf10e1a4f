"""What the record keeps of the files that plans came from: the way back when the files of a folder are bad."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.configuration.build import understand
from gateway.configuration.problems import ConfigurationError
from gateway.configuration.site import Site
from gateway.configuration.source import fetch
from gateway.configuration.texts import FILES, state_folders, unpack
from gateway.record.entry import Files
from gateway.record.errors import RecordError
from gateway.record.reader import Adoption, Reader


@dataclass(frozen=True, slots=True)
class Kept:
    """The site that was adopted last, when and by whom, and its files."""

    site: Site
    adoption: Adoption
    files: Files


@contextmanager
def record_of(folder: Path) -> Iterator[Reader]:
    """The record of a folder of files, however bad they are. Raises `RecordError` if there is none."""
    reader = _open(folder)
    try:
        yield reader
    finally:
        reader.close()


def _open(folder: Path) -> Reader:
    tried: list[RecordError] = []
    for state in state_folders(folder, fetch(folder / FILES[0])):
        try:
            return Reader(state)
        except RecordError as error:
            tried.append(error)
    raise tried[0]


def last_good(folder: Path) -> Kept | None:
    """The site that was adopted last on a folder; None if no record keeps its files in a form that is understood."""
    try:
        with record_of(folder) as reader:
            adoptions = reader.adoptions()
            return kept(folder, reader, adoptions[-1]) if adoptions else None
    except RecordError:
        return None


def kept(folder: Path, reader: Reader, adoption: Adoption) -> Kept | None:
    """The site of an adopted plan, as if its files stood in a folder; None if they are not kept or not understood."""
    files = adoption.adopted.files
    packed = None if files is None else reader.files(files.digest)
    if files is None or packed is None:
        return None
    try:
        site = understand(folder, unpack(packed))
    except (ConfigurationError, ValueError, KeyError):
        return None
    return Kept(site, adoption, Files(files.digest, packed))
