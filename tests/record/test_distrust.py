"""A verdict marks what a sensor said while it was not believed, and what it had said before that was found out."""

from hypothesis import given
from hypothesis import strategies as st

from devices.device import DeviceId
from devices.reading import Quality, Quantity, Reading
from gateway.record.distrust import Distrust

MS = 1_000_000
WEST, EAST = DeviceId("west"), DeviceId("east")


def count(at: int, device: DeviceId = WEST) -> Reading:
    return Reading(device, Quantity.PEDESTRIANS, 0, at * MS)


def verdict(at: int, value: float, back: int | None = None) -> Reading:
    return Reading(WEST, Quantity.TRUST, value, at * MS, "zeros", None if back is None else back * MS)


def marked(verdicts: list[Reading], readings: list[Reading]) -> list[int]:
    out = Distrust(verdicts).mark(readings)
    return [reading.time // MS for reading in out if reading.quality & Quality.DISTRUSTED]


def test_a_late_verdict_marks_history_from_behind_its_begin_until_the_sensor_is_believed_again() -> None:
    verdicts = [verdict(1, 1), verdict(50, 0, back=20), verdict(80, 1)]
    assert marked(verdicts, [count(at) for at in (10, 30, 31, 50, 79, 80, 90)]) == [31, 50, 79]


def test_a_sensor_that_hung_or_flapped_is_not_believed_from_the_very_word_with_which_that_began() -> None:
    for cause in ("stuck", "flapping"):
        said = [Reading(WEST, Quantity.PRESENCE, 1, at * MS) for at in (29, 30, 31, 50)]
        # The verdict came some time after a millisecond began, and the history rounds up.
        late = Reading(WEST, Quantity.TRUST, 0, 51 * MS, cause, 21 * MS - 400_000)
        assert marked([late], said) == [30, 31, 50]


def test_a_verdict_without_a_begin_marks_what_it_was_made_of() -> None:
    assert marked([verdict(50, 0)], [count(at) for at in (49, 50, 1000)]) == [50, 1000]


def test_other_sensors_and_the_verdicts_themselves_are_not_marked() -> None:
    verdicts = [verdict(50, 0, back=20)]
    assert marked(verdicts, [count(60, EAST), *verdicts]) == []


@given(
    st.lists(st.tuples(st.integers(1, 9), st.booleans(), st.one_of(st.none(), st.integers(1, 40))), max_size=12),
    st.lists(st.integers(0, 130), max_size=20),
)
def test_it_marks_what_any_of_the_verdicts_covers(gaps: list[tuple[int, bool, int | None]], times: list[int]) -> None:
    at, verdicts = 50, []
    for gap, trust, back in gaps:
        at += gap
        verdicts.append(verdict(at, trust, None if trust else back))
    stretches = []
    for number, item in enumerate(verdicts):
        if not item.value:
            end = next((later.time for later in verdicts[number:] if later.value), 10**18)
            stretches.append((item.time - (item.period or 1), end))
    expected = [at for at in times if any(start < at * MS < end for start, end in stretches)]
    assert marked(verdicts, [count(at) for at in times]) == expected
