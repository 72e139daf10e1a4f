"""A lamp that is darker than its level: found in service, held at full light, measured and proven by requests."""

from dataclasses import replace
from typing import cast

import pytest

from devices.light import LightState
from devices.reading import Quantity, Reading
from firmware_sims.lamp import logarithmic
from gateway.control.words import CancelRequest, MeasureRequest, OverrideRequest, ProveRequest, Refused
from gateway.daemon.calibration import measured
from gateway.daemon.commands import Commands
from gateway.daemon.status import Status
from gateway.daemon.wiring import fittings
from gateway.lighting.engine import Engine
from gateway.lighting.facts import Proof
from gateway.lighting.lamps.faults import Fault
from gateway.lighting.lamps.power import watts
from gateway.lighting.lamps.supervisor import Lamps
from gateway.record.entry import Entry
from gateway.record.writer import Record
from gateway.study.replay import facts
from tests.daemon.hand_clock import HandClock
from tests.daemon.house import EMPTY, FULL, LAMPS, NIGHT, House, levels, quiet, site
from tests.daemon.test_commands import ANA, ROOT, Disk, performer
from tests.lighting.street import EAST, LED, MINUTE, MOTION, SECOND, WEST

LOGARITHMIC = LAMPS[1]
COUNTERS = (WEST, EAST)


def supervised(clock: HandClock) -> House:
    """A house that knows what its lamps should draw."""
    house = House(clock)
    house.lamplighter.lamps = Lamps(MINUTE, fittings(site()))
    return house


async def speaking(house: House, minutes: int) -> None:
    """Nobody is seen; every lamp says each half minute that it follows, one draws what its driver on arc power does."""
    for _ in range(2 * minutes):
        await house.clock.pass_to(house.clock.now().time + 30 * SECOND)
        at = house.clock.now().time
        house.lamplighter.learn(at, [Reading(name, Quantity.PRESENCE, 0, at) for name in MOTION])
        house.lamplighter.learn(
            at + 1, [Reading(name, Quantity.PEDESTRIANS, 0, at, period=MINUTE) for name in COUNTERS]
        )
        for lamp in LAMPS:
            at = house.clock.now().time
            told = float(house.engine.standing(lamp).level)
            draws = watts(LED, logarithmic(told) if lamp == LOGARITHMIC else told)
            house.lamplighter.learn(at, [LightState(lamp, told, at, draws, target=told)])


def proofs(house: House) -> list[Entry]:
    return [entry for entry in house.kept if any(isinstance(item, Proof) for item in entry.learned)]


async def test_a_lamp_that_is_darker_than_its_level_is_lit_within_minutes_and_it_is_on_the_tape() -> None:
    house = supervised(HandClock(NIGHT))
    async with house.living():
        await quiet(house)
        assert levels(house) == [EMPTY] * 3
        await speaking(house, 4)
        assert levels(house) == [EMPTY, FULL, EMPTY]
        assert (LOGARITHMIC, FULL) in [(lamp, level) for _, lamp, level in house.sent]
        (entry,) = proofs(house)
        assert [item.target for item in facts(entry) if isinstance(item, Proof)] == [LOGARITHMIC]
        assert not [item for item in entry.learned if isinstance(item, LightState)]
        await speaking(house, 10)
        assert levels(house) == [EMPTY, FULL, EMPTY]


async def test_what_is_found_out_is_acted_on_at_the_word_that_says_it() -> None:
    house = supervised(HandClock(NIGHT))
    async with house.living():
        await quiet(house)
        faults: list[object] = []
        while not faults:
            await house.clock.pass_to(house.clock.now().time + 30 * SECOND)
            at, told = house.clock.now().time, float(house.engine.standing(LOGARITHMIC).level)
            said = LightState(LOGARITHMIC, told, at, watts(LED, logarithmic(told)), target=told)
            made = house.lamplighter.learn(at, [said])
            faults = [item for item in made if isinstance(item, Reading) and item.channel == Fault.DIMMING_FAILURE]
        await house.clock.pass_to(at + SECOND)
        assert house.engine.standing(LOGARITHMIC).level == FULL


async def test_of_a_zone_lamps_that_are_never_dimmed_need_not_be_measured() -> None:
    house = supervised(HandClock(NIGHT))
    there = site()
    (zone,) = there.plan.zones
    lamps = (replace(zone.luminaires[0], never_dim="crossing"), *zone.luminaires[1:])
    crossed = replace(there, plan=replace(there.plan, zones=(replace(zone, luminaires=lamps),)))
    async with house.living():
        counts = [
            measured(crossed, house.lamplighter, MeasureRequest(target=target), NIGHT)["lamps"]
            for target in ("street", "lamp-1", "lamp-2")
        ]
    assert counts == [2, 1, 1]


