"""What is made of requests, without a socket and without a disk."""

from types import SimpleNamespace
from typing import cast

import pytest

from gateway.control.peer import Caller, Role
from gateway.control.words import CancelRequest, IdentifyRequest, OverrideRequest, Refused, ReloadRequest, Value
from gateway.daemon import commands as commands_module
from gateway.daemon.commands import Commands
from gateway.daemon.status import Status
from gateway.lighting.facts import Cancel, Override
from gateway.record.writer import Record
from tests.daemon.hand_clock import HandClock
from tests.daemon.house import FULL, LAMPS, NIGHT, House, levels, quiet, site
from tests.lighting.street import HOUR, MINUTE

ANA = Caller("ana", Role.OPERATOR)
ROOT = Caller("root", Role.STEWARD)


class Disk:
    """A record of which only the state of the disk is known."""

    def __init__(self) -> None:
        self.takes = True

    async def committed(self) -> bool:
        return self.takes

    def status(self) -> object:
        return SimpleNamespace(seq=7, trouble="" if self.takes else "the record cannot be written: disk full")


def performer(house: House, disk: Disk) -> Commands:
    return Commands(site(), house.clock, house.lamplighter, cast("Record", disk), cast("Status", None), ())


def order(target: str = "street", level: int = 90, owner: str = "", begins: str = "") -> OverrideRequest:
    return OverrideRequest(target=target, level=level, lasts="1h", reason="repair", owner=owner, begins=begins)


def learned(house: House) -> list[object]:
    return [item for entry in house.kept for item in entry.learned if isinstance(item, Override | Cancel)]


async def test_an_order_is_on_the_tape_with_its_owner_and_its_caller_and_ends_by_itself() -> None:
    house = House(HandClock(NIGHT))
    commands = performer(house, Disk())
    async with house.living():
        await quiet(house)
        value = await commands.perform(order(owner="mayor"), ROOT)
        assert (value["lowest"], value["highest"], value["at_floor"]) == (90, 90, 0)
        (fact,) = learned(house)
        assert isinstance(fact, Override)
        assert (fact.id, fact.owner, fact.caller) == (value["id"], "mayor", "root")
        assert {level for _, _, level in house.sent} == {90}
        await house.clock.pass_to(fact.expires + MINUTE)
        assert levels(house) == [FULL] * 3  # nobody was heard for an hour


async def test_nobody_but_a_steward_orders_in_the_name_of_another() -> None:
    house = House(HandClock(NIGHT))
    commands = performer(house, Disk())
    async with house.living():
        for request in (order(owner="mayor"), CancelRequest(order="street", owner="mayor")):
            if isinstance(request, CancelRequest):
                await commands.perform(order(owner="ana"), ANA)
            with pytest.raises(Refused, match="in the name of mayor"):
                await commands.perform(request, ANA)
        assert len(learned(house)) == 1


async def test_with_a_disk_that_takes_nothing_the_lamps_follow_and_it_is_not_confirmed() -> None:
    house, disk = House(HandClock(NIGHT)), Disk()
    commands = performer(house, disk)
    async with house.living():
        await quiet(house)
        disk.takes = False
        with pytest.raises(Refused, match="disk full") as refused:
            await commands.perform(order(), ANA)
        assert "the lamps follow override o-8" in refused.value.hint
        assert levels(house) == [90] * 3


async def test_every_order_has_an_id_of_its_own_and_can_be_cancelled_by_it_or_by_its_target() -> None:
    house = House(HandClock(NIGHT))
    commands = performer(house, Disk())
    async with house.living():
        targets = ("street", "Rue des Tanneurs", LAMPS[0], LAMPS[0])
        ids = [(await commands.perform(order(target), ANA))["id"] for target in targets]
        assert ids == ["o-8", "o-9", "o-10", "o-11"]
        assert await commands.perform(CancelRequest(order="o-9"), ANA) == {"cancelled": ["o-9"]}
        assert await commands.perform(CancelRequest(order=LAMPS[0]), ROOT) == {"cancelled": ["o-10", "o-11"]}
        assert [each.id for each in house.engine.orders()] == ["o-8"]
        assert isinstance(learned(house)[-1], Cancel)


async def test_while_the_clock_may_be_wrong_only_a_length_of_time_is_taken() -> None:
    house = House(HandClock(NIGHT, sure=False))
    commands = performer(house, Disk())
    async with house.living():
        with pytest.raises(Refused, match="clock may be wrong"):
            await commands.perform(order(begins="23:00"), ANA)
        assert (await commands.perform(order(), ANA))["id"]


async def test_there_are_only_so_many_overrides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands_module, "MOST_ORDERS", 2)
    house = House(HandClock(NIGHT))
    commands = performer(house, Disk())
    async with house.living():
        for _ in range(2):
            await commands.perform(order(), ANA)
        with pytest.raises(Refused, match="2 overrides stand already"):
            await commands.perform(order(), ANA)
        await house.clock.pass_to(NIGHT + 2 * HOUR)
        assert (await commands.perform(order(), ANA))["id"]


async def test_a_lamp_flashes_between_two_looks_at_the_clock() -> None:
    house = House(HandClock(NIGHT))
    commands = performer(house, Disk())
    async with house.living():
        await quiet(house)
        await commands.perform(IdentifyRequest(lamp=LAMPS[0]), ANA)
        await house.clock.pass_to(house.clock.now().time + 10_000_000_000)
        assert [level for _, lamp, level in house.sent if lamp == LAMPS[0]][:7] == [100, 10, 100, 10, 100, 10, 60]
        assert learned(house) == []


async def test_whoever_can_reload_is_asked_to() -> None:
    house, disk = House(HandClock(NIGHT)), Disk()
    commands = performer(house, disk)

    async def reload(by: str, note: str) -> Value:
        return {"by": by, "note": note}

    async with house.living():
        with pytest.raises(Refused, match="when it starts"):
            await commands.perform(ReloadRequest(), ANA)
        commands._reload = reload
        assert await commands.perform(ReloadRequest(note="vote"), ANA) == {"by": "ana", "note": "vote"}
        disk.takes = False
        with pytest.raises(Refused, match="disk full"):
            await commands.perform(ReloadRequest(), ANA)
