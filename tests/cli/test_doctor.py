"""What `doctor`, `rejected` and `forward refused` tell of a street in trouble."""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from devices.convention import Announcement, Rejected
from devices.message import SECOND, Message
from gateway.lighting.facts import ClockSet
from gateway.record.entry import Entry
from gateway.record.reader import Reader
from gateway.record.writer import Record
from tests.cli.command import reverbere
from tests.cli.conftest import Played

TOPIC = "reverbere/chalon/sensor/esp-test"


INFLUXDB = """
influxdb:
  - {name: lab, version: 1, url: "http://127.0.0.1:9", database: street}
"""


@pytest.fixture
def troubled(played: Played, tmp_path: Path) -> Path:
    """The demo's site half an hour later: a database is away, and nobody spoke but a sensor with half a firmware."""
    site = tmp_path / "site"
    shutil.copytree(played.folder, site)
    with (site / "site.yaml").open("a", encoding="utf-8") as file:
        file.write(INFLUXDB)
    asyncio.run(half_an_hour_later(site / "state"))
    return site


async def half_an_hour_later(state: Path) -> None:
    """Add to a record what its gateway would have."""
    reader = Reader(state)
    at = reader.last_at() + 1800 * SECOND
    reader.close()
    record = Record(state, "chalon")
    record.start()
    record.append(Entry(at, (Rejected(Message(TOPIC, b"", at), "a JSON object", "an empty payload"),)))
    record.refuse("lab", 7, "pedestrians,site=chalon value=1 1", "HTTP 400: partial write")
    record.advance("lab", 7)
    await record.drain()
    record.close()


@pytest.fixture
def full(played: Played, tmp_path: Path) -> Path:
    """The demo's site with 8.5 MB in a record of 10 MB."""
    site = tmp_path / "site"
    shutil.copytree(played.folder, site)
    with (site / "site.yaml").open("a", encoding="utf-8") as file:
        file.write("\nrecord: {max_size: 10 MB}\n")
    asyncio.run(fill(site / "state", 8_510_000))
    return site


async def fill(state: Path, size: int) -> None:
    """Fill a record with what says nothing of the street."""
    reader = Reader(state)
    at = reader.last_at()
    reader.close()
    record = Record(state, "chalon")
    record.start()
    while record.status().used < size:
        for _ in range(2):
            record.append(Entry(at, (Announcement("native", "esp-test", ("x" * 30_000,)),)))
        await record.drain()
    record.close()


def told(*arguments: str | Path) -> str:
    ended = reverbere(*arguments)
    assert ended.returncode in {0, 1}, ended.stderr
    return ended.stdout


def grades(found: dict[str, Any]) -> dict[str, str]:
    return {each["subject"]: each["grade"] for each in found["findings"] if each["grade"] != "ok"}


def test_a_street_after_an_orderly_end_fails_in_one_point_that_no_gateway_runs(played: Played) -> None:
    ended = reverbere("doctor", "--config", played.folder)
    assert "25 of 25 lamps answer" in ended.stdout
    assert "17 of 17 trusted" in ended.stdout
    assert "does not run" in ended.stdout
    assert "-> systemctl status reverbere" in ended.stdout
    assert ended.stdout.rstrip().endswith("No warning, 1 failure. Nobody was in the dark when the record ended.")
    assert ended.returncode == 1


def test_silent_sensors_and_lamps_are_named_with_what_the_street_does_about_it(troubled: Path) -> None:
    said = told("doctor", "--config", troubled)
    assert "0 of 17 trusted" in said
    assert "motion-05  silent for" in said
    assert ": lamp-09, lamp-10, lamp-11" in said
    assert f"1 from {TOPIC}: an empty payload" in said
    assert "go and look at lamp-01" in said.splitlines()[-1]
    found = json.loads(told("doctor", "--json", "--config", troubled))
    assert len(found["street"]["silent"]) == found["street"]["lamps"] == 25
    assert len(found["street"]["failsafe"]) == 25
    assert grades(found) == {"gateway": "FAIL", "street": "WARN", "sensors": "WARN", "lab": "WARN", "rejected": "WARN"}
    assert (found["warnings"], found["failures"]) == (4, 1)


def test_a_database_that_is_away_loses_nothing_and_what_it_refused_has_a_command(troubled: Path) -> None:
    found = json.loads(told("doctor", "--json", "--config", troubled))
    (lab,) = (each for each in found["findings"] if each["subject"] == "lab")
    assert any("entries wait in the record; nothing is lost" in line for line in lab["details"])
    assert any("1 line it would not take" in line for line in lab["details"])
    assert "reverbere forward refused list" in lab["next"]


def test_a_record_that_is_nearly_full_is_a_warning_with_what_happens_when_it_is(full: Path) -> None:
    said = told("doctor", "--config", full)
    (line,) = (line for line in said.splitlines() if " record " in line and "10 MB" in line)
    assert line.startswith(" WARN")
    assert "the record fills 85 % of record.max_size: raise it" in said
    assert "Nothing is thrown away" in said


def test_a_clock_that_is_not_believed_is_told_with_what_waits_for_it(played: Played, tmp_path: Path) -> None:
    site = tmp_path / "site"
    shutil.copytree(played.folder, site)
    asyncio.run(clock_lost(site / "state"))
    said = told("doctor", "--config", site)
    (line,) = (line for line in said.splitlines() if "not believed when the record ended" in line)
    assert line.startswith(" WARN  clock")
    assert "2 entries wait since" in said
    found = json.loads(told("doctor", "--json", "--config", site))
    assert found["street"]["unset"] == 2
    assert grades(found)["clock"] == "WARN"


async def clock_lost(state: Path) -> None:
    """Let a record go on by a clock that cannot be right."""
    reader = Reader(state)
    at = reader.last_at()
    reader.close()
    record = Record(state, "chalon")
    record.start()
    record.append(Entry(at + SECOND, (ClockSet(-60 * SECOND, sure=False),)))
    record.append(Entry(at - 58 * SECOND, (Rejected(Message(TOPIC, b"", at), "a JSON object", "an empty payload"),)))
    await record.drain()
    record.close()


def test_a_message_that_meant_nothing_is_listed_and_shown_as_it_came(troubled: Path) -> None:
    (listed,) = json.loads(told("rejected", "list", "--json", "--config", troubled))
    assert (listed["topic"], listed["found"]) == (TOPIC, "an empty payload")
    assert "a JSON object" in told("rejected", "show", str(listed["number"]), "--config", troubled)
    assert TOPIC in told("rejected", "list", "--config", troubled)


def test_a_number_that_no_rejected_message_has_is_said_in_words(troubled: Path) -> None:
    ended = reverbere("rejected", "show", "1", "--config", troubled)
    assert ended.returncode == 1
    assert "reverbere rejected list" in ended.stderr


def test_a_line_that_a_database_refused_is_listed_with_its_words(troubled: Path) -> None:
    (listed,) = json.loads(told("forward", "refused", "list", "--json", "--config", troubled))
    assert (listed["target"], listed["reason"]) == ("lab", "HTTP 400: partial write")
    assert "partial write" in told("forward", "refused", "list", "--config", troubled)
    assert "pedestrians,site=chalon value=1 1" in told("forward", "refused", "show", "1", "--config", troubled)
    assert "found 2" in reverbere("forward", "refused", "show", "2", "--config", troubled).stderr
