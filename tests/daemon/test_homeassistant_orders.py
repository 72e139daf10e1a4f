"""Orders from Home Assistant become overrides, one after the other; whatever tells it may fail, and the street not."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import cast

import pytest

from devices.convention import Heard
from devices.message import Message
from gateway.configuration.site import HomeAssistantSettings, MqttSettings, Site
from gateway.control.peer import Caller
from gateway.control.words import CancelRequest, OverrideRequest, Refused, Request, Value
from gateway.daemon import assistance
from gateway.daemon.assistance import Assistance
from gateway.daemon.homeassistant import HomeAssistant
from gateway.daemon.homeassistant_orders import DOOR, Orders
from gateway.daemon.intake import Intake
from gateway.export.homeassistant.description import CANCEL, SET
from gateway.export.homeassistant.order import Address
from gateway.lighting.facts import Override
from tests.daemon.hand_clock import HandClock
from tests.daemon.house import NIGHT, House, site

HOME = replace(
    site(),
    mqtt=MqttSettings("127.0.0.1", 1883),
    homeassistant=HomeAssistantSettings(accounts=("ana",), lasts=5_400_000_000_000, reason="market"),
)


class Desk:
    """Performs what is asked, and keeps it; `done` is set after each order."""

    def __init__(self, house: House) -> None:
        self.asked: list[tuple[Request, str]] = []
        self.refuses = False
        self.done = asyncio.Event()
        self.orders = Orders(HOME, house.lamplighter, self.perform, self.done.set)

    async def perform(self, request: Request, caller: Caller) -> Value:
        if self.refuses:
            raise Refused("the disk is full", "a record that can be written")
        self.asked.append((request, caller.login))
        return {}

    def say(self, said: object, verb: str = SET) -> None:
        self.orders.take(Address("ana", "street", verb), Message("", json.dumps(said).encode()))

    async def until_done(self) -> None:
        await self.done.wait()
        self.done.clear()


@asynccontextmanager
async def open_desk(house: House) -> AsyncIterator[Desk]:
    desk = Desk(house)
    task = asyncio.create_task(desk.orders.run(), name="orders")
    try:
        yield desk
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_a_slider_that_is_dragged_is_one_order_with_an_end_and_a_reason() -> None:
    async with open_desk(House(HandClock(NIGHT))) as desk:
        for level in range(60, 90):
            desk.say({"state": "ON", "brightness": level})
        await desk.until_done()
        ((request, login),) = desk.asked
        assert request == OverrideRequest.model_validate(
            {"target": "street", "level": 89, "for": "1h 30min", "reason": "market"}
        )
        assert login == f"{DOOR}ana"


async def test_the_new_order_stands_before_the_old_is_taken_back_and_those_of_others_stay() -> None:
    house = House(HandClock(NIGHT))
    zone = HOME.plan.zones[0].id
    orders = [
        Override("o-1", zone, 80, NIGHT, NIGHT + 10**12, "ana", "", caller=f"{DOOR}ana"),
        Override("o-2", zone, 80, NIGHT, NIGHT + 10**12, "ana", "", caller="ana"),
        Override("o-3", zone, 80, NIGHT, NIGHT + 10**12, "bob", "", caller=f"{DOOR}bob"),
    ]
    house.lamplighter.begin(())
    house.lamplighter.obey(orders)
    async with open_desk(house) as desk:
        desk.say({"state": "ON"})
        await desk.until_done()
        assert [type(request) for request, _ in desk.asked] == [OverrideRequest, CancelRequest]
        assert desk.asked[1][0] == CancelRequest(order="o-1")
        desk.asked.clear()
        desk.say("PRESS", CANCEL)
        await desk.until_done()
        assert [request for request, _ in desk.asked] == [CancelRequest(order="o-1")]


async def test_an_order_that_the_gateway_refuses_is_counted_and_the_next_one_is_followed() -> None:
    async with open_desk(House(HandClock(NIGHT))) as desk:
        desk.refuses = True
        desk.say({"state": "ON"})
        await desk.until_done()
        assert desk.orders.refused == 1
        desk.refuses = False
        desk.say({"state": "ON", "brightness": 70})
        await desk.until_done()
        assert [request.level for request, _ in desk.asked if isinstance(request, OverrideRequest)] == [70]


# -------------------------------------------------------------------------------------------------------- assistance
class Fake:
    """Stands for what tells Home Assistant of a site."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.heard: list[Sequence[Heard]] = []
        self.begun, self.left, self.broken = asyncio.Event(), asyncio.Event(), asyncio.Event()

    def hear(self, heard: Sequence[Heard]) -> None:
        self.heard.append(heard)

    def adopt(self, site: Site) -> None:
        self.said.append(site.title)

    async def run(self) -> None:
        self.begun.set()
        await self.broken.wait()
        raise KeyError("a mistake of ours")

    async def leave(self) -> None:
        self.left.set()


class Listened:
    """The part of the intake that listeners see."""

    def __init__(self) -> None:
        self.listeners: list[object] = []


@asynccontextmanager
async def assisted(fakes: list[Fake], before: Site = HOME) -> AsyncIterator[tuple[Assistance, Listened]]:
    """An assistance that makes one fake after the other."""
    intake, made = Listened(), iter(fakes)
    here = Assistance(before, cast(Intake, intake), lambda _site: cast(HomeAssistant, next(made)))
    task = asyncio.create_task(here.run(), name="assistance")
    try:
        yield here, intake
    finally:
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        assert intake.listeners == []


async def test_it_begins_when_a_site_asks_for_it_follows_sites_and_leaves_when_one_asks_no_more() -> None:
    first, second = Fake(), Fake()
    off = replace(HOME, homeassistant=None)
    async with assisted([first, second], off) as (here, intake):
        assert intake.listeners == []
        here.adopt(HOME)
        await first.begun.wait()
        assert intake.listeners == [first.hear]
        here.adopt(replace(HOME, title="Chalons"))
        assert first.said == ["Chalons"]
        here.adopt(off)
        await first.left.wait()
        here.adopt(HOME)
        await second.begun.wait()
        assert intake.listeners == [second.hear]


async def test_another_broker_is_told_anew_and_the_old_one_holds_nothing_more() -> None:
    first, second = Fake(), Fake()
    async with assisted([first, second]) as (here, _):
        await first.begun.wait()
        here.adopt(replace(HOME, mqtt=MqttSettings("127.0.0.2", 1883)))
        await second.begun.wait()
        assert first.left.is_set()


async def test_a_mistake_of_ours_ends_the_telling_for_a_while_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(assistance, "AGAIN", 0.0)
    first, second = Fake(), Fake()
    async with assisted([first, second]) as (_, intake):
        await first.begun.wait()
        first.broken.set()
        await second.begun.wait()
        assert intake.listeners == [second.hear]


def test_a_gateway_that_tells_nobody_does_not_import_what_would() -> None:
    ours = "[name for name in sys.modules if name.startswith('gateway') and 'homeassistant' in name]"
    words = f"import sys, gateway.daemon.service; print({ours})"
    said = subprocess.run([sys.executable, "-c", words], check=True, capture_output=True, text=True)
    assert said.stdout.strip() == "[]"
