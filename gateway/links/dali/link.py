"""The link to the lamps of one DALI line."""

import asyncio
import json
import random
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import Any, Protocol

import structlog

from devices.conventions.dali.curve import Curve
from devices.message import Message
from gateway.clock import Clock
from gateway.links.backlog import Backlog
from gateway.links.backoff import Backoff
from gateway.links.dali.rota import Look, Order, Question, Rota
from gateway.links.dali.spec import DaliLine
from gateway.links.delivery import Delivery, Incoming, LinkDown, Origin, Outcome

UNSETTLED = 200
"""Answers that may be unsettled before nobody is asked any more; orders go on."""

HOLD = 1.0
"""Real seconds until it is looked again whether somebody may be asked."""

FADE_TIME_SHIFT = 4
"""QUERY FADE TIME/FADE RATE answers both, the time in the upper four bits."""

log = structlog.get_logger()


class Speaker(Protocol):
    """Who speaks on the line (`gateway.links.dali.speaker`)."""

    async def tell(self, order: Order) -> None:
        """Give an order. Raises `LinkDown`."""
        ...

    async def ask(self, question: Question, interrupted: Callable[[], bool]) -> dict[str, Any] | None:
        """Ask gear: nothing if it is silent, None if it was `interrupted`. Raises `LinkDown`."""
        ...

    async def close(self) -> None:
        """Let go of the line."""
        ...


