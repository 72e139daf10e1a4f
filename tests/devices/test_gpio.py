"""What hangs on pins: presence, breaks of a beam that are people and those that are none, and orders to lamps."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.convention import Convention, Heard, hear
from devices.conventions.gpio import BLOCKED, REPEAT
from devices.light import LightState
from devices.message import SECOND, Message
from devices.reading import Quantity, Reading
from tests.devices.speech import NOON, command, convention, lamp, message, online, refused, said, sensor

PIR = sensor("gpio", "GPIO17", measures=("presence",), active="high", heartbeat=60 * SECOND)
BEAM = sensor("gpio", "GPIO17", measures=("pedestrians",), active="high", heartbeat=60 * SECOND)
BOTH = sensor("gpio", "GPIO17", measures=("pedestrians", "presence"), active="high", heartbeat=None)
LAMP = lamp("gpio", "GPIO18")


def told(device: object, words: Iterable[tuple[float, str]]) -> list[list[Heard]]:
    """What a sensor's pin means by words, each so many seconds after noon."""
    spoken = convention(device)  # type: ignore[arg-type]
    return [hear(spoken, message("GPIO17", word, time=NOON + round(at * SECOND))) for at, word in words]


def counts(items: Iterable[Sequence[Heard]]) -> list[tuple[float, int]]:
    """The people that were counted, and when."""
    readings = (item for some in items for item in some if isinstance(item, Reading))
    return [(item.value, item.time) for item in readings if item.quantity is Quantity.PEDESTRIANS and item.value]


def test_a_high_pin_is_somebody_since_its_edge_and_a_low_one_nobody() -> None:
    came, went = told(PIR, [(0, "high 52ms"), (9, "low 50ms")])
    assert came == [Reading(PIR.id, Quantity.PRESENCE, 1, NOON - 52_000_000)]
    assert went == [Reading(PIR.id, Quantity.PRESENCE, 0, NOON + 9 * SECOND - 50_000_000)]


def test_a_sensor_that_is_active_low_is_read_the_other_way_round() -> None:
    low = sensor("gpio", "GPIO17", measures=("presence",), active="low")
    came, went = told(low, [(0, "low"), (9, "high")])
    assert (said(came), said(went)) == ({("presence", "", 1)}, {("presence", "", 0)})


def test_somebody_who_stays_is_said_again_and_nobody_twice_a_heartbeat() -> None:
    looks = [(0.0, "low"), *((10.0 * n, "low") for n in range(1, 7)), *((10.0 * n, "high") for n in range(7, 13))]
    when = [at for (at, _), items in zip(looks, told(PIR, looks), strict=True) if items]
    assert when == [0, 30, 60, 70, 90, 110]
    assert REPEAT == 20 * SECOND


def test_without_a_heartbeat_nothing_is_said_while_nobody_is_there() -> None:
    looks = [(10.0 * n, "low") for n in range(100)]
    assert [bool(items) for items in told(BOTH, looks)] == [True] + [False] * 99


def test_a_broken_beam_is_one_pedestrian_when_it_is_whole_again_at_the_time_of_the_break() -> None:
    heard = told(BEAM, [(0, "low"), (5, "high 50ms"), (5.3, "low 50ms"), (10, "low")])
    assert counts(heard[:2]) == []
    assert counts(heard) == [(1, NOON + 5 * SECOND - 50_000_000)]


def test_a_beam_that_says_presence_too_says_it_at_once() -> None:
    heard = told(BOTH, [(0, "low"), (5, "high"), (5.3, "low")])
    assert [said(items) for items in heard] == [
        {("presence", "", 0)},
        {("presence", "", 1)},
        {("presence", "", 0), ("pedestrians", "", 1)},
    ]


@pytest.mark.parametrize("device", [BEAM, BOTH])
def test_a_cut_wire_counts_nobody_and_the_sensor_is_offline_until_it_is_mended(device: object) -> None:
    looks = [
        (0.0, "low"),
        *((5.0 + 10 * n, "high") for n in range(20)),
        (300.0, "low"),
        (301.0, "high"),
        (302.0, "low"),
    ]
    heard = told(device, looks)
    assert [word for items in heard[:21] for word in online(items)] == [False], "once"
    assert online(heard[4]) == [False], f"{BLOCKED / SECOND} s after it was cut"
    assert online(heard[21]) == [True]
    assert counts(heard) == [(1, NOON + 301 * SECOND)]


def test_a_beam_that_is_broken_from_the_start_counts_nobody() -> None:
    assert counts(told(BEAM, [(0, "high"), (1, "low")])) == []


def test_a_beam_that_does_not_come_to_rest_counts_nobody_and_may_be_somebody() -> None:
    heard = told(BOTH, [(0, "low"), (5, "restless"), (15, "restless"), (20, "low"), (21, "high"), (22, "low")])
    assert said(heard[1]) == {("presence", "", 1)}
    assert [online(items) for items in heard] == [[], [False], [], [True], [], []]
    assert counts(heard) == [(1, NOON + 21 * SECOND)]


