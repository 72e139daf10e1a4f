"""Whose turn it is on a DALI line, and which fade time a ramp is."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.links.dali.fade import LONGEST, TIMES, code
from gateway.links.dali.rota import LOOK, ORDERS_IN_A_ROW, Look, Order, Question, Rota

GEAR = tuple(range(64))


def known(*addresses: int, fade: int | None = 0, meters: bool = False, now: float = 0.0) -> Rota:
    """A line whose gear said what it is, and what it does."""
    rota = Rota(addresses)
    for address in addresses:
        rota.introduced(address, fade, now)
        rota.surveyed(address, now, has_meters=meters)
    for _ in addresses:
        question = rota.take(now)
        assert isinstance(question, Question)
        rota.answered(question, now)
    return rota


def orders(rota: Rota, now: float) -> Iterator[Order]:
    while isinstance(turn := rota.take(now), Order):
        yield turn


@pytest.mark.parametrize(
    ("ramp", "up", "down"),
    [(0.0, 0, 0), (0.5, 0, 1), (0.7, 1, 1), (1.4, 3, 3), (2.0, 4, 4), (3.0, 5, 6), (45.0, 12, 13), (300.0, 15, 15)],
)
def test_a_ramp_up_is_not_slower_and_a_ramp_down_not_faster_than_ordered(ramp: float, up: int, down: int) -> None:
    assert (code(ramp, None, rising=True), code(ramp, None, rising=False)) == (up, down)


def test_fade_times_are_those_of_the_standard() -> None:
    assert [round(time, 1) for time in TIMES[1:]] == [
        *(0.7, 1.0, 1.4, 2.0, 2.8, 4.0, 5.7, 8.0, 11.3, 16.0, 22.6, 32.0, 45.3, 64.0, 90.5),
    ]


@given(ramp=st.floats(0.0, 400.0), has=st.none() | st.integers(0, LONGEST), rising=st.booleans())
def test_light_is_never_short_by_the_fade(ramp: float, has: int | None, *, rising: bool) -> None:
    time = TIMES[code(ramp, has, rising=rising)]
    if rising:
        assert time <= ramp + 0.05
    else:
        assert time >= min(ramp, TIMES[LONGEST]) - 0.05


def test_a_fade_time_that_is_near_enough_is_not_written_anew() -> None:
    assert code(2.5, 4, rising=True) == 4
    assert code(5.0, 4, rising=True) == 6, "2.0 s is less than half of it"
    assert code(45.0, 14, rising=False) == 14
    assert code(20.0, 14, rising=False) == 11


def test_gear_is_first_asked_what_it_is() -> None:
    rota = Rota((3, 7))
    assert rota.take(0.0) == Question(3, Look.INTRODUCTION)
    rota.introduced(3, 0, 0.5)
    assert rota.take(0.5) == Question(7, Look.INTRODUCTION)
    rota.introduced(7, 0, 0.6)
    assert rota.take(0.6) == Question(3, Look.SURVEY)
    rota.surveyed(3, 0.7, has_meters=True)
    assert rota.take(0.7) == Question(7, Look.SURVEY)
    rota.surveyed(7, 0.8, has_meters=False)
    assert rota.take(0.8) == Question(3, Look.ENERGY)
    rota.answered(Question(3, Look.ENERGY), 1.0)
    assert rota.take(1.0) == Question(7, Look.BRIEF, gives_way=False)


def test_orders_go_before_questions_and_the_newest_of_each_gear_alone() -> None:
    rota = known(1, 2)
    rota.order(1, 100, 0.0, LOOK)
    rota.order(1, 200, 0.0, LOOK)
    assert list(orders(rota, LOOK)) == [Order(1, 200, 0, writes_fade=False)]
    assert isinstance(rota.take(LOOK), Question)


def test_gear_is_told_nothing_that_depends_on_its_curve_before_it_has_said_it() -> None:
    rota = Rota((1, 2, 3))
    for address, arc in ((1, 254), (2, 221), (3, 0)):
        rota.order(address, arc, 0.0, 0.0)
    assert rota.ordering(0.0)
    assert {(order.address, order.arc) for order in orders(rota, 0.0)} == {(1, 254), (3, 0)}
    assert not rota.ordering(0.0)
    assert rota.take(0.0) == Question(2, Look.INTRODUCTION), "who keeps an order waiting comes first"
    rota.introduced(2, 0, 0.3)
    assert not list(orders(rota, 0.35)), "an order that was given before may be another now"
    rota.order(2, 102, 0.0, 0.4)
    assert [order.arc for order in orders(rota, 0.4)] == [102]


def test_an_order_that_was_not_bettered_is_given_after_a_second() -> None:
    rota = Rota((1,))
    rota.order(1, 102, 0.0, 0.0)
    rota.introduced(1, 0, 0.3)
    rota.surveyed(1, 0.4, has_meters=False)
    rota.answered(Question(1, Look.BRIEF), 0.5)
    assert rota.next_due(0.5) == pytest.approx(1.3)
    assert [order.arc for order in orders(rota, 1.3)] == [102]


def test_an_order_to_gear_that_does_not_answer_is_sent_all_the_same() -> None:
    rota = Rota((1,))
    rota.order(1, 221, 0.0, 0.0)
    assert rota.take(0.0) == Question(1, Look.INTRODUCTION)
    rota.silent(1, 0.1)
    assert [order.arc for order in orders(rota, 0.1)] == [221]


def test_more_light_goes_before_less() -> None:
    rota = known(1, 2, 3)
    for address in (1, 2, 3):
        rota.order(address, 150, 0.0, 0.0)
    assert len(list(orders(rota, 0.0))) == 3
    for address, arc in ((1, 50), (2, 160), (3, 254)):
        rota.order(address, arc, 0.0, 1.0)
    assert [order.address for order in orders(rota, 1.0)] == [3, 2, 1]


def test_a_fade_time_is_written_once() -> None:
    rota = known(1, fade=4)
    rota.order(1, 200, 2.0, 0.0)
    rota.order(1, 200, 2.0, 0.0)
    assert [order.writes_fade for order in orders(rota, 0.0)] == [False]
    rota.order(1, 100, 40.0, 10.0)
    assert [(order.fade, order.writes_fade) for order in orders(rota, 10.0)] == [(13, True)]
    rota.order(1, 50, 40.0, 200.0)
    assert [order.writes_fade for order in orders(rota, 200.0)] == [False]


def test_a_repetition_does_not_begin_a_fade_anew() -> None:
    rota = known(1)
    rota.order(1, 254, 0.0, 0.0)
    list(orders(rota, 0.0))
    rota.order(1, 100, 8.0, 1.0)
    assert len(list(orders(rota, 1.0))) == 1
    rota.order(1, 100, 8.0, 5.0)
    assert not list(orders(rota, 5.0)), "it is on its way there"
    rota.order(1, 254, 0.0, 6.0)
    rota.order(1, 100, 8.0, 6.0)
    assert not list(orders(rota, 6.0)), "the newest word is the one it follows"


def test_a_repetition_is_told_once_the_gear_was_asked_whether_it_heard_the_first() -> None:
    rota = known(1)
    rota.order(1, 254, 0.0, 0.0)
    list(orders(rota, 0.0))
    rota.order(1, 254, 0.0, 6.0)
    question = rota.take(6.0)
    assert question == Question(1, Look.BRIEF, gives_way=False), "an answer is worth more than an order twice"
    rota.answered(Question(1, Look.BRIEF), 6.1)
    rota.order(1, 254, 0.0, 7.0)
    assert len(list(orders(rota, 7.0))) == 1


def test_gear_is_asked_after_its_fade_whether_it_did_as_it_was_told() -> None:
    rota = known(1, 2)
    rota.order(2, 254, 4.0, 0.0)
    list(orders(rota, 0.0))
    assert rota.next_due(0.0) == pytest.approx(4.3)
    rota.rest(20.0)
    assert rota.take(4.4) == Question(2, Look.BRIEF, gives_way=False), "it has something new: nobody rests before it"


def test_meters_are_read_of_gear_that_is_told_something_all_the_time() -> None:
    rota, looks = Rota((1,)), []
    rota.introduced(1, 0, 0.0)
    for second in range(130):
        rota.order(1, 100 + second % 2, 0.0, float(second))
        list(orders(rota, float(second)))
        turn = rota.take(second + 0.5)
        if isinstance(turn, Question):
            looks.append(turn.look)
            if turn.look is Look.SURVEY:
                rota.surveyed(1, second + 0.5, has_meters=True)
            else:
                rota.answered(turn, second + 0.6)
    assert looks[:2] == [Look.SURVEY, Look.ENERGY]
    assert looks.count(Look.METERED) == 2


def test_somebody_is_asked_on_a_line_that_has_never_done_with_orders() -> None:
    rota = known(*GEAR)
    turns: list[Order | Question | None] = []
    for _ in range(4 * ORDERS_IN_A_ROW):
        for address in GEAR:
            rota.order(address, len(turns) % 254, 0.0, LOOK + len(turns))
        turns.append(rota.take(LOOK + len(turns)))
    questions = [turn for turn in turns if isinstance(turn, Question)]
    assert len(questions) >= 3
    assert not any(question.gives_way for question in questions)


def test_silent_gear_is_asked_what_it_is_when_its_turn_comes() -> None:
    rota = known(1)
    rota.silent(1, 30.0)
    assert rota.take(30.0) is None
    assert rota.take(30.0 + LOOK) == Question(1, Look.INTRODUCTION)


def test_gear_of_another_line_has_no_turn() -> None:
    with pytest.raises(KeyError):
        Rota((1,)).order(2, 254, 0.0, 0.0)


@given(
    steps=st.lists(st.tuples(st.sampled_from((1, 2, 3)), st.integers(0, 254), st.floats(0, 60)), max_size=40),
    gaps=st.lists(st.floats(0, 30), min_size=40, max_size=40),
)
def test_whatever_is_ordered_everybody_is_told_the_newest_and_is_asked(
    steps: list[tuple[int, int, float]], gaps: list[float]
) -> None:
    rota, now, told, wanted = known(1, 2, 3), 0.0, dict.fromkeys((1, 2, 3), -1), dict.fromkeys((1, 2, 3), -1)
    for (address, arc, ramp), gap in zip(steps, gaps, strict=False):
        now += gap
        rota.order(address, arc, ramp, now)
        wanted[address] = arc
        for order in orders(rota, now):
            told[order.address] = order.arc
    assert told == wanted
    asked = set()
    for _ in range(200):
        now = max(now, rota.next_due(now))
        turn = rota.take(now)
        if isinstance(turn, Question):
            asked.add(turn.address)
            rota.answered(turn, now)
    assert asked == {1, 2, 3}
