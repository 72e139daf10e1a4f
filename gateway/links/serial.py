"""The link to a serial line: a device, a pseudo-terminal or a `socket://` URL."""

import asyncio
import os
import random
from collections.abc import Callable
from functools import partial

import serial
import structlog

from devices.framing.framer import Framer
from devices.message import Message
from gateway.clock import Clock
from gateway.links.backlog import Backlog
from gateway.links.backoff import Backoff
from gateway.links.delivery import Delivery, Incoming, LinkDown, Origin, Outcome
from gateway.links.opening import UNOPENED

CHUNK = 65_536
"""Bytes read at once, at most."""

UNSETTLED = 2000
"""Frames that may be unsettled before we stop reading; what comes then is lost in the kernel's buffer."""

log = structlog.get_logger()


class SerialLink:
    """One owner of one port. A frame has the port as its topic; there is nothing to acknowledge.

    The port is opened exclusively, because a second reader steals bytes. After an unplug the partial frame is
    forgotten and the port is opened again; the counts of `framer`'s frames go on.
    """

    def __init__(
        self,
        name: str,
        port: str,
        baud: int,
        framer: Callable[[], Framer],
        clock: Clock,
        *,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.name = name
        self._port = port
        self._baud = baud
        self._make_framer = framer
        self._framer = framer()
        self._clock = clock
        self._backoff = Backoff(chance, ceiling=5.0)
        self._backlog = Backlog(UNSETTLED)
        self._counts = dict.fromkeys(("frames", "bad", "skipped", "opened", "dropped"), 0)
        self._connected = False
        self._outage = ""

    async def run(self, receive: Callable[[Incoming], None]) -> None:
        """Open, hand every frame to `receive` on the loop, reopen; until cancelled.

        An error raised by `receive` ends the link.
        """
        loop = asyncio.get_running_loop()
        while True:
            opened = loop.time()
            try:
                await self._live_once(receive)
            except LinkDown as down:
                self._say_down(str(down))
            await asyncio.sleep(self._backoff.wait(loop.time() - opened))

    def send(self, message: Message) -> None:  # noqa: ARG002 - the protocol of links gives it
        """Drop and count it: those who speak on a serial line take no orders."""
        self._counts["dropped"] += 1

    def status(self) -> dict[str, object]:
        """Say how it stands: good `frames`, `bad` ones, bytes `skipped` between frames; `trouble` is why it is shut."""
        return {
            "connected": self._connected,
            "unsettled": self._backlog.count,
            "trouble": self._outage,
            **self._counts,
            "frames": self._counts["frames"] + self._framer.good,
            "bad": self._counts["bad"] + self._framer.bad,
            "skipped": self._counts["skipped"] + self._framer.skipped,
        }

    async def _live_once(self, receive: Callable[[Incoming], None]) -> None:
        """Read until the port is gone. Raises `LinkDown`."""
        port = await self._open()
        self._say_up()
        try:
            await self._read(port, receive)
        finally:
            self._connected = False
            self._start_over()
            # Closing may wait for a USB adapter that is gone.
            await asyncio.to_thread(port.close)

    async def _open(self) -> serial.SerialBase:
        opening = asyncio.create_task(
            asyncio.to_thread(serial.serial_for_url, self._port, self._baud, timeout=0, exclusive=True), name="open"
        )
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            # A thread cannot be cancelled; what it opened is closed again.
            await asyncio.wait([opening])
            if opening.exception() is None:
                opening.result().close()
            raise
        except UNOPENED as error:
            raise LinkDown(
                f"cannot open {self._port}: {error}; is it plugged in, and does no one else read it?"
            ) from error

    async def _read(self, port: serial.SerialBase, receive: Callable[[Incoming], None]) -> None:
        loop = asyncio.get_running_loop()
        readable = asyncio.Event()
        file = port.fileno()
        while True:
            await self._backlog.room()
            loop.add_reader(file, readable.set)
            try:
                await readable.wait()
            finally:
                loop.remove_reader(file)
            readable.clear()
            self._take(_available(file, self._port), receive)

    def _take(self, data: bytes, receive: Callable[[Incoming], None]) -> None:
        for frame in self._framer.feed(data):
            self._backlog.add()
            receive(
                Delivery(
                    Message(self._port, frame, self._clock.now().time),
                    Origin(self.name, self._counts["opened"]),
                    partial(self._settle, asyncio.get_running_loop()),
                )
            )

    def _settle(self, loop: asyncio.AbstractEventLoop, outcome: Outcome) -> None:
        if outcome is Outcome.ACCEPTED:
            self._backlog.remove()
        elif not loop.is_closed():
            # A delivery that nobody settled is released by whichever thread drops it last.
            loop.call_soon_threadsafe(self._backlog.remove)

    def _start_over(self) -> None:
        self._counts["frames"] += self._framer.good
        self._counts["bad"] += self._framer.bad
        self._counts["skipped"] += self._framer.skipped
        self._framer = self._make_framer()

    def _say_up(self) -> None:
        self._connected = True
        self._outage = ""
        self._counts["opened"] += 1
        log.info("link up", link=self.name, port=self._port)

    def _say_down(self, why: str) -> None:
        if not self._outage:
            log.warning("link down", link=self.name, why=why)
        self._outage = why


def _available(file: int, port: str) -> bytes:
    """Read what is there. Raises `LinkDown` at the end of the file, which is an unplug."""
    try:
        data = os.read(file, CHUNK)
    except BlockingIOError:
        return b""
    except OSError as error:
        raise LinkDown(f"{port} is gone: {error}") from error
    if not data:
        raise LinkDown(f"{port} is gone, or somebody else reads it")
    return data
