"""The daemon on a header whose contacts signals move: `python -m tests.integration.keyed_gateway FOLDER REST`.

SIGUSR1 opens the contact on GPIO22, as a turned key or a cut wire does; SIGUSR2 closes it. REST is how it stands at the
start, "open" or "closed".
"""

import signal
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Thread

from gateway.cli.main import log_to_stderr
from gateway.cli.run import run
from tests.integration.gateway_process import GatewayProcess
from tests.links.header import Header

PIN = "GPIO22"


class KeyedGateway(GatewayProcess):
    """A gateway with a key switch that its test turns; it stands as it did when the gateway is started again."""

    turned = False

    def turn(self, *, on: bool) -> None:
        """Turn the key, or turn it back."""
        self.turned = on
        if self._process is not None:
            self._process.send_signal(signal.SIGUSR1 if on else signal.SIGUSR2)

    def _command(self) -> list[str]:
        rest = "open" if self.turned else "closed"
        return [sys.executable, "-m", "tests.integration.keyed_gateway", str(self.folder), rest]


def on_its_own_thread(move: Callable[[str], None]) -> None:
    """As an edge comes on a Pi."""
    Thread(target=move, args=(PIN,)).start()


def main(folder: str, rest: str) -> None:
    """Run the gateway of a folder until SIGTERM."""
    log_to_stderr()
    header = Header()
    header.plug_in()
    (header.open if rest == "open" else header.close)(PIN)
    signal.signal(signal.SIGUSR1, lambda _number, _frame: on_its_own_thread(header.open))
    signal.signal(signal.SIGUSR2, lambda _number, _frame: on_its_own_thread(header.close))
    run(Path(folder))


if __name__ == "__main__":
    main(*sys.argv[1:])
