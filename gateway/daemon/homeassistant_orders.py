"""Orders from Home Assistant: who may give them, and the overrides that they are."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

import structlog

from devices.convention import Malformed
from devices.message import Message
from gateway.configuration.site import HomeAssistantSettings, Site
from gateway.configuration.units import say_duration
from gateway.control.peer import Caller, Role
from gateway.control.words import CancelRequest, OverrideRequest, Refused, Request, Value
from gateway.daemon.lamplighter import Lamplighter
from gateway.export.homeassistant import order
from gateway.export.homeassistant.order import Address

DOOR: Final = "homeassistant:"
"""Before the account in the name of a caller."""

Perform: TypeAlias = Callable[[Request, Caller], Awaitable[Value]]

log = structlog.get_logger(__name__)


class Orders:
    """Takes orders as they come, and performs them one after the other.

    What the broker lets an account publish below its own name is believed to be from it. Of each account and zone only
    the newest order waits, so that a slider that is dragged makes no heap. `done` is called after each,
    followed or not.
    """

    def __init__(self, site: Site, lamplighter: Lamplighter, perform: Perform, done: Callable[[], None]) -> None:
        self.site = site
        self.refused = 0
        self._lamplighter = lamplighter
        self._perform = perform
        self._done = done
        self._waiting: dict[tuple[str, str], int | None] = {}
        self._more = asyncio.Event()

    def take(self, address: Address, message: Message) -> None:
        """Take one message; what is no order of an account that may give one is said in the log and counted."""
        account, zone = address.account, address.zone
        if account not in self._settings.accounts:
            expected = f"an account of  homeassistant: accounts:  ({', '.join(self._settings.accounts) or 'none'})"
            self._refuse(address, f"{account} may not order here", expected)
        elif message.retained:
            hint = "publish it without retain, and clear it: it would be given again at each start"
            self._refuse(address, "the order is retained", hint)
        elif all(each.id != zone for each in self.site.plan.zones):
            self._refuse(address, f'"{zone}" is no zone', f"one of {', '.join(z.id for z in self.site.plan.zones)}")
        else:
            try:
                self._waiting[account, zone] = order.level(address.verb, message.payload)
            except Malformed as malformed:
                self._refuse(address, malformed.found, malformed.expected)
            else:
                self._more.set()

    async def run(self) -> None:
        """Perform what waits, until cancelled."""
        while True:
            await self._more.wait()
            self._more.clear()
            while self._waiting:
                (account, zone) = next(iter(self._waiting))
                level = self._waiting.pop((account, zone))
                try:
                    await self._follow(account, zone, level)
                except Refused as refused:
                    self._refuse(Address(account, zone, "order"), refused.found, refused.expected)
                else:
                    self._done()

    @property
    def _settings(self) -> HomeAssistantSettings:
        return self.site.homeassistant or HomeAssistantSettings()

    async def _follow(self, account: str, zone: str, level: int | None) -> None:
        """Give the order in place of the account's last one for the zone, or take that back. Raises `Refused`."""
        caller = Caller(f"{DOOR}{account}", Role.OPERATOR)
        orders = self._lamplighter.engine.orders()
        before = [each.id for each in orders if each.target == zone and each.caller == caller.login]
        if level is not None:
            lasts = "" if self._settings.lasts is None else say_duration(self._settings.lasts)
            request = OverrideRequest.model_validate(
                {"target": zone, "level": level, "for": lasts, "reason": self._settings.reason}
            )
            await self._perform(request, caller)
        for number in before:
            await self._perform(CancelRequest(order=number), caller)

    def _refuse(self, address: Address, found: str, expected: str) -> None:
        self.refused += 1
        log.warning(
            "an order from Home Assistant is not followed",
            account=address.account,
            zone=address.zone,
            found=found,
            expected=expected,
        )
        self._done()