def test_a_motion_sensor_that_does_not_come_to_rest_is_somebody() -> None:
    assert said(told(PIR, [(0, "low"), (5, "restless")])[1]) == {("presence", "", 1)}


@pytest.mark.parametrize("device", [PIR, BEAM, BOTH])
def test_a_pin_that_is_lost_is_a_sensor_that_is_offline_and_back_with_its_first_word(device: object) -> None:
    heard = told(device, [(0, "low"), (1, "lost"), (2, "low"), (3, "low")])
    assert [online(items) for items in heard] == [[], [False], [True], []]


def test_who_broke_the_beam_while_its_pin_was_lost_is_not_counted() -> None:
    assert counts(told(BEAM, [(0, "low"), (1, "lost"), (2, "high"), (3, "low")])) == []


def reloaded(before: Convention, **options: object) -> Convention:
    """The convention after a reload that changed the label of the beam and these of its options."""
    after = convention(replace(BEAM, label="C1-B4", options={**BEAM.options, **options}))
    after.inherit(before)  # type: ignore[attr-defined]
    return after


def spoken(before: Convention, words: Iterable[tuple[float, str]]) -> list[list[Heard]]:
    return [hear(before, message("GPIO17", word, time=NOON + round(at * SECOND))) for at, word in words]


def test_a_break_goes_on_through_a_reload_and_is_one_pedestrian() -> None:
    before = convention(BEAM)
    spoken(before, [(0, "low"), (5, "high")])
    heard = spoken(reloaded(before), [(5.3, "low"), (10, "low")])
    assert counts(heard) == [(1, NOON + 5 * SECOND)]


def test_a_beam_that_was_blocked_before_a_reload_is_online_when_it_is_whole() -> None:
    before = convention(BEAM)
    blocked = spoken(before, [(0, "low"), (5, "high"), (40, "high")])
    assert online(blocked[2]) == [False]
    heard = spoken(reloaded(before), [(50, "high"), (60, "low")])
    assert [online(items) for items in heard] == [[], [True]]
    assert counts(heard) == []


@pytest.mark.parametrize("changed", [{"active": "low"}, {"measures": ("presence",)}])
def test_a_pin_that_means_something_else_after_a_reload_is_read_anew(changed: dict[str, object]) -> None:
    before = convention(BEAM)
    spoken(before, [(0, "low"), (5, "high")])
    assert counts(spoken(reloaded(before, **changed), [(6, "high"), (7, "low")])) == []


def test_a_counter_that_counts_nobody_says_so_with_its_period() -> None:
    heard = told(BEAM, [(10.0 * n, "low") for n in range(7)])
    zeros = [(item.value, item.time - NOON, item.period) for items in heard for item in items if type(item) is Reading]
    assert zeros == [(0, 0, None), (0, 30 * SECOND, 30 * SECOND), (0, 60 * SECOND, 30 * SECOND)]


@given(breaks=st.lists(st.tuples(st.integers(1, 60_000), st.integers(1, 60_000)), max_size=20))
def test_each_break_is_counted_once_unless_it_is_too_long(breaks: list[tuple[int, int]]) -> None:
    spoken, now = convention(BEAM), NOON
    hear(spoken, message("GPIO17", "low", time=now))
    people = 0
    for whole, broken in breaks:
        for wait, word in ((whole, "high"), (broken, "low")):
            now += wait * 1_000_000
            heard = hear(spoken, message("GPIO17", word, time=now))
            people += len(counts([heard]))
    assert people == sum(broken * 1_000_000 < BLOCKED for _, broken in breaks)


def test_an_order_names_the_pin_and_says_all_of_it() -> None:
    (order,) = convention(LAMP).encode(command(40, ramp=2.5))
    assert order == Message("GPIO18", b'{"level": 40, "ramp": 2.5, "id": "c-1", "valid_for": 180.0}')
    with pytest.raises(KeyError):
        convention(PIR).encode(command(40))


def test_a_lamp_says_what_was_written_whose_order_that_follows_and_when_it_can_be_told() -> None:
    spoken = convention(LAMP)
    (state,) = hear(spoken, message("GPIO18", '{"level": 12.5, "target": 40, "id": "c-1"}'))
    assert state == LightState(LAMP.id, 12.5, NOON, target=40, confirms="c-1")
    assert [online(hear(spoken, message("GPIO18", word))) for word in ("held", "lost")] == [[True], [False]]


@pytest.mark.parametrize("word", ["", "open", "high 5s", "high -5ms", "low low", "HIGH"])
def test_what_is_no_word_of_a_pin_is_refused(word: str) -> None:
    (complaint,) = refused(hear(convention(PIR), message("GPIO17", word)))
    assert "high, low, restless or lost" in complaint


@pytest.mark.parametrize("said_", ['{"level": 101}', '{"target": 4}', "[]", '{"level": 4, "target": "x"}'])
def test_what_is_no_state_of_a_lamp_is_refused(said_: str) -> None:
    assert refused(hear(convention(LAMP), message("GPIO18", said_)))
