"""docs/tuning-rules.md, tried: its files are good, its answers are those of `check`, its tables those of the engine."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from devices.device import DeviceId
from devices.reading import Quantity, Reading
from gateway.cli.check import run
from gateway.configuration.build import load
from gateway.configuration.site import Site
from gateway.configuration.units import duration
from gateway.lighting.engine import Engine
from gateway.lighting.facts import Fact, Override
from tests.ground.pages import page

SITE = """\
site: {id: chalon, latitude: 46.7806, longitude: 4.8528, time_zone: Europe/Paris}
mqtt: {url: mqtt://127.0.0.1:1883}
"""
ZONE = ZoneInfo("Europe/Paris")
EVENING = "2026-11-21"
SECOND = 1_000_000_000
MINUTE = 60 * SECOND

_PART = re.compile(
    r"^## (?P<lesson>\d+)\..*?$"
    r"|^```yaml\n(?P<yaml>.*?)^```"
    r"|^```console\n\$ reverbere check config/\n(?P<console>.*?)^```"
    r"|(?P<table>(?:^\|[^\n]*\n)+)"
    r"|[Ww]rite\s+`(?P<new>[^`]+)`\s+instead\s+of\s+`(?P<old>[^`]+)`"
    r"|(?:that of|[Ii]n) lesson (?P<of>\d+)",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Files:
    """What a reader has in the folder."""

    devices: str
    lighting: str

    def save(self, folder: Path) -> Path:
        folder.mkdir()
        for name, text in (("site.yaml", SITE), ("devices.yaml", self.devices), ("lighting.yaml", self.lighting)):
            (folder / name).write_text(text, encoding="utf-8")
        return folder


@dataclass
class Lessons:
    """The page, read from its top: what it says of which files."""

    files: list[Files] = field(default_factory=list)
    answers: list[tuple[Files, str]] = field(default_factory=list)
    tables: list[tuple[Files, list[list[str]]]] = field(default_factory=list)


def read(text: str) -> Lessons:
    """Follow the page as its reader does."""
    lessons = Lessons()
    devices, lighting, number = "", "", "0"
    kept: dict[str, str] = {}
    edits: list[tuple[str, str]] = []
    for part in _PART.finditer(text):
        if part["lesson"]:
            number, edits = part["lesson"], []
        elif part["yaml"] is not None and not devices:
            devices = part["yaml"]
        elif part["yaml"] is not None:
            lighting = kept[number] = part["yaml"]
            lessons.files.append(Files(devices, lighting))
        elif part["of"]:
            lighting = kept[part["of"]]
        elif part["new"]:
            edits.append((part["old"], part["new"]))
        elif part["console"] is not None:
            written = lighting
            for old, new in edits:
                assert old in written, f"{old} is not in lesson {number}"
                written = written.replace(old, new, 1)
            edits = []
            lessons.answers.append((Files(devices, written), part["console"]))
        elif part["table"]:
            rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in part["table"].splitlines()]
            lessons.tables.append((Files(devices, lighting), [rows[0], *rows[2:]]))
    return lessons


LESSONS = read(page("docs/tuning-rules.md"))


class Night:
    """A street whose sensors speak every minute, played as a table says."""

    def __init__(self, site: Site, start: int) -> None:
        self.engine = Engine(site.plan, start)
        self._site = site
        self._now = start
        self._seen: dict[DeviceId, float] = {watch.sensor: 0.0 for watch in site.plan.zones[0].watches}
        self._counters = [counter.sensor for counter in site.plan.zones[0].counters]
        self._silent: set[str] = set()
        self._orders = 0

    def until(self, at: int) -> None:
        """Let minutes go by in which nothing changes, up to a moment."""
        while self._now < at:
            self._now = min(at, self._now + MINUTE)
            self._learn(list(self._signs()) if self._now < at else [])

    def happens(self, what: str) -> None:
        """One row's event, and a second more."""
        self._learn(list(self._event(what)))
        self._now += SECOND
        self._learn([])

    def _learn(self, facts: list[Fact]) -> None:
        self.engine.advance(self._now, facts)

    def _signs(self) -> Iterator[Fact]:
        for name in self._counters:
            yield Reading(name, Quantity.PEDESTRIANS, 0.0, self._now, period=MINUTE)
        for name, value in self._seen.items():
            if name not in self._silent:
                yield Reading(name, Quantity.PRESENCE, value, self._now)

    def _event(self, what: str) -> Iterator[Fact]:
        if what == "nobody":
            return
        if match := re.fullmatch(r"`([\w-]+)` counts (\d+)", what):
            yield Reading(DeviceId(match[1]), Quantity.PEDESTRIANS, float(match[2]), self._now, period=MINUTE)
        elif match := re.fullmatch(r"`([\w-]+)` sees (somebody|nobody any more)", what):
            self._seen[DeviceId(match[1])] = float(match[2] == "somebody")
            yield Reading(DeviceId(match[1]), Quantity.PRESENCE, self._seen[DeviceId(match[1])], self._now)
        elif match := re.fullmatch(r"`([\w-]+)` falls silent", what):
            self._silent.add(match[1])
        elif match := re.fullmatch(r"order: ([\w-]+) at (\d+)% for (\w+)", what):
            self._orders += 1
            expires = self._now + duration(match[3])
            lamp, level = DeviceId(match[1]), int(match[2])
            yield Override(f"o-{self._orders}", lamp, level, self._now, expires, "ana", "repair")
        else:
            pytest.fail(f"the test does not know how to play: {what}")


def moment(written: str, after: datetime | None) -> datetime:
    """The time of a row: of its date, or the next such time after the row before."""
    day, _, clock = written.rpartition(" ")
    at = datetime.fromisoformat(f"{day or EVENING} {clock}").replace(tzinfo=ZONE)
    noon = 12
    if not day and (at.hour < noon or (after is not None and at < after)):
        at += timedelta(days=1)
    return at


def played(site: Site, rows: list[list[str]]) -> Iterator[list[str]]:
    """The rows with the levels that the engine gives."""
    header, *lines = rows
    before: datetime | None = None
    night: Night | None = None
    for when, what, *_ in lines:
        at = moment(when, before)
        instant = int(at.timestamp()) * SECOND
        if night is None or (before is not None and at - before > timedelta(hours=6)):
            night = Night(site, instant - 60 * MINUTE)
        night.until(instant)
        night.happens(what)
        levels = (night.engine.standing(DeviceId(lamp)).level for lamp in header[2:])
        yield [when, what, *(f"{level} %" for level in levels)]
        before = at


@pytest.mark.parametrize("number", range(len(LESSONS.files)))
def test_every_file_of_the_page_is_good(tmp_path: Path, number: int) -> None:
    site = load(LESSONS.files[number].save(tmp_path / "config"))
    assert [zone for zone in site.plan.zones if not zone.luminaires] == []


@pytest.mark.parametrize("number", range(len(LESSONS.answers)))
def test_every_answer_of_the_page_is_what_check_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    files, written = LESSONS.answers[number]
    files.save(tmp_path / "config")
    monkeypatch.chdir(tmp_path)
    run(Path("config"))
    assert _without_digest(capsys.readouterr().out) == _without_digest(written)


def _without_digest(told: str) -> str:
    """A plan's digest teaches nothing, and it changes with what a plan can say."""
    return re.sub(r"Plan [0-9a-f]{12}", "Plan ...", told)


@pytest.mark.parametrize("number", range(len(LESSONS.tables)))
def test_every_table_of_the_page_is_what_the_lamps_do(tmp_path: Path, number: int) -> None:
    files, rows = LESSONS.tables[number]
    assert list(played(load(files.save(tmp_path / "config")), rows)) == rows[1:]


def test_the_page_has_them_all() -> None:
    assert min(len(LESSONS.files), len(LESSONS.answers), len(LESSONS.tables)) >= 6
