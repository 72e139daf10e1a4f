"""The brokers of a round: mosquitto as the package configures it, and a nats-server without patience."""

import os
import re
import time
from pathlib import Path
from typing import Final

from gateway.broker import configuration
from gateway.clock import ScaledClock
from tests.integration.gateway_process import GatewayProcess
from tests.servers import Mosquitto, Nats, Server, program

ROOT = Path(__file__).parents[2]

ACK_WAIT: Final = "5s"
"""Shorter than a stall, so that nats-server sends again what the gateway has and could not acknowledge in time."""


SAVING = 3.0
"""Seconds that mosquitto may be late with a save: it looks once a second, and saving takes its time."""


def autosave() -> float:
    """Seconds between two saves of the mosquitto that is shipped, at most."""
    ours = (ROOT / "systemd/mosquitto-reverbere.conf").read_text(encoding="utf-8")
    found = re.search(r"^autosave_interval (\d+)$", ours, re.MULTILINE)
    assert found is not None
    return float(found[1]) + SAVING


class Shipped(Mosquitto):
    """mosquitto with the settings of `systemd/mosquitto-reverbere.conf`; only the port is another."""

    def command(self) -> list[str]:
        """Write its configuration, as Debian's package would include ours."""
        ours = (ROOT / "systemd/mosquitto-reverbere.conf").read_text(encoding="utf-8")
        assert "listener 1883" in ours
        lines = [ours.replace("listener 1883", f"listener {self.port}"), f"persistence_location {self.folder}/"]
        if os.geteuid() == 0:
            lines.append("user root")
        file = self.folder / "mosquitto.conf"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return [program("mosquitto"), "-c", str(file)]


class Impatient(Nats):
    """nats-server as the gateway embeds it, but for `ACK_WAIT`."""

    def command(self) -> list[str]:
        """Write its configuration."""
        file = self.folder / "nats.conf"
        ours = configuration(self.folder, self.port)
        assert 'ack_wait: "30s"' in ours
        file.write_text(ours.replace('ack_wait: "30s"', f'ack_wait: "{ACK_WAIT}"'), encoding="utf-8")
        return [program("nats-server"), "-c", str(file)]


def make_broker(name: str, folder: Path) -> Server:
    """The broker that a round asks for."""
    return Shipped(folder) if name == "mosquitto" else Impatient(folder)


class SteppedGateway(GatewayProcess):
    """The daemon with a wall clock that can be stepped; it looks at that every half second."""

    def __init__(self, folder: Path, clock: ScaledClock) -> None:
        super().__init__(folder, clock)
        self.environment["WATCHDOG_USEC"] = "1000000"
        self._epoch = time.time_ns() - time.monotonic_ns()

    def _command(self) -> list[str]:
        python, flag, _, *numbers = super()._command()
        return [python, flag, "tests.soak.stepped_gateway", *numbers, str(self._epoch)]


def pid(server: Server) -> int:
    """The number of a server's process."""
    process = server._process
    assert process is not None, f"expected {server.name} to run"
    return process.pid
