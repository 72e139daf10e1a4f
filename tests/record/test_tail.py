from hypothesis import given
from hypothesis import strategies as st

from devices.light import LightState
from devices.reading import Quantity, Reading
from gateway.record.entry import Entry
from gateway.record.history import readings
from gateway.record.tail import Tail
from tests.record.builders import LAMP, MILLISECOND, START, WEST, count


def settled(tail: Tail, *items: Reading | LightState) -> list[int]:
    learned, _ = tail.settle(Entry(START, items), 1)
    return [item.time - START for item in learned if isinstance(item, Reading | LightState)]


def empty() -> Tail:
    return Tail({}, lambda series, time: False, 0)  # noqa: ARG005 - a history that has nothing


def test_a_time_goes_up_to_the_next_millisecond_so_that_a_count_stays_in_its_period() -> None:
    assert settled(empty(), count(1, START + 1)) == [MILLISECOND]
    assert settled(empty(), count(1, START + MILLISECOND)) == [MILLISECOND]


def test_a_clash_in_one_series_takes_the_next_free_millisecond() -> None:
    tail = empty()
    other = Reading(WEST, Quantity.PEDESTRIANS, 1, START, "out")
    assert settled(tail, count(1, START), count(2, START), other) == [0, MILLISECOND, 0]
    assert settled(tail, count(3, START)) == [2 * MILLISECOND]


def test_a_late_reading_takes_its_own_time_if_that_is_free() -> None:
    tail = Tail({(WEST, "pedestrians", ""): START // MILLISECOND + 9}, lambda _, time: time == START // MILLISECOND, 0)
    assert settled(tail, count(1, START), count(2, START + 5 * MILLISECOND)) == [MILLISECOND, 5 * MILLISECOND]


def test_a_lamps_state_gives_way_in_all_its_series_at_once() -> None:
    tail = empty()
    assert settled(tail, Reading(LAMP, Quantity.POWER, 9.0, START)) == [0]
    assert settled(tail, LightState(LAMP, 50.0, START, power=9.5)) == [MILLISECOND]
    assert settled(tail, Reading(LAMP, Quantity.LEVEL, 50.0, START)) == [0]


def test_a_device_whose_clock_stands_still_costs_no_walk_past_its_earlier_readings() -> None:
    asked = 0

    def stored(_: object, time: int) -> bool:
        nonlocal asked
        asked += 1
        return time <= START // MILLISECOND + 1000

    tail = Tail({(WEST, "pedestrians", ""): START // MILLISECOND + 1000}, stored, 0)
    for _ in range(100):
        settled(tail, count(1, START))
    assert asked < 1200


@given(st.lists(st.tuples(st.sampled_from([count(1, START), LightState(LAMP, 1, START, power=2)]), st.integers(0, 5))))
def test_every_reading_has_its_own_millisecond_and_settling_again_changes_nothing(
    items: list[tuple[Reading | LightState, int]],
) -> None:
    tail, again = empty(), empty()
    seen = set[tuple[str, str, str, int]]()
    for seq, (item, offset) in enumerate(items):
        time = START + offset * MILLISECOND // 2
        moved = type(item)(**{name: getattr(item, name) for name in item.__slots__} | {"time": time})
        entry = Entry(START, tail.settle(Entry(START, (moved,)), seq)[0])
        assert again.settle(entry, seq)[0] == entry.learned
        for reading in readings(entry):
            key = (reading.device, reading.quantity.value, reading.channel, reading.time)
            assert reading.time % MILLISECOND == 0
            assert reading.time >= time
            assert key not in seen
            seen.add(key)


def test_what_no_table_can_hold_is_left_to_the_ledger() -> None:
    tail = empty()
    odd = [count(float("nan"), START), count(float("inf"), START), count(1, 2**63), count(1, -(2**70))]
    assert settled(tail, *odd) == [item.time - START for item in odd]
    assert not tail.size
