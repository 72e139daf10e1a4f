"""`reverbere broker` and the accounts of devices, on files and on a real mosquitto."""

import os
import re
import socket
import ssl
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.cli.brokering import renewal
from gateway.cli.brokering.certificates import authority_in
from gateway.cli.brokering.credentials import Asked, UnknownFirmwareError, give
from gateway.cli.brokering.placing import present
from gateway.cli.brokering.revocation import revoke
from gateway.cli.brokering.running import around
from gateway.cli.brokering.setup import setup
from gateway.cli.explained.unknown import UnknownNameError
from gateway.configuration.build import load
from gateway.configuration.site import MqttSettings
from gateway.links.connection import Broker
from gateway.links.trial import Outcome, try_broker
from gateway.mosquitto import authority
from gateway.mosquitto.errors import BrokerError
from gateway.mosquitto.settings import Files, Where
from tests.cli.command import reverbere
from tests.conftest import running
from tests.ground.pages import ROOT
from tests.mosquitto.mixed import Guarded, Home, believing, home
from tests.mosquitto.talker import Closed, Talker, greeted

EVERYWHERE = "0.0.0.0"  # noqa: S104 - what an operator writes


@pytest.fixture
def at(tmp_path: Path) -> Home:
    return home(tmp_path, None)


def files(at: Home) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for top in (at.etc, at.config) for path in top.rglob("*") if path.is_file()}


def test_a_dry_run_shows_everything_and_writes_nothing(at: Home, capsys: pytest.CaptureFixture[str]) -> None:
    before = files(at)
    setup(at.config, at.wish(), ask=False, dry=True)
    shown = capsys.readouterr().out
    assert files(at) == before
    assert f"  +listener {at.tls} 127.0.0.1" in shown
    assert f"  +  url: mqtts://127.0.0.1:{at.tls}" in shown
    assert "PRIVATE KEY" not in shown
    assert "$7$" not in shown
    assert "Nothing was written." in shown


def test_what_was_written_is_the_same_when_asked_again(at: Home, capsys: pytest.CaptureFixture[str]) -> None:
    at.set_up()
    before = files(at)
    capsys.readouterr()
    at.set_up()
    assert "Nothing to change" in capsys.readouterr().out
    assert files(at) == before


def test_the_site_points_at_the_broker_and_its_other_lines_stay(at: Home) -> None:
    old = (at.config / "site.yaml").read_text().splitlines()
    at.set_up()
    new = (at.config / "site.yaml").read_text().splitlines()
    changed = [line for line in old if line not in new]
    assert len(changed) == 1
    assert changed[0].strip().startswith("url: mqtt://")
    mqtt = load(at.config).mqtt
    assert mqtt is not None
    assert (mqtt.host, mqtt.port, mqtt.tls, mqtt.username) == ("127.0.0.1", at.tls, True, "gateway")
    assert mqtt.ca_file == at.config / "broker-ca.crt"
    assert mqtt.password_file == at.config / "secrets" / "mqtt"


def test_secrets_are_for_their_readers_only(at: Home) -> None:
    at.set_up()
    modes = {
        "passwd": at.etc / "reverbere/passwd",
        "key": at.etc / "reverbere/server.key",
        "mqtt": at.config / "secrets/mqtt",
        "ca": at.config / "authority/ca.key",
    }
    assert {name: oct(path.stat().st_mode & 0o777) for name, path in modes.items()} == {
        **dict.fromkeys(("passwd", "key", "mqtt"), "0o640"),
        "ca": "0o600",
    }


@pytest.mark.server
@pytest.mark.parametrize(
    ("address", "host"),
    [("127.0.0.1", "127.0.0.1"), (EVERYWHERE, "127.0.0.1"), ("::", "::1"), ("127.0.0.2", "127.0.0.2")],
)
def test_the_gateway_knows_its_broker_by_whatever_names_devices_call_it(
    at: Home, tmp_path: Path, address: str, host: str
) -> None:
    if host == "::1" and not _speaks_ipv6():
        pytest.skip("this machine has no IPv6")
    at.set_up(tls=Where(at.tls, address), names=("street.example",))
    site = load(at.config)
    assert site.mqtt is not None
    assert (site.mqtt.host, site.mqtt.port, site.mqtt.tls) == (host, at.tls, True)
    with running(lambda: Guarded(tmp_path / "run", at)):
        tried = try_broker(_as_the_gateway(site.mqtt), f"reverbere/{site.id}")
        assert tried.outcome is Outcome.GOOD, tried.said
        if host == "127.0.0.1":
            assert greeted(at.tls, at.config / "broker-ca.crt", "street.example")


