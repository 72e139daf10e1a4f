"""A broker tried before a site is written: what is found out about it, on real brokers."""

from pathlib import Path

import pytest

from gateway.links.connection import Broker
from gateway.links.trial import Outcome, Trial, try_broker
from tests.servers import Mosquitto, Server


def trial(server: Server, root: str = "reverbere/chalon") -> Trial:
    return try_broker(Broker("127.0.0.1", server.port, "reverbere-trial", session_expiry=0), root)


class Strict(Mosquitto):
    """mosquitto that lets everybody in, and lets nobody read or write below `reverbere/shut`."""

    def command(self) -> list[str]:
        started = super().command()
        (self.folder / "acl").write_text("topic readwrite reverbere/open/#\n")
        (self.folder / "acl").chmod(0o600)
        with (self.folder / "mosquitto.conf").open("a") as file:
            file.write(f"acl_file {self.folder}/acl\n")
        return started


def test_a_broker_that_gives_back_what_is_published_is_good_and_says_its_version(mosquitto: Server) -> None:
    found = trial(mosquitto)
    assert found.outcome is Outcome.GOOD
    assert found.version.startswith("mosquitto version")


def test_a_broker_of_mqtt_3_is_good_too(nats: Server) -> None:
    assert trial(nats).outcome is Outcome.GOOD


def test_a_broker_whose_acl_shuts_us_out_is_deaf(mosquitto: Server, tmp_path: Path) -> None:
    strict = Strict(tmp_path / "strict")
    strict.start()
    try:
        assert trial(strict, "reverbere/open").outcome is Outcome.GOOD
        found = trial(strict, "reverbere/shut")
    finally:
        strict.stop()
    assert found.outcome is Outcome.DEAF
    assert found.version == ""
    assert mosquitto.port != strict.port


def test_where_nobody_is_or_something_else_answers_the_broker_is_absent(
    influxdb: Server, mosquitto: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.links.trial.PATIENCE", 0.5)
    mosquitto.stop()
    nobody = trial(mosquitto)
    assert nobody.outcome is Outcome.ABSENT
    assert "refused" in nobody.said
    assert trial(influxdb).outcome is Outcome.ABSENT
