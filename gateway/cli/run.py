"""`reverbere run`: the daemon."""

import asyncio
import signal
from pathlib import Path

import structlog

from gateway.clock import SystemClock
from gateway.configuration.build import load
from gateway.daemon.interpreter import settle_down
from gateway.daemon.service import Gateway
from gateway.record.errors import RecordError
from gateway.record.reader import Reader

RELEASED = 1_795_219_200_000_000_000
"""2026-11-21 00:00 UTC in nanoseconds: no clock that is right stands before this release."""

log = structlog.get_logger(__name__)


def run(folder: Path) -> None:
    """Run the gateway of a folder until SIGTERM or SIGINT. Raises `ConfigurationError` and `RecordError`."""
    site = load(folder)
    clock = SystemClock(max(RELEASED, _last_known(site.state)))
    asyncio.run(until_stopped(Gateway(site, clock)))


def _last_known(state: Path) -> int:
    """When the record ends: it is later than that now."""
    try:
        reader = Reader(state)
        try:
            return reader.last_at()
        finally:
            reader.close()
    except RecordError:
        return 0


async def until_stopped(gateway: Gateway) -> None:
    """Let a gateway live until this process is asked to end (SIGTERM, SIGINT); what it learned is then committed."""
    living = asyncio.create_task(gateway.run(settle_down), name="gateway")
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, living.cancel)
    try:
        await living
    except asyncio.CancelledError:
        log.info("stopped")
