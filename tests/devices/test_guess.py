"""What speaks on a line is named by what comes, wherever one begins to listen, and nothing is named by chance."""

import os

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from devices.framing.guess import Guess, guess
from tests.devices.framed import FRAMED

TWENTY = 20


@pytest.mark.parametrize("framing", sorted(FRAMED))
@given(data=st.data())
def test_a_stream_is_named_wherever_it_begins_and_ends(framing: str, data: st.DataObject) -> None:
    stream = FRAMED[framing] * TWENTY
    start = data.draw(st.integers(0, len(stream) // 4))
    end = data.draw(st.integers(len(stream) * 3 // 4, len(stream)))
    assert guess(stream[start:end]).framing == framing


@given(st.binary(max_size=2000))
def test_noise_is_nothing(noise: bytes) -> None:
    assume(b"{" not in noise)
    assert guess(noise).framing == ""


def test_noise_of_a_wrong_speed_is_nothing() -> None:
    assert guess(os.urandom(20_000).replace(b"{", b"")).framing == ""


def test_text_that_is_no_json_is_shown() -> None:
    boot = b"ets Jul 29 2019 12:21:46\r\nrst:0x1 (POWERON_RESET),boot:0x13\r\n"
    assert guess(boot) == Guess("", 0, 2, len(boot), "rst:0x1 (POWERON_RESET),boot:0x13")


def test_silence_is_no_text() -> None:
    assert guess(b"") == Guess("", 0, 0, 0)
