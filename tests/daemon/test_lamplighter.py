"""The engine's live caller: it wakes when something is due, and only then."""

import asyncio

from devices.device import DeviceId
from devices.light import LightState
from devices.reading import Availability, Quantity, Reading
from gateway.lighting.decision import Snapshot
from gateway.lighting.engine import Engine
from gateway.lighting.facts import ClockSet
from tests.daemon.hand_clock import HandClock
from tests.daemon.house import EMPTY, FULL, LAMPS, NIGHT, CountingEngine, House, essence, levels, quiet
from tests.lighting.street import HOUR, MINUTE, MOTION, SECOND, plan


def motion(house: House, *, there: bool, sensor: DeviceId = MOTION[0]) -> int:
    """Somebody comes to or goes from the first two lamps; says when."""
    at = house.clock.now().time
    house.lamplighter.learn(at, [Reading(sensor, Quantity.PRESENCE, float(there), at)])
    return at


async def test_an_order_goes_out_at_once_when_somebody_comes() -> None:
    house = House(HandClock(NIGHT))
    async with house.living():
        await quiet(house)
        motion(house, there=True)
        assert [(lamp, level) for _, lamp, level in house.sent] == [(LAMPS[0], FULL), (LAMPS[1], FULL)]


async def test_a_hold_ends_at_its_due_instant_and_not_when_somebody_happens_to_look() -> None:
    house = House(HandClock(NIGHT))
    async with house.living():
        begun = await quiet(house)
        motion(house, there=True)
        await house.clock.pass_to(begun + MINUTE)
        went = motion(house, there=False)
        house.sent.clear()
        await house.clock.pass_to(went + 2 * MINUTE)
        decided = house.decisions(LAMPS[0])[-1]
        assert (decided.time, decided.level) == (went + 45 * SECOND, EMPTY)
        first = next(at for at, lamp, level in house.sent if (lamp, level) == (LAMPS[0], EMPTY))
        assert 0 <= first - decided.time < 100  # each look at the hand-moved clock takes a nanosecond


async def test_a_sensor_that_falls_silent_is_noticed_without_any_message() -> None:
    house = House(HandClock(NIGHT))
    async with house.living():
        begun = await quiet(house)
        await house.clock.pass_to(begun + 4 * MINUTE)
        assert levels(house) == [EMPTY] * 3
        await house.clock.pass_to(begun + 6 * MINUTE)
        assert levels(house) == [FULL] * 3
        trust = [item for entry in house.kept for item in entry.made if isinstance(item, Reading)]
        assert {(item.device, item.channel) for item in trust} == {(name, "stale") for name in MOTION}


async def test_every_lamp_is_told_its_level_again_every_minute_and_no_oftener() -> None:
    house = House(HandClock(NIGHT))
    async with house.living():
        for lamp in LAMPS:
            await house.clock.pass_to(house.clock.now().time + SECOND)
            at = house.clock.now().time
            house.lamplighter.learn(at, [LightState(lamp, FULL, at, target=house.engine.standing(lamp).level)])
        begun = house.clock.now().time
        house.sent.clear()
        await house.clock.pass_to(begun + 4 * MINUTE)
        assert [sum(lamp == name for _, lamp, _ in house.sent) for name in LAMPS] == [4, 4, 4]


async def test_an_idle_street_is_looked_at_a_few_times_an_hour() -> None:
    house = House(HandClock(NIGHT))
    async with house.living():
        engine = house.engine
        assert isinstance(engine, CountingEngine)
        begun = await quiet(house)
        before, woken = engine.calls, house.clock.woken
        await house.clock.pass_to(begun + HOUR)
        # Sixty refreshes, six boundaries of the counting window, four snapshots, and a second look at some of them.
        assert engine.calls - before <= 150
        assert house.clock.woken - woken <= 150


async def test_a_lamp_that_is_born_gets_its_order_at_once_whether_its_word_is_retained_or_not() -> None:
    house = House(HandClock(NIGHT))
    async with house.living():
        for retained in (False, True):
            await house.clock.pass_to(house.clock.now().time + 5 * SECOND)
            house.sent.clear()
            at = house.clock.now().time
            house.lamplighter.learn(at, [Availability(LAMPS[1], online=True, time=at, retained=retained)])
            assert [(lamp, level) for _, lamp, level in house.sent] == [(LAMPS[1], FULL)]


async def test_a_lamp_that_is_born_and_does_not_answer_is_told_again_before_the_refresh() -> None:
    house = House(HandClock(NIGHT))
    async with house.living():
        await house.clock.pass_to(NIGHT + 5 * MINUTE + 10 * SECOND)
        house.sent.clear()
        at = house.clock.now().time
        house.lamplighter.learn(at, [Availability(LAMPS[1], online=True, time=at)])
        await house.clock.pass_to(at + 30 * SECOND)
        assert sum(lamp == LAMPS[1] for _, lamp, _ in house.sent) == 3


async def test_after_a_broken_way_every_lamp_is_told_its_level_again() -> None:
    house = House(HandClock(NIGHT))
    async with house.living():
        await house.clock.pass_to(NIGHT + 5 * SECOND)
        house.sent.clear()
        house.lamplighter.resend()
        assert [(lamp, level) for _, lamp, level in house.sent] == [(lamp, FULL) for lamp in LAMPS]


