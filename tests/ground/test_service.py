"""The files of systemd/: what the service manager and the broker of the package make of them."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import aiomqtt
import pytest

from gateway.configuration.models import MqttBlock
from tests.conftest import running
from tests.ground.pages import ROOT
from tests.servers import Mosquitto, Server, program

UNIT = (ROOT / "systemd/reverbere.service").read_text(encoding="utf-8")
CONF = (ROOT / "systemd/mosquitto-reverbere.conf").read_text(encoding="utf-8")
PROGRAM = "/opt/reverbere/.venv/bin/reverbere"
PATIENCE = 20.0


class Shipped(Mosquitto):
    """mosquitto as Debian's package starts it: its own configuration, which includes ours."""

    def command(self) -> list[str]:
        """Write both files; only the port is another."""
        own = CONF.replace("listener 1883", f"listener {self.port}")
        (self.folder / "conf.d").mkdir(exist_ok=True)
        (self.folder / "conf.d/reverbere.conf").write_text(own)
        debian = f"persistence true\npersistence_location {self.folder}/\ninclude_dir {self.folder}/conf.d\n"
        (self.folder / "mosquitto.conf").write_text(debian + ("user root\n" if os.geteuid() == 0 else ""))
        return [program("mosquitto"), "-c", str(self.folder / "mosquitto.conf")]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Server]:
    with running(lambda: Shipped(tmp_path)) as server:
        yield server


def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed")
    units = []
    for file in sorted((ROOT / "systemd").glob("reverbere*")):
        unit = tmp_path / file.name
        text = file.read_text(encoding="utf-8")
        unit.write_text(text.replace(PROGRAM, shutil.which("true") or "/bin/true"), encoding="utf-8")
        units.append(str(unit))
    assert len(units) == 3
    told = subprocess.run([analyze, "verify", *units], check=False, timeout=60, capture_output=True, text=True)
    assert (told.returncode, told.stderr) == (0, "")


def test_the_certificate_is_looked_at_every_week_also_after_a_week_without_power() -> None:
    timer = (ROOT / "systemd/reverbere-certificate.timer").read_text(encoding="utf-8").splitlines()
    assert "Persistent=true" in timer
    assert any(line.startswith("OnCalendar=Mon ") for line in timer)
    service = (ROOT / "systemd/reverbere-certificate.service").read_text(encoding="utf-8").splitlines()
    assert f"ExecStart={PROGRAM} broker renew --config /etc/reverbere" in service


def test_the_unit_starts_the_gateway_unprivileged_for_ever_and_under_a_watchdog() -> None:
    lines = UNIT.splitlines()
    for line in (
        "Type=notify",
        "WatchdogSec=30",
        "Restart=always",
        "User=reverbere",
        "StateDirectory=reverbere",
        f"ExecStart={PROGRAM} run --config /etc/reverbere",
        f"ExecReload={PROGRAM} reload --config /etc/reverbere",
    ):
        assert line in lines


@pytest.mark.server
async def test_what_waits_for_the_gateway_survives_a_restart_of_the_shipped_broker(broker: Server) -> None:
    many = 1_500  # more than mosquitto keeps by default
    gateway = aiomqtt.Client("127.0.0.1", broker.port, identifier="gateway", clean_session=False)
    async with gateway:
        await gateway.subscribe("street/#", qos=1)
    async with asyncio.timeout(PATIENCE), aiomqtt.Client("127.0.0.1", broker.port) as sensor:
        await asyncio.gather(*(sensor.publish("street/counter", str(number), qos=1) for number in range(many)))
    await asyncio.to_thread(broker.restart)
    got: list[int] = []
    again = aiomqtt.Client("127.0.0.1", broker.port, identifier="gateway", clean_session=False)
    async with asyncio.timeout(PATIENCE), again:
        async for message in again.messages:
            got.append(int(message.payload))
            if len(got) >= many:
                break
    assert sorted(got) == list(range(many))


def test_the_shipped_broker_listens_on_this_machine_only_unless_told_otherwise() -> None:
    assert [line for line in CONF.splitlines() if line.startswith("listener")] == ["listener 1883 127.0.0.1"]


def test_the_shipped_broker_lets_as_many_messages_fly_as_the_gateway_takes() -> None:
    (flying,) = (int(line.split()[1]) for line in CONF.splitlines() if line.startswith("max_inflight_messages"))
    assert flying >= MqttBlock.model_fields["receive_maximum"].default
