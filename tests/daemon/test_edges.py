"""Links and forwarders that come and go with the files, in a gateway that goes on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from devices.device import Device, DeviceId, Kind
from gateway.configuration.site import SerialSettings, Site, TargetSettings
from gateway.daemon.edges import Children, Edges
from gateway.daemon.routes import Routes
from gateway.record.writer import Record
from tests.daemon.hand_clock import HandClock
from tests.daemon.house import NIGHT, site

LAB = TargetSettings("lab", 1, "http://127.0.0.1:9", database="street")


def line(name: str, baud: int = 9600) -> SerialSettings:
    """A line whose port is not there."""
    return SerialSettings(name, f"/nowhere/{name}", baud, "lines")


class Town:
    """Edges, and the tasks that live by them."""

    def __init__(self, edges: Edges, children: Children, here: Site) -> None:
        self.edges = edges
        self._children = children
        self._site = here

    async def take(self, **changed: object) -> None:
        """Live by another site."""
        self._site = replace(self._site, **changed)  # type: ignore[arg-type]
        routes = await asyncio.to_thread(Routes, self._site)
        wanted = await asyncio.to_thread(self.edges.prepare, self._site, routes)
        self.edges.adopt(wanted, routes)
        await self.edges.live(wanted, self._children, lambda _: None)


@asynccontextmanager
async def town(folder: Path) -> AsyncIterator[Town]:
    record = await asyncio.to_thread(Record, folder, "chalon")
    record.start()
    edges = Edges(HandClock(NIGHT), record, lambda: None)
    try:
        async with asyncio.TaskGroup() as tasks:
            yield Town(edges, Children(tasks), site(folder))
            for task in lives():
                task.cancel()
    finally:
        await edges.close()
        await asyncio.to_thread(record.close)


def lives() -> list["asyncio.Task[object]"]:
    return [task for task in asyncio.all_tasks() if task.get_name().startswith(("link.", "forward."))]


def names() -> list[str]:
    return sorted(task.get_name() for task in lives())


async def test_only_what_changed_starts_anew(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.take(serials=(line("a"), line("b")), targets=(LAB,))
        assert names() == ["forward.lab", "link.a", "link.b"]
        before = {task.get_name(): task for task in lives()}
        await here.take(serials=(line("a"), line("b", 115_200), line("c")))
        after = {task.get_name(): task for task in lives()}
        assert sorted(after) == ["forward.lab", "link.a", "link.b", "link.c"]
        assert {name for name in before if after[name] is before[name]} == {"link.a", "forward.lab"}
        assert before["link.b"].cancelled()
        await here.take(serials=(), targets=(replace(LAB, database="other"),))
        assert names() == ["forward.lab"]
        assert before["forward.lab"].cancelled()
        assert [link.name for link in here.edges.links] == []
        await here.take(targets=())
        assert names() == []


async def test_a_secret_that_cannot_be_read_touches_nothing_that_lives(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.take(serials=(line("a"),), targets=(LAB,))
        before = {task.get_name(): task for task in lives()}
        with pytest.raises(FileNotFoundError):
            await here.take(serials=(line("b"),), targets=(replace(LAB, password_file=tmp_path / "none"),))
        assert {task.get_name(): task for task in lives()} == before


async def test_a_child_that_fails_ends_the_group_and_one_that_is_ended_does_not() -> None:
    async def fail() -> None:
        raise RuntimeError("a link met a mistake of ours")

    async def live() -> None:
        async with asyncio.TaskGroup() as tasks:
            children = Children(tasks)
            children.start("link.a", asyncio.sleep(3600))
            await children.end("link.a")
            await children.end("nobody")
            children.start("link.b", fail())

    with pytest.raises(ExceptionGroup, match="unhandled") as ended:
        await live()
    assert str(ended.value.exceptions[0]) == "a link met a mistake of ours"


def test_who_knows_who_is_half_way_across_a_line_stays_and_others_are_made_anew() -> None:
    radar = Device(DeviceId("radar"), Kind.SENSOR, "serial:/dev/x", "ld2450", "/dev/x", options={"count_line": 2.0})
    first = replace(site(), devices=(*site().devices, radar))
    before = Routes(first)
    lamp = Device(DeviceId("lamp-9"), Kind.LUMINAIRE, "mqtt", "native", "lamp-9")
    after = Routes(replace(first, devices=(*first.devices, lamp)), before)
    key = ("serial:/dev/x", "/dev/x")
    assert after.convention(*key) is before.convention(*key)
    assert after.lamp(lamp.id)[0] is not before.lamp(DeviceId("lamp-1"))[0]
    moved = replace(radar, options={"count_line": 3.0})
    assert Routes(replace(first, devices=(*site().devices, moved)), before).convention(*key) is not before.convention(
        *key
    )
