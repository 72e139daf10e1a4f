"""`reverbere init` as its users run it: by options, at a terminal, over what is there already, against real servers."""

import json
import stat
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.broker import free_port
from gateway.cli.arriving.influx import Wishes
from gateway.cli.arriving.init import Options, init
from gateway.cli.arriving.questions import UnansweredError
from gateway.configuration.build import load
from tests.cli.command import reverbere
from tests.cli.terminal import Terminal
from tests.configuration.files import EXAMPLE
from tests.integration.gateway_process import GatewayProcess
from tests.servers import Server, ServerMissing, program


def nobody() -> str:
    """Where no broker is."""
    return f"mqtt://127.0.0.1:{free_port()}"


def test_two_options_and_yes_give_a_site_that_check_finds_good(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    ended = reverbere("init", folder, "--place", "Chalon-sur-Saône", "--broker", nobody(), "--yes")
    assert ended.returncode == 0, ended.stderr
    assert "Chalon-sur-Saône (FR): 46.7811, 4.8537, Europe/Paris" in ended.stdout
    assert "No broker answers" in ended.stdout
    assert ended.stdout.splitlines()[-4:-1] == [
        f"  reverbere broker setup --config {folder}",
        f"  reverbere run --config {folder}",
        f"  reverbere devices discover --config {folder}",
    ]
    checked = reverbere("check", folder)
    assert checked.returncode == 0, checked.stdout
    assert "no lamps yet" in checked.stdout
    assert sorted(path.name for path in folder.iterdir()) == ["devices.yaml", "lighting.yaml", "site.yaml"]


def test_without_a_terminal_all_that_is_missing_is_said_at_once(tmp_path: Path) -> None:
    ended = reverbere("init", tmp_path / "site", "--name", "Lab")
    assert ended.returncode == 2
    for option in ("--place", "--street", "--broker", "--record", "--influx", "--yes"):
        assert option in ended.stderr
    assert "--name  " not in ended.stderr
    assert not (tmp_path / "site").exists()


AWAY = Options(place="Chalon-sur-Saône", broker="mqtt://127.0.0.1:1", yes=True)
"""A site whose broker is away, with all else as usual."""


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"place": "Saint-Denis"}, "towns may be meant"),
        ({"place": "Xyzzyville"}, "expected a town"),
        ({"place": "quartz"}, r"no town is called 'quartz'; write the whole name(?s:.*)Quartz Hill"),
        ({"street": "Rue Basse"}, "metres"),
        ({"broker": "http://x"}, "mqtt://"),
        ({"record": "state, soon"}, "days or years"),
        ({"record": "90 days"}, "before the comma"),
        ({"influx": Wishes("ftp://x")}, "http://"),
        ({"name": " "}, "expected a name"),
        ({"broker_password_file": Path("/nowhere")}, "a file with a password"),
        ({"yes": False}, "--name +What"),
    ],
)
def test_an_option_that_means_nothing_is_refused_and_nothing_is_written(
    tmp_path: Path, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(UnansweredError, match=said):
        init(tmp_path / "site", replace(AWAY, **options))
    assert not (tmp_path / "site").exists()


def test_the_example_that_is_shipped_is_left_alone() -> None:
    with pytest.raises(UnansweredError, match="Name a folder"):
        init(EXAMPLE, AWAY)


def test_files_that_are_there_are_shown_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert init(tmp_path, AWAY) == 0
    mine = (tmp_path / "lighting.yaml").read_text() + "# mine\n"
    (tmp_path / "lighting.yaml").write_text(mine)
    answered = replace(AWAY, name="Lab", street="Yard, 50 m", record="state, 90 days", influx=Wishes("no"), yes=False)
    assert init(tmp_path, answered) == 1
    assert "-# mine" in capsys.readouterr().out
    assert (tmp_path / "lighting.yaml").read_text() == mine
    assert init(tmp_path, AWAY) == 0
    (old,) = tmp_path.glob("lighting.yaml.bak-*")
    assert old.read_text() == mine
    assert not list(tmp_path.glob("site.yaml.bak-*"))


def test_a_second_time_changes_nothing_and_keeps_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert init(tmp_path, AWAY) == init(tmp_path, AWAY) == 0
    assert "is like that already" in capsys.readouterr().out
    assert len(list(tmp_path.iterdir())) == 3


def test_the_id_of_a_site_with_a_record_is_not_changed(tmp_path: Path) -> None:
    assert init(tmp_path, AWAY) == 0
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "record.db").write_bytes(b"")
    with pytest.raises(UnansweredError, match='a record of the site "chalon-sur-saone"'):
        init(tmp_path, replace(AWAY, name="Other"))


def test_a_terminal_is_asked_six_questions_and_asks_again_for_what_means_nothing(
    mosquitto: Server, tmp_path: Path
) -> None:
    folder = tmp_path / "site"
    with Terminal("init", folder) as terminal:
        terminal.answer("Where it stands", "Xyzzyville")
        terminal.answer("expected a town", "Saint-Denis")
        terminal.answer("Which of them", "2")
        terminal.answer("What this site is called", "Atelier d'été")
        terminal.answer("The first street", "Rue de la République, 350 m")
        terminal.answer("The broker", f"127.0.0.1:{mosquitto.port}")
        terminal.answer("The folder of the record", "")
        terminal.answer("A copy in InfluxDB", "no")
        assert terminal.end() == 0, terminal.shown
    assert "mosquitto version" in terminal.shown
    assert "without a user" in terminal.shown
    site = load(folder)
    assert (site.id, site.title) == ("atelier-d-ete", "Atelier d'été")
    assert round(site.plan.latitude, 1) == 48.9
    assert site.plan.zones[0].label == "Rue de la République"
    assert site.mqtt is not None
    assert (site.mqtt.host, site.mqtt.port) == ("127.0.0.1", mosquitto.port)


