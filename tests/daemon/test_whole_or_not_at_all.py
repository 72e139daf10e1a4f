"""A reload in which our own code fails midway changes nothing: the old plan goes on, whole."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import pytest

from devices.conventions.native import Native
from devices.device import DeviceId
from devices.message import Message
from gateway.configuration import texts
from gateway.configuration.build import load
from gateway.control.words import Refused
from gateway.daemon import reload
from gateway.daemon.commands import Commands
from gateway.daemon.edges import Edges
from gateway.daemon.intake import Intake
from gateway.daemon.lamplighter import Lamplighter
from gateway.daemon.reload import Reloader, Rooms, Standing
from gateway.daemon.routes import Routes
from gateway.daemon.status import Status
from gateway.daemon.wiring import fittings
from gateway.lighting.engine import Engine
from gateway.lighting.lamps.supervisor import Lamps
from gateway.lighting.zone import ZoneEngine
from gateway.links.delivery import Delivery, Origin
from gateway.links.mqtt import MqttLink
from gateway.record.entry import Adopted, Files
from gateway.record.reader import Reader
from gateway.record.writer import Record
from tests.daemon.hand_clock import HandClock
from tests.integration.small_site import EVENING, FULL, ROOT, write_site
from tests.lighting.street import MINUTE, SECOND

LAB = "influxdb: [{name: lab, version: 1, url: 'http://127.0.0.1:9', database: street}]\n"
EDITS = (
    ("lighting.yaml", "class: P4, empty: P5", "class: P4, empty: P6"),
    ("devices.yaml", "motion-1..2:", "motion-1..3:"),
    ("devices.yaml", "lamp-3: {zone: quay, at: 5 m", "lamp-3: {zone: quay, at: 5 m, address: pole-3"),
    ("devices.yaml", "label: PL 0001", "label: PL 0417, feed: C1-L2"),
    ("site.yaml", "version: 1\n", f"version: 1\n{LAB}"),
)
"""Another rule, another sensor to listen to, another way to a lamp, another name, another server."""


@pytest.fixture(autouse=True)
def listening_by_device(monkeypatch: pytest.MonkeyPatch) -> None:
    """Like conventions that subscribe to each device: what is listened to tells by which plan."""
    monkeypatch.setattr(Native, "topics", lambda self: frozenset(self._speakers))


class Home:
    """All rooms of a gateway by the files of the small street, without tasks: nobody is connected to anything."""

    def __init__(self, folder: Path, record: Record) -> None:
        site, self.clock, self.sent = load(folder), HandClock(EVENING), list[tuple[str, int]]()
        routes, self.record = Routes(site), record
        lamps = Lamps(site.refresh, fittings(site))
        engine = Engine(site.plan, EVENING)
        self.lamplighter = Lamplighter(engine, lamps, self.clock, routes, self._send, record.append)
        self.intake = Intake(routes, self.lamplighter, record, record.seen())
        self.edges = Edges(self.clock, record, lambda: None)
        self.edges.adopt(self.edges.prepare(site, routes), routes)
        forwarders = self.edges.forwarders
        self.commands = Commands(site, self.clock, self.lamplighter, record, cast("Status", None), forwarders)
        fetched = texts.fetch_all(folder)
        adopted = Adopted(site.plan, "0.1", files=Files(texts.digest(fetched), texts.pack(fetched)))
        rooms = Rooms(self.lamplighter, self.intake, self.edges, self.commands)
        self.reloader = Reloader(folder, Standing(site, adopted, routes), rooms, lambda _: asyncio.sleep(0))

    def begin(self) -> None:
        self.lamplighter.begin((self.reloader.standing.adopted,))
        for sensor in ("motion-1", "motion-2"):
            self.hear(f"sensor/{sensor}", b'{"v": 1, "presence": false}')
        self.pass_(2 * MINUTE)
        self.clock._time += SECOND  # so that each lamp may be told something new at once
        self.sent.clear()

    def pass_(self, time: int) -> None:
        """Let time pass, and do what is due by then."""
        self.clock._time += time
        self.lamplighter._pass(self.clock._time)

    def hear(self, topic: str, payload: bytes) -> None:
        message = Message(f"{ROOT}/{topic}", payload, self.clock.now().time)
        self.intake.receive(Delivery(message, Origin("mqtt", 1)))

    def _send(self, _link: str, message: Message) -> None:
        self.sent.append((message.topic.split("/")[3], json.loads(message.payload)["level"]))

    def lives_by(self) -> dict[str, object]:
        """All that tells by which plan a gateway lives."""
        (link,) = (link for link in self.edges.links if isinstance(link, MqttLink))
        lamps = self.lamplighter.lamps
        return {
            "plan": self.lamplighter.engine.plan.digest,
            "decisions": self.lamplighter.engine.decisions(),
            "said": {name: lamps.actual(DeviceId(name)) for name in ("lamp-1", "lamp-2", "lamp-3")},
            "fittings": lamps._fittings,
            "orders by": self.lamplighter._routes,
            "heard by": self.intake._routes,
            "names": self.commands.site,
            "standing": self.reloader.standing,
            "topics": link.topics,
            "links": list(self.edges.links),
            "forwarders": list(self.edges.forwarders),
            "commits": list(self.record.on_commit),
        }


@asynccontextmanager
async def home(folder: Path) -> AsyncIterator[Home]:
    await asyncio.to_thread(write_site, folder, 1)
    record = await asyncio.to_thread(Record, folder / "state", "chalon")
    record.start()
    here = await asyncio.to_thread(Home, folder, record)
    here.begin()
    await asyncio.to_thread(edit, folder)
    try:
        yield here
    finally:
        await here.edges.close()
        await record.drain()
        await asyncio.to_thread(record.close)


def edit(folder: Path) -> None:
    for file, old, new in EDITS:
        text = (folder / file).read_text()
        assert old in text
        (folder / file).write_text(text.replace(old, new))


def adopted(folder: Path) -> list[str]:
    """Every plan on record."""
    reader = Reader(folder / "state")
    try:
        return [adoption.adopted.plan.digest for adoption in reader.adoptions()]
    finally:
        reader.close()


class MistakeError(Exception):
    """Ours."""


def failing(real: Callable[..., object], after: int) -> Callable[..., object]:
    """Work so many times, then fail once."""
    calls = 0

    def call(*arguments: object, **named: object) -> object:
        nonlocal calls
        calls += 1
        if calls == after + 1:
            raise MistakeError("a slip")
        return real(*arguments, **named)

    return call


STEPS: list[tuple[object, str, int]] = [
    (Edges, "prepare", 0),
    (Edges, "switch", 0),
    (MqttLink, "listen", 0),
    (Engine, "prepare", 0),
    (Engine, "_snapshot", 0),
    (ZoneEngine, "__init__", 0),
    (ZoneEngine, "state", 0),
    (ZoneEngine, "restore", 0),
    (ZoneEngine, "settle", 0),
    (ZoneEngine, "settle", 1),
    (Lamps, "twin", 0),
    (Lamps, "refit", 0),
    (Lamps, "maintain", 0),
    (Lamps, "advance", 0),
    (Lamps, "advance", 1),
    (Lamps, "rewire", 0),
    (Lamps, "findings", 1),
    (Native, "encode", 0),
    (Native, "encode", 1),
    (reload, "fittings", 0),
    (Lamplighter, "keep", 0),
]


@pytest.mark.parametrize(("owner", "step", "after"), STEPS, ids=[f"{step}-{after}" for _, step, after in STEPS])
async def test_whatever_step_of_a_reload_fails_the_old_plan_goes_on_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: object, step: str, after: int
) -> None:
    async with home(tmp_path) as here:
        before = here.lives_by()
        with monkeypatch.context() as patch:
            patch.setattr(owner, step, failing(getattr(owner, step), after))
            with pytest.raises(Refused, match="a mistake of its own: MistakeError") as refused:
                await here.reloader.reload("ana", "")
        assert here.reloader.standing.adopted.plan.digest in refused.value.hint
        assert here.lives_by() == before
        # It goes on by the old files: a walker lights the lamp, and nobody listens to the new sensor.
        here.sent.clear()
        here.hear("sensor/motion-1", b'{"v": 1, "presence": true}')
        here.pass_(SECOND)
        assert here.sent == [("lamp-1", FULL)]
        rejected = here.intake.rejected
        here.hear("sensor/motion-3", b'{"v": 1, "presence": true}')
        assert here.intake.rejected == rejected + 1
        await here.record.drain()
        assert await asyncio.to_thread(adopted, tmp_path) == [before["plan"]]
        # And the next one is adopted, whole.
        told = await here.reloader.reload("ana", "")
        assert told["adopted"]
        now = here.lives_by()
        assert {name for name in now if now[name] == before[name]} == {"said", "links"}


async def test_what_fails_after_a_plan_holds_takes_nothing_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with home(tmp_path) as here:
        before = here.lives_by()
        with monkeypatch.context() as patch:
            patch.setattr(Edges, "leave", failing(Edges.leave, 0))
            with pytest.raises(Refused, match="a mistake of its own") as refused:
                await here.reloader.reload("ana", "")
        plan = here.lamplighter.engine.plan.digest
        assert plan != before["plan"]
        assert f"keeps plan {plan}" in refused.value.hint
        assert here.commands.site is here.reloader.standing.site
        await here.record.drain()
        assert await asyncio.to_thread(adopted, tmp_path) == [before["plan"], plan]
