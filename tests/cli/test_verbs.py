"""The verbs that look at a site and its record, on what a demo left."""

import csv
import io
import json
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from tests.cli.command import reverbere
from tests.cli.conftest import Played
from tests.configuration.files import example


def said(*arguments: str | Path) -> str:
    """What a verb that succeeds prints."""
    ended = reverbere(*arguments)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def rows(*arguments: str | Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(said("export", *arguments))))


def test_check_says_what_it_understood_and_ends_with_0(tmp_path: Path) -> None:
    assert "is good.  2 zones, 17 sensors, 25 luminaires" in said("check", example(tmp_path))


def test_check_says_all_mistakes_at_once_and_ends_with_78(tmp_path: Path) -> None:
    folder = example(tmp_path, ("      hold: 45s ", "      hodl: 45s "), ("max: 80%", "max: 30%"))
    ended = reverbere("check", folder)
    assert ended.returncode == 78
    assert "2 mistakes" in ended.stdout
    assert f"{folder}/lighting.yaml:29:7" in ended.stdout
    told = reverbere("check", folder, "--json")
    assert told.returncode == 78
    assert len(json.loads(told.stdout)["problems"]) == 2


@pytest.mark.parametrize("verb", ["run", "devices", "tail", "export"])
def test_a_folder_without_a_site_is_said_in_words_with_status_78(tmp_path: Path, verb: str) -> None:
    ended = reverbere(verb, "--config", tmp_path)
    assert ended.returncode == 78
    assert "the file is not there" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("verb", ["devices", "tail", "export"])
def test_a_site_without_a_record_is_said_in_words_with_status_1(tmp_path: Path, verb: str) -> None:
    ended = reverbere(verb, "--config", example(tmp_path))
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert ended.stderr


def test_devices_lists_all_that_is_configured_and_when_it_last_spoke(played: Played) -> None:
    listed = json.loads(said("devices", "--json", "--config", played.folder))
    assert len(listed) == 42
    lamp = next(device for device in listed if device["id"] == "lamp-07")
    assert (lamp["label"], lamp["kind"], lamp["zone"]) == ("PL 0417", "luminaire", "tanneurs")
    spoke = [datetime.fromisoformat(device["last_seen"]) for device in listed if device["last_seen"]]
    assert len(spoke) == 42
    assert {moment.date().isoformat() for moment in spoke} == {"2026-11-21"}
    table = said("devices", "--config", played.folder).splitlines()
    assert table[0].split() == ["id", "kind", "zone", "convention", "link", "last", "seen"]
    assert len(table) == 43


def test_tail_prints_the_last_lines_where_no_gateway_runs(played: Played) -> None:
    assert len(said("tail", "-n", "7", "--config", played.folder).splitlines()) == 7
    told = [json.loads(line) for line in said("tail", "-n", "50", "--json", "--config", played.folder).splitlines()]
    assert len(told) == 50
    assert all("at" in item for item in told)
    assert [item["at"] for item in told] == sorted(item["at"] for item in told)
    assert said("tail", "--rejected", "--config", played.folder) == ""


def test_explain_finds_a_lamp_by_its_id_and_by_its_label_and_says_why(played: Played) -> None:
    by_id = said("explain", "lamp-07", "--config", played.folder)
    assert by_id == said("explain", "PL 0417", "--config", played.folder)
    for word in ("Because", "override", "sensor failure", "presence", "count", "default", "floor", "lighting.yaml:"):
        assert word in by_id
    told = json.loads(said("explain", "lamp-07", "--json", "--config", played.folder))
    assert told["lamp"] == "lamp-07"
    assert 60 <= told["level"] <= 100
    assert told["decided_by"] in {cause["rank"] for cause in told["stack"]}


def test_explain_goes_back_to_a_moment_to_the_millisecond(played: Played) -> None:
    now = json.loads(said("explain", "lamp-07", "--json", "--config", played.folder))
    early = said("explain", "lamp-07", "--at", "2026-11-21 21:04:30", "--config", played.folder)
    assert "21:04:30" in early
    assert "not a whole window has been seen yet" in " ".join(early.split())
    at = json.loads(said("explain", "lamp-07", "--at", now["at"], "--json", "--config", played.folder))
    assert at["at"] == now["at"]


def test_explain_decides_a_moment_anew_and_agrees_with_the_record(played: Played) -> None:
    at = ("--at", "2026-11-21 21:05", "--verify")
    text = said("explain", "lamp-07", *at, "--config", played.folder)
    assert "Verify  agrees" in text
    assert "Files   lighting.yaml:" in text
    told = json.loads(said("explain", "lamp-07", *at, "--json", "--config", played.folder))
    assert told["verify"]["agrees"] is True
    assert told["verify"]["recorded"] == told["verify"]["rebuilt"]


