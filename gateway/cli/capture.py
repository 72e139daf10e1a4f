"""`reverbere capture`: what links bring, into a file that can be played again."""

import asyncio
import os
import signal
from base64 import b64decode
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from gateway.cli.show import console, errors
from gateway.clock import SystemClock
from gateway.configuration.build import load
from gateway.configuration.site import Site
from gateway.control.ask import NoGatewayError, ask
from gateway.control.words import OverhearRequest
from gateway.daemon.routes import Routes
from gateway.daemon.wiring import listeners
from gateway.links.captured import PRIVATE, REDACTED, Captured, first_line, line
from gateway.links.delivery import Delivery, Incoming, Link, Outcome
from gateway.links.redact import Redactor

ASK_EVERY = 0.25
"""Seconds between two questions to the gateway."""

CONNECTING = 5.0
"""Seconds that links may take to be up before we say what keeps them."""

OPEN = "Only you can read it. With --redact, addresses, networks, secrets and coordinates are taken out."

LARGEST = 100_000_000
"""Characters that a file may have: a card is filled by accident otherwise."""


class CaptureRefusedError(ValueError):
    """What was asked cannot be captured."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What to capture: for how many real seconds (None: until interrupted), only these topics, and how openly."""

    lasts: float | None
    topics: tuple[str, ...]
    redact: bool


@dataclass(slots=True)
class Taken:
    """What came, by link, and what is not in the file."""

    by_link: Counter[str] = field(default_factory=Counter)
    missed: int = 0
    left_out: int = 0
    full: asyncio.Event = field(default_factory=asyncio.Event)


def capture(folder: Path, file: Path, wish: Wish) -> bool:
    """Write what links bring into a new file, until time is over or Ctrl-C; whether anything came.

    A running gateway tells what it takes. Where none runs, and for topics of one's own, the broker is listened to
    beside it, under another name and without a session, and serial lines are opened if nobody holds them. Raises
    `CaptureRefusedError`, `ConfigurationError`, `Refused`.
    """
    site = load(folder)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise CaptureRefusedError(f"expected a file that is not there yet, in a folder that is: {error}") from None
    errors.print(
        f"{file}: {PRIVATE} {REDACTED if wish.redact else 'Nobody else can read it; --redact takes out more.'}"
    )
    with os.fdopen(descriptor, "w", buffering=1, encoding="utf-8") as out:
        taken = asyncio.run(_capture(site, out, wish))
    _conclude(file, taken)
    return bool(taken.by_link)


async def _capture(site: Site, out: TextIO, wish: Wish) -> Taken:
    taken, redactor = Taken(), Redactor()
    written = out.write(first_line(site.id, redacted=wish.redact) + "\n")

    def take(captured: Captured) -> None:
        nonlocal written
        kept = redactor.redact(captured) if wish.redact else captured
        taken.left_out = redactor.left_out
        if kept is None or taken.full.is_set():
            return
        written += out.write(line(kept) + "\n")
        taken.by_link[kept.link] += 1
        if written > LARGEST:
            taken.full.set()

    interrupted = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, interrupted.set)
    async with _source(site, wish, taken, take) as tasks:
        waiting = [asyncio.create_task(event.wait(), name="end") for event in (interrupted, taken.full)]
        await asyncio.wait([*waiting, *tasks], timeout=wish.lasts, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
    return taken


@asynccontextmanager
async def _source(
    site: Site, wish: Wish, taken: Taken, take: Callable[[Captured], None]
) -> AsyncIterator[list["asyncio.Task[None]"]]:
    """Tasks that take messages from the gateway, or from links of our own; their errors are raised at the end."""
    last = None if wish.topics else await _last(site.state)
    links: list[Link] = []
    if last is not None:
        work = [_overhear(site.state, last, taken, take)]
    else:
        links = await asyncio.to_thread(_links, site, wish)
        work = [link.run(lambda incoming: _settle(incoming, take)) for link in links]
    tasks = [asyncio.create_task(one, name="capture") for one in work]
    try:
        await _connected(links)
        errors.print(f"Listening {'beside the gateway' if links else 'through the gateway'}; Ctrl-C ends it.")
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Exception):
                raise result


def _links(site: Site, wish: Wish) -> list[Link]:
    if wish.topics and site.mqtt is None:
        raise CaptureRefusedError("expected a site with a broker for --topic, found no  mqtt:  in site.yaml")
    routes, asked = Routes(site), frozenset(wish.topics)
    links = listeners(site, lambda link: asked or routes.topics(link), SystemClock())
    mqtt = "" if site.mqtt is None else site.mqtt.name
    return [link for link in links if not wish.topics or link.name == mqtt]


async def _connected(links: list[Link]) -> None:
    """Wait until every link is up, or has been given its time: it goes on trying."""
    with suppress(TimeoutError):
        async with asyncio.timeout(CONNECTING):
            while not all(link.status()["connected"] for link in links):  # noqa: ASYNC110 - links tell nobody
                await asyncio.sleep(0.02)
    for link in links:
        if trouble := link.status()["trouble"]:
            errors.print(f"{link.name}: {trouble}", markup=False)


async def _last(state: Path) -> int | None:
    """The number of the last message that the running gateway took; None where none runs."""
    try:
        return _number((await ask(state, OverhearRequest()))["last"])
    except NoGatewayError:
        return None


async def _overhear(state: Path, last: int, taken: Taken, take: Callable[[Captured], None]) -> None:
    """Ask the gateway again and again; one that restarts meanwhile is asked on."""
    while True:
        with suppress(NoGatewayError):
            told = await ask(state, OverhearRequest(after=last))
            last = _number(told["last"])
            taken.missed += _number(told["missed"])
            messages: Any = told["messages"]
            for message in messages:
                take(_captured(message))
            if messages:
                continue
        await asyncio.sleep(ASK_EVERY)


def _number(value: object) -> int:
    return int(str(value))


def _captured(said: dict[str, Any]) -> Captured:
    return Captured(said["time"], said["link"], said["topic"], b64decode(said["payload"]), said["retained"])


def _settle(incoming: Incoming, take: Callable[[Captured], None]) -> None:
    if isinstance(incoming, Delivery):
        message = incoming.message
        take(Captured(message.time, incoming.origin.link, message.topic, message.payload, message.retained))
        incoming.settle(Outcome.ACCEPTED)


def _conclude(file: Path, taken: Taken) -> None:
    count = sum(taken.by_link.values())
    by_link = ", ".join(f"{link} {number}" for link, number in sorted(taken.by_link.items()))
    console.print(f"{count} messages in {file}" + (f": {by_link}" if by_link else "; nothing came"), markup=False)
    if taken.left_out:
        errors.print(f"{taken.left_out} messages are left out: they are no text, and who can say what is inside?")
    if taken.missed:
        errors.print(f"{taken.missed} messages are not in it: they came too fast, or are too large; see --topic")
    if taken.full.is_set():
        errors.print(f"It ends here: the file has {LARGEST // 1_000_000} MB.")
