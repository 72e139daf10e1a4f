"""Read the files anew: check, compare, swap, or keep the old."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import structlog

from devices.device import DeviceId
from gateway.configuration import texts
from gateway.configuration.build import understand
from gateway.configuration.changes import NEVER_LIVE, Changes, compare
from gateway.configuration.problems import ConfigurationError, render
from gateway.configuration.site import Site
from gateway.control.words import Refused, Value
from gateway.daemon.commands import Commands
from gateway.daemon.edges import Edges, Wanted
from gateway.daemon.intake import Intake
from gateway.daemon.keys import Keys
from gateway.daemon.lamplighter import Lamplighter
from gateway.daemon.routes import Routes
from gateway.daemon.wiring import fittings
from gateway.record.entry import Adopted, Files

MOST_SAID = 100
"""Lines of changes that one answer has."""

MOST_PROBLEMS = 25
"""Problems that one answer says; all of them are in the log."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a gateway lives by: the site, the entry that adopted it, and its routes."""

    site: Site
    adopted: Adopted
    routes: Routes


@dataclass(frozen=True, slots=True)
class Prepared:
    """Another site, good and ready to be lived by, and what it changes.

    `rewired` are lamps to which orders go another way.
    """

    standing: Standing
    wanted: Wanted
    changes: Changes
    rewired: frozenset[DeviceId]


@dataclass(slots=True)
class Rooms:
    """Who lives by a site."""

    lamplighter: Lamplighter
    intake: Intake
    edges: Edges
    commands: Commands | None = None
    keys: Keys | None = None

    def adopt(self, prepared: Prepared) -> None:
        """Let all of them live by another site, in one step on the loop."""
        site, routes = prepared.standing.site, prepared.standing.routes
        self.edges.adopt(prepared.wanted, routes)
        self.intake.adopt(routes)
        self.lamplighter.adopt(prepared.standing.adopted, routes, site.refresh, fittings(site), prepared.rewired)
        if self.commands is not None:
            self.commands.site = site
        if self.keys is not None:
            self.keys.adopt(site)


class Reloader:
    """Reads the files of a folder when it is asked to.

    `live` ends the links and forwarders that went, and starts those that came.
    """

    def __init__(
        self,
        folder: Path,
        standing: Standing,
        rooms: Rooms,
        live: Callable[[Wanted], Awaitable[None]],
    ) -> None:
        self.standing = standing
        self._folder = folder
        self._rooms = rooms
        self._live = live
        self._one_at_a_time = asyncio.Lock()

    async def reload(self, by: str, note: str) -> Value:
        """Adopt what the files say now. Raises `Refused` with every problem; the street then keeps what it has."""
        async with self._one_at_a_time:
            begun = monotonic()
            prepared = await asyncio.to_thread(self._prepare, by, note)
            before = self.standing.adopted.plan.digest
            changes = prepared.changes
            changed = self.standing.adopted.files != prepared.standing.adopted.files or bool(changes.lines())
            if changed:
                self._rooms.adopt(prepared)
                self.standing = prepared.standing
                await self._live(prepared.wanted)
            after = self.standing.adopted.plan.digest
            log.info("the files were read anew", plan=after, before=before, by=by, note=note, changes=changes.lines())
            return {
                "plan": after,
                "before": before,
                "adopted": changed,
                "changes": list(changes.lines()[:MOST_SAID]),
                "unsaid": max(0, len(changes.lines()) - MOST_SAID),
                "seconds": round(monotonic() - begun, 3),
            }

    def _prepare(self, by: str, note: str) -> Prepared:
        """Everything that reads files or may be refused; called in a thread."""
        kept = f"Nothing was changed. The street keeps plan {self.standing.adopted.plan.digest}."
        fetched = texts.fetch_all(self._folder)
        try:
            site = understand(self._folder, fetched)
        except ConfigurationError as error:
            raise _mistakes(error, kept) from None
        before = self.standing.site
        for name in NEVER_LIVE:
            if getattr(before, name) != getattr(site, name):
                raise Refused(
                    f"the site's {name} is {getattr(site, name)} in the files and {getattr(before, name)} here",
                    f"the same {name}: the record stands under it",
                    f"{kept} Another state folder is taken at a restart; an id may not change while its record exists.",
                )
        files = Files(texts.digest(fetched), texts.pack(fetched))
        routes = Routes(site, self.standing.routes)
        try:
            wanted = self._rooms.edges.prepare(site, routes)
        except OSError as error:
            raise Refused(f"{error.filename}: {error.strerror}", "a secret's file that can be read", kept) from error
        adopted = Adopted(site.plan, self.standing.adopted.version, by, note, files)
        known = {device.id: device for device in before.devices}
        rewired = frozenset(device.id for device in site.devices if known.get(device.id) != device)
        return Prepared(Standing(site, adopted, routes), wanted, compare(before, site), rewired)


def _mistakes(error: ConfigurationError, kept: str) -> Refused:
    """Every problem as file:line:column, for the log and for who asked."""
    for problem in error.problems:
        log.error("a mistake in the files", problem=render(problem))
    said = [render(problem) for problem in error.problems[:MOST_PROBLEMS]]
    if more := len(error.problems) - len(said):
        said.append(f"... and {more} more")
    return Refused("\n\n".join(said), hint=kept)