def test_audit_lists_what_moved_a_lamp_and_ends_where_explain_stands(played: Played) -> None:
    lines = said("audit", "PL 0417", "--json", "--config", played.folder).splitlines()
    items = [json.loads(line) for line in lines]
    assert items[0]["what"] == "plan"
    levels = [item for item in items if item["what"] == "level"]
    assert {item["lamp"] for item in levels} == {"lamp-07"}
    assert all(after["before"] == before["level"] for before, after in pairwise(levels))
    told = json.loads(said("explain", "lamp-07", "--json", "--config", played.folder))
    assert levels[-1]["level"] == told["level"]
    assert len(said("audit", "lamp-07", "--config", played.folder).splitlines()) == len(lines)
    ended = reverbere("audit", "lampe-07", "--config", played.folder)
    assert (ended.returncode, "Did you mean  lamp-07 ?" in ended.stderr) == (1, True)


def test_energy_has_what_meters_say_beside_what_orders_come_to(played: Played) -> None:
    found = json.loads(said("energy", "--from", "2026-11-21", "--json", "--config", played.folder))
    assert [(each["day"], each["zone"]) for each in found] == [("2026-11-21", "tanneurs"), ("2026-11-21", "quai")]
    for each, lamps in zip(found, (20, 5), strict=True):
        assert (each["metered"], each["unmetered"], each["estimated_wh"]) == (lamps, 0, 0)
        assert 0 < each["measured_wh"] <= each["expected_wh"] * 1.1
    assert sum(each["measured_wh"] for each in found) <= played.figures["energy_wh"]
    lines = said("energy", "--zone", "Quai des Messageries", "--config", played.folder).splitlines()
    assert lines[0].split()[:3] == ["day", "zone", "measured"]
    assert len(lines) == 1 + 7 + 1
    ended = reverbere("energy", "--zone", "quay", "--config", played.folder)
    assert (ended.returncode, "Did you mean  quai ?" in ended.stderr) == (1, True)


def test_a_lamp_that_there_is_not_is_met_with_a_hint_and_status_1(played: Played) -> None:
    for asked, meant in (("lampe-07", "lamp-07"), ("PL_0417", "PL 0417")):
        ended = reverbere("explain", asked, "--config", played.folder)
        assert ended.returncode == 1
        assert f"Did you mean  {meant} ?" in ended.stderr
    ended = reverbere("explain", "counter-west", "--config", played.folder)
    assert ended.returncode == 1
    assert "is a sensor" in ended.stderr


def test_a_moment_that_is_none_is_said_with_an_example_and_status_2(played: Played) -> None:
    for verb in (("explain", "lamp-07", "--at"), ("export", "--from")):
        ended = reverbere(*verb, "half past nine", "--config", played.folder)
        assert ended.returncode == 2
        assert 'expected a moment like "2026-11-20 22:50", found "half past nine"' in ended.stderr


def test_a_moment_before_the_record_has_no_answer(played: Played) -> None:
    ended = reverbere("explain", "lamp-07", "--at", "2026-11-20 21:00", "--config", played.folder)
    assert ended.returncode == 1
    assert "The record begins on Sat 21 Nov 2026" in ended.stderr


def test_export_gives_every_person_with_units_and_times(played: Played) -> None:
    counted = rows("--quantity", "pedestrians", "--device", "counter-west", "--config", played.folder)
    assert sum(int(row["value"]) for row in counted) == played.figures["by_counter"]["counter-west"]["recorded"]
    assert {(row["device"], row["quantity"], row["unit"], row["quality"]) for row in counted} == {
        ("counter-west", "pedestrians", "1", "good")
    }
    assert len(rows("--config", played.folder)) == played.figures["readings_stored"]


def test_export_is_open_at_its_start_and_closed_at_its_end(played: Played) -> None:
    chosen = ("--quantity", "pedestrians", "--device", "counter-west", "--config", played.folder)
    cut = rows("--from", "2026-11-21 21:02:00", "--to", "2026-11-21 21:04:00", *chosen)
    assert sorted({row["time"] for row in cut}) == ["2026-11-21T20:03:00.000Z", "2026-11-21T20:04:00.000Z"]


def test_export_writes_a_file_and_the_streets_own_time_when_asked(played: Played, tmp_path: Path) -> None:
    file = tmp_path / "power.csv"
    lamp = ("--device", "PL 0417", "--quantity", "power", "--local")
    assert said("export", *lamp, "--out", file, "--config", played.folder) == ""
    with file.open(encoding="utf-8", newline="") as written:
        power = list(csv.DictReader(written))
    assert {row["unit"] for row in power} == {"W"}
    assert all(row["local_time"].endswith("+01:00") for row in power)


@pytest.mark.parametrize(
    ("option", "meant"), [(("--quantity", "pedestrian"), "pedestrians"), (("--device", "counter-wets"), "counter-west")]
)
def test_export_of_what_there_is_not_is_met_with_a_hint_and_status_2(
    played: Played, option: tuple[str, str], meant: str
) -> None:
    ended = reverbere("export", *option, "--config", played.folder)
    assert ended.returncode == 2
    assert f"Did you mean  {meant} ?" in ended.stderr
