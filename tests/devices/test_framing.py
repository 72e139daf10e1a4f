"""What holds for the framers of every framing, and what each delimited one is in particular."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.convention import NAMES, ON_LINES, Heard, Rejected, hear
from devices.device import Device, DeviceId, Kind
from devices.framing import FRAMINGS, SPOKEN
from devices.framing.delimited import LONGEST
from devices.message import Message
from tests.devices.framed import FRAMED, cobs, crc16, nmea, slip
from tests.devices.speech import NOON, convention

DELIMITED: dict[str, Callable[[bytes], bytes]] = {"nmea": nmea, "slip": slip, "cobs": cobs}
GARBAGE = {"nmea": b"$*\n", "slip": b"\xc0\xdb\xdc", "cobs": b"\0\1", "lines": b"\n\r"}
PAYLOAD = st.binary(min_size=1, max_size=600)


def payloads(name: str) -> st.SearchStrategy[bytes]:
    """What a sender may put into a frame."""
    return PAYLOAD.map(lambda data: data.translate(None, b"\n$")).filter(bool) if name == "nmea" else PAYLOAD


def counts(name: str, data: bytes) -> tuple[list[bytes], tuple[int, int, int]]:
    """The frames of a whole stream, and how many were good and bad, and the bytes skipped."""
    framer = FRAMINGS[name]()
    frames = framer.feed(data) + framer.end()
    return frames, (framer.good, framer.bad, framer.skipped)


def test_what_is_spoken_on_lines_has_framings_and_they_exist() -> None:
    assert set(SPOKEN) == set(ON_LINES) - {"modbus"} <= set(NAMES)  # who speaks Modbus is asked, by a link of its own
    assert {framing for framings in SPOKEN.values() for framing in framings} == set(FRAMINGS) == set(FRAMED)


@pytest.mark.parametrize("name", sorted(FRAMINGS))
def test_a_good_frame_is_good_and_nothing_is_skipped(name: str) -> None:
    frames, counted = counts(name, FRAMED[name] * 3)
    assert len(frames) == 3
    assert counted == (3, 0, 0)


@pytest.mark.parametrize("name", sorted(FRAMINGS))
@given(draw=st.data())
def test_one_byte_at_a_time_is_the_same_as_all_at_once(name: str, draw: st.DataObject) -> None:
    piece = st.one_of(st.just(FRAMED[name]), st.just(FRAMED[name][:-3]), st.binary(max_size=70))
    data = b"".join(draw.draw(st.lists(piece, max_size=8)))
    cuts = sorted(draw.draw(st.lists(st.integers(0, len(data)), max_size=8)))
    whole = FRAMINGS[name]()
    expected = whole.feed(data)
    for ends in ([*cuts, len(data)], range(1, len(data) + 1)):
        split = FRAMINGS[name]()
        found = [frame for start, end in zip([0, *ends], ends, strict=False) for frame in split.feed(data[start:end])]
        assert found == expected
        assert (split.good, split.bad, split.skipped) == (whole.good, whole.bad, whole.skipped)


@pytest.mark.parametrize("name", sorted(DELIMITED))
@given(draw=st.data())
def test_every_payload_between_garbage_is_found(name: str, draw: st.DataObject) -> None:
    noise = st.binary(max_size=100).map(lambda data: data.translate(None, GARBAGE[name]))
    sent = draw.draw(st.lists(st.tuples(noise, payloads(name)), max_size=6))
    stream = b"".join(garbage + DELIMITED[name](payload) for garbage, payload in sent)
    frames, (good, _, _) = counts(name, stream + draw.draw(noise))
    assert good == len(sent)
    wanted = iter(frames)
    assert all(payload in wanted for _, payload in sent), "in order, among damaged ones"


@pytest.mark.parametrize("name", sorted(DELIMITED))
@given(draw=st.data())
def test_a_frame_in_which_bits_are_wrong_costs_no_more_than_itself_and_is_never_believed(
    name: str, draw: st.DataObject
) -> None:
    payload = b'{"v":1,"presence":true}'
    frame = bytearray(DELIMITED[name](payload))
    at, by = draw.draw(st.integers(1, len(frame) - 3)), draw.draw(st.integers(1, 255))
    frame[at] ^= by
    good = DELIMITED[name](b"next")
    frames, (_, bad, skipped) = counts(name, good + bytes(frame) + good)
    assert frames[0] == frames[-1] == b"next"
    assert bad + skipped or name == "nmea", "only a digit in the other case is no damage"
    heard = [item for each in frames[1:-1] for item in _heard(each)]
    assert all(isinstance(item, Rejected) for item in heard) or payload in frames[1:-1]


def _heard(frame: bytes) -> list[Heard]:
    spoken = convention(Device(DeviceId("line"), Kind.SENSOR, "serial:/dev/x", "native", "/dev/x"))
    return hear(spoken, Message("/dev/x", frame, NOON))


@pytest.mark.parametrize("name", sorted(DELIMITED))
@given(noise=st.binary(max_size=3 * LONGEST))
def test_a_damaged_frame_is_bounded_and_what_is_kept_too(name: str, noise: bytes) -> None:
    framer = FRAMINGS[name]()
    frames = framer.feed(noise.translate(None, b"\n\0\xc0") * 2)
    assert all(len(frame) <= LONGEST for frame in frames)
    assert len(framer._partial) <= LONGEST  # type: ignore[attr-defined]
    assert framer.feed(FRAMED["lines"] + FRAMED[name])[-1:] == [payload_of(name)]


def payload_of(name: str) -> bytes:
    (payload,) = FRAMINGS[name]().feed(FRAMED[name])
    return payload


@pytest.mark.parametrize(("name", "around"), [("nmea", b""), ("slip", b"\xc0"), ("cobs", b"\0")])
def test_a_frame_that_is_too_long_is_one_bad_frame_and_the_rest_of_it_is_skipped(name: str, around: bytes) -> None:
    much = b"$" + b"a" * (3 * LONGEST)
    kept = much[: LONGEST - 2]
    framer = FRAMINGS[name]()
    frames = framer.feed(much[: LONGEST + 9]) + framer.feed(much[LONGEST + 9 :])
    frames += framer.feed(DELIMITED[name](b"x")[-1:] + DELIMITED[name](b"next"))
    assert frames == [around + kept + around, b"next"]
    assert (framer.good, framer.bad, framer.skipped) == (1, 1, len(much) - len(kept))


@pytest.mark.parametrize("name", ["slip", "cobs"])
def test_what_is_damaged_is_no_payload_by_chance(name: str) -> None:
    whole = b'{"v":1,"presence":true}'
    frames, counted = counts(name, DELIMITED[name](whole)[:-3] + b"  " + DELIMITED[name](b"x"))
    assert counted[:2] == (1, 1)
    assert frames[0].startswith((b"\xc0", b"\0"))
    assert frames[0].endswith((b"\xc0", b"\0"))


# -------------------------------------------------------------------------------------------------------- CRC and SLIP
def test_the_checksum_is_the_one_of_the_catalogue() -> None:
    assert crc16(b"123456789") == bytes.fromhex("b129")
    assert counts("slip", b"\xc0123456789\xb1\x29\xc0")[0] == [b"123456789"]
    assert counts("slip", b"\xc0123456789\x29\xb1\xc0")[1] == (0, 1, 0), "high byte first is another protocol"


def test_an_escape_of_anything_else_is_damage() -> None:
    payload = b"a\xdbb"
    assert counts("slip", b"\xc0" + payload + crc16(payload) + b"\xc0")[1] == (0, 1, 0)
    assert counts("slip", b"\xc0" + b"abc\xdb" + b"\xc0")[1] == (0, 1, 0)


def test_a_few_bytes_between_ends_are_skipped() -> None:
    assert counts("slip", b"ab\xc0\xc0\xc0" + slip(b"x")) == ([b"x"], (1, 0, 2))


# --------------------------------------------------------------------------------------------------------------- COBS
def test_blocks_are_those_of_the_paper() -> None:
    body = b"\x11\0\x22\0"
    assert counts("cobs", cobs(body))[0] == [body]
    # Of the paper's example 11 00 22 00 the stuffed form, with the CRC behind it in the last block.
    assert cobs(body).startswith(b"\0\x02\x11\x02\x22\x03")


@pytest.mark.parametrize("length", [252, 253, 254, 255, 506, 507, 508, 509, 1016])
def test_long_runs_without_a_zero_take_blocks_without_one(length: int) -> None:
    assert counts("cobs", cobs(b"x" * length)) == ([b"x" * length], (1, 0, 0))


def test_a_block_that_is_longer_than_its_frame_is_damage() -> None:
    assert counts("cobs", b"\0\x09abc\0") == ([b"\0\x09abc\0"], (0, 1, 0))


# --------------------------------------------------------------------------------------------------------------- NMEA
def test_the_checksum_of_a_sentence_is_that_of_the_standard() -> None:
    sentence = b"$GPGLL,4916.45,N,12311.12,W,225444,A,*1D\r\n"
    assert counts("nmea", sentence) == ([b"GPGLL,4916.45,N,12311.12,W,225444,A,"], (1, 0, 0))
    assert counts("nmea", sentence.replace(b"1D", b"1d"))[1] == (1, 0, 0)
    assert counts("nmea", sentence.replace(b"1D", b"1E")) == ([sentence[:-2].replace(b"1D", b"1E")], (0, 1, 0))


def test_what_stands_before_a_sentence_is_skipped_and_a_broken_one_there_is_bad() -> None:
    assert counts("nmea", b"noise" + nmea(b"a")) == ([b"a"], (1, 0, 5))
    assert counts("nmea", b"$GP" + nmea(b"a")) == ([b"$GP", b"a"], (1, 1, 0))


def test_what_a_board_says_while_it_starts_is_skipped_and_a_sentence_without_beginning_or_checksum_is_bad() -> None:
    assert counts("nmea", b"rst:0x1 (POWERON)\r\n") == ([], (0, 0, 17))
    assert counts("nmea", nmea(b"a")[1:]) == ([b"a*61"], (0, 1, 0))
    assert counts("nmea", b"$a\r\n") == ([b"$a"], (0, 1, 0))


def test_a_payload_may_contain_stars_and_dollars() -> None:
    for payload in (b'{"boot":"*5A"}', b'{"boot":"$$"}', b"*", b"**00"):
        assert counts("nmea", nmea(payload))[0] == [payload]


# -------------------------------------------------------------------------------------------------- the stream's end
@pytest.mark.parametrize(("name", "frame"), [("lines", b"a"), ("nmea", b"a"), ("slip", b"a"), ("cobs", b"a")])
def test_a_last_frame_may_lack_its_delimiter(name: str, frame: bytes) -> None:
    sent = {"lines": b"a\n", **{known: make(b"a") for known, make in DELIMITED.items()}}[name]
    framer = FRAMINGS[name]()
    assert framer.feed(sent[:-1]) == []
    assert framer.end() == [frame]
    assert framer.end() == []
