"""What a sensor sees of a street does not depend on how often it is asked, and is what the street knows."""

from collections.abc import Callable, Mapping
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sims.ailment import Ailment, SensorFaults
from firmware_sims.breakage import Breakage, Fault, breakage
from firmware_sims.profile import steady
from firmware_sims.sight import Looks, Rounds, Sight, Steps, Watch
from firmware_sims.street import HOUR, Street
from gateway.clock import SECOND

START = 1_795_302_000 * SECOND
STREET = Street(100.0, steady(150), "UTC", seed=3, start=START - HOUR)
WATCHES: Mapping[str, Callable[[], Watch]] = {
    "rounds": lambda: Rounds(STREET, 40.0, 60 * SECOND),
    "steps": lambda: Steps(STREET, 40.0),
    "looks": lambda: Looks(STREET, 30.0, 50.0, 45 * SECOND),
}
instants = st.lists(st.integers(0, 3 * 3600 * SECOND), max_size=12).map(sorted)


def seen(watch: Watch, ask: list[int], until: int) -> list[Sight]:
    """All that is seen when it is asked at these instants (ns from the start), and at the end."""
    sights = [watch.begin(START)]
    for at in ask:
        sights += watch.due(START + min(at, until))
    return sights + watch.due(START + until)


@pytest.mark.parametrize("name", sorted(WATCHES))
@settings(max_examples=20)
@given(ask=instants)
def test_asked_often_is_asked_rarely(name: str, ask: list[int]) -> None:
    until = 3 * 3600 * SECOND
    assert seen(WATCHES[name](), ask, until) == seen(WATCHES[name](), [], until)


@pytest.mark.parametrize("name", ["rounds", "steps"])
@given(until=st.integers(1, 3 * 3600 * 1000))
def test_everybody_is_seen_once_whenever_it_ends(name: str, until: int) -> None:
    watch, end = WATCHES[name](), START + until * SECOND // 1000
    watch.begin(START)
    sights = watch.finish(end)
    assert sum(sight.people for sight in sights) == len(STREET.passages(40.0, START, end))
    assert watch.finish(end) == []


def test_a_sensor_says_the_same_again_after_its_time() -> None:
    sights = seen(WATCHES["looks"](), [], HOUR)
    assert max(after.at - before.at for before, after in pairwise(sights)) == 45 * SECOND


def test_what_is_to_be_next_is_never_in_the_past() -> None:
    for make in WATCHES.values():
        watch = make()
        watch.begin(START)
        for number in range(200):
            now = START + number * 7 * SECOND
            watch.due(now)
            assert watch.next > now


def test_faults_of_sensors_and_lamps_are_written_alike() -> None:
    assert SensorFaults.read("silent@90") == Breakage(Ailment.SILENT, 90 * SECOND)
    assert SensorFaults.read("1970") == Breakage(Ailment.LONG_AGO)
    assert breakage("silent") == Breakage(Fault.MUTE)
    assert breakage("flapping@1") == Breakage(Fault.CYCLING, SECOND)
    with pytest.raises(ValueError, match="KIND one of ok, silent, flapping, stuck, noisy, restarting, 1970, ahead"):
        SensorFaults.read("tired@3")


def test_a_round_of_no_length_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1000000 ns"):
        Rounds(STREET, 40.0, 1)
