"""Real servers for tests: each on a free loopback port, with its data in a folder of the test."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from gateway.broker import configuration, free_port

START_TIMEOUT = 30.0
STOP_TIMEOUT = 30.0


class ServerMissing(RuntimeError):  # noqa: N818 - it says what happened
    """The program is not installed on this machine."""


class Server(ABC):
    """A server process. Start, stop and kill block: from an async test call them by `asyncio.to_thread`.

    Port and data stay the same over a restart.
    """

    name: ClassVar[str]

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where an HTTP server answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it accepts connections."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._wait_until_accepting(self._process)

    def stop(self) -> None:
        """Ask it to stop (SIGTERM) and wait."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it (SIGKILL) and wait."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Stop it and start it again."""
        self.stop()
        self.start()

    @abstractmethod
    def command(self) -> list[str]:
        """Write what it needs into the folder and say how it is started."""

    def _end(self, by: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(by)
            process.wait(STOP_TIMEOUT)

    def _wait_until_accepting(self, process: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + START_TIMEOUT
        while process.poll() is None and time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1.0).close()
            except OSError:
                time.sleep(0.01)
            else:
                return
        log = (self.folder / "log").read_text(errors="replace")
        raise RuntimeError(f"{self.name} does not accept connections on port {self.port}:\n{log[-2000:]}")


class Mosquitto(Server):
    """mosquitto with the settings that QoS 1 needs. `autosave_interval` is in seconds."""

    name = "mosquitto"

    def __init__(self, folder: Path, autosave_interval: int = 1800) -> None:
        super().__init__(folder)
        self.autosave_interval = autosave_interval

    def command(self) -> list[str]:
        """Write its configuration."""
        file = self.folder / "mosquitto.conf"
        lines = [
            f"listener {self.port} 127.0.0.1",
            "allow_anonymous true",
            "persistence true",
            f"persistence_location {self.folder}/",
            f"autosave_interval {self.autosave_interval}",
            "max_queued_messages 0",
            "max_inflight_messages 2000",
            "set_tcp_nodelay true",
        ]
        if os.geteuid() == 0:
            lines.append("user root")
        file.write_text("\n".join(lines) + "\n")
        return [program("mosquitto"), "-c", str(file)]


class Nats(Server):
    """nats-server as the gateway embeds it."""

    name = "nats-server"

    def command(self) -> list[str]:
        """Write its configuration."""
        file = self.folder / "nats.conf"
        file.write_text(configuration(self.folder, self.port))
        return [program("nats-server"), "-c", str(file)]


class Influxdb(Server):
    """InfluxDB 1.x."""

    name = "influxd"

    def command(self) -> list[str]:
        """Write its configuration."""
        file = self.folder / "influxdb.conf"
        file.write_text(f"""\
reporting-disabled = true
bind-address = "127.0.0.1:{free_port()}"
[meta]
  dir = "{self.folder}/meta"
[data]
  dir = "{self.folder}/data"
  wal-dir = "{self.folder}/wal"
[http]
  bind-address = "127.0.0.1:{self.port}"
  log-enabled = false
""")
        return [program("influxd"), "-config", str(file)]


class VictoriaMetrics(Server):
    """VictoriaMetrics, which keeps one point a millisecond and forgets an exact repetition."""

    name = "victoria-metrics"

    def command(self) -> list[str]:
        """Say how it is started."""
        return [
            program("victoria-metrics"),
            f"-storageDataPath={self.folder}/data",
            f"-httpListenAddr=127.0.0.1:{self.port}",
            "-dedup.minScrapeInterval=1ms",
            "-retentionPeriod=100y",
        ]


def program(name: str) -> str:
    """Find a program beside this Python, on the path or where servers live. Raises `ServerMissing`."""
    beside = Path(sys.executable).parent / name
    if beside.exists():
        return str(beside)
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        raise ServerMissing(f"{name} is not installed")
    return found
