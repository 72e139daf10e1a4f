"""Simulated devices on serial lines."""

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sims.cast import Cast, Part
from firmware_sims.ld2450 import RadarPart, View
from firmware_sims.post import Broker
from firmware_sims.profile import steady
from firmware_sims.radar_frame import Target, damaged, frame
from firmware_sims.serial_counter import SerialCounterPart
from firmware_sims.street import HOUR, Street
from firmware_sims.terminal import Terminal
from firmware_sims.truth import Truth
from gateway.clock import SECOND, ScaledClock

START = 1_795_302_000 * SECOND
VENDOR = bytes.fromhex("AAFF0300 0E03B18610004001 0000000000000000 0000000000000000 55CC")


def a_street(people: float = 200.0) -> Street:
    return Street(100.0, steady(people), "Europe/Paris", seed=5, start=START - HOUR)


def test_the_vendors_example_frame_is_made_to_the_byte() -> None:
    assert frame([Target(x=-782, y=1713, speed=-16, resolution=320)]) == VENDOR


@given(st.lists(st.none() | st.builds(Target, *[st.integers(-9000, 9000)] * 3, st.just(320)), max_size=3))
def test_every_frame_has_thirty_bytes_with_head_and_tail(targets: list[Target | None]) -> None:
    made = frame(targets)
    assert (len(made), made[:4], made[-2:]) == (30, VENDOR[:4], VENDOR[-2:])


def test_a_damaged_frame_has_the_same_length_and_a_wrong_end() -> None:
    assert damaged(VENDOR)[:-2] == VENDOR[:-2]
    assert len(damaged(VENDOR)) == 30
    assert damaged(VENDOR)[-2:] != VENDOR[-2:]


def test_the_radar_shows_each_walker_from_entering_to_leaving_in_one_place() -> None:
    street = a_street()
    view = View(street, 40.0, 6.0, START)
    crossings = 0
    before: list[Target | None] = [None] * 3
    for number in range(36_000):
        now = view.targets(START + number * SECOND // 10)
        for then, target in zip(before, now, strict=True):
            if then is not None and target is not None and then.x == target.x:
                assert abs(target.y - then.y) == pytest.approx(abs(target.speed), abs=2)
                assert (target.y > then.y) == (target.speed > 0)
                crossings += (then.y <= 2000) != (target.y <= 2000)
        before = now
    # Nobody is overlooked at 200 people an hour, so every passage of the line 2 m ahead can be seen.
    assert crossings == len(street.passages(42.0, START, START + HOUR))


def test_more_than_three_people_are_shown_as_three() -> None:
    view = View(a_street(people=20_000.0), 40.0, 60.0, START)
    shown = view.targets(START + 60 * SECOND)
    assert len(shown) == 3
    assert None not in shown


def play(part: Part, link: Path, enough: Callable[[bytes], bool]) -> tuple[bytes, Truth]:
    """Play one serial device 600 times as fast, read until it is enough, stop it, and read the rest."""
    read = bytearray()

    async def listen(cast: Cast) -> None:
        loop, satisfied = asyncio.get_running_loop(), asyncio.Event()

        def take() -> None:
            read.extend(os.read(far, 4096))
            if enough(bytes(read)):
                satisfied.set()

        loop.add_reader(far, take)
        playing = asyncio.create_task(cast.run(), name="cast")
        await satisfied.wait()
        cast.stop()
        await cast.drained()
        playing.cancel()
        await asyncio.wait({playing})
        loop.remove_reader(far)

    with Cast(ScaledClock(START, 600.0), Broker("127.0.0.1"), "chalon", a_street(), [part]) as cast:
        far = os.open(link, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        asyncio.run(listen(cast))
        os.close(far)
    return bytes(read), cast.truth()


def test_a_serial_counter_writes_a_line_each_period_and_no_person_is_lost(tmp_path: Path) -> None:
    link = tmp_path / "counter"
    read, truth = play(SerialCounterPart("beam", 50.0, link), link, lambda seen: seen.count(b"\n") >= 5)
    messages = [json.loads(line) for line in read.splitlines()]
    assert [message["seq"] for message in messages] == list(range(truth.messages_sent))
    people = sum(message["pedestrians"]["in"] + message["pedestrians"]["out"] for message in messages)
    assert truth.people_sensed == {"beam": people}
    assert truth.last_numbers == {"beam": (messages[-1]["boot"], messages[-1]["seq"])}
    assert not link.exists()


def test_every_radar_frame_that_was_sent_arrives_the_damaged_ones_too(tmp_path: Path) -> None:
    link = tmp_path / "radar"
    part = RadarPart("radar", 40.0, link, damaged=frozenset({3, 10}))
    read, truth = play(part, link, lambda seen: len(seen) >= 30 * 600)
    frames = [read[start : start + 30] for start in range(0, len(read), 30)]
    assert truth.messages_sent == len(frames)
    assert [number for number, each in enumerate(frames) if each[-2:] != VENDOR[-2:]] == [3, 10]
    assert truth.of("radar").damaged == 2
    assert truth.of("radar").lost == 0


def test_what_does_not_fit_while_nobody_reads_is_dropped_whole_and_counted(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path / "line")
    terminal.open()
    # The kernel moves bytes on inside the line, so that now and then something fits again.
    sent = [number for number in range(100_000) if terminal.send(b"%06d\n" % number)]
    assert 0 < len(sent) < 100_000
    assert terminal.dropped == 100_000 - len(sent)
    far = os.open(terminal.link, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    read = bytearray()

    async def read_all() -> None:
        loop = asyncio.get_running_loop()
        loop.add_reader(far, lambda: read.extend(os.read(far, 4096)))
        await terminal.drained()
        loop.remove_reader(far)

    asyncio.run(read_all())
    os.close(far)
    terminal.close()
    assert read == b"".join(b"%06d\n" % number for number in sent)


def test_the_other_end_may_close_and_open_again(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path / "line")
    terminal.open()
    for number in range(3):
        far = os.open(terminal.link, os.O_RDWR | os.O_NOCTTY)
        assert terminal.send(b"%d" % number)
        assert os.read(far, 10) == b"%d" % number
        os.close(far)
    terminal.close()


def test_two_devices_of_one_name_are_refused(tmp_path: Path) -> None:
    parts = [RadarPart("one", 0.0, tmp_path / "a"), RadarPart("one", 5.0, tmp_path / "b")]
    with pytest.raises(ValueError, match="an id of its own"):
        Cast(ScaledClock(START, 1.0), Broker("127.0.0.1"), "chalon", a_street(), parts)
