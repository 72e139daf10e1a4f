"""The links and forwarders of a site: each lives until the site has it no more, or has it otherwise."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from gateway.clock import Clock
from gateway.configuration.site import Site
from gateway.daemon import wiring
from gateway.daemon.routes import Routes
from gateway.export.forward import Forwarder
from gateway.links.delivery import Incoming, Link
from gateway.links.mqtt import MqttLink
from gateway.record.reader import Reader
from gateway.record.writer import Record

T = TypeVar("T")


class Children:
    """Tasks of a group that can be ended one by one. One that ends by an error ends the group."""

    def __init__(self, group: asyncio.TaskGroup) -> None:
        self._group = group
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def start(self, name: str, life: Coroutine[Any, Any, None]) -> None:
        """Let something live under a name."""
        self._tasks[name] = self._group.create_task(life, name=name)

    async def end(self, name: str) -> None:
        """End it, and wait until it has."""
        task = self._tasks.pop(name, None)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])


@dataclass(frozen=True, slots=True)
class Wanted:
    """What shall be: descriptions of all links and servers, and those made that were not there in this form."""

    links: Mapping[str, wiring.LinkSpec]
    targets: Mapping[str, wiring.TargetSpec]
    new_links: Mapping[str, Link]
    new_forwarders: Mapping[str, Forwarder]


@dataclass(frozen=True, slots=True)
class Switch:
    """How one set of links and forwarders gives way to another; `listening` has the topics before and after."""

    wanted: Wanted
    links: dict[str, Link]
    forwarders: dict[str, Forwarder]
    gone: list[tuple[str, Forwarder | None]]
    on_commit: list[Callable[[], None]]
    listening: Mapping[MqttLink, tuple[frozenset[str], frozenset[str]]]


class Edges:
    """Links and forwarders by name. `links` and `forwarders` are lists that stay the same objects, for who looks on.

    `connected` is called when a way to lamps was broken and is whole again. `make` makes links of their descriptions.
    """

    def __init__(
        self, clock: Clock, record: Record, connected: wiring.Connected, make: wiring.MakeLink = wiring.link
    ) -> None:
        self.links: list[Link] = []
        self.forwarders: list[Forwarder] = []
        self._clock = clock
        self._record = record
        self._connected = connected
        self._make = make
        self._by_name: dict[str, Link] = {}
        self._forwarder: dict[str, Forwarder] = {}
        self._specs: Mapping[str, wiring.LinkSpec] = {}
        self._targets: Mapping[str, wiring.TargetSpec] = {}
        self._gone: list[tuple[str, Forwarder | None]] = []

    def __getitem__(self, name: str) -> Link:
        """The link of a name. Raises `KeyError`."""
        return self._by_name[name]

    def listen(self, name: str, topics: frozenset[str]) -> None:
        """Let a link listen to these topics: devices described themselves."""
        link = self._by_name.get(name)
        if isinstance(link, MqttLink):
            link.listen(topics)

    def prepare(self, site: Site, routes: Routes) -> Wanted:
        """Make what a site has and we have not, and touch nothing that lives. Blocks; raises `OSError` for secrets."""
        links, targets = wiring.links(site, self._record.identity), wiring.targets(site)
        new_links = {
            name: self._make(name, spec, site, routes, self._clock, self._connected)
            for name, spec in _new(self._specs, links).items()
        }
        new_forwarders = {
            name: Forwarder(wiring.target(spec), Reader(site.state), self._record, site.id)
            for name, spec in _new(self._targets, targets).items()
        }
        return Wanted(links, targets, new_links, new_forwarders)

    def switch(self, wanted: Wanted, routes: Routes) -> Switch:
        """Make ready to take what was prepared: what is new is listened to already, what goes is still.

        Whoever does not take it gives it back (`unswitch`).
        """
        links = {name: wanted.new_links.get(name) or self._by_name[name] for name in wanted.links}
        forwarders = {name: wanted.new_forwarders.get(name) or self._forwarder[name] for name in wanted.targets}
        ended = {name: one for name, one in self._forwarder.items() if forwarders.get(name) is not one}
        gone = [(f"link.{name}", None) for name in self._by_name if links.get(name) is not self._by_name[name]]
        stale = [forwarder.wake for forwarder in ended.values()]
        kept = [wake for wake in self._record.on_commit if wake not in stale]
        listening = {
            link: (link.topics, routes.topics(name))
            for name, link in links.items()
            if isinstance(link, MqttLink) and name not in wanted.new_links
        }
        switch = Switch(
            wanted,
            links,
            forwarders,
            [*self._gone, *gone, *((f"forward.{name}", forwarder) for name, forwarder in ended.items())],
            [*kept, *(forwarder.wake for forwarder in wanted.new_forwarders.values())],
            listening,
        )
        try:
            for link, (before, after) in listening.items():
                link.listen(before | after)
        except Exception:
            self.unswitch(switch)
            raise
        return switch

    async def discard(self, wanted: Wanted) -> None:
        """Close what was made and is not taken."""
        for forwarder in wanted.new_forwarders.values():
            await asyncio.to_thread(forwarder.close)

    def unswitch(self, switch: Switch) -> None:
        """Listen to what was listened to before: what was prepared is not taken."""
        for link, (before, _) in switch.listening.items():
            link.listen(before)

    def take(self, switch: Switch) -> None:
        """Let orders go out by what was prepared, from now on. Nothing here can fail; `live` does the rest."""
        self._by_name, self._forwarder, self._gone = switch.links, switch.forwarders, switch.gone
        self._specs, self._targets = switch.wanted.links, switch.wanted.targets
        self._record.on_commit[:] = switch.on_commit
        self.links[:], self.forwarders[:] = switch.links.values(), switch.forwarders.values()

    def leave(self, switch: Switch) -> None:
        """Listen no more to what went with what was taken."""
        for link, (_, after) in switch.listening.items():
            link.listen(after)

    def adopt(self, wanted: Wanted, routes: Routes) -> None:
        """All of this in one step on the loop."""
        switch = self.switch(wanted, routes)
        self.take(switch)
        self.leave(switch)

    async def live(self, wanted: Wanted, children: Children, receive: Callable[[Incoming], None]) -> None:
        """End what is there no more, then start what is new: two links never hold one session or one port.

        What is new is started whatever fails before.
        """
        try:
            await self._end(children)
        finally:
            self._start(wanted, children, receive)

    async def _end(self, children: Children) -> None:
        while self._gone:
            name, forwarder = self._gone.pop()
            await children.end(name)
            if forwarder is not None:
                await asyncio.to_thread(forwarder.close)

    def _start(self, wanted: Wanted, children: Children, receive: Callable[[Incoming], None]) -> None:
        for name, link in wanted.new_links.items():
            children.start(f"link.{name}", link.run(receive))
        for name, forwarder in wanted.new_forwarders.items():
            children.start(f"forward.{name}", forwarder.run())

    async def close(self) -> None:
        """Close what forwarders hold open, when none of them lives any more."""
        for forwarder in self.forwarders:
            await asyncio.to_thread(forwarder.close)


def _new(before: Mapping[str, T], after: Mapping[str, T]) -> dict[str, T]:
    """What is there now and was not, or not so."""
    return {name: spec for name, spec in after.items() if before.get(name) != spec}
