"""What the benchmark of sensor health measures with: hindsight, the words of a motion sensor, tables of counts."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks.counts import EXTRACT, read
from benchmarks.judged import Trial, counting
from benchmarks.outages import outages
from benchmarks.presence import AGAIN, seen
from devices.device import DeviceId
from tests.lighting.street import HOUR, SECOND

DEAD = DeviceId("107 Quay Street")
MOTION = DeviceId("motion-1")


def test_hindsight_finds_the_counter_that_died_and_no_other_that_was_out_for_hours() -> None:
    counts = read(EXTRACT)
    found = [outage for outage in outages(counts) if outage.end - outage.start >= 3 * HOUR]
    assert {outage.sensor for outage in found} == {DEAD}
    last = found[-1]
    died = datetime(2019, 4, 1, 6, tzinfo=ZoneInfo("Pacific/Auckland")).timestamp()
    assert (last.start, last.end) == (int(died) * SECOND, counts.hours[-1][0])


def test_a_trial_says_since_when_and_for_how_long_a_sensor_was_not_believed() -> None:
    counts = read(EXTRACT)
    (accused,) = Trial([DEAD], (), counts.zone).hear(counting(counts, [DEAD])).accusations
    assert (accused.sensor, accused.cause, accused.until) == (DEAD, "zeros", counts.hours[-1][0])
    assert (accused.until - accused.since) // HOUR == 90


def test_a_motion_sensor_says_on_until_nobody_has_passed_for_its_hold_and_repeats_itself() -> None:
    passing = [1000, 1010, 1035, 2000]
    words = [(at // SECOND, word.value) for at, word in seen(MOTION, iter(at * SECOND for at in passing), 30 * SECOND)]
    again = AGAIN // SECOND
    quiet = [(1065 + again * number, 0) for number in range(1, 4)]
    assert words == [(1000, 1), (1065, 0), *quiet, (2000, 1)]


def test_hours_by_the_streets_clock_are_told_apart_where_one_comes_twice(tmp_path: Path) -> None:
    file = tmp_path / "counts.csv"
    hours = ["2023-04-02 01:00:00", "2023-04-02 02:00:00", "2023-04-02 02:00:00", "2023-04-02 03:00:00"]
    rows = [f"{hour},{number}," for number, hour in enumerate(hours)]
    file.write_text("\n".join(["local_time_Pacific_Auckland,west,east", *rows]) + "\n")
    counts = read(file)
    assert [later - at for (at, _), (later, _) in zip(counts.hours, counts.hours[1:], strict=False)] == [HOUR] * 3
    assert [said for _, said in counts.hours] == [{"west": number} for number in range(4)]
    assert read(_written(tmp_path / "other.csv", "Address,Latitude\n")).hours == ()


def _written(file: Path, text: str) -> Path:
    file.write_text(text)
    return file
