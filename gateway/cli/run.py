"""`reverbere run`: the daemon."""

import asyncio
import signal
from pathlib import Path

import structlog

from gateway.cli.kept import last_good
from gateway.cli.show import date_time, zone_of
from gateway.clock import SystemClock
from gateway.configuration import texts
from gateway.configuration.build import understand
from gateway.configuration.problems import ConfigurationError, locate, render
from gateway.configuration.site import Site
from gateway.daemon.interpreter import keep_big_buffers_apart, settle_down
from gateway.daemon.service import Gateway, Origin
from gateway.record.entry import Files
from gateway.record.errors import RecordError
from gateway.record.reader import Reader

RELEASED = 1_795_219_200_000_000_000
"""2026-11-21 00:00 UTC in nanoseconds: no clock that is right stands before this release."""

log = structlog.get_logger(__name__)


def run(folder: Path) -> None:
    """Run the gateway of a folder until SIGTERM or SIGINT. Raises `ConfigurationError` and `RecordError`."""
    keep_big_buffers_apart()
    site, origin = begin(folder)
    clock = SystemClock(max(RELEASED, _last_known(site.state)))
    asyncio.run(until_stopped(Gateway(site, clock, origin)))


def begin(folder: Path) -> tuple[Site, Origin]:
    """The site to start with: that of the files, or the one that was adopted last if there are mistakes in them.

    Raises `ConfigurationError` if no plan was adopted yet, or if this software does not understand it.
    """
    fetched = texts.fetch_all(folder)
    try:
        site = understand(folder, fetched)
    except ConfigurationError as error:
        last = last_good(folder)
        if last is None:
            raise
        mistakes = error.problems
    else:
        return site, Origin(folder, Files(texts.digest(fetched), texts.pack(fetched)))
    for problem in mistakes:
        log.error("a mistake in the files", problem=render(problem))
    adopted, since = last.adoption.adopted, date_time(last.adoption.at, zone_of(last.site.plan))
    log.error("the files cannot be used: the street keeps the last good plan", plan=adopted.plan.digest, since=since)
    trouble = f"{locate(mistakes[0].place)}: {mistakes[0].found}"
    trouble += f" (and {len(mistakes) - 1} more)" if len(mistakes) > 1 else ""
    return last.site, Origin(folder, last.files, adopted.by, adopted.note, trouble)


def _last_known(state: Path) -> int:
    """When the record ends, as far as its clock was believed: it is later than that now."""
    try:
        reader = Reader(state)
        try:
            return reader.believed_until()
        finally:
            reader.close()
    except RecordError:
        return 0


async def until_stopped(gateway: Gateway) -> None:
    """Let a gateway live until this process is asked to end (SIGTERM, SIGINT); what it learned is then committed.

    SIGHUP lets it read its files anew.
    """
    living = asyncio.create_task(gateway.run(settle_down), name="gateway")
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, living.cancel)
    loop.add_signal_handler(signal.SIGHUP, gateway.ask_to_reload)
    try:
        await living
    except asyncio.CancelledError:
        log.info("stopped")