def _speaks_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


def _as_the_gateway(mqtt: MqttSettings) -> Broker:
    """The broker as the gateway would find it by the site's file."""
    assert mqtt.password_file is not None
    word = mqtt.password_file.read_text().strip()
    return Broker(mqtt.host, mqtt.port, "trial", mqtt.tls, mqtt.ca_file, mqtt.username, word, session_expiry=0)


def test_a_board_without_tls_is_told_an_address_when_the_broker_listens_on_all(
    at: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    at.set_up(plain=Where(at.plain, EVERYWHERE), names=("192.168.20.1", "localhost"))
    capsys.readouterr()
    give(at.config, Asked("yard-dimmer", "", "", at.etc), ask=False)
    assert "MqttHost 192.168.20.1;" in capsys.readouterr().out


def test_a_lamp_is_told_its_own_failure_level_and_one_between_two_steps_the_brighter(
    at: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    at.set_up()
    file = at.config / "devices.yaml"
    assert _printed(at, "relay-1", capsys).count("Power1 1") == 1  # nobody says one: full
    assert "Dimmer 60 ENDON" in _printed(at, "yard-dimmer", capsys)
    file.write_text(file.read_text().replace("failure_level: 60%", "failure_level: 0.4%"))
    assert "Dimmer 1 ENDON" in _printed(at, "yard-dimmer", capsys)
    file.write_text(file.read_text().replace("failure_level: 0.4%", "failure_level: 0%"))
    assert "Dimmer 0 ENDON" in _printed(at, "yard-dimmer", capsys)


def _printed(at: Home, name: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What `credentials` prints for a device."""
    capsys.readouterr()
    give(at.config, Asked(name, "", "", at.etc), ask=False)
    return capsys.readouterr().out


def test_another_port_keeps_the_old_files(at: Home) -> None:
    at.set_up()
    old = Files(at.etc.resolve()).settings.read_text()
    at.set_up(tls=Where(at.tls + 1, "127.0.0.1"))
    kept = list((at.etc / "conf.d").glob("reverbere.conf.bak-*"))
    assert [file.read_text() for file in kept] == [old]
    assert f"listener {at.tls + 1} 127.0.0.1" in (at.etc / "conf.d/reverbere.conf").read_text()


def test_asked_without_options_it_listens_where_it_did(at: Home, capsys: pytest.CaptureFixture[str]) -> None:
    at.set_up(keep_local=True)
    before = files(at)
    capsys.readouterr()
    at.set_up(tls=None, plain=None, keep_local=None, names=())
    assert "Nothing to change" in capsys.readouterr().out
    assert files(at) == before
    at.set_up(tls=None, plain=None, keep_local=False, names=(), only_tls=True)
    listeners = [line for line in Files(at.etc).settings.read_text().splitlines() if line.startswith("listener")]
    assert listeners == [f"listener {at.tls} 127.0.0.1"]


def test_a_port_of_somebody_else_is_refused_and_nothing_is_written(at: Home) -> None:
    (at.etc / "conf.d/lab.conf").write_text(f"listener {at.tls}\nallow_anonymous true\n")
    before = files(at)
    with pytest.raises(BrokerError, match=f"lab.conf listens on port {at.tls} already"):
        at.set_up()
    assert files(at) == before


@pytest.mark.server
def test_the_broker_of_a_whole_lab_goes_on_as_it_was(at: Home, tmp_path: Path) -> None:
    lab = at.tls + 1
    (at.etc / "conf.d/lab.conf").write_text(f"listener {lab} 127.0.0.1\nallow_anonymous true\n")
    at.set_up()
    words = at.enrol()
    main = (at.etc / "mosquitto.conf").read_text().splitlines()
    assert "per_listener_settings true" in main[:2]
    with running(lambda: Guarded(tmp_path / "run", at)):
        with Talker(lab) as anybody:
            assert anybody.subscribe("#") == 1
            with Talker(at.plain, "gateway", words["gateway"]) as client:
                client.publish("reverbere/chalon/gateway/health", b"online")
            anybody.until(lambda: ("reverbere/chalon/gateway/health", b"online") in anybody.heard)
            assert anybody.publish("zigbee2mqtt/any") in (0, 0x10)
        with pytest.raises(Closed), Talker(at.plain):
            pass
    at.set_up()  # and once more, on what is there now
    assert (at.etc / "mosquitto.conf").read_text().splitlines() == main


@pytest.mark.server
def test_a_device_gets_a_password_with_its_snippet_and_loses_it_at_once(
    at: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    at.set_up()
    with running(lambda: Guarded(tmp_path / "run", at)):
        with pytest.raises(Closed):
            Talker(at.plain, "counter-west", "anything").__enter__()
        capsys.readouterr()
        give(at.config, Asked("counter-west", "plain", "", at.etc), ask=False)
        printed, told = capsys.readouterr()
        assert "mosquitto reads them now" in told
        (word,) = re.findall(r"^password +(\S+)$", printed, re.MULTILINE)
        own = next(each.writes[0] for each in at.grounds().accounts if each.name == "counter-west")
        client = until_let_in(at, "counter-west", word)
        assert client.publish(own) in (0, 0x10)
        assert revoke(at.config, "counter-west", at.etc, ask=False)
        with pytest.raises((Closed, OSError)):
            client.until(lambda: False)  # mosquitto closes the connection that stands
        client.drop()
        with pytest.raises(Closed):
            Talker(at.plain, "counter-west", word).__enter__()
    assert "counter-west" not in (at.etc / "reverbere/acl").read_text()


def until_let_in(at: Home, name: str, word: str) -> Talker:
    """Connect as soon as mosquitto has read its files again: it does that when its loop comes round."""
    while True:
        client = Talker(at.plain, name, word)
        try:
            return client.__enter__()
        except Closed:
            continue


def test_accounts_of_local_acl_stay_and_those_of_devices_that_went_go(at: Home) -> None:
    at.set_up()
    passwd, access = at.etc / "reverbere/passwd", at.etc / "reverbere/acl"
    (at.etc / "reverbere/local.acl").write_text("user grafana\ntopic read reverbere/#\n")
    with passwd.open("a") as file:
        file.write("grafana:$7$1$AAAA$BBBB\nold-sensor:$7$1$AAAA$BBBB\nlamp-07:$7$1$AAAA$BBBB\n")
    at.set_up()
    assert [line.partition(":")[0] for line in passwd.read_text().splitlines()] == ["gateway", "grafana", "lamp-07"]
    assert access.read_text().endswith("user grafana\ntopic read reverbere/#\n")
    assert "\nuser lamp-07\n" in access.read_text()


def test_the_gateway_gets_a_new_password_when_its_old_one_is_removed(at: Home) -> None:
    at.set_up()
    secret, kept = at.config / "secrets/mqtt", (at.etc / "reverbere/passwd").read_text()
    old = secret.read_text()
    secret.unlink()
    at.set_up()
    assert secret.read_text() != old
    assert (at.etc / "reverbere/passwd").read_text() != kept


def test_a_block_that_is_no_block_of_lines_is_left_to_a_person(at: Home, capsys: pytest.CaptureFixture[str]) -> None:
    file = at.config / "site.yaml"
    text = file.read_text()
    flow = text[: text.index("\nmqtt:")] + "\nmqtt: {url: mqtt://127.0.0.1:1883}\n" + text[text.index("\ninfluxdb:") :]
    file.write_text(flow)
    at.set_up()
    assert file.read_text() == flow
    assert f"write this into {file} yourself:" in capsys.readouterr().out


def test_a_user_with_a_space_is_replaced_and_not_named_twice(at: Home) -> None:
    file = at.config / "site.yaml"
    file.write_text(file.read_text().replace("\nmqtt:\n", "\nmqtt:\n  username: my gateway   # of the lab\n"))
    at.set_up()
    mqtt = load(at.config).mqtt
    assert mqtt is not None
    assert mqtt.username == "gateway"
    assert "my gateway" not in file.read_text()


def test_who_has_no_password_cannot_lose_it(at: Home) -> None:
    at.set_up()
    with pytest.raises(BrokerError, match="refused already"):
        revoke(at.config, "lamp-07", at.etc, ask=False)


def test_a_revocation_that_mosquitto_did_not_hear_of_says_so(at: Home, capsys: pytest.CaptureFixture[str]) -> None:
    at.set_up()
    give(at.config, Asked("lamp-07", "plain", "", at.etc), ask=False)
    capsys.readouterr()
    assert not revoke(at.config, "lamp-07", at.etc, ask=False)
    told = capsys.readouterr().out
    assert "sudo systemctl reload mosquitto; a connection that stands goes on until then" in told


def test_a_number_that_another_process_has_now_is_not_signalled(at: Home, tmp_path: Path) -> None:
    (tmp_path / "mosquitto.pid").write_text(f"{os.getpid()}\n")
    at.set_up()
    assert around(Files(at.etc.resolve())).process() is None


def test_before_the_broker_is_set_up_there_are_no_passwords(at: Home) -> None:
    with pytest.raises(BrokerError, match="reverbere broker setup"):
        give(at.config, Asked("lamp-07", "", "", at.etc), ask=False)


def aged(at: Home, left: timedelta) -> bytes:
    """Put a certificate in place that has so much of its time left."""
    pair = authority_in(at.config / "authority")
    assert pair is not None
    key = at.etc / "reverbere/server.key"
    then = datetime.now(UTC) + left - authority.SERVER_LASTS
    made = authority.sign(pair, ("localhost", "127.0.0.1"), then, key.read_bytes())
    (at.etc / "reverbere/server.crt").write_bytes(made.certificate)
    return made.certificate


@pytest.mark.server
def test_a_certificate_is_renewed_in_time_with_the_same_key_and_the_running_broker_shows_it(
    at: Home, tmp_path: Path
) -> None:
    at.set_up()
    old = aged(at, timedelta(days=20))
    key, ca = (at.etc / "reverbere/server.key").read_bytes(), at.config / "broker-ca.crt"
    with running(lambda: Guarded(tmp_path / "run", at)):
        assert served(at) == authority.der(old)
        renewal.renew(at.config, at.etc, None)
        new = (at.etc / "reverbere/server.crt").read_bytes()
        while served(at) != authority.der(new):
            pass  # mosquitto reads its files again when its loop comes round
        assert greeted(at.tls, ca)
    assert authority.looked_at(new).until - datetime.now(UTC) > timedelta(days=390)
    assert (at.etc / "reverbere/server.key").read_bytes() == key


def served(at: Home) -> bytes:
    """The certificate that the broker shows now."""
    return ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", at.tls)))


def test_while_there_is_time_nothing_is_renewed_and_the_authority_not_asked_for(
    at: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    at.set_up()
    (at.config / "authority/ca.key").unlink()
    before = files(at)
    renewal.renew(at.config, at.etc, None)
    assert "Good until" in capsys.readouterr().out
    assert files(at) == before


def test_the_authority_on_a_stick_is_found_again_and_missed_by_name(at: Home, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    at.set_up(authority=stick)
    assert present(stick / "ca.key") is not None
    assert not (at.config / "authority").exists()
    (at.config / "authority").mkdir()
    for name in ("ca.key", "ca.crt"):
        (at.config / "authority" / name).write_bytes((stick / name).read_bytes())
    aged(at, timedelta(days=20))
    (stick / "ca.key").rename(stick / "drawer")
    with pytest.raises(BrokerError, match=f"authority's key in {stick}"):
        renewal.renew(at.config, at.etc, None)
    with pytest.raises(BrokerError, match="--ca-dir"):
        at.set_up()
    (stick / "drawer").rename(stick / "ca.key")
    renewal.renew(at.config, at.etc, None)


def test_no_certificate_is_made_by_a_clock_that_cannot_be_right() -> None:
    with pytest.raises(BrokerError, match="found 1970-01-01"):
        authority.found("chalon", datetime(1970, 1, 1, 0, 5, tzinfo=UTC))


CONNECT = """
import sys, time
from pathlib import Path
from tests.mosquitto.talker import Talker
with Talker(int(sys.argv[1]), "gateway", sys.argv[3], ca=Path(sys.argv[2])) as client:
    print(time.gmtime().tm_year, client.subscribe("reverbere/#"))
"""


@pytest.mark.server
@pytest.mark.parametrize("when", ["@1970-01-01 00:00:10", "@2000-01-01 00:00:10"])
def test_a_machine_that_wakes_up_in_1970_finds_its_broker(at: Home, tmp_path: Path, when: str) -> None:
    at.set_up()
    words = at.enrol()
    with running(lambda: Guarded(tmp_path / "run", at, faked=when)):
        command = [*believing(when), sys.executable, "-c", CONNECT]
        arguments = [str(at.tls), str(at.config / "broker-ca.crt"), words["gateway"]]
        ended = subprocess.run(
            [*command, *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=ROOT,
        )
    assert (ended.stdout.split(), ended.returncode) == ([when[1:5], "1"], 0), ended.stderr


def test_the_commands_say_what_to_do_next_and_print_a_sketch_alone(at: Home) -> None:
    options = ("--config", at.config, "--mosquitto", at.etc)
    ended = reverbere("broker", "setup", *options, "--listen", f"127.0.0.1:{at.tls}", "--yes")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "sudo systemctl restart mosquitto" in ended.stdout
    typed = f"--config {at.config} --mosquitto {at.etc}"
    assert f"reverbere devices credentials ID {typed}  gives one" in ended.stdout
    printed = reverbere("devices", "credentials", "lamp-07", *options, "--server", "127.0.0.1")
    assert printed.returncode == 0
    assert printed.stdout.startswith("// lamp-07: a lamp for Réverbère")
    revoked = reverbere("devices", "revoke", "lamp-07", *options, "--yes")
    assert f"reverbere devices credentials lamp-07 {typed}" in revoked.stdout


def test_what_does_not_fit_is_said_before_anything_is_written(at: Home) -> None:
    with pytest.raises(BrokerError, match="apt-get install mosquitto"):
        at.set_up(mosquitto=at.etc / "none")
    at.set_up()
    before = files(at)
    with pytest.raises(UnknownFirmwareError, match="arduino or micropython or plain for lamp-07"):
        give(at.config, Asked("lamp-07", "tasmota", "", at.etc), ask=False)
    with pytest.raises(UnknownNameError, match='found "nobody"'):
        give(at.config, Asked("nobody", "", "", at.etc), ask=False)
    with pytest.raises(UnknownNameError, match="not behind the broker"):
        give(at.config, Asked("counter-quai", "", "", at.etc), ask=False)
    with pytest.raises(BrokerError, match=r"found 10\.9\.9\.9"):
        give(at.config, Asked("lamp-07", "", "10.9.9.9", at.etc), ask=False)
    assert files(at) == before


def test_a_device_behind_a_bridge_has_no_password_and_the_bridge_keeps_its_own(
    at: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    at.set_up()
    give(at.config, Asked("zigbee2mqtt", "plain", "", at.etc), ask=False)
    before = files(at)
    capsys.readouterr()
    give(at.config, Asked("pir-gate", "", "", at.etc), ask=False)
    told = capsys.readouterr().out
    assert "pir-gate is behind zigbee2mqtt, which has its account: nothing to flash." in told
    assert "reverbere devices credentials zigbee2mqtt --config" in told
    assert files(at) == before


def test_home_assistant_gets_the_account_from_which_it_may_order(at: Home, capsys: pytest.CaptureFixture[str]) -> None:
    at.set_up()
    with (at.config / "site.yaml").open("a") as settings:
        settings.write("homeassistant: {accounts: [ana-ha]}\n")
    capsys.readouterr()
    give(at.config, Asked("ana-ha", "", "", at.etc), ask=False)
    assert "user      ana-ha" in capsys.readouterr().out
    assert "user ana-ha\n" in (at.etc / "reverbere/acl").read_text()


def test_a_tasmota_is_sent_to_the_listener_that_it_can_speak_to(at: Home, capsys: pytest.CaptureFixture[str]) -> None:
    at.set_up()
    capsys.readouterr()
    give(at.config, Asked("yard-dimmer", "", "", at.etc), ask=False)
    assert f"MqttPort {at.plain};" in capsys.readouterr().out
    at.set_up(plain=None, only_tls=True)
    before = files(at)
    with pytest.raises(BrokerError, match=r"expected an RSA key.* --rsa, or --plain ADDRESS:PORT"):
        give(at.config, Asked("relay-1", "", "", at.etc), ask=False)
    assert files(at) == before
    at.set_up(plain=None, only_tls=True, kind="rsa")
    assert authority.kind_of((at.etc / "reverbere/server.key").read_bytes()) == "rsa"
    capsys.readouterr()
    give(at.config, Asked("relay-1", "", "", at.etc), ask=False)
    assert f"MqttPort {at.tls}; MqttUser relay-2;" in capsys.readouterr().out
