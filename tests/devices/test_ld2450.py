import struct
from collections.abc import Iterable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.convention import Convention, Heard, Rejected, find, hear
from devices.conventions.ld2450.frame import Target, targets
from devices.device import Device, DeviceId, Kind
from devices.message import SECOND, Message
from devices.reading import Quality, Quantity, Reading

VENDOR = bytes.fromhex("AAFF0300 0E03B18610004001 0000000000000000 0000000000000000 55CC")
FRAME = SECOND // 10
START = 1_795_302_000 * SECOND


def radar() -> Convention:
    options = {"count_line": 2.0, "heartbeat": 5 * SECOND}
    return find("ld2450")(
        "chalon", [Device(DeviceId("yard"), Kind.SENSOR, "serial:radar", "ld2450", "/dev/radar", "", options)]
    )


def frame(*people: tuple[float, float]) -> bytes:
    """Build a frame from positions in metres, in the tests' own words."""
    body = b"".join(struct.pack("<HHHH", raw(x), raw(y), raw(0.1), 320) for x, y in people)
    return b"\xaa\xff\x03\x00" + body.ljust(24, b"\0") + b"\x55\xcc"


def raw(metres: float) -> int:
    millimetres = round(metres * 1000)
    return 0x8000 + millimetres if millimetres >= 0 else -millimetres


def play(convention: Convention, frames: Iterable[bytes], start: int = START) -> list[Heard]:
    return [
        item
        for number, payload in enumerate(frames)
        for item in hear(convention, Message("/dev/radar", payload, start + number * FRAME))
    ]


def crossings(heard: list[Heard]) -> list[str]:
    return [i.channel for i in heard if isinstance(i, Reading) and i.quantity is Quantity.PEDESTRIANS]


def occupancies(heard: list[Heard]) -> list[float]:
    return [i.value for i in heard if isinstance(i, Reading) and i.quantity is Quantity.OCCUPANCY]


def walk(start: float, end: float, speed: float = 1.4, x: float = 0.5) -> list[tuple[float, float]]:
    steps = round(abs(end - start) / speed * 10)
    return [(x, start + (end - start) * step / steps) for step in range(steps + 1)]


def test_the_vendor_s_own_frame_is_read_with_the_vendor_s_signs() -> None:
    assert targets(VENDOR) == [Target(x=-782, y=1713, speed=-16)]


@pytest.mark.parametrize("wrong", [b"", VENDOR[:-1], VENDOR + b"\0", VENDOR[:-2] + b"\0\0", b"\0" + VENDOR[1:]])
def test_what_is_no_frame_is_refused(wrong: bytes) -> None:
    (only,) = play(radar(), [wrong])
    assert isinstance(only, Rejected)


def test_a_target_beyond_the_radar_s_reach_is_a_damaged_frame() -> None:
    (only,) = play(radar(), [frame((0.0, 30.0))])
    assert isinstance(only, Rejected)


def test_occupancy_is_said_on_change_and_twice_a_heartbeat() -> None:
    one, two = frame((0, 3)), frame((0, 3), (1, 4))
    heard = play(radar(), [frame()] * 10 + [one] * 10 + [two] * 60 + [frame()])
    assert occupancies(heard) == [0, 1, 2, 2, 2, 0]


@pytest.mark.parametrize(("start", "end", "way"), [(6.0, 0.5, "in"), (0.5, 6.0, "out")])
def test_who_walks_over_the_line_is_one_pedestrian_in_their_direction(start: float, end: float, way: str) -> None:
    heard = play(radar(), [frame(at) for at in walk(start, end)])
    (count,) = [item for item in heard if isinstance(item, Reading) and item.quantity is Quantity.PEDESTRIANS]
    assert (count.value, count.channel, count.period, count.quality) == (1.0, way, FRAME, Quality.ESTIMATED)


@pytest.mark.parametrize(("start", "end", "speed"), [(6.0, 0.5, -1.4), (0.5, 6.0, 1.4), (0.5, 6.0, 2.5)])
def test_who_crosses_the_line_has_a_speed_above_0_if_they_go_away(start: float, end: float, speed: float) -> None:
    heard = play(radar(), [frame(at) for at in walk(start, end, abs(speed))])
    (said,) = [item for item in heard if isinstance(item, Reading) and item.quantity is Quantity.SPEED]
    assert said.value == pytest.approx(speed, abs=0.1)
    assert said.channel == ("out" if speed > 0 else "in")


def test_who_turns_back_before_the_line_is_nobody() -> None:
    assert crossings(play(radar(), [frame(at) for at in walk(6.0, 2.3) + walk(2.3, 6.0)])) == []


@given(st.lists(st.floats(-0.19, 0.19), min_size=1, max_size=100))
def test_who_stands_on_the_line_is_not_counted_again_and_again(sway: list[float]) -> None:
    frames = [frame(at) for at in walk(4.0, 2.0)] + [frame((0.5, 2.0 + by)) for by in sway]
    assert len(crossings(play(radar(), frames + [frame(at) for at in walk(2.0, 0.5)]))) == 1


WALKER = st.tuples(st.booleans(), st.floats(0.8, 2.0), st.floats(-1.5, 1.5), st.integers(1, 40))


@given(st.lists(WALKER, min_size=1, max_size=6), st.integers())
def test_walkers_one_at_a_time_are_counted_exactly_though_frames_are_noisy_and_some_are_damaged(
    walkers: list[tuple[bool, float, float, int]], seed: int
) -> None:
    random = Random(seed)
    frames: list[bytes] = []
    for away, speed, x, gap in walkers:
        for at_x, at_y in walk(*((0.0, 6.0) if away else (6.0, 0.0)), speed, x):
            good = frame((at_x + random.uniform(-0.05, 0.05), max(0.0, at_y + random.uniform(-0.05, 0.05))))
            frames.append(good[:-2] + b"\0\0" if random.random() < 0.1 else good)
        frames += [frame()] * gap
    assert crossings(play(radar(), frames)) == ["out" if away else "in" for away, *_ in walkers]


def test_two_who_pass_each_other_are_one_in_and_one_out() -> None:
    frames = [frame(a, b) for a, b in zip(walk(6.0, 0.5, x=-0.8), walk(0.5, 6.0, x=0.8), strict=True)]
    assert sorted(crossings(play(radar(), frames))) == ["in", "out"]


def test_two_who_walk_side_by_side_are_two() -> None:
    frames = [frame(a, b) for a, b in zip(walk(6.0, 0.5, x=-0.5), walk(6.0, 0.5, x=0.5), strict=True)]
    assert crossings(play(radar(), frames)) == ["in", "in"]


def test_a_walker_is_followed_though_the_radar_loses_them_for_half_a_second() -> None:
    seen = [frame(at) for at in walk(6.0, 0.5)]
    seen[25:30] = [frame()] * 5
    assert crossings(play(radar(), seen)) == ["in"]


def test_after_a_pause_of_the_line_nobody_is_the_same() -> None:
    yard = radar()
    before = play(yard, [frame((0.5, 3.0))] * 5)
    after = play(yard, [frame((0.5, 1.5))] * 5, START + 20 * SECOND)
    assert crossings(before + after) == []
