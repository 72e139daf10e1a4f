"""When a level is believed, by edges with given times."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.links.debounce import Change, Debounce

REST, CHATTER = 50, 5_000

LASTING = st.integers(1, 400)
PULSES = st.lists(LASTING, max_size=30)


def at_low() -> Debounce:
    """A pin that rests low since 0."""
    level = Debounce(REST, CHATTER)
    assert level.feed(0, high=False) == []
    assert level.settle(REST) == [Change(high=False, since=0)]
    return level


def edges(lasting: list[int]) -> list[tuple[int, bool]]:
    """Edges after 1000, each level of which lasts so long; low from 0 to 1000."""
    at, found, high = 1_000, [], True
    for each in lasting:
        found.append((at, high))
        at, high = at + each, not high
    return found


def test_a_level_is_believed_when_it_has_lasted_and_told_with_the_time_of_its_edge() -> None:
    level = at_low()
    assert level.due is None
    assert level.feed(1_000, high=True) == []
    assert level.due == 1_000 + REST
    assert level.settle(1_000 + REST - 1) == []
    assert level.settle(1_000 + REST) == [Change(high=True, since=1_000)]
    assert level.settle(9_000) == []


def test_a_contact_that_bounces_has_its_time_from_the_last_edge() -> None:
    level = at_low()
    for at, high in ((1_000, True), (1_010, False), (1_020, True)):
        assert level.feed(at, high=high) == []
    assert level.settle(1_020 + REST) == [Change(high=True, since=1_020)]


@given(lasting=PULSES)
def test_each_pulse_that_lasts_is_told_once_and_none_that_is_shorter(lasting: list[int]) -> None:
    level, told = at_low(), []
    found = edges([*lasting, 10_000])
    for at, high in found:
        told += level.feed(at, high=high)
    told += level.settle(found[-1][0] + REST)
    resting = [(at, high) for (at, high), lasts in zip(found, [*lasting, 10_000], strict=True) if lasts >= REST]
    expected, last = [], False
    for at, high in resting:
        if high is not last:
            expected.append(Change(high, at))
            last = high
    assert [change for change in told if change.high is not None] == expected


@given(lasting=PULSES, looks=st.lists(st.integers(0, 20_000), max_size=20))
def test_it_does_not_matter_when_the_edges_are_looked_at(lasting: list[int], looks: list[int]) -> None:
    """What a busy loop sees late is the same as what an idle one sees at once, but for unrest."""
    often, rarely = at_low(), at_low()
    steps = [*((at, high) for at, high in edges(lasting)), *((at, None) for at in looks)]
    told = []
    for at, high in sorted(steps, key=lambda step: step[0]):
        told += often.settle(at) if high is None else often.feed(at, high=high)
    seen = [change for at, high in edges(lasting) for change in rarely.feed(at, high=high)]
    end = 100_000
    known = [change for change in (*told, *often.settle(end)) if change.high is not None]
    assert known == [change for change in (*seen, *rarely.settle(end)) if change.high is not None]


def test_a_pin_that_does_not_come_to_rest_is_told_once_and_told_again_when_it_does() -> None:
    level, told = at_low(), []
    for number in range(600):
        told += level.feed(1_000 + 20 * number, high=number % 2 == 0)
    assert told == [Change(high=None, since=1_000)]
    assert level.restless
    assert level.told is None
    assert level.settle(20_000) == [Change(high=False, since=1_000 + 20 * 599)]
    assert not level.restless


def test_a_level_that_is_read_again_is_no_edge() -> None:
    level = at_low()
    level.feed(1_000, high=True)
    assert level.feed(1_040, high=True) == []
    assert level.settle(1_050) == [Change(high=True, since=1_000)]