class Guarded:
    """mosquitto that lets in nobody but `gateway` with the password `s3cret`."""

    def __init__(self, server: Server) -> None:
        passwords = server.folder / "passwd"
        create = [program("mosquitto_passwd"), "-b", "-c", str(passwords), "gateway", "s3cret"]
        subprocess.run(create, check=True, capture_output=True)
        passwords.chmod(0o600)
        file = server.folder / "mosquitto.conf"
        plain = file.read_text().replace("allow_anonymous true", f"allow_anonymous false\npassword_file {passwords}")
        server.stop()
        file.write_text(plain)
        server.command = lambda: [program("mosquitto"), "-c", str(file)]  # type: ignore[method-assign]
        server.start()


@pytest.fixture
def guarded(mosquitto: Server) -> Server:
    try:
        Guarded(mosquitto)
    except ServerMissing as missing:
        pytest.skip(str(missing))
    return mosquitto


def test_a_password_is_asked_unseen_and_goes_into_a_file_of_its_owner_alone(guarded: Server, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    scripted = ("--place", "Chalon-sur-Saône", "--name", "Lab", "--street", "Yard, 50 m", "--record", "state, 90 days")
    with Terminal("init", folder, *scripted, "--influx", "no", "--broker", f"127.0.0.1:{guarded.port}") as terminal:
        terminal.answer("User", "gateway")
        terminal.answer("may read): ", "wrong")
        terminal.answer("User", "gateway")
        terminal.answer("may read): ", "s3cret")
        assert terminal.end() == 0, terminal.shown
    assert "as gateway" in terminal.shown
    assert "s3cret" not in terminal.shown
    secret = folder / "secrets" / "mqtt"
    assert secret.read_text() == "s3cret\n"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert stat.S_IMODE(secret.parent.stat().st_mode) == 0o700
    assert all("s3cret" not in path.read_text() for path in folder.glob("*.yaml"))
    site = load(folder)
    assert site.mqtt is not None
    assert (site.mqtt.username, site.mqtt.password_file) == ("gateway", secret)


def test_a_script_gives_the_password_by_a_file(
    guarded: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "password").write_text("s3cret\n")
    there = replace(AWAY, broker=f"127.0.0.1:{guarded.port}")
    assert init(tmp_path / "one", there) == 0
    assert "lets us not in: Not authorized" in capsys.readouterr().out
    assert init(tmp_path / "two", replace(there, broker_password_file=tmp_path / "password")) == 0
    assert "a test message came back, as gateway" in capsys.readouterr().out
    assert (tmp_path / "two" / "secrets" / "mqtt").read_text() == "s3cret\n"


def test_a_database_is_made_only_after_it_was_shown_and_agreed_to(
    influxdb: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scripted = ("--place", "Chalon-sur-Saône", "--name", "Lab", "--street", "Yard, 50 m", "--record", "state, 90 days")
    servers = ("--broker", "mqtt://127.0.0.1:1", "--influx", influxdb.url)
    with Terminal("init", tmp_path / "no", *scripted, *servers) as terminal:
        terminal.answer('CREATE DATABASE "lab"', "n")
        assert terminal.end() == 0, terminal.shown
    assert "Nothing was made" in terminal.shown
    assert init(tmp_path / "yes", replace(AWAY, name="Lab", influx=Wishes(influxdb.url))) == 0
    assert "It is made" in capsys.readouterr().out
    assert init(tmp_path / "again", replace(AWAY, name="Lab", influx=Wishes(influxdb.url))) == 0
    assert 'It has the database "lab"' in capsys.readouterr().out
    (target,) = load(tmp_path / "again").targets
    assert (target.version, target.url, target.database) == (1, influxdb.url, "lab")


def test_a_server_that_is_away_is_written_down_all_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert init(tmp_path, replace(AWAY, influx=Wishes("http://127.0.0.1:1", "street"))) == 0
    assert "nobody answers at http://127.0.0.1:1" in capsys.readouterr().out
    (target,) = load(tmp_path).targets
    assert target.database == "street"


def test_a_gateway_runs_on_a_new_site_that_has_no_device_yet(
    mosquitto: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "site"
    assert init(folder, replace(AWAY, broker=f"mqtt://127.0.0.1:{mosquitto.port}")) == 0
    assert f"  reverbere check {folder}" in capsys.readouterr().out
    gateway = GatewayProcess(folder)
    with gateway:
        asked = json.loads(reverbere("doctor", "--json", "--config", folder).stdout)
    assert asked["live"]["record"]["entries"] > 0
    assert gateway.events("running")


def test_the_only_town_that_begins_so_is_asked_about_in_a_terminal(tmp_path: Path) -> None:
    with Terminal("init", tmp_path / "site") as terminal:
        terminal.answer("Where it stands", "quartz")
        terminal.answer("No town is called just so. Is it Quartz Hill (US)?", "n")
        terminal.answer("Where it stands", "Chalon-sur-Saône")
        terminal.until("Chalon-sur-Saône (FR): 46.78")
