"""Lets Home Assistant be told for as long as the site says so. What it needs is imported only then."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

import structlog

from devices.convention import Heard
from gateway.configuration.site import Site
from gateway.daemon.intake import Intake

if TYPE_CHECKING:
    from gateway.daemon.homeassistant import HomeAssistant

Make: TypeAlias = Callable[[Site], "HomeAssistant"]
"""Makes what tells Home Assistant of a site; called in a thread. Raises `OSError` for a secret that cannot be read."""

AGAIN: float = 60.0
"""Real seconds until it is tried again after it failed."""

MEANWHILE: int = 1000
"""Messages remembered while it is made."""

log = structlog.get_logger(__name__)


class Assistance:
    """Begins when a site asks for Home Assistant, follows each site, and takes all back when one asks no more."""

    def __init__(self, site: Site, intake: Intake, make: Make) -> None:
        self._site = site
        self._intake = intake
        self._make = make
        self._telling: HomeAssistant | None = None
        self._changed = asyncio.Event()

    def adopt(self, site: Site) -> None:
        """Follow another site."""
        before, self._site = self._site, site
        if self._telling is None or site.homeassistant is None or site.mqtt != before.mqtt:
            self._changed.set()
        else:
            self._telling.adopt(site)

    async def run(self) -> None:
        """Tell whenever there is something to tell, until cancelled."""
        while True:
            self._changed.clear()
            if self._site.homeassistant is None or self._site.mqtt is None:
                await self._changed.wait()
                continue
            heard: deque[Sequence[Heard]] = deque(maxlen=MEANWHILE)
            self._intake.listeners.append(heard.append)
            try:
                telling = await asyncio.to_thread(self._make, self._site)
            except OSError as error:
                log.error("Home Assistant is not told: a secret's file cannot be read", found=str(error))  # noqa: TRY400 - words, no traceback
                await asyncio.sleep(AGAIN)
                continue
            finally:
                self._intake.listeners.remove(heard.append)
            for each in heard:
                telling.hear(each)
            await self._tell(telling)

    async def _tell(self, telling: "HomeAssistant") -> None:
        """Until the site asks no more, or asks for another broker, or it fails: the street is lit all the same."""
        site = self._site
        self._telling = telling
        self._intake.listeners.append(telling.hear)
        life = asyncio.create_task(telling.run(), name="homeassistant")
        change = asyncio.create_task(self._changed.wait(), name="homeassistant.change")
        try:
            await asyncio.wait((life, change), return_when=asyncio.FIRST_COMPLETED)
            if life.done():
                log.error("Home Assistant is not told for a while: a mistake of our own", found=repr(life.exception()))
                await asyncio.wait((change,), timeout=AGAIN)
            elif self._site.homeassistant is None or self._site.mqtt != site.mqtt:
                await telling.leave()
        finally:
            self._intake.listeners.remove(telling.hear)
            self._telling = None
            life.cancel()
            change.cancel()
            await asyncio.wait((life, change))
