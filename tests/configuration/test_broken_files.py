"""Files broken at random: read, or refused with places that an editor can go to."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from devices.message import SECOND
from gateway.configuration.build import load
from gateway.configuration.problems import ConfigurationError, render
from gateway.lighting.engine import Engine
from gateway.lighting.plan import Plan
from tests.configuration.files import EXAMPLE, NAMES

NOON = 1_795_258_800 * SECOND  # 2026-11-21 11:00 UTC

Mutation = Callable[[bytes, int, int], bytes]


def _lines(change: Callable[[list[bytes], int, int], None]) -> Mutation:
    def mutate(data: bytes, where: int, what: int) -> bytes:
        lines = data.split(b"\n")
        change(lines, where % len(lines), what)
        return b"\n".join(lines)

    return mutate


def _deleted(lines: list[bytes], where: int, _: int) -> None:
    del lines[where]


def _doubled(lines: list[bytes], where: int, _: int) -> None:
    lines.insert(where, lines[where])


def _swapped(lines: list[bytes], where: int, what: int) -> None:
    other = what % len(lines)
    lines[where], lines[other] = lines[other], lines[where]


def _indented(lines: list[bytes], where: int, what: int) -> None:
    line = lines[where]
    lines[where] = b" " * (what % 5) + line if what % 2 else line[what % 4 :] if line[:1] == b" " else line


def _respelt(lines: list[bytes], where: int, what: int) -> None:
    line = lines[where]
    at = what % (len(line) + 1)
    lines[where] = line[:at] + bytes([97 + what % 26]) + line[at + what % 2 :]


def _without_unit(lines: list[bytes], where: int, _: int) -> None:
    lines[where] = re.sub(rb"(\d)\s*(%|lx|min|ms|s|m|W|/h)(?![\w/])", rb"\1", lines[where], count=1)


def _flipped(data: bytes, where: int, what: int) -> bytes:
    at = where % len(data)
    return data[:at] + bytes([data[at] ^ (1 << what % 8)]) + data[at + 1 :]


def _struck(data: bytes, where: int, what: int) -> bytes:
    """What one wrong key of a keyboard, or a paste, puts into a file."""
    keys = (
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        '"',
        "'",
        "#",
        "-",
        "*",
        "&",
        "!",
        "|",
        ">",
        "\t",
        "\r",
        "\n",
        "\u00a0",
        "\u201c",
    )
    at = where % len(data)
    return data[:at] + keys[what % len(keys)].encode() + data[at:]


MUTATIONS: tuple[Mutation, ...] = (
    _lines(_deleted),
    _lines(_doubled),
    _lines(_swapped),
    _lines(_indented),
    _lines(_respelt),
    _lines(_without_unit),
    _flipped,
    _struck,
    lambda data, where, _: data[: where % len(data)],
)


@cache
def _original(name: str) -> bytes:
    return (EXAMPLE / name).read_bytes()


@dataclass(frozen=True)
class Break:
    """One thing that happens to one file."""

    name: str
    mutation: int
    where: int
    what: int


breaks = st.builds(
    Break,
    st.sampled_from(NAMES),
    st.integers(0, len(MUTATIONS) - 1),
    st.integers(0, 10_000),
    st.integers(0, 10_000),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(breaks, min_size=1, max_size=3))
def test_a_broken_site_loads_or_says_where_it_is_broken(broken: list[Break]) -> None:
    files = {name: _original(name) for name in NAMES}
    for each in broken:
        files[each.name] = MUTATIONS[each.mutation](files[each.name] or b"\n", each.where, each.what)
    with TemporaryDirectory() as folder:
        for name, data in files.items():
            (Path(folder) / name).write_bytes(data)
        try:
            site = load(Path(folder))
        except ConfigurationError as error:
            _places_hold(error, files)
        else:
            _can_be_lived(site.plan)


def _can_be_lived(plan: Plan) -> None:
    """What loads is a plan by which every lamp has a level by day and by night."""
    engine = Engine(plan, NOON)
    for at in (NOON, NOON + 12 * 3600 * SECOND):
        engine.advance(at)
        lamps = [lamp.id for zone in plan.zones for lamp in zone.luminaires]
        assert all(0 <= engine.standing(lamp).level <= 100 for lamp in lamps)


def _places_hold(error: ConfigurationError, files: dict[str, bytes]) -> None:
    """Each problem names a file, and a line and a column that are in it."""
    assert error.problems
    for problem in error.problems:
        place = problem.place
        assert Path(place.file).name in files
        assert problem.found
        assert render(problem)
        if place.line == 0:
            continue
        written = files[Path(place.file).name].decode("utf-8-sig", errors="replace")
        lines = re.split(r"\r\n|\n|\r", written)
        assert place.line <= len(lines)
        if place.text:
            assert place.text == lines[place.line - 1]
            assert 1 <= place.column <= len(place.text) + 1
