"""What `doctor`, `rejected` and `forward refused` tell of a street in trouble."""

import asyncio
import json
import shutil
from pathlib import Path

import pytest

from devices.convention import Rejected
from devices.message import SECOND, Message
from gateway.record.entry import Entry
from gateway.record.reader import Reader
from gateway.record.writer import Record
from tests.cli.command import reverbere
from tests.cli.conftest import Played

TOPIC = "reverbere/chalon/sensor/esp-test"


@pytest.fixture
def troubled(played: Played, tmp_path: Path) -> Path:
    """The demo's site half an hour later: nobody spoke but a sensor whose firmware is being written."""
    site = tmp_path / "site"
    shutil.copytree(played.folder, site)
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
    await record.drain()
    record.close()


def told(*arguments: str | Path) -> str:
    ended = reverbere(*arguments)
    assert ended.returncode in {0, 1}, ended.stderr
    return ended.stdout


def test_a_street_after_an_orderly_end_has_one_warning_that_no_gateway_runs(played: Played) -> None:
    ended = reverbere("doctor", "--config", played.folder)
    assert "25 of 25 lamps answer" in ended.stdout
    assert "17 of 17 believed" in ended.stdout
    assert "does not run" in ended.stdout
    assert ended.stdout.rstrip().endswith("1 warning.")
    assert ended.returncode == 1


def test_silent_sensors_and_lamps_are_named_with_what_the_street_does_about_it(troubled: Path) -> None:
    said = told("doctor", "--config", troubled)
    assert "0 of 17 believed" in said
    assert "motion-05  last heard" in said
    assert "on failsafe for it: lamp-09, lamp-10, lamp-11" in said
    assert "rejected 1 in the last 24 h   -> reverbere tail --rejected" in said
    found = json.loads(told("doctor", "--json", "--config", troubled))
    assert len(found["silent"]) == found["lamps"] == 25
    assert len(found["failsafe"]) == 25
    assert found["warnings"] == 5


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
