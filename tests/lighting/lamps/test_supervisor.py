"""Orders reach lamps whatever is lost on the way; no lamp waits for another; nobody is flooded."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from devices.device import DeviceId
from devices.light import LightCommand, LightState
from devices.reading import Availability
from gateway.lighting.decision import Decision
from gateway.lighting.lamps.fade import STEP, Fade
from gateway.lighting.lamps.lamp import GAP, TRIES, Fitting
from gateway.lighting.lamps.supervisor import Lamps
from gateway.lighting.lamps.way import LENIENCE, RATE, Way
from gateway.lighting.plan import LampType
from tests.lighting.street import LED, MINUTE, SECOND

ONE, OTHER = DeviceId("lamp-1"), DeviceId("lamp-2")
HELPED = LampType(28.0, 4.0, 10.0, 0.5, fades=False)


def supervised(*names: DeviceId, kind: LampType = LED) -> Lamps:
    return Lamps(MINUTE, {name: Fitting(kind, "", "mqtt") for name in names})


def decide(lamps: Lamps, now: int, level: int, *names: DeviceId, ramp: int = 2 * SECOND) -> list[LightCommand]:
    return lamps.advance(now, [Decision(now, name, level, ramp, ()) for name in names])


def until(lamps: Lamps, now: int, end: int) -> list[tuple[int, LightCommand]]:
    """What is sent by `end` with nobody answering."""
    sent: list[tuple[int, LightCommand]] = []
    while (due := lamps.next_change()) is not None and due <= end:
        now = max(now, due)
        sent += [(now, order) for order in lamps.advance(now)]
    return sent


@settings(deadline=None)
@given(
    levels=st.lists(st.tuples(st.integers(0, 3 * MINUTE), st.integers(0, 100)), min_size=1, max_size=6),
    heard=st.lists(st.booleans(), max_size=30),
    answered=st.lists(st.booleans(), max_size=30),
)
def test_the_last_target_is_reached_whatever_is_lost_as_long_as_something_gets_through(
    levels: list[tuple[int, int]], heard: list[bool], answered: list[bool]
) -> None:
    lamps, now, shown = supervised(ONE), 0, -1
    hears, answers = iter(heard), iter(answered)
    decisions = sorted(levels)
    end = decisions[-1][0] + (len(heard) + len(answered) + 2) * MINUTE
    while True:
        due = min(at for at in (lamps.next_change(), decisions[0][0] if decisions else None) if at is not None)
        if due > end:
            break
        now = max(now, due)
        made = [Decision(now, ONE, decisions.pop(0)[1], SECOND, ())] if decisions and decisions[0][0] <= now else []
        for order in lamps.advance(now, made):
            if next(hears, True):
                shown = order.level
                if next(answers, True):
                    lamps.advance(now, [LightState(ONE, shown, now, target=shown, confirms=order.id)])
    assert shown == max(levels)[1]
    assert lamps.confirmed(ONE)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2 * SECOND), st.integers(0, 100)), min_size=1, max_size=40),
    st.sampled_from([LED, HELPED]),
)
def test_orders_to_one_lamp_keep_their_distance_and_the_newest_wins(
    wishes: list[tuple[int, int]], kind: LampType
) -> None:
    lamps, sent = supervised(ONE, kind=kind), list[tuple[int, LightCommand]]()
    now = 0
    for at, level in sorted(wishes):
        sent += until(lamps, now, at)
        now = at
        sent += [(at, order) for order in decide(lamps, at, level, ONE)]
    sent += until(lamps, now, now + 3 * SECOND)
    assert all(after - before >= GAP for (before, _), (after, _) in pairwise(sent))
    assert sent[-1][1].level == max(wishes)[1]


def test_repetitions_come_ever_later_and_are_bounded() -> None:
    lamps = supervised(ONE)
    decide(lamps, 0, 60, ONE)
    sent = [at for at, _ in until(lamps, 0, 30 * MINUTE)]
    gaps = [after - before for before, after in pairwise([0, *sent])]
    assert gaps[:TRIES] == sorted(gaps[:TRIES])
    assert gaps[0] == 7 * SECOND
    assert set(gaps[TRIES:]) == {MINUTE}


@settings(deadline=None)
@given(st.integers(1, 40))
def test_a_lamp_that_never_answers_delays_nobody(dead: int) -> None:
    names = [DeviceId(f"dead-{number}") for number in range(dead)]
    lamps = supervised(ONE, *names)
    decide(lamps, 0, 50, ONE, *names)
    now = 0
    for minute in range(1, 6):
        until(lamps, now, minute * MINUTE + SECOND)
        now = minute * MINUTE + SECOND
        told = decide(lamps, now, 50 + minute, ONE)
        assert [order.lamp for order in told] == [ONE]


def test_thousands_of_lamps_are_told_at_the_pace_of_their_link_and_their_repetitions_are_spread() -> None:
    names = [DeviceId(f"lamp-{number}") for number in range(2_582)]
    lamps = supervised(*names)
    sent = [(0, order) for order in decide(lamps, 0, 60, *names)]
    sent += until(lamps, 0, 10 * SECOND)
    assert {order.lamp for _, order in sent} == set(names)
    for second in range(6):
        assert sum(second * SECOND <= at < (second + 1) * SECOND for at, _ in sent) <= 2 * RATE
    lamps.advance(6 * SECOND, [LightState(order.lamp, 60, 6 * SECOND, confirms=order.id) for _, order in sent])
    again = [at // SECOND for at, _ in until(lamps, 6 * SECOND, 6 * SECOND + MINUTE)]
    assert max(again.count(second) for second in set(again)) <= 250


def test_something_new_goes_before_a_repetition_but_no_repetition_starves() -> None:
    way = Way()
    way.remind(ONE, 0)
    way.hurry(OTHER, 5 * SECOND)
    assert [way.take(5 * SECOND), way.take(5 * SECOND)] == [OTHER, ONE]
    way.remind(ONE, 0)
    way.hurry(OTHER, LENIENCE + 1)
    assert way.take(MINUTE) == ONE


def test_two_links_do_not_wait_for_each_other() -> None:
    many = {DeviceId(f"lamp-{number}"): Fitting(LED, "", "mqtt") for number in range(3 * RATE)}
    lamps = Lamps(MINUTE, {**many, ONE: Fitting(LED, "", "serial:a")})
    told = decide(lamps, 0, 60, *many, ONE)
    assert ONE in {order.lamp for order in told}
    assert len(told) == RATE + 1


@given(st.integers(0, 100), st.integers(0, 100), st.integers(1, 100 * SECOND), st.lists(st.integers(0, 120 * SECOND)))
def test_levels_in_between_go_one_way_and_end_exactly_at_the_target(
    start: int, target: int, ramp: int, looks: list[int]
) -> None:
    fade = Fade(start, target, 0, ramp)
    shown = [fade.level(at) for at in sorted(looks)]
    assert shown == sorted(shown, reverse=target < start)
    assert all(min(start, target) <= level <= max(start, target) for level in shown)
    assert fade.level(ramp) == target
    assert fade.level(0) == (start if ramp else target)


def test_a_lamp_that_cannot_fade_is_faded() -> None:
    lamps = supervised(ONE, kind=HELPED)
    assert [(order.level, order.ramp) for order in decide(lamps, 0, 40, ONE)] == [(40, 0)]
    decide(lamps, SECOND, 100, ONE, ramp=6 * SECOND)
    sent = [(at, order) for at, order in until(lamps, SECOND, 7 * SECOND)]
    assert [order.level for _, order in sent] == sorted({order.level for _, order in sent})
    assert {order.ramp for _, order in sent} == {0}
    assert (sent[-1][0], sent[-1][1].level) == (7 * SECOND, 100)
    assert all(after - before >= STEP - 1 for (before, _), (after, _) in pairwise(sent[:-1]))
    assert 20 <= len(sent) <= 31


def test_a_lamp_that_is_born_is_told_its_target_and_not_a_level_on_the_way() -> None:
    lamps = supervised(ONE, kind=HELPED)
    decide(lamps, 0, 0, ONE)
    decide(lamps, SECOND, 100, ONE, ramp=MINUTE)
    (order,) = lamps.advance(10 * SECOND, [Availability(ONE, online=True, time=10 * SECOND)])
    assert order.level == 100


def test_an_answer_to_an_earlier_try_counts() -> None:
    lamps = supervised(ONE)
    (first,) = decide(lamps, 0, 60, ONE)
    assert until(lamps, 0, 8 * SECOND)
    lamps.advance(9 * SECOND, [LightState(ONE, 60, 9 * SECOND, confirms=first.id)])
    assert lamps.confirmed(ONE)


def test_lamps_that_a_new_plan_does_not_know_are_told_nothing_any_more() -> None:
    lamps = supervised(ONE, OTHER)
    decide(lamps, 0, 60, ONE, OTHER)
    lamps.refit({ONE: Fitting(LED, "", "mqtt")}, MINUTE)
    assert {order.lamp for _, order in until(lamps, 0, 5 * MINUTE)} == {ONE}


def test_a_new_plan_while_lamps_wait_to_be_told_leaves_nobody_out() -> None:
    lamps = supervised(ONE, OTHER)
    decide(lamps, 0, 60, ONE, OTHER)
    decide(lamps, 1, 80, OTHER)
    assert lamps.resend(2) == []
    lamps.refit({name: Fitting(LED, "", "mqtt") for name in (ONE, OTHER)}, MINUTE)
    assert {(order.lamp, order.level) for order in lamps.advance(SECOND)} == {(ONE, 60), (OTHER, 80)}


def test_a_clock_that_is_set_delays_nothing() -> None:
    lamps = supervised(ONE)
    decide(lamps, 0, 60, ONE)
    before = lamps.next_change()
    assert before is not None
    lamps.shift(1000 * MINUTE)
    assert lamps.next_change() == before + 1000 * MINUTE
