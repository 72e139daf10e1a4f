"""People work on a lamp: ordered through the performer, on the tape, over restarts, until it ends by itself."""

import pytest

from gateway.control.words import IdentifyRequest, MaintenanceRequest, Refused, ResumeRequest
from gateway.lighting.engine import Engine
from gateway.lighting.facts import Cancel, Maintenance
from gateway.record.codec import decode, encode
from tests.daemon.hand_clock import HandClock
from tests.daemon.house import LAMPS, NIGHT, House
from tests.daemon.test_commands import ANA, ROOT, Disk, performer
from tests.lighting.street import HOUR, MINUTE, SECOND, plan

LAMP = LAMPS[0]


def work(lasts: str = "1h", reason: str = "new driver", owner: str = "") -> MaintenanceRequest:
    return MaintenanceRequest(lamp=LAMP, lasts=lasts, reason=reason, owner=owner)


def told(house: House) -> int:
    return sum(lamp == LAMP for _, lamp, _ in house.sent)


async def test_a_lamp_under_maintenance_is_told_nothing_until_its_end_and_then_its_present_level() -> None:
    house = House(HandClock(NIGHT))
    async with house.living():
        await house.clock.pass_to(NIGHT + MINUTE)
        value = await performer(house, Disk()).perform(work(owner="mayor"), ROOT)
        (fact,) = (item for entry in house.kept for item in entry.learned if isinstance(item, Maintenance))
        assert (fact.id, fact.owner, fact.caller, fact.reason) == (value["id"], "mayor", "root", "new driver")
        house.sent.clear()
        await house.clock.pass_to(fact.expires - SECOND)
        assert told(house) == 0
        assert house.sent
        await house.clock.pass_to(fact.expires + SECOND)
        assert told(house) == 1


async def test_a_restart_does_not_forget_it() -> None:
    house = House(HandClock(NIGHT))
    async with house.living():
        await performer(house, Disk()).perform(work(), ANA)
        state = house.engine.snapshot()
    again = House(HandClock(NIGHT + 5 * MINUTE), Engine(plan(), NIGHT, state))
    async with again.living():
        await again.clock.pass_to(NIGHT + 30 * MINUTE)
        assert told(again) == 0
        assert {lamp for _, lamp, _ in again.sent} == set(LAMPS[1:])
        await again.clock.pass_to(NIGHT + HOUR + MINUTE)
        assert told(again) > 0


async def test_it_is_taken_back_and_the_lamp_is_told_at_once() -> None:
    house = House(HandClock(NIGHT))
    async with house.living():
        commands = performer(house, Disk())
        value = await commands.perform(work(), ANA)
        await house.clock.pass_to(NIGHT + 10 * MINUTE)
        house.sent.clear()
        assert await commands.perform(ResumeRequest(lamp=LAMP), ANA) == {"cancelled": [value["id"]]}
        assert told(house) == 1
        assert any(isinstance(item, Cancel) for entry in house.kept for item in entry.learned)
        with pytest.raises(Refused, match="nobody works on"):
            await commands.perform(ResumeRequest(lamp=LAMP), ANA)


async def test_a_clock_that_is_set_leaves_what_was_left() -> None:
    house = House(HandClock(NIGHT))
    async with house.living():
        await performer(house, Disk()).perform(work(), ANA)
        house.clock.jump(3 * HOUR)
        house.lamplighter.set_clock()
        house.sent.clear()
        await house.clock.pass_to(NIGHT + 3 * HOUR + 50 * MINUTE)
        assert told(house) == 0
        await house.clock.pass_to(NIGHT + 4 * HOUR + MINUTE)
        assert told(house) > 0


@pytest.mark.parametrize(
    ("request_", "found"),
    [
        (work(reason=""), "no reason"),
        (work(lasts="48h"), "would last"),
        (work(lasts="soon"), "soon"),
        (MaintenanceRequest(lamp="lamp-9", lasts="1h", reason="x"), "not known"),
        (work(owner="mayor"), "in the name of"),
    ],
)
async def test_what_is_not_understood_is_refused(request_: MaintenanceRequest, found: str) -> None:
    house = House(HandClock(NIGHT))
    async with house.living():
        with pytest.raises(Refused, match=found):
            await performer(house, Disk()).perform(request_, ANA)
        assert house.engine.maintenance() == []


async def test_a_lamp_on_which_people_work_does_not_flash() -> None:
    house = House(HandClock(NIGHT))
    async with house.living():
        commands = performer(house, Disk())
        await commands.perform(work(), ANA)
        with pytest.raises(Refused, match="people work on"):
            await commands.perform(IdentifyRequest(lamp=LAMP), ANA)


def test_the_record_reads_it_back() -> None:
    fact = Maintenance("m-1", LAMP, 1, 2, "ana", "new driver", "root")
    assert decode(encode([fact], []))[0] == (fact,)
