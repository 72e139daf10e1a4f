"""Holds the engine and the lamps, sleeps until the next change, sends orders."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import structlog

from devices.convention import Heard, Numbered
from devices.device import DeviceId
from devices.light import LightCommand, LightState
from devices.message import SECOND, Message
from devices.reading import Availability, Reading
from gateway.clock import Clock
from gateway.daemon.routes import Routes
from gateway.lighting.decision import Decision
from gateway.lighting.engine import Engine, Successor
from gateway.lighting.facts import Cancel, ClockSet, Maintenance, Override, Proof
from gateway.lighting.health import NEVER
from gateway.lighting.lamps.lamp import Fitting
from gateway.lighting.lamps.supervisor import Lamps
from gateway.lighting.proofs import misfit
from gateway.record.entry import Adopted, Declined, Entry, Learned, Made

SNAPSHOT_EVERY = 15 * 60 * SECOND
"""A restart replays at most so much of the tape (street time)."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Following:
    """Another plan, ready to be followed: the engine's part, the lamps under it, the way to them, what they are told.

    `findings` are the lamp faults that began or ended by it, `entry` is what the record gets.
    """

    successor: Successor
    lamps: Lamps
    routes: Routes
    messages: tuple[tuple[str, Message], ...]
    findings: tuple[Reading, ...]
    entry: Entry