async def test_a_way_that_opens_right_after_the_start_brings_the_orders_that_went_nowhere_within_a_moment() -> None:
    house = House(HandClock(NIGHT))
    async with house.living():
        await house.clock.pass_to(NIGHT + SECOND // 100)
        house.sent.clear()
        house.lamplighter.resend()
        await house.clock.pass_to(NIGHT + SECOND // 10)
        assert sorted((lamp, level) for _, lamp, level in house.sent) == [(lamp, FULL) for lamp in LAMPS]


async def test_when_it_is_cancelled_nothing_of_it_is_left_behind() -> None:
    house = House(HandClock(NIGHT))
    async with house.living():
        await house.clock.pass_to(NIGHT + MINUTE)
        assert len(asyncio.all_tasks()) > 1
    for _ in range(3):
        await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert not house.clock._sleepers


async def test_a_step_of_the_wall_clock_is_a_fact_at_the_old_time_and_holds_keep_what_they_had_left() -> None:
    for jump in (-20 * MINUTE, 3 * MINUTE):
        house = House(HandClock(NIGHT))
        async with house.living():
            await quiet(house)
            motion(house, there=True)
            went = motion(house, there=False)
            await house.clock.pass_to(went + 20 * SECOND)
            house.clock.jump(jump)
            house.lamplighter.set_clock()
            step = house.kept[-1]
            assert step.learned == (ClockSet(jump, sure=True),)
            assert went + 20 * SECOND <= step.at < went + 21 * SECOND
            await house.clock.pass_to(went + jump + 44 * SECOND)
            assert levels(house) == [FULL, FULL, EMPTY]
            await house.clock.pass_to(went + jump + 46 * SECOND)
            assert levels(house) == [EMPTY] * 3
            assert house.decisions(LAMPS[0])[-1].time == went + jump + 45 * SECOND


async def test_a_clock_that_did_not_step_leaves_no_trace() -> None:
    house = House(HandClock(NIGHT))
    async with house.living():
        await house.clock.pass_to(NIGHT + SECOND)
        before = len(house.kept)
        house.lamplighter.set_clock()
        assert len(house.kept) == before


async def test_a_clock_that_becomes_believable_is_a_fact_too() -> None:
    house = House(HandClock(NIGHT, sure=False))
    async with house.living():
        assert ClockSet(0, sure=False) in house.kept[0].learned
        house.clock.sure = True
        house.lamplighter.set_clock()
        assert house.kept[-1].learned == (ClockSet(0, sure=True),)


async def test_while_the_clock_is_not_to_be_believed_it_is_night() -> None:
    noon = NIGHT + 18 * HOUR
    for sure, expected in ((True, 0), (False, FULL)):
        house = House(HandClock(noon, sure=sure))
        async with house.living():
            await house.clock.pass_to(noon + SECOND)
            assert levels(house) == [expected] * 3


async def test_a_clock_behind_the_records_end_is_a_step_back_on_the_tape_at_the_start() -> None:
    ended = NIGHT + HOUR
    engine = Engine(plan(), ended)
    engine.advance(ended + 1)
    house = House(HandClock(NIGHT, sure=False), engine)
    async with house.living():
        begun = house.kept[0]
        assert begun.at == ended + 1
        (step,) = (item for item in begun.learned if isinstance(item, ClockSet))
        assert not step.sure
        assert NIGHT < ended + 1 + step.shift < NIGHT + 1000
        assert engine.now < NIGHT + SECOND
        assert isinstance(begun.made[-1], Snapshot)
        await house.clock.pass_to(NIGHT + 10 * SECOND)
        assert engine.now < NIGHT + 11 * SECOND


async def test_after_an_end_in_doubt_a_start_by_a_clock_that_is_believed_is_a_step_and_no_passing_of_time() -> None:
    """Nobody knows how long the gateway was away: a clock that began in 1970 would let decades pass."""
    engine = Engine(plan(), 100 * SECOND)
    engine.advance(100 * SECOND, [ClockSet(0, sure=False)])
    house = House(HandClock(NIGHT), engine)
    async with house.living():
        begun = house.kept[0]
        (step,) = (item for item in begun.learned if isinstance(item, ClockSet))
        assert (begun.at, begun.at + step.shift, step.sure) == (100 * SECOND, NIGHT + 1, True)
        assert engine.now == NIGHT + 1
        assert engine.sure
        assert house.lamplighter.sure


async def test_an_end_in_doubt_of_which_only_the_record_knows_ends_with_the_next_start_that_is_sure() -> None:
    house = House(HandClock(NIGHT))
    house.lamplighter.begin((), NIGHT - HOUR)
    assert [item.sure for item in house.kept[0].learned if isinstance(item, ClockSet)] == [True]


async def test_an_end_in_doubt_and_a_start_in_doubt_are_one_doubt() -> None:
    engine = Engine(plan(), 1000 * SECOND)
    engine.advance(1000 * SECOND, [ClockSet(0, sure=False)])
    for started in (5 * SECOND, 4000 * SECOND):
        house = House(HandClock(started, sure=False), Engine(plan(), 0, engine.snapshot()))
        async with house.living():
            (step,) = (item for item in house.kept[0].learned if isinstance(item, ClockSet))
            assert (house.kept[0].at, step.sure) == (1000 * SECOND, False)
            assert house.kept[0].at + step.shift == started + 1
            assert not house.lamplighter.sure


async def test_its_last_word_is_a_snapshot() -> None:
    house = House(HandClock(NIGHT))
    async with house.living():
        await house.clock.pass_to(await quiet(house) + 90 * SECOND)
    house.lamplighter.end()
    last = house.kept[-1].made[-1]
    assert isinstance(last, Snapshot)
    again = Engine(plan(), 0, last)
    assert again.now == house.engine.now
    assert [essence(decision) for decision in again.decisions()] == [essence(old) for old in house.engine.decisions()]
