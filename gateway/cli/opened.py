"""What most verbs begin with: the site of a folder and its record, read-only."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

from gateway.cli.kept import last_good
from gateway.cli.show import errors, zone_of
from gateway.clock import SystemClock
from gateway.configuration.build import load
from gateway.configuration.problems import ConfigurationError
from gateway.configuration.site import Site
from gateway.lighting.plan import Problem
from gateway.record.reader import Reader

AGREEING = 24 * 3600 * 1_000_000_000
"""A running gateway whose record is further from the wall clock than this lives in a time of its own (a demo)."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A site and its record, and what time it is there (ns).

    `mistakes` are those of the files as they stand there now: the site is then the one that was adopted last.
    """

    site: Site
    reader: Reader
    now: int
    mistakes: tuple[Problem, ...] = ()

    @property
    def zone(self) -> tzinfo:
        """The street's own time zone."""
        return zone_of(self.site.plan)


@contextmanager
def opened(folder: Path) -> Iterator[Opened]:
    """Open a site's record to read.

    "Now" is the wall clock while a gateway runs, and the record's last entry where none does. Where the files are bad,
    it is the site that was adopted last, which is said on stderr. Raises `ConfigurationError` and `RecordError`.
    """
    site, mistakes = _site(folder)
    reader = Reader(site.state)
    try:
        yield Opened(site, reader, _now(reader), mistakes)
    finally:
        reader.close()


def _site(folder: Path) -> tuple[Site, tuple[Problem, ...]]:
    try:
        return load(folder), ()
    except ConfigurationError as error:
        last = last_good(folder)
        if last is None:
            raise
        digest, count = last.adoption.adopted.plan.digest, len(error.problems)
        mistakes = "a mistake" if count == 1 else f"{count} mistakes"
        errors.print(f"There is {mistakes} in {folder}/ (reverbere check): this is by the last good plan, {digest}.")
        return last.site, error.problems


def _now(reader: Reader) -> int:
    last = reader.last_at()
    if not reader.running():
        return last
    wall = SystemClock().now().time
    return wall if abs(wall - last) < AGREEING else last
