"""The daemon with a scaled clock: `python -m tests.integration.scaled_gateway FOLDER START SPEED ORIGIN`.

The three numbers are those of `gateway.clock.ScaledClock`: a test that has the same ones lives in the same street time.
"""

import asyncio
import sys
from pathlib import Path

from gateway.cli.main import log_to_stderr
from gateway.cli.run import begin, until_stopped
from gateway.clock import ScaledClock
from gateway.daemon.service import Gateway


def main(folder: str, start: str, speed: str, origin: str) -> None:
    """Run the gateway of a folder until SIGTERM."""
    log_to_stderr()
    site, files = begin(Path(folder))
    asyncio.run(until_stopped(Gateway(site, ScaledClock(int(start), float(speed), int(origin)), files)))


if __name__ == "__main__":
    main(*sys.argv[1:])
