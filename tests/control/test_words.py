"""What may be said at the door, and how it is written."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.control.words import (
    LONGEST,
    MOST_POINTS,
    DropRequest,
    OverrideRequest,
    Refused,
    Request,
    RequeueRequest,
    StatusRequest,
    done,
    failed,
    read_reply,
    read_request,
    write_reply,
    write_request,
)


def test_a_request_is_one_line_of_json_with_the_words_of_the_command_line() -> None:
    request = OverrideRequest(target="quay", level=80, lasts="2h", reason="repair", owner="ana")
    line = write_request(request)
    assert line.endswith(b"\n")
    assert json.loads(line) == {
        "do": "override",
        "target": "quay",
        "level": 80,
        "for": "2h",
        "reason": "repair",
        "owner": "ana",
    }
    assert read_request(line) == request
    assert read_request(write_request(StatusRequest())) == StatusRequest()


@pytest.mark.parametrize(
    ("line", "word"),
    [
        (b"\n", "EOF"),
        (b"status\n", "expected"),
        (b"[1]\n", "object"),
        (b'{"do":"dance"}\n', "override"),
        (b"{}\n", "do"),
        (b'{"do":"override"}\n', "target"),
        (b'{"do":"override","target":"quay","level":101}\n', "level"),
        (b'{"do":"override","target":"quay","level":"80"}\n', "level"),
        (b'{"do":"override","target":"quay","level":8.5}\n', "level"),
        (b'{"do":"override","target":"quay","level":80,"lvel":3}\n', "lvel"),
        (b'{"do":"override","target":"quay\\u0000","level":80}\n', "control characters"),
        (b'{"do":"override","target":"quay","level":80,"reason":"' + b"x" * 501 + b'"}\n', "reason"),
        (b'{"do":"prove","target":"quay","lux":[[100,10.2]]}\n', "lux"),
        (b'{"do":"prove","target":"quay","lux":[[100,10.2],[140,4]]}\n', "lux"),
        (b'{"do":"prove","target":"quay","lux":[[100,10.2],[40,-4]]}\n', "lux"),
        (b'{"do":"prove","target":"quay","lux":[[100,10.2],[40,1e9]]}\n', "lux"),
        (b'{"do":"drop","points":[0]}\n', "points"),
        (b'{"do":"drop","points":[' + b",".join([b"1"] * (MOST_POINTS + 1)) + b"]}\n", "points"),
        (b'{"do":"status","do":"status"', "JSON"),
        (b"\xff\xfe\n", "JSON"),
        (b"[" * 60_000, "JSON"),
    ],
)
def test_what_is_no_request_is_refused_in_words(line: bytes, word: str) -> None:
    with pytest.raises(Refused) as refused:
        read_request(line)
    assert word in f"{refused.value}"
    assert "a JSON object on one line" in f"{refused.value}"


def test_a_request_that_does_not_fit_on_a_line_is_not_sent() -> None:
    with pytest.raises(Refused, match="too long"):
        write_request(RequeueRequest(points=tuple(10**18 + number for number in range(MOST_POINTS))))
    assert len(write_request(DropRequest(points=tuple(range(1, MOST_POINTS + 1))))) <= LONGEST


@given(st.binary(max_size=200))
def test_any_bytes_are_a_request_or_refused(line: bytes) -> None:
    found = _read(line)
    if isinstance(found, Refused):
        assert found.found
    else:
        assert read_request(write_request(found)) == found


def _read(line: bytes) -> Request | Refused:
    try:
        return read_request(line)
    except Refused as refused:
        return refused


@given(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=9) | st.none(), max_size=4))
def test_a_value_comes_back_as_it_was_said(value: dict[str, object]) -> None:
    line = write_reply(done(value))
    assert line.count(b"\n") == 1
    assert read_reply(line) == value


@given(st.text(max_size=9), st.text(max_size=9), st.text(max_size=9))
def test_a_refusal_comes_back_as_it_was_said(found: str, expected: str, hint: str) -> None:
    with pytest.raises(Refused) as refused:
        read_reply(write_reply(failed(Refused(found, expected, hint))))
    assert (refused.value.found, refused.value.expected, refused.value.hint) == (found, expected, hint)


def test_an_answer_that_does_not_fit_is_refused_and_not_cut() -> None:
    line = write_reply(done({"all": "x" * LONGEST}))
    assert len(line) < LONGEST
    with pytest.raises(Refused, match="too long"):
        read_reply(line)


def test_what_is_no_answer_is_said_in_words() -> None:
    with pytest.raises(Refused, match="not understood"):
        read_reply(b"HTTP/1.1 400 Bad Request\r\n")