class Lamplighter:
    """The engine's live caller. `send` takes a link's name and a message, `keep` takes what timers brought.

    `cut` says which links reach nobody just now.
    """

    def __init__(
        self,
        engine: Engine,
        lamps: Lamps,
        clock: Clock,
        routes: Routes,
        send: Callable[[str, Message], None],
        keep: Callable[[Entry], None],
        cut: Callable[[], frozenset[str]] = frozenset,
    ) -> None:
        self.engine = engine
        self.lamps = lamps
        self._clock = clock
        self._routes = routes
        self._send = send
        self._keep = keep
        self._cut = cut
        self._woken = asyncio.Event()
        self._sleeping_until = NEVER
        self._snapshot_due = engine.now + SNAPSHOT_EVERY
        self._lamps_due = 0
        """When the lamps may have something to hear that nobody says: as of their last orders."""
        self.sure = True
        """Whether the wall clock is believed, as the tape has it."""
        self.commands = 0
        self.clock_steps = 0
        self.last_clock_step = 0
        """By how much the wall clock was set the last time (nanoseconds)."""
        self.passed = 0
        """Street time up to which everything due has been done."""

    def learn(self, at: int, heard: Sequence[Heard]) -> list[Made]:
        """Learn what one message said at `at`; orders go out at once. Say what came of it, for the record."""
        facts = [item for item in heard if isinstance(item, (Reading, Availability, Numbered))]
        said = [item for item in heard if isinstance(item, (LightState, Availability))]
        made = self.engine.advance(at, facts) if facts else []
        given = [*said, *_decisions(made)]
        if not given and at < self._lamps_due:
            # Most messages are nothing to any lamp: only the engine may have something due sooner by them.
            self._wake_before(self.engine.next_change())
            return list(made)
        self._order(self.lamps.advance(at, given))
        self._wake_before(self._next())
        if self.lamps.proving:
            # It is learned as what it is, an entry of its own, and not as what came of this message.
            self._woken.set()
        return [*made, *self._findings()]

    def begin(self, learned: tuple[Learned, ...], doubted_since: int | None = None) -> None:
        """Catch up with the present, tell every lamp what holds, and keep `learned` with what came of it.

        A clock that stands before the tape's end, or is not to be believed, is a fact like any other; so is one that
        is believed where the tape ends in doubt (`doubted_since`): nobody knows then how much time passed.
        """
        now = self._clock.now()
        doubted = doubted_since is not None or not self.engine.sure
        jump = now.time - self.engine.now if doubted else min(0, now.time - self.engine.now)
        at = self.engine.now if jump else now.time
        self._routes.shift(jump)
        steps = [ClockSet(jump, now.sure)] if jump or doubted or not now.sure else []
        self.sure = now.sure
        made = [change for item in learned if isinstance(item, Adopted) for change in self.engine.adopt(item.plan, at)]
        made += self.engine.advance(at, steps)
        self._snapshot_due = self.engine.now + SNAPSHOT_EVERY
        self.lamps.cut = self._cut()
        self.lamps.know(self.engine.proofs())
        # Who is maintained is known before anybody is told anything.
        self.lamps.maintain(self.engine.maintenance(), self.engine.now)
        self._order(self.lamps.advance(self.engine.now, self.engine.decisions()))
        self._keep(Entry(at, (*learned, *steps), (*made, *self._findings(), self.engine.snapshot())))

    def restate(self, learned: tuple[Learned, ...]) -> None:
        """Keep `learned` and the whole state: a fresh record knows nothing yet, and a replay must begin somewhere."""
        at = self._clock.now().time
        made = self.engine.advance(at)
        self._order(self.lamps.advance(at, _decisions(made)))
        self._keep(Entry(at, learned, (*made, self.engine.snapshot())))

    def prepare(
        self,
        adopted: Adopted,
        routes: Routes,
        refresh: int,
        fittings: Mapping[DeviceId, Fitting],
        rewired: Iterable[DeviceId],
    ) -> Following:
        """Make ready to follow another plan by these routes; until it is taken, only time has passed.

        `rewired` are lamps that are told their level again, because the way to them is another.
        """
        self._pass(self._clock.now().time)
        at = self._clock.now().time
        successor, lamps = self.engine.prepare(adopted.plan), self.lamps.twin()
        lamps.refit(fittings, refresh)
        commands = [
            *lamps.maintain(self.engine.maintenance(), at),
            *lamps.advance(at, _decisions(successor.made)),
            *lamps.rewire(rewired, at),
        ]
        findings = lamps.findings()
        entry = Entry(at, (adopted,), (*successor.made, *findings, successor.snapshot))
        return Following(successor, lamps, routes, tuple(_written(commands, routes)), tuple(findings), entry)

    def keep(self, following: Following) -> None:
        """Put what was prepared on record, with all that the next start needs."""
        self._keep(following.entry)

    def take(self, following: Following) -> None:
        """Follow what was prepared just now and kept. Nothing here can fail, so that no plan is followed by halves."""
        self.engine.take(following.successor)
        self.lamps, self._routes = following.lamps, following.routes
        self._snapshot_due = following.entry.at + SNAPSHOT_EVERY
        self._woken.set()

    def tell(self, following: Following) -> None:
        """Send the orders of what was taken. One that does not get through is sent again, as any other."""
        _log_findings(following.findings)
        for link, message in following.messages:
            self._send(link, message)
        self.commands += len(following.messages)

    def note(self, declined: Declined) -> None:
        """Keep that an edit was not taken: it moves no light, and who looks for what was tried finds it."""
        self._keep(Entry(self._clock.now().time, (declined,)))

    def obey(self, orders: Sequence[Override | Cancel | Maintenance | Proof]) -> None:
        """Learn what persons order, now; the lamps are told at once, and the record gets it as one entry."""
        at = self._clock.now().time
        made = self.engine.advance(at, orders)
        self._order(self.lamps.maintain(self.engine.maintenance(), at))
        self._order(self.lamps.advance(at, _decisions(made)))
        self._keep(Entry(at, tuple(orders), (*made, *self._findings())))
        self._wake_before(self._next())

    def identify(self, lamp: DeviceId) -> None:
        """Let a lamp flash and come back. Raises `KeyError` for one for which nothing was decided yet."""
        self._order(self.lamps.identify(lamp, self._clock.now().time))
        self._wake_before(self._next())

    def ask(self, link: str, question: Message) -> None:
        """Let a convention ask a device something, by the way that orders go."""
        self._send(link, question)

    def resend(self) -> None:
        """Tell every lamp its level again, after the way to them was broken."""
        self._order(self.lamps.resend(self._clock.now().time))
        self._wake_before(self._next())

    def set_clock(self) -> None:
        """Adopt the wall clock; a step is a fact on the tape, at the old time."""
        before = self._clock.now()
        shift = self._clock.step()
        step = ClockSet(shift, self._clock.now().sure)
        if not shift and step.sure == self.sure:
            return
        self.sure = step.sure
        if shift:
            self.clock_steps += 1
            self.last_clock_step = shift
        log.warning("the clock was set", shift_seconds=shift / SECOND, sure=step.sure)
        made = self.engine.advance(before.time, [step])
        self.lamps.shift(shift)
        self._routes.shift(shift)
        self._snapshot_due += shift
        self._order(self.lamps.advance(self.engine.now, _decisions(made)))
        self._keep(Entry(before.time, (step,), tuple(made)))
        self._woken.set()

    async def run(self) -> None:
        """Do what time brings, until cancelled."""
        while True:
            self._pass(self._clock.now().time)
            await self._sleep()

    def end(self) -> None:
        """Keep the state, so that the next start need not replay the tape."""
        at = self._clock.now().time
        made = self.engine.advance(at)
        self._keep(Entry(at, (), (*made, self.engine.snapshot())))

    def _pass(self, at: int) -> None:
        proofs = self.lamps.proofs()
        made: list[Made] = list(self.engine.advance(at, proofs))
        _log_proofs(proofs)
        self.lamps.cut = self._cut()
        self._order(self.lamps.advance(at, _decisions(made)))
        made += self._findings()
        if at >= self._snapshot_due:
            self._snapshot_due = at + SNAPSHOT_EVERY
            made.append(self.engine.snapshot())
        if made or proofs:
            self._keep(Entry(at, tuple(proofs), tuple(made)))
        self.passed = at

    def _next(self) -> int:
        changes = (self.engine.next_change(), self.lamps.next_change(), self._snapshot_due)
        return min(change for change in changes if change is not None)

    def _wake_before(self, change: int | None) -> None:
        """What is due may be due before the end of the present sleep: an order that must wait for its lamp's last."""
        if change is not None and change < self._sleeping_until:
            self._woken.set()

    async def _sleep(self) -> None:
        self._sleeping_until = self._next()
        self._woken.clear()
        sleeping = asyncio.create_task(self._clock.sleep_until(self._sleeping_until), name="lamplighter.sleep")
        waking = asyncio.create_task(self._woken.wait(), name="lamplighter.wake")
        try:
            await asyncio.wait((sleeping, waking), return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            waking.cancel()

    def _order(self, commands: Iterable[LightCommand]) -> None:
        """Send what the lamps have to hear; whatever was done to them comes here in the end."""
        for command in commands:
            for link, message in _written([command], self._routes):
                self._send(link, message)
            self.commands += 1
        due = self.lamps.next_change()
        self._lamps_due = NEVER if due is None else due

    def _findings(self) -> list[Reading]:
        """What was found out about lamps, told to whoever reads the log too."""
        found = self.lamps.findings()
        _log_findings(found)
        return found


def _log_findings(found: Iterable[Reading]) -> None:
    for fault in found:
        if fault.value:
            log.warning("a lamp fault began", device=fault.device, fault=fault.channel)
        else:
            log.info("a lamp fault is over", device=fault.device, fault=fault.channel)


def _log_proofs(proofs: Iterable[Proof]) -> None:
    for proof in proofs:
        if proof.verdict == "misfit":
            log.warning("a lamp is not dimmed any more", target=proof.target, found=misfit(proof))
        else:
            log.info("a proof of light", target=proof.target, by=proof.by, verdict=proof.verdict)


def _written(commands: Iterable[LightCommand], routes: Routes) -> Iterator[tuple[str, Message]]:
    """The messages that say what is ordered, each with the link that it goes by."""
    for command in commands:
        convention, link = routes.lamp(command.lamp)
        yield from ((link, message) for message in convention.encode(command))


def _decisions(made: Iterable[Made]) -> list[Decision]:
    return [item for item in made if isinstance(item, Decision)]
