"""How fast messages come in with the commits that site.yaml asks for."""

from pathlib import Path

import pytest

from gateway.cli.check import run
from gateway.configuration.build import load
from gateway.configuration.pace import notes, pace
from gateway.configuration.problems import ConfigurationError
from tests.configuration.files import example

INTERVAL = "commit_interval: 0s"
BROKER = "  url: mqtt://127.0.0.1:1883"


def test_sensors_by_mqtt_speak_twice_a_heartbeat_and_lamps_twice_a_minute(tmp_path: Path) -> None:
    found = pace(load(example(tmp_path, (INTERVAL, "commit_interval: 1s"))))
    assert found is not None
    # Of 17 sensors two are on serial lines; 15 with a heartbeat of 5 min, 25 lamps with a refresh of 60 s.
    assert (found.sensors, found.unknown, found.lamps) == (15, 0, 25)
    assert found.by_sensors == pytest.approx(15 * 2 / 300)
    assert found.by_lamps == pytest.approx(25 * 2 / 60)
    assert found.ceiling == 500


def test_nothing_limits_commits_that_do_not_wait(tmp_path: Path) -> None:
    site = load(example(tmp_path))
    assert pace(site) is None
    assert list(notes(site)) == []


def test_sensors_that_speak_of_events_only_are_said_to_be_unknown(tmp_path: Path) -> None:
    quiet = ("measures: presence\n    heartbeat: 5min", "measures: presence\n    silence: trusted")
    (note,) = notes(load(example(tmp_path, (INTERVAL, "commit_interval: 1s"), quiet)))
    assert "sensors of events only: unknown" in note.text
    assert note.text.startswith("with one commit every 1 s at most 500 messages/s come in (500 open / 1 s); 0.")
    assert "busy evening" not in note.text


def test_a_ceiling_that_is_close_is_a_note_and_one_below_is_refused_with_the_arithmetic(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    window = (BROKER, f"{BROKER}\n  receive_maximum: 2")
    assert run(example(tmp_path, (INTERVAL, "commit_interval: 1s"), window)) == 0
    assert "(2 open / 1 s); 0.93/s are expected at least" in (told := capsys.readouterr().out)
    assert "little is left for a busy evening" in told
    assert run(example(tmp_path, (INTERVAL, "commit_interval: 4s"), window)) == 78
    told = " ".join(capsys.readouterr().out.split())
    assert "site.yaml:" in told
    assert "2 open messages / 4 s let in 0.5/s, and 0.93/s come" in told
    assert "commit_interval: of at most 2142ms, or receive_maximum: of 4 or more" in told
    with pytest.raises(ConfigurationError):
        load(tmp_path)


@pytest.mark.parametrize(("interval", "wait"), [("1s", "30s"), ("20s", "40s")])
def test_nats_server_must_wait_longer_than_a_commit(tmp_path: Path, interval: str, wait: str) -> None:
    nats = (BROKER, f"{BROKER}\n  broker: nats")
    *_, note = notes(load(example(tmp_path, (INTERVAL, f"commit_interval: {interval}"), nats)))
    assert f'ack_wait: "{wait}"' in note.text