class DaliLink:
    """One owner of one line. An answer has the short address as its topic; there is nothing to acknowledge.

    Orders go first, the newest of each gear; a question gives way to them between two frames, and is asked again.
    `connected` is called when the line can be reached: nobody knows what its lamps missed.
    """

    def __init__(
        self,
        name: str,
        spec: DaliLine,
        clock: Clock,
        connected: Callable[[], None] = lambda: None,
        *,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.name = name
        self._spec = spec
        self._gear = tuple(gear.address for gear in spec.gear)
        self._clock = clock
        self._say_connected = connected
        self._backoff = Backoff(chance, ceiling=5.0)
        self._backlog = Backlog(UNSETTLED)
        self._counts = dict.fromkeys(("orders", "answers", "silent", "opened", "dropped"), 0)
        self._rota: Rota | None = None
        self._news = asyncio.Event()
        self._silent: set[int] = set()
        self._disorderly: set[int] = set()
        self._curves: dict[int, int | None] = {}
        self._outage = ""

    async def run(self, receive: Callable[[Incoming], None]) -> None:
        """Reach the line, tell and ask its gear, hand every answer to `receive` on the loop; until cancelled.

        An error raised by `receive` ends the link.
        """
        loop = asyncio.get_running_loop()
        while True:
            begun = loop.time()
            try:
                await self._live_once(receive)
            except LinkDown as down:
                self._say_down(str(down))
            await asyncio.sleep(self._backoff.wait(loop.time() - begun))

    def send(self, message: Message) -> None:
        """Take an order, in place of one to this lamp that still waits; drop and count it while the line is away."""
        address = int(message.topic)
        if self._rota is None or address not in self._gear:
            self._counts["dropped"] += 1
            return
        order = json.loads(message.payload)
        self._rota.order(address, order["arc"], order["ramp"], asyncio.get_running_loop().time())
        self._news.set()

    def status(self) -> dict[str, object]:
        """Say how it stands: `orders` sent, `answers` heard, questions that met silence; `silent_gear` by address.

        `linear` and `logarithmic` are how many gear say that they have this curve, `disorderly_gear` those addresses
        whose answers cannot be one gear's.
        """
        found = list(self._curves.values())
        return {
            "connected": self._rota is not None,
            "unsettled": self._backlog.count,
            "trouble": self._outage,
            **self._counts,
            "gear": len(self._gear),
            "silent_gear": sorted(self._silent),
            "disorderly_gear": sorted(self._disorderly),
            "linear": found.count(Curve.LINEAR.value),
            "logarithmic": found.count(Curve.LOGARITHMIC.value),
        }

    async def _live_once(self, receive: Callable[[Incoming], None]) -> None:
        """Serve the line until it cannot be reached. Raises `LinkDown`."""
        speaker = await _reached(self._spec)
        try:
            await self._serve(speaker, self._say_up(), receive)
        finally:
            self._rota = None
            await speaker.close()

    async def _serve(self, speaker: Speaker, rota: Rota, receive: Callable[[Incoming], None]) -> None:
        loop = asyncio.get_running_loop()
        while True:
            turn = rota.take(loop.time())
            if isinstance(turn, Order):
                await speaker.tell(turn)
                self._counts["orders"] += 1
            elif turn is not None and not self._backlog.full:
                await self._ask(speaker, rota, turn, receive)
            else:
                await self._idle(rota, loop)

    async def _idle(self, rota: Rota, loop: asyncio.AbstractEventLoop) -> None:
        """Wait for an order, or until somebody is to be asked."""
        wait = max(rota.next_due(loop.time()) - loop.time(), HOLD if self._backlog.full else 0.0)
        with suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await self._news.wait()
        self._news.clear()

    async def _ask(self, speaker: Speaker, rota: Rota, question: Question, receive: Callable[[Incoming], None]) -> None:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        said = await speaker.ask(question, lambda: question.gives_way and rota.ordering(loop.time()))
        if said is None:
            return
        now = loop.time()
        if question.look not in (Look.INTRODUCTION, Look.SURVEY):
            rota.rest(now + (now - begun))
        if not said:
            self._counts["silent"] += 1
            self._silent.add(question.address)
            rota.silent(question.address, now)
            return
        self._silent.discard(question.address)
        self._counts["answers"] += 1
        match question.look:
            case Look.INTRODUCTION:
                self._curves[question.address] = said.get("dimming_curve")
                self._note(question.address, disorderly="disorderly" in said)
                fade = said["fade_time_and_rate"]
                rota.introduced(question.address, None if fade is None else fade >> FADE_TIME_SHIFT, now)
            case Look.SURVEY:
                rota.surveyed(question.address, now, has_meters=said["energy_bank"])
                return
            case _:
                rota.answered(question, now)
        self._deliver(question.address, said, receive)

    def _note(self, address: int, *, disorderly: bool) -> None:
        if not disorderly:
            self._disorderly.discard(address)
        elif address not in self._disorderly:
            self._disorderly.add(address)
            log.warning("answers that cannot be those of one gear", link=self.name, address=address)

    def _deliver(self, address: int, said: dict[str, Any], receive: Callable[[Incoming], None]) -> None:
        self._backlog.add()
        loop = asyncio.get_running_loop()
        message = Message(str(address), json.dumps(said).encode(), self._clock.now().time)
        receive(
            Delivery(message, Origin(self.name, self._counts["opened"]), lambda outcome: self._settle(loop, outcome))
        )

    def _settle(self, loop: asyncio.AbstractEventLoop, outcome: Outcome) -> None:
        if outcome is Outcome.ACCEPTED:
            self._backlog.remove()
        elif not loop.is_closed():
            # A delivery that nobody settled is released by whichever thread drops it last.
            loop.call_soon_threadsafe(self._backlog.remove)

    def _say_up(self) -> Rota:
        self._rota = rota = Rota(self._gear)
        self._outage = ""
        self._counts["opened"] += 1
        log.info("link up", link=self.name)
        self._say_connected()
        return rota

    def _say_down(self, why: str) -> None:
        if not self._outage:
            log.warning("link down", link=self.name, why=why)
        self._outage = why


async def _reached(spec: DaliLine) -> Speaker:
    """Reach a line. The library is imported here: who has no line needs none of it. Raises `LinkDown`."""
    try:
        module = await asyncio.to_thread(import_module, "gateway.links.dali.speaker")
    except ImportError as error:
        raise LinkDown(f'{spec.line} takes python-dali:  pip install "reverbere[dali]"  ({error})') from error
    speaker: Speaker = await module.Speaker.reach(spec.line, spec.gear)
    return speaker