async def test_levels_that_are_held_to_measure_tell_the_lamps_that_follow_from_those_that_do_not() -> None:
    house = supervised(HandClock(NIGHT))
    commands = performer(house, Disk())
    async with house.living():
        since = await quiet(house)
        for level in (100, 60):
            order = OverrideRequest(target="street", level=level, lasts="20min", reason="calibrate", proving=True)
            value = await commands.perform(order, ANA)
            assert value["lowest"] == level
            now = await commands.perform(MeasureRequest(target="street"), ANA)
            assert now["waiting"] == 3
            await speaking(house, 4)
            now = await commands.perform(MeasureRequest(target="street", since=since // SECOND), ANA)
            assert (now["settled"], now["metered"], now["waiting"]) == (3, 3, 0)
        assert (now["fit"], now["unproven"]) == (2, [])
        assert now["misfits"] == [(LOGARITHMIC, "it drew 4.0 W at 60 %, 17.3 expected")]
        assert levels(house) == [60, 60, 60], "who measures dims what is unproven"
        await commands.perform(CancelRequest(order="street"), ANA)
        assert house.engine.standing(LOGARITHMIC).level == FULL


async def test_watts_that_fit_are_counted_also_of_a_lamp_whose_lux_misfit_and_it_stays_held() -> None:
    house = supervised(HandClock(NIGHT))
    commands = performer(house, Disk())
    async with house.living():
        since = await quiet(house)
        await commands.perform(ProveRequest(target="lamp-1", lux=((100, 10.2), (40, 0.2))), ANA)
        for level in (100, 60):
            order = OverrideRequest(target="lamp-1", level=level, lasts="20min", reason="calibrate", proving=True)
            await commands.perform(order, ANA)
            await speaking(house, 4)
        now = await commands.perform(MeasureRequest(target="lamp-1", since=since // SECOND), ANA)
        assert (now["fit"], now["misfit"], now["undecided"]) == (1, 0, 0)
        await commands.perform(CancelRequest(order="lamp-1"), ANA)
        assert levels(house)[0] == FULL


async def test_an_order_to_measure_does_not_last() -> None:
    house = House(HandClock(NIGHT))
    commands = performer(house, Disk())
    async with house.living():
        with pytest.raises(Refused, match="30 min at most"):
            await commands.perform(
                OverrideRequest(target="street", level=40, lasts="2h", reason="calibrate", proving=True), ANA
            )


@pytest.mark.parametrize("never_dim", ["", "crossing"])
@pytest.mark.parametrize(
    "request_",
    [
        OverrideRequest(target="street", level=100, lasts="20min", reason="calibrate", proving=True),
        MeasureRequest(target="street"),
        ProveRequest(target="street", lux=((100, 10.2), (40, 4.1))),
    ],
)
async def test_a_zone_without_lamps_that_are_dimmed_cannot_be_measured(
    request_: OverrideRequest | MeasureRequest | ProveRequest, never_dim: str
) -> None:
    there = site()
    (zone,) = there.plan.zones
    lamps = tuple(replace(lamp, never_dim=never_dim) for lamp in zone.luminaires if never_dim)
    bare = replace(there, plan=replace(there.plan, zones=(replace(zone, luminaires=lamps),)))
    house = House(HandClock(NIGHT), Engine(bare.plan, NIGHT))
    commands = Commands(bare, house.clock, house.lamplighter, cast("Record", Disk()), cast("Status", None), ())
    async with house.living():
        with pytest.raises(Refused, match="street has no lamp that is ever dimmed"):
            await commands.perform(request_, ANA)
        assert house.engine.orders() == []


async def test_lux_that_a_person_measured_are_kept_with_their_name_and_decide_who_is_dimmed() -> None:
    house = House(HandClock(NIGHT))
    commands = performer(house, Disk())
    async with house.living():
        await quiet(house)
        said = await commands.perform(ProveRequest(target="street", lux=((100, 10.2), (40, 0.2)), owner="mayor"), ROOT)
        assert (said["verdict"], said["owner"]) == ("misfit", "mayor")
        assert levels(house) == [FULL] * 3
        said = await commands.perform(ProveRequest(target="lamp-1", lux=((100, 10.2), (40, 4.1))), ANA)
        assert said["verdict"] == "fits"
        assert levels(house) == [EMPTY, FULL, FULL]
        kept = [item for entry in proofs(house) for item in entry.learned if isinstance(item, Proof)]
        assert [(item.target, item.owner, item.caller) for item in kept] == [
            ("street", "mayor", "root"),
            ("lamp-1", "ana", "ana"),
        ]


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (ProveRequest(target="street", lux=((100, 10.2), (90, 9.0))), "two levels are needed"),
        (ProveRequest(target="street", lux=((40, 10.2), (40, 9.0))), "twice"),
        (ProveRequest(target="nowhere", lux=((100, 10.2), (40, 4.1))), "not known"),
        (ProveRequest(target="street", lux=((100, 10.2), (40, 4.1)), owner="mayor"), "in the name of mayor"),
        (MeasureRequest(target="motion-1"), "is a sensor"),
    ],
)
async def test_what_cannot_be_measured_is_refused_in_words(request_: ProveRequest | MeasureRequest, words: str) -> None:
    house = House(HandClock(NIGHT))
    async with house.living():
        with pytest.raises(Refused, match=words):
            await performer(house, Disk()).perform(request_, ANA)
        assert proofs(house) == []
