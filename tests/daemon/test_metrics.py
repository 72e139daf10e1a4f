"""The metrics as Prometheus reads them."""

import json
import subprocess
from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.daemon.health import Health, MachineHealth
from gateway.daemon.metrics import exposition
from gateway.daemon.status import spoken_of
from tests.daemon.figures import HEALTH, LAB, LEVELS, MQTT, RECORD
from tests.ground.pages import page, tables
from tests.servers import ServerMissing, program

PAGE = tables(page("docs/health.md"))


def samples(health: Health) -> dict[tuple[str, str], float]:
    """Each sample by its name and the value of its one label."""
    found = {}
    for family in text_string_to_metric_families(exposition(health, LEVELS).decode()):
        for sample in family.samples:
            found[sample.name, "".join(sample.labels.values())] = sample.value
    return found


def test_promtool_finds_nothing_wrong_with_the_metrics() -> None:
    try:
        promtool = program("promtool")
    except ServerMissing as missing:
        pytest.skip(str(missing))
    checked = subprocess.run(
        [promtool, "check", "metrics"], input=exposition(HEALTH, LEVELS), capture_output=True, check=False
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


def test_the_page_names_every_metric_with_its_type_and_labels_and_no_other() -> None:
    families = text_string_to_metric_families(exposition(HEALTH, LEVELS).decode())
    found = {}
    for family in families:
        labels = {label for sample in family.samples for label in sample.labels} - {"le"}
        total = "_total" if family.type == "counter" else ""
        found[f"{family.name}{total}"] = [family.type, ", ".join(sorted(labels))]
    assert {name: cells[:2] for name, cells in PAGE["Prometheus"].items()} == found


def test_the_page_names_every_key_of_the_health_topic_and_no_other() -> None:
    said = json.loads(spoken_of(HEALTH))
    assert PAGE["The health topic"].keys() == said.keys()
    assert (said["v"], said["state"]) == (1, "online")
    for key in ("record", "light", "clock", "machine", "files"):
        assert PAGE[key].keys() == said[key].keys(), key
    assert PAGE["faults"].keys() == said["faults"][0].keys()
    assert PAGE["keys"].keys() == said["keys"][0].keys()
    assert PAGE["targets"].keys() == said["targets"][0].keys()
    assert {"connected", "unsettled", "trouble"} <= said["links"]["mqtt"].keys()


def test_what_is_well_and_what_is_not_can_be_told_apart() -> None:
    well = samples(HEALTH)
    ill = samples(
        replace(
            HEALTH,
            stalled="the lamplighter",
            record=replace(RECORD, alarm="full", trouble="the disk", used_bytes=3_500_000_000),
            links={"mqtt": MQTT | {"connected": False, "unsettled": 500}},
            targets=(replace(LAB, trouble="HTTP 401", lag_entries=1240, lag_seconds=1980.0),),
            clock=replace(HEALTH.clock, sure=False),
        )
    )
    changed = {name: (well[name], ill[name]) for name in well if well[name] != ill[name]}
    assert changed == {
        ("reverbere_stalled", ""): (0, 1),
        ("reverbere_record_alarm", ""): (0, 1),
        ("reverbere_record_trouble", ""): (0, 1),
        ("reverbere_record_used_bytes", ""): (1_200_000, 3_500_000_000),
        ("reverbere_link_connected", "mqtt"): (1, 0),
        ("reverbere_link_unsettled", "mqtt"): (0, 500),
        ("reverbere_forward_trouble", "lab"): (0, 1),
        ("reverbere_forward_lag_entries", "lab"): (0, 1240),
        ("reverbere_forward_lag_seconds", "lab"): (0, 1980),
        ("reverbere_clock_sure", ""): (1, 0),
    }


def test_commits_are_a_histogram_and_levels_are_ratios() -> None:
    found = samples(HEALTH)
    assert found["reverbere_record_commit_duration_seconds_bucket", "0.005"] == 3
    assert found["reverbere_record_commit_duration_seconds_bucket", "+Inf"] == 14
    assert found["reverbere_record_commit_duration_seconds_count", ""] == 14
    assert found["reverbere_record_commit_duration_seconds_sum", ""] == 0.2
    assert found["reverbere_lamp_level_ratio", "lamp-1"] == 0.6


def test_what_nobody_knows_is_left_out() -> None:
    bare = replace(
        HEALTH,
        record=replace(RECORD, written_bytes=None, last_commit_time_seconds=None),
        machine=MachineHealth(pid=4242),
    )
    gone = {name for name, _ in samples(HEALTH).keys() - samples(bare).keys()}
    assert gone == {
        "reverbere_record_written_bytes_total",
        "reverbere_record_last_commit_timestamp_seconds",
        "reverbere_memory_bytes",
        "reverbere_temperature_celsius",
        "reverbere_disk_free_bytes",
    }
