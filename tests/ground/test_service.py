"""The files of systemd/: what the service manager and the broker of the package make of them."""

import asyncio
import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import aiomqtt
import pytest
from aiomqtt import MqttError

from gateway.configuration.models import MqttBlock
from tests.conftest import running
from tests.ground.pages import ROOT
from tests.servers import Mosquitto, Server, program

UNIT = (ROOT / "systemd/reverbere.service").read_text(encoding="utf-8")
CONF = (ROOT / "systemd/mosquitto-reverbere.conf").read_text(encoding="utf-8")
ACL = ROOT / "systemd/mosquitto-reverbere.acl"
PROGRAM = "/opt/reverbere/.venv/bin/reverbere"
PATIENCE = 20.0


class Shipped(Mosquitto):
    """mosquitto as Debian's package starts it: its own configuration, which includes ours."""

    def __init__(self, folder: Path, change: Callable[[str], str] = str) -> None:
        super().__init__(folder)
        self._change = change

    def command(self) -> list[str]:
        """Write both files; only the port is another."""
        own = self._change(CONF.replace("listener 1883", f"listener {self.port}"))
        (self.folder / "conf.d").mkdir(exist_ok=True)
        (self.folder / "conf.d/reverbere.conf").write_text(own)
        debian = f"persistence true\npersistence_location {self.folder}/\ninclude_dir {self.folder}/conf.d\n"
        (self.folder / "mosquitto.conf").write_text(debian + ("user root\n" if os.geteuid() == 0 else ""))
        return [program("mosquitto"), "-c", str(self.folder / "mosquitto.conf")]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Server]:
    with running(lambda: Shipped(tmp_path)) as server:
        yield server


@pytest.fixture
def guarded_broker(tmp_path: Path) -> Iterator[Server]:
    """With accounts, as the comments of the shipped file say."""
    accounts = tmp_path / "passwd"
    accounts.write_text("gateway:secret\ncounter-west:secret\nlamp-07:secret\n")
    accounts.chmod(0o600)
    subprocess.run([program("mosquitto_passwd"), "-U", str(accounts)], check=True, timeout=PATIENCE)

    def lan(own: str) -> str:
        kept = (line for line in own.splitlines() if not line.startswith(("listener", "allow_anonymous")))
        commented = [line.removeprefix("#     ") for line in own.splitlines() if line.startswith("#     ")]
        settings = [line for line in commented if not line.startswith("sudo ")]
        changed = "\n".join([*kept, *settings]).replace("/etc/mosquitto/reverbere.passwd", str(accounts))
        return changed.replace("/etc/mosquitto/reverbere.acl", str(ACL)) + "\n"

    with running(lambda: Shipped(tmp_path / "broker", lan)) as server:
        yield server


def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed")
    unit = tmp_path / "reverbere.service"
    unit.write_text(UNIT.replace(PROGRAM, shutil.which("true") or "/bin/true"), encoding="utf-8")
    told = subprocess.run([analyze, "verify", str(unit)], check=False, timeout=60, capture_output=True, text=True)
    assert (told.returncode, told.stderr) == (0, "")


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


@pytest.mark.server
async def test_with_accounts_a_sensor_is_heard_and_only_the_gateway_orders_lamps(guarded_broker: Server) -> None:
    def client(name: str) -> aiomqtt.Client:
        return aiomqtt.Client("127.0.0.1", guarded_broker.port, username=name, password="secret")  # noqa: S106 - of this test alone

    sensor, orders = "reverbere/chalon/sensor/counter-west", "reverbere/chalon/lamp/lamp-07/set"
    async with asyncio.timeout(PATIENCE), client("gateway") as gateway, client("lamp-07") as lamp:
        await gateway.subscribe("reverbere/#", qos=1)
        await lamp.subscribe(orders, qos=1)
        for topic, said in ((orders, "dark"), (f"{sensor}-2", "in another's name"), (sensor, "counted")):
            with contextlib.suppress(MqttError):  # mosquitto cuts off who says more than it may
                async with client("counter-west") as counter:
                    await counter.publish(topic, said, qos=1)
        heard = await anext(aiter(gateway.messages))
        assert (str(heard.topic), heard.payload) == (sensor, b"counted")
        await gateway.publish(orders, "light", qos=1)
        ordered = await anext(aiter(lamp.messages))
        assert (str(ordered.topic), ordered.payload) == (orders, b"light")


@pytest.mark.server
async def test_with_accounts_nobody_connects_without_one(guarded_broker: Server) -> None:
    with pytest.raises(MqttError):
        async with aiomqtt.Client("127.0.0.1", guarded_broker.port):
            pass
