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


class Edges:
    """Links and forwarders by name. `links` and `forwarders` are lists that stay the same objects, for who looks on.

    `connected` is called when a way to lamps was broken and is whole again.
    """

    def __init__(self, clock: Clock, record: Record, connected: wiring.Connected) -> None:
        self.links: list[Link] = []
        self.forwarders: list[Forwarder] = []
        self._clock = clock
        self._record = record
        self._connected = connected
        self._by_name: dict[str, Link] = {}
        self._forwarder: dict[str, Forwarder] = {}
        self._specs: Mapping[str, wiring.LinkSpec] = {}
        self._targets: Mapping[str, wiring.TargetSpec] = {}
        self._gone: list[tuple[str, Forwarder | None]] = []

    def __getitem__(self, name: str) -> Link:
        """The link of a name. Raises `KeyError`."""
        return self._by_name[name]

    def prepare(self, site: Site, routes: Routes) -> Wanted:
        """Make what a site has and we have not, and touch nothing that lives. Blocks; raises `OSError` for secrets."""
        links, targets = wiring.links(site, self._record.identity), wiring.targets(site)
        new_links = {
            name: wiring.link(name, spec, site, routes.topics(name), self._clock, self._connected)
            for name, spec in _new(self._specs, links).items()
        }
        new_forwarders = {
            name: Forwarder(wiring.target(spec), Reader(site.state), self._record, site.id)
            for name, spec in _new(self._targets, targets).items()
        }
        return Wanted(links, targets, new_links, new_forwarders)

    def adopt(self, wanted: Wanted, routes: Routes) -> None:
        """Take what was prepared, in one step on the loop: orders go out by it from now on; `live` does the rest."""
        links = {name: wanted.new_links.get(name) or self._by_name[name] for name in wanted.links}
        self._gone += [(f"link.{name}", None) for name in self._by_name if links.get(name) is not self._by_name[name]]
        forwarders = {name: wanted.new_forwarders.get(name) or self._forwarder[name] for name in wanted.targets}
        for name, forwarder in self._forwarder.items():
            if forwarders.get(name) is not forwarder:
                self._gone.append((f"forward.{name}", forwarder))
                self._record.on_commit.remove(forwarder.wake)
        for forwarder in wanted.new_forwarders.values():
            self._record.on_commit.append(forwarder.wake)
        self._by_name, self._forwarder = links, forwarders
        self._specs, self._targets = wanted.links, wanted.targets
        self.links[:], self.forwarders[:] = links.values(), forwarders.values()
        for name, link in links.items():
            if isinstance(link, MqttLink) and name not in wanted.new_links:
                link.listen(routes.topics(name))

    async def live(self, wanted: Wanted, children: Children, receive: Callable[[Incoming], None]) -> None:
        """End what is there no more, then start what is new: two links never hold one session or one port."""
        while self._gone:
            name, forwarder = self._gone.pop()
            await children.end(name)
            if forwarder is not None:
                await asyncio.to_thread(forwarder.close)
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
