"""Read the files anew: check, compare, swap, or keep the old."""

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import structlog

from devices.device import DeviceId
from devices.message import SECOND
from gateway.configuration import texts
from gateway.configuration.build import understand
from gateway.configuration.changes import NEVER_LIVE, Changes, compare
from gateway.configuration.problems import ConfigurationError, locate, render
from gateway.configuration.site import Site
from gateway.control.words import Refused, Value
from gateway.daemon.assistance import Assistance
from gateway.daemon.commands import Commands
from gateway.daemon.edges import Edges, Switch, Wanted
from gateway.daemon.health import FilesHealth
from gateway.daemon.intake import Intake
from gateway.daemon.keys import Keys
from gateway.daemon.lamplighter import Following, Lamplighter
from gateway.daemon.routes import Routes
from gateway.daemon.wiring import fittings
from gateway.record.entry import Adopted, Declined, Files

MOST_SAID = 100
"""Lines of changes that one answer has."""

MOST_KEPT = 5
"""Mistakes that the record keeps of an edit that was not taken."""

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


@dataclass(frozen=True, slots=True)
class Taken:
    """A site that all rooms live by, and what is yet to be said of that outside."""

    site: Site
    switch: Switch
    following: Following


@dataclass(slots=True)
class Rooms:
    """Who lives by a site."""

    lamplighter: Lamplighter
    intake: Intake
    edges: Edges
    commands: Commands | None = None
    keys: Keys | None = None
    assistance: Assistance | None = None

    def adopt(self, prepared: Prepared) -> Taken:
        """Let all of them live by another site, in one step on the loop: whole, or not at all.

        All that can fail comes before the first of them lives by it; if something does, all go on as before.
        """
        site, routes = prepared.standing.site, prepared.standing.routes
        switch = self.edges.switch(prepared.wanted, routes)
        try:
            following = self.lamplighter.prepare(
                prepared.standing.adopted, routes, site.refresh, fittings(site), prepared.rewired
            )
            self.lamplighter.keep(following)
        except BaseException:
            self.edges.unswitch(switch)
            raise
        self.edges.take(switch)
        self.intake.adopt(routes)
        self.lamplighter.take(following)
        if self.commands is not None:
            self.commands.site = site
        return Taken(site, switch, following)

    def follow_up(self, taken: Taken) -> None:
        """What comes of it outside. The plan holds whatever of this fails; that is raised after all the rest."""
        with ExitStack() as last_first:
            last_first.callback(self.edges.leave, taken.switch)
            if self.assistance is not None:
                last_first.callback(self.assistance.adopt, taken.site)
            if self.keys is not None:
                last_first.callback(self.keys.adopt, taken.site)
            last_first.callback(self.lamplighter.tell, taken.following)


class Reloader:
    """Reads the files of a folder when it is asked to.

    `live` ends the links and forwarders that went, and starts those that came. `trouble` is why the files were refused
    at the start, if they were.
    """

    def __init__(
        self,
        folder: Path,
        standing: Standing,
        rooms: Rooms,
        live: Callable[[Wanted], Awaitable[None]],
        trouble: str = "",
    ) -> None:
        self.standing = standing
        self._folder = folder
        self._rooms = rooms
        self._live = live
        self._one_at_a_time = asyncio.Lock()
        self._trouble = trouble
        self._read = rooms.lamplighter.engine.now

    async def reload(self, by: str, note: str) -> Value:
        """Adopt what the files say now. Raises `Refused` with every problem; the street then keeps what it has."""
        async with self._one_at_a_time:
            self._read = self._rooms.lamplighter.engine.now
            try:
                value = await self._reload(by, note)
            except Refused as refused:
                self._trouble = _in_a_line(refused.found)
                raise
            except Exception as error:
                trace = await asyncio.to_thread(traceback.format_exception, error)  # it reads our source files
                plan = self.standing.adopted.plan.digest
                log.error("a reload went wrong", plan=plan, by=by, trace="".join(trace))  # noqa: TRY400 - it is there
                self._trouble = found = f"the gateway made a mistake of its own: {error!r}"
                raise Refused(found, "see its log", f"The street keeps plan {plan}.") from error
            self._trouble = ""
            return value

    def health(self) -> FilesHealth:
        """What came of the files when they were read last."""
        return FilesHealth(self._trouble, self._read / SECOND)

    async def _reload(self, by: str, note: str) -> Value:
        begun = monotonic()
        prepared = await self._understood(by, note)
        before = self.standing.adopted.plan.digest
        changes = prepared.changes
        changed = self.standing.adopted.files != prepared.standing.adopted.files or bool(changes.lines())
        if changed:
            await self._adopt(prepared)
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

    async def _adopt(self, prepared: Prepared) -> None:
        """Live by what was prepared, or by what was there before. Raises whatever goes wrong."""
        try:
            taken = self._rooms.adopt(prepared)
        except BaseException:
            await self._rooms.edges.discard(prepared.wanted)
            raise
        self.standing = prepared.standing
        try:
            self._rooms.follow_up(taken)
        finally:
            await self._live(prepared.wanted)

    async def _understood(self, by: str, note: str) -> Prepared:
        """What the files say now, ready to be followed. Raises `Refused`; who wanted it, and why not, is kept."""
        try:
            return await asyncio.to_thread(self._prepare, by, note)
        except ConfigurationError as error:
            self._decline(by, note, [f"{locate(problem.place)}: {problem.found}" for problem in error.problems])
            raise _mistakes(error, self._kept()) from None
        except Refused as refused:
            self._decline(by, note, [refused.found])
            raise

    def _kept(self) -> str:
        return f"Nothing was changed. The street keeps plan {self.standing.adopted.plan.digest}."

    def _decline(self, by: str, note: str, mistakes: Sequence[str]) -> None:
        """Keep who wanted another plan, and why they did not get it."""
        self._rooms.lamplighter.note(Declined(by, note, tuple(mistakes[:MOST_KEPT]), len(mistakes)))

    def _prepare(self, by: str, note: str) -> Prepared:
        """Everything that reads files or may be refused; called in a thread. Raises `ConfigurationError`, `Refused`."""
        kept = self._kept()
        fetched = texts.fetch_all(self._folder)
        site = understand(self._folder, fetched)
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


def _in_a_line(found: str) -> str:
    """The first of some problems, and how many there are more."""
    first, *more = found.split("\n\n")
    said = first.splitlines()[0] if first else first
    return f"{said} (and {len(more)} more)" if more else said


def _mistakes(error: ConfigurationError, kept: str) -> Refused:
    """Every problem as file:line:column, for the log and for who asked."""
    for problem in error.problems:
        log.error("a mistake in the files", problem=render(problem))
    said = [render(problem) for problem in error.problems[:MOST_PROBLEMS]]
    if more := len(error.problems) - len(said):
        said.append(f"... and {more} more")
    return Refused("\n\n".join(said), hint=kept)
