from hypothesis import given
from hypothesis import strategies as st

from devices.framing.ld24xx import HEADER, LENGTH, TAIL, Ld2450Frames

BODY = st.binary(min_size=24, max_size=24)
FRAME = BODY.map(lambda body: HEADER + body + TAIL)
GOOD = HEADER + bytes(range(24)) + TAIL


def test_a_frame_comes_when_its_last_byte_has() -> None:
    frames = Ld2450Frames()
    assert frames.feed(GOOD[:29]) == []
    assert frames.feed(GOOD[29:]) == [GOOD]


def test_a_frame_that_contains_a_header_stays_whole() -> None:
    frame = HEADER + b"\x01\x02" + HEADER + bytes(18) + TAIL
    assert Ld2450Frames().feed(frame + GOOD) == [frame, GOOD]


def test_a_wrong_tail_makes_one_bad_frame_and_the_next_is_good() -> None:
    frames, wrong = Ld2450Frames(), GOOD[:-2] + b"\x00\x00"
    assert frames.feed(wrong + GOOD) == [wrong, GOOD]
    assert (frames.good, frames.bad, frames.skipped) == (1, 1, 0)


def test_a_wrong_header_makes_one_bad_frame() -> None:
    frames, wrong = Ld2450Frames(), b"\x00" + GOOD[1:]
    assert frames.feed(GOOD + wrong + GOOD) == [GOOD, wrong, GOOD]
    assert (frames.good, frames.bad, frames.skipped) == (2, 1, 0)


def test_a_frame_that_lost_bytes_makes_one_bad_frame_and_the_next_is_good() -> None:
    frames, short = Ld2450Frames(), GOOD[:10] + GOOD[11:]
    assert frames.feed(short + GOOD) == [short, GOOD]
    assert (frames.good, frames.bad) == (1, 1)


def test_a_frame_with_a_byte_too_many_makes_one_bad_frame_and_the_next_is_good() -> None:
    frames, long = Ld2450Frames(), GOOD[:10] + b"\x99" + GOOD[10:]
    assert frames.feed(long + GOOD) == [long[:LENGTH], GOOD]
    assert (frames.good, frames.bad, frames.skipped) == (1, 1, 1)


def test_a_few_bytes_of_noise_are_skipped_and_no_frame() -> None:
    frames = Ld2450Frames()
    assert frames.feed(b"\xaa\xff\x01noise" + GOOD) == [GOOD]
    assert (frames.good, frames.bad, frames.skipped) == (1, 0, 8)


@given(st.lists(st.one_of(FRAME, st.binary(max_size=70))), st.data())
def test_any_split_of_the_bytes_gives_the_same_frames(pieces: list[bytes], draw: st.DataObject) -> None:
    data = b"".join(pieces)
    cuts = sorted(draw.draw(st.lists(st.integers(0, len(data)), max_size=8)))
    whole, split = Ld2450Frames(), Ld2450Frames()
    expected = whole.feed(data)
    found = [
        frame
        for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)
        for frame in split.feed(data[start:end])
    ]
    assert found == expected
    assert (split.good, split.bad, split.skipped) == (whole.good, whole.bad, whole.skipped)


@given(st.lists(st.tuples(st.binary(max_size=100).filter(lambda noise: 0xAA not in noise), FRAME)))
def test_every_good_frame_between_garbage_is_found(pieces: list[tuple[bytes, bytes]]) -> None:
    frames = Ld2450Frames()
    found = frames.feed(b"".join(noise + frame for noise, frame in pieces))
    assert [frame for frame in found if len(frame) == LENGTH and frame.startswith(HEADER)] == [f for _, f in pieces]
    assert frames.good == len(pieces)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, LENGTH - 1), st.integers(1, 255)), max_size=40))
def test_frames_sent_are_good_and_bad_ones_when_bytes_are_wrong(damage: list[tuple[bool, int, int]]) -> None:
    frames = Ld2450Frames()
    for damaged, where, by in damage:
        wrong = bytearray(GOOD)
        if damaged:
            wrong[where] ^= by
        frames.feed(bytes(wrong))
    frames.feed(GOOD)
    assert frames.good + frames.bad == len(damage) + 1
    assert frames.skipped == 0


@given(st.lists(st.binary(max_size=200)))
def test_what_is_kept_between_reads_never_grows(chunks: list[bytes]) -> None:
    frames = Ld2450Frames()
    for chunk in chunks:
        frames.feed(chunk)
        assert len(frames._buffer) + len(frames._stray) < 2 * LENGTH
