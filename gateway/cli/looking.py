"""Looking in at a broker for a while: messages to a `Discovery`, and who was found to the file of those who wait."""

import asyncio
import random
import secrets
import signal
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeAlias
from zoneinfo import ZoneInfo

from devices.convention import NAMES, find
from devices.message import Message
from gateway.cli.show import errors
from gateway.clock import SystemClock
from gateway.configuration.site import Site
from gateway.daemon.wiring import visitor
from gateway.links.backoff import Backoff
from gateway.links.connection import Broker
from gateway.links.delivery import LinkDown
from gateway.links.guest import Guest
from gateway.onboarding import waiting
from gateway.onboarding.discovery import Discovery
from gateway.onboarding.errors import OnboardingError, WaitingError
from gateway.onboarding.proposal import Proposal, newest_first

EVERYTHING = ("#",)
SAVED_EVERY = 60.0
"""Seconds between two writings of the file of those who wait."""


@dataclass(frozen=True, slots=True)
class Account:
    """As whom to look in; None for what the gateway itself is."""

    username: str | None = None
    password_file: Path | None = None


class Look:
    """One look at a broker by a site."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.clock = SystemClock()
        self.foreign = 0
        """Messages that are not below our own topics: none where an ACL hides all others."""
        self.refused: list[str] = []
        self._before = self._read()
        self._discovery = _discovery(site, self._before)
        self._answered = False
        self._kept = {each.key for each in self._before.proposals}
        self._gone: set[tuple[str, str, str, str]] = set()
        for name in NAMES:
            find(name)  # imported here, before anything is heard, and not on the loop

    @property
    def messages(self) -> int:
        """How many were heard."""
        return self._discovery.messages

    @property
    def discovery(self) -> Discovery:
        """What is made of them."""
        return self._discovery

    def everybody(self) -> waiting.Waiting:
        """Who waits: those who were found now, and those of before, each device once."""
        return self._once(self._before.joined(self._discovery.proposals()))

    def proposals(self) -> list[Proposal]:
        """The same in order, without those whom somebody does not want to see."""
        ignored = self._before.ignored
        return newest_first([each for each in self.everybody().proposals if each.id not in ignored])

    async def listen(
        self, broker: Broker, filters: Sequence[str], over: Callable[[], Awaitable[object]], *beside: "Beside"
    ) -> None:
        """Listen until it is over, and keep who was found; `beside` run meanwhile.

        Raises `OnboardingError` if the broker cannot be reached or refuses us.
        """
        guest = Guest(broker, filters, self.clock, self._begin)
        try:
            async with asyncio.TaskGroup() as tasks:
                work = [tasks.create_task(self._hear(guest), name="guest")]
                work.append(tasks.create_task(self._save(), name="waiting"))
                work += [tasks.create_task(_awaited(each), name="view") for each in beside]
                await over()
                for task in work:
                    task.cancel()
        except* OnboardingError as failed:
            raise failed.exceptions[0] from None
        await asyncio.to_thread(self.keep, self._discovery.proposals())

    def _begin(self, refused: list[str]) -> None:
        """The broker has answered: what it has retained comes next."""
        self._answered, self.refused = True, refused
        self._discovery.begin()

    async def _hear(self, guest: Guest) -> None:
        backoff = Backoff(random.random)
        while True:
            try:
                await guest.listen(self._receive)
            except LinkDown as down:
                if not self._answered:
                    raise OnboardingError(str(down)) from down
                errors.print(f"{down}; trying again", markup=False)
            await asyncio.sleep(backoff.wait(0.0))

    def _receive(self, message: Message) -> None:
        self.foreign += not message.topic.startswith("reverbere/")
        self._discovery.hear(message)

    async def _save(self) -> None:
        while True:
            await asyncio.sleep(SAVED_EVERY)
            await asyncio.to_thread(self.keep, self._discovery.proposals())

    def keep(self, found: Sequence[Proposal]) -> None:
        """Add who was found to the file as it is now: others approve and ignore meanwhile."""
        try:
            waiting.update(self.site.state, lambda known: self._joined(known, found))
        except WaitingError as error:
            errors.print(f"{error}: who was found is not kept for approve, which then has to listen too", markup=False)

    def _joined(self, known: waiting.Waiting, found: Sequence[Proposal]) -> waiting.Waiting:
        """Who waits now: whoever was in the file and is not any more was approved meanwhile, and waits no longer."""
        self._gone |= self._kept - {each.key for each in known.proposals}
        joined = self._once(known.joined(each for each in found if each.key not in self._gone))
        self._kept = {each.key for each in joined.proposals}
        return joined

    def _once(self, known: waiting.Waiting) -> waiting.Waiting:
        return replace(known, proposals=tuple(self._discovery.once(known.proposals)))

    def _read(self) -> waiting.Waiting:
        """Who waited before and is not configured meanwhile."""
        try:
            before = waiting.read(self.site.state)
        except WaitingError as error:
            errors.print(f"{error}: who waited before is not known", markup=False)
            return waiting.Waiting()
        known = {(device.kind.value, device.convention, device.address) for device in self.site.devices}
        left = [each for each in before.proposals if (each.kind.value, each.convention, each.address) not in known]
        return replace(before, proposals=tuple(left))


Beside: TypeAlias = Callable[[], Awaitable[None]]


def seconds(lasts: float | None) -> Callable[[], Awaitable[None]]:
    """What waits so many seconds, or until Ctrl-C; only until that for None."""
    return partial(_interrupted, lasts)


def broker_of(site: Site, account: Account) -> Broker:
    """The site's broker for a guest. Reads the password's file. Raises `OnboardingError`."""
    if site.mqtt is None:
        raise OnboardingError("expected  mqtt:  in site.yaml, the broker to listen at, found none")
    settings = site.mqtt
    if account.username is not None:
        settings = replace(settings, username=account.username, password_file=account.password_file)
    try:
        return visitor(settings, f"reverbere-{site.id}-discover-{secrets.token_hex(4)}")
    except OSError as error:
        raise OnboardingError(f"expected the broker's password in {settings.password_file}, found {error}") from error


def _discovery(site: Site, before: waiting.Waiting) -> Discovery:
    """What listens for a site: it knows the site's own devices, and by which ids others waited before."""
    names = {name for device in site.devices for name in (device.id, device.label) if name}
    zones = {zone.id for zone in site.plan.zones}
    options = {"lateness": site.lateness, "time_zone": ZoneInfo(site.plan.timezone)}
    at_broker = [device for device in site.devices if site.mqtt is not None and device.link == site.mqtt.name]
    remembered = {proposal.key: proposal.id for proposal in before.proposals}
    return Discovery(site.id, at_broker, options, {*names, *zones}, remembered)


async def _awaited(work: Beside) -> None:
    await work()


async def _interrupted(lasts: float | None) -> None:
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, over.set)
    try:
        async with asyncio.timeout(lasts):
            await over.wait()
    except TimeoutError:
        return
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
