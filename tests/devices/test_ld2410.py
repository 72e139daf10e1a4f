"""The LD2410's frames and what they say: presence by the state alone, and never how many."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.convention import Convention, Heard, Rejected, hear
from devices.device import Device, DeviceId, Kind
from devices.framing import FRAMINGS
from devices.framing.ld2410 import LONGEST
from devices.message import SECOND, Message
from devices.reading import Quantity, Reading
from tests.devices.examples import LD2410
from tests.devices.framed import ld2410
from tests.devices.speech import NOON, convention, refused, said

STILL = bytes.fromhex("F4F3F2F1 0D00 02AA 02 5100 00 0000 3B 0000 5500 F8F7F6F5")
BOTH = bytes.fromhex(
    "F4F3F2F1 2300 01AA 03 1E00 3C 0000 39 0000 08 08 3C2205030304030605 00003910130606 0804 60 01 5500 F8F7F6F5"
)
ANSWER = bytes.fromhex("FDFCFBFA 0800 FF01 0000 0100 4000 04030201")
NOBODY, SOMEBODY = ld2410(0, 452, 477, 467), ld2410(1, 120, 0, 90)
FRAME = st.sampled_from((STILL, BOTH, ANSWER, NOBODY, SOMEBODY))
HEADS = (0xF4, 0xFD)


def heard(frame: bytes) -> list[Heard]:
    return hear(convention(LD2410), Message("/dev/x", frame, NOON))


def play(radar: Convention, *frames: tuple[float, bytes]) -> list[tuple[float, str, str, float]]:
    """What is said, and when: seconds, quantity, channel, value."""
    items = [item for at, data in frames for item in hear(radar, Message("/dev/x", data, NOON + round(at * SECOND)))]
    return [
        ((item.time - NOON) / SECOND, item.quantity.value, item.channel, item.value)
        for item in items
        if isinstance(item, Reading)
    ]


# ---------------------------------------------------------------------------------------------------------- the frames
def test_the_maker_s_own_frames_of_both_modes() -> None:
    assert said(heard(STILL)) == {("presence", "", 1.0)}
    assert said(heard(BOTH)) == {("presence", "", 1.0), ("distance", "moving", 0.3)}


@pytest.mark.parametrize(
    ("frame", "means"),
    [
        (ld2410(1, 120, 300, 90), {("presence", "", 1.0), ("distance", "", 0.9), ("distance", "moving", 1.2)}),
        (ld2410(2, 120, 300, 290), {("presence", "", 1.0), ("distance", "", 2.9), ("distance", "still", 3.0)}),
        (NOBODY, {("presence", "", 0.0)}),
        (ld2410(0, 60_000, 60_000, 60_000), {("presence", "", 0.0)}),
        (ANSWER, set()),
        *((ld2410(state, 100, 100, 100), set()) for state in (4, 5, 6)),
    ],
)
def test_presence_is_the_state_and_distances_are_those_of_who_is_there(
    frame: bytes, means: set[tuple[str, str, float]]
) -> None:
    items = heard(frame)
    assert said(items) == means
    assert not refused(items)


@pytest.mark.parametrize(
    ("frame", "complaint"),
    [
        (ld2410(7), "a state from 0 to 6, found 7"),
        (ld2410(1, 1001), "a distance within 1000 cm, found 1001 cm"),
        (ld2410(1, 100, energy=101), "energies of 100 at most"),
        (STILL[:-1], "found F4 F3 F2 F1 0D 00 02 AA ... of 22 bytes"),
        (STILL.replace(b"\x55\x00", b"\x55\x01"), "F4 F3 F2 F1"),
        (STILL.replace(b"\x02\xaa", b"\x01\xaa"), "F4 F3 F2 F1"),
        (BOTH.replace(b"\x01\xaa", b"\x01\xab"), "F4 F3 F2 F1"),
        (bytes.fromhex("fdfcfbfa0000"), "F4 F3 F2 F1"),
        (b"", "F4 F3 F2 F1"),
    ],
)
def test_a_damaged_frame_is_refused(frame: bytes, complaint: str) -> None:
    (why,) = refused(heard(frame))
    assert complaint in why


@given(st.integers(0, 22), st.integers(1, 255))
def test_no_damage_makes_it_count(at: int, by: int) -> None:
    wrong = bytearray(SOMEBODY)
    wrong[at] ^= by
    quantities = {item.quantity for item in heard(bytes(wrong)) if isinstance(item, Reading)}
    assert quantities <= {Quantity.PRESENCE, Quantity.DISTANCE}


def test_a_port_that_is_not_its_own_is_refused() -> None:
    (item,) = hear(convention(LD2410), Message("/dev/y", STILL, NOON))
    assert isinstance(item, Rejected)


# ------------------------------------------------------------------------------------------------------ when it speaks
def test_coming_and_going_are_said_at_once_and_the_rest_twice_a_heartbeat() -> None:
    radar = convention(LD2410)
    frames = [(number / 10, SOMEBODY if 20 <= number < 60 else NOBODY) for number in range(80)]
    spoken = [(at, value) for at, quantity, _, value in play(radar, *frames) if quantity == "presence"]
    assert spoken == [(0.0, 0.0), (2.0, 1.0), (4.5, 1.0), (6.0, 0.0)]


def test_who_stops_is_still_there_and_is_said_at_most_once_a_second() -> None:
    radar = convention(LD2410)
    frames = [(number / 10, ld2410(1 + number % 2, 200, 200, 200)) for number in range(26)]
    spoken = play(radar, *frames)
    assert [(at, value) for at, quantity, _, value in spoken if quantity == "presence"] == [
        (0.0, 1.0),
        (1.1, 1.0),
        (2.2, 1.0),
    ]


def test_a_clock_that_is_set_back_silences_nobody() -> None:
    assert len(play(convention(LD2410), (100, NOBODY), (0, NOBODY))) == 2


def test_without_a_heartbeat_it_repeats_itself_all_the_same() -> None:
    radar = convention(Device(DeviceId("sensor"), Kind.SENSOR, "serial:/dev/x", "ld2410", "/dev/x"))
    assert len(play(radar, (0, NOBODY), (2.4, NOBODY), (2.5, NOBODY))) == 2


# ---------------------------------------------------------------------------------------------------------- the stream
def counts(data: bytes) -> tuple[list[bytes], tuple[int, int, int]]:
    framer = FRAMINGS["ld2410"]()
    frames = framer.feed(data) + framer.end()
    return frames, (framer.good, framer.bad, framer.skipped)


def test_garbage_before_and_after_is_skipped() -> None:
    assert counts(b"\x01\x02" + STILL + BOTH + b"\x03" + ANSWER + b"\xf4\xf3") == (
        [STILL, BOTH, ANSWER],
        (3, 0, 5),
    )


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(STILL[:-1] + b"\0", id="end"),
        pytest.param(b"\0" + STILL[1:], id="header"),
        pytest.param(STILL.replace(b"\x0d\0", b"\x23\0", 1), id="length of the other mode"),
        pytest.param(STILL.replace(b"\x0d\0", b"\xff\xff", 1), id="length"),
        pytest.param(STILL.replace(b"\xaa", b"\xab"), id="mark"),
        pytest.param(STILL[:10] + STILL[11:], id="a byte lost"),
        pytest.param(STILL[:10] + b"\x99" + STILL[10:], id="a byte too many"),
        pytest.param(STILL[:8], id="only begun"),
        pytest.param(BOTH[:-20], id="half lost"),
    ],
)
def test_a_damaged_frame_is_one_bad_frame_and_costs_no_other(wrong: bytes) -> None:
    frames, counted = counts(STILL + wrong + BOTH + STILL)
    assert frames == [STILL, wrong, BOTH, STILL]
    assert counted == (3, 1, 0)


@pytest.mark.parametrize("begun", ["f4f3f2f1ffff010203", "fdfcfbfa0000", "f4f3f2f10d0002ab02", "f4f3f2f10d0002aa02"])
def test_a_stream_that_ends_with_what_is_no_frame_has_a_bad_one(begun: str) -> None:
    data = bytes.fromhex(begun)
    assert counts(data) == ([data], (0, 1, 0))


def test_a_whole_frame_behind_a_longer_one_that_lost_its_end_is_found_when_the_stream_ends() -> None:
    assert counts(BOTH[:12] + STILL) == ([BOTH[:12], STILL], (1, 1, 0))


def test_each_frame_that_has_only_begun_when_the_stream_ends_is_a_bad_one() -> None:
    assert counts(BOTH[:12] + STILL[:9]) == ([BOTH[:12], STILL[:9]], (0, 2, 0))


@given(st.lists(st.tuples(st.binary(max_size=100).map(lambda noise: noise.translate(None, bytes(HEADS))), FRAME)))
def test_every_good_frame_between_garbage_is_found(pieces: list[tuple[bytes, bytes]]) -> None:
    frames, (good, _, _) = counts(b"".join(noise + frame for noise, frame in pieces))
    assert good == len(pieces)
    found = iter(frames)
    assert all(frame in found for _, frame in pieces)


@given(st.lists(st.binary(max_size=200)))
def test_what_is_kept_between_reads_never_grows(chunks: list[bytes]) -> None:
    framer = FRAMINGS["ld2410"]()
    for chunk in chunks:
        assert all(len(frame) <= LONGEST for frame in framer.feed(chunk))
        assert len(framer._buffer) + len(framer._stray) < 2 * LONGEST  # type: ignore[attr-defined]
