"""`reverbere demo`: a street at night, with walkers, sensors, lamps, broker and gateway in one process."""

import asyncio
import signal
import tempfile
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from devices.device import DeviceId
from firmware_sims.cast import Cast
from gateway.broker import EmbeddedBroker
from gateway.cli.example import copy_for_demo, lacks_dali, street
from gateway.cli.run import begin
from gateway.cli.score import Score, people_recorded, score
from gateway.cli.stage import cast_for, script
from gateway.cli.view import watch
from gateway.clock import SECOND, ScaledClock
from gateway.configuration.site import Site
from gateway.daemon.service import Gateway
from gateway.record.reader import Reader

NIGHT = "2026-11-21"
"""The demo's date, always: the same November night in June."""

SEED = 20261121

DRAIN = 30.0
"""Real seconds that the pipeline may take to run empty at the end."""

SUBSCRIPTIONS = 300
"""That the gateway may have: each make has its own topics, and whoever plays may add devices."""

READY = 15.0
"""Real seconds that the gateway may take to reach broker and serial lines."""

ANY_PORT = 1883
"""Of the broker, where nobody connects to it."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Play:
    """How to play: street seconds a second, the street's time of day, real seconds (None: until interrupted).

    `street` is one of `gateway.cli.example.STREETS`; `faults` are written DEVICE:KIND@SECONDS.
    """

    speed: float
    start: time
    lasts: float | None
    silent: bool
    street: str = "quiet"
    faults: tuple[str, ...] = ()


class NotEmptyError(FileExistsError):
    """The folder that a demo shall leave its site in holds something already."""


class WrongFaultError(ValueError):
    """A fault that no device of the street can have."""


def demo(play: Play, keep: Path | None) -> Score:
    """Play the demo and say what came of it; the site stays in `keep` if that is given.

    Raises `NotEmptyError` if there is something in `keep` already, and `WrongFaultError` for no fault.
    """
    _check(play)
    if lacks_dali(street(play.street)):
        log.warning("lamps on DALI lines are left out: python-dali is not installed", install="reverbere[dali]")
    if keep is not None:
        if keep.exists() and any(keep.iterdir()):
            raise NotEmptyError(f"{keep} is not empty: a demo needs a folder of its own; name a new one")
        return asyncio.run(_demo(play, keep))
    with tempfile.TemporaryDirectory(prefix="reverbere-") as folder:
        return asyncio.run(_demo(play, Path(folder)))


def _check(play: Play) -> None:
    """Say what cannot be played before anything begins. Raises `WrongFaultError`."""
    with tempfile.TemporaryDirectory(prefix="reverbere-") as folder:
        site = copy_for_demo(street(play.street), Path(folder), ANY_PORT)
    try:
        script(site, play.faults)
    except ValueError as error:
        raise WrongFaultError(str(error)) from None


async def _demo(play: Play, folder: Path) -> Score:
    until = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, until.set)
    async with EmbeddedBroker(folder / "broker", subscriptions=SUBSCRIPTIONS) as broker:
        await asyncio.to_thread(copy_for_demo, street(play.street), folder, broker.port)
        site, origin = await asyncio.to_thread(begin, folder)
        clock = ScaledClock(await asyncio.to_thread(_start, play, site), play.speed)
        breaks = script(site, play.faults)
        cast = await asyncio.to_thread(cast_for, site, clock, broker.port, SEED, breaks)
        await asyncio.to_thread(cast.open)
        try:
            return await _perform(play, Gateway(site, clock, origin), clock, cast, until)
        finally:
            await asyncio.to_thread(cast.close)


def _start(play: Play, site: Site) -> int:
    """Street time at the curtain."""
    zone = ZoneInfo(site.plan.timezone)
    return int(datetime.combine(datetime.fromisoformat(NIGHT), play.start, zone).timestamp()) * SECOND


async def _perform(play: Play, gateway: Gateway, clock: ScaledClock, cast: Cast, until: asyncio.Event) -> Score:
    site = gateway.site
    async with _running(gateway.run(), "gateway") as living:
        await _connected(gateway, living)
        curtain = clock.now().time
        async with _running(cast.run(), "cast") as playing:
            await _described(gateway, cast, living, playing)
            async with _running(watch(site, clock, gateway, silent=play.silent), "view"):
                await _wait(until, play.lasts, living, playing)
            cast.stop()
            await _drain(site, cast)
            living.cancel()
            await asyncio.wait([living])
            return await asyncio.to_thread(score, site, gateway, cast.truth(), curtain, clock.now().time)


@asynccontextmanager
async def _running(work: Coroutine[None, None, None], name: str) -> AsyncIterator["asyncio.Task[None]"]:
    """A task for as long as the block; an error of its own is raised at the end."""
    task = asyncio.create_task(work, name=name)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            task.result()


async def _connected(gateway: Gateway, living: "asyncio.Task[None]") -> None:
    """Wait until every link is up: what a serial line says before that is lost."""
    async with asyncio.timeout(READY):
        while not living.done() and not gateway.connected():  # noqa: ASYNC110 - links tell nobody
            await asyncio.sleep(0.02)


async def _described(gateway: Gateway, cast: Cast, *tasks: "asyncio.Task[None]") -> None:
    """Wait until the gateway listens to all who describe themselves first: what they say before that is lost."""
    try:
        async with asyncio.timeout(READY):
            while not all(gateway.hears(topic) for topic in cast.described):
                if any(task.done() for task in tasks):
                    return
                await asyncio.sleep(0.02)
    except TimeoutError:
        log.warning("not every device was noticed in time; what they say first is lost", seconds=READY)
    cast.noticed()


async def _wait(until: asyncio.Event, lasts: float | None, *tasks: "asyncio.Task[None]") -> None:
    """Until interrupted, until the time is over, or until something broke."""
    interrupted = asyncio.create_task(until.wait(), name="interrupted")
    try:
        await asyncio.wait([interrupted, *tasks], timeout=lasts, return_when=asyncio.FIRST_COMPLETED)
    finally:
        interrupted.cancel()


async def _stored(reader: Reader, device: DeviceId, boot: str, seq: int) -> None:
    """Wait until the record holds a device's message of this number."""
    while (found := await asyncio.to_thread(reader.last_numbered, device, boot)) is None or found < seq:  # noqa: ASYNC110 - a file tells nobody
        await asyncio.sleep(0.05)


async def _counted(reader: Reader, sensed: Mapping[str, int]) -> None:
    """Wait until the record holds as many people as these counters sensed, which number nothing."""
    while sensed:
        found = await asyncio.to_thread(people_recorded, reader)
        if all(found.get(DeviceId(counter), 0) >= people for counter, people in sensed.items()):
            return
        await asyncio.sleep(0.2)


async def _drain(site: Site, cast: Cast) -> None:
    """Wait until the sources have nothing left to send and the record holds their last numbers, and all they sensed."""
    reader = await asyncio.to_thread(Reader, site.state)
    try:
        async with asyncio.timeout(DRAIN):
            await cast.drained()
            truth = cast.truth()
            for device, (boot, seq) in truth.last_numbers.items():
                await _stored(reader, DeviceId(device), boot, seq)
            unnumbered = truth.people_sensed.keys() - truth.last_numbers.keys()
            await _counted(reader, {counter: truth.people_sensed[counter] for counter in unnumbered})
    except TimeoutError:
        log.warning("the pipeline did not run empty in time; the figures say what is missing", seconds=DRAIN)
    finally:
        await asyncio.to_thread(reader.close)
