"""The daemon on a header with a motion sensor on GPIO17, which signals move.

`python -m tests.integration.pinned_gateway FOLDER START SPEED ORIGIN`; the numbers are those of `scaled_gateway`. The
sensor sees nobody at first. SIGUSR1 lets somebody come, SIGUSR2 go; SIGRTMIN cuts the sensor's wire.
"""

import asyncio
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Thread

from gateway.cli.main import log_to_stderr
from gateway.cli.run import begin, until_stopped
from gateway.clock import ScaledClock
from gateway.daemon.service import Gateway
from tests.integration.gateway_process import GatewayProcess
from tests.integration.small_site import evening
from tests.links.header import Header

SENSOR, LAMP = "GPIO17", "GPIO18"


class PinnedGateway(GatewayProcess):
    """A gateway whose motion sensor is moved by its test, in the evening."""

    def __init__(self, folder: Path) -> None:
        self._evening = evening()
        super().__init__(folder, self._evening)

    def come(self) -> None:
        """Let somebody come."""
        self._signal(signal.SIGUSR1)

    def go(self) -> None:
        """Let them go."""
        self._signal(signal.SIGUSR2)

    def cut(self) -> None:
        """Cut the sensor's wire."""
        self._signal(signal.SIGRTMIN)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None, "expected a gateway that was started"
        self._process.send_signal(number)

    def _command(self) -> list[str]:
        clock = self._evening
        numbers = map(str, (clock.start, clock.speed, clock.origin))
        return [sys.executable, "-m", "tests.integration.pinned_gateway", str(self.folder), *numbers]


def on_its_own_thread(move: Callable[[], None], _number: int, _frame: object) -> None:
    """As an edge comes on a Pi."""
    Thread(target=move).start()


def main(folder: str, start: str, speed: str, origin: str) -> None:
    """Run the gateway of a folder until SIGTERM."""
    log_to_stderr()
    header = Header()
    header.plug_in()
    header.drive(SENSOR, high=False)
    moves = {
        signal.SIGUSR1: lambda: header.drive(SENSOR, high=True),
        signal.SIGUSR2: lambda: header.drive(SENSOR, high=False),
        signal.SIGRTMIN: lambda: header.cut(SENSOR),
    }
    for number, move in moves.items():
        signal.signal(number, partial(on_its_own_thread, move))
    site, files = begin(Path(folder))
    asyncio.run(until_stopped(Gateway(site, ScaledClock(int(start), float(speed), int(origin)), files)))


if __name__ == "__main__":
    main(*sys.argv[1:])
