"""Hosts and ports as they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.configuration.reach import mistake


@pytest.mark.parametrize(
    "where", ["127.0.0.1:1", "attic:65535", "[::1]:4001", "[fe80::1%eth0]:4001", "gate_way.example.:80", "café.fr:80"]
)
def test_where_somebody_may_be_is_right(where: str) -> None:
    assert mistake(f"socket://{where}", "socket") == ""


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("127.0.0.1:0", "there is no port 0"),
        ("127.0.0.1:65536", "there is no port 65536"),
        (f"127.0.0.1:{'9' * 5000}", "there is no port 999999999999"),
        ("127.0.0.1", "expected socket://host:port"),
        ("", "expected socket://host:port"),
        ("[::1:4", "expected socket://host:port"),
        ("host:80/path", "expected socket://host:port"),
        ("host:80?logging=all", "expected socket://host:port"),
        ("user@host:80", "expected socket://host:port"),
        ("[1::2::3]:4", "1::2::3 is no IPv6 address"),
        (f"{'a' * 64}:80", f"{'a' * 64} is no name of a host: each part has 1 to 63 characters"),
        ("a..b:80", "a..b is no name of a host: each part has 1 to 63 characters"),
    ],
)
def test_where_nobody_can_be_is_told(where: str, found: str) -> None:
    assert mistake(f"socket://{where}", "socket") == found


def test_another_scheme_is_told() -> None:
    assert mistake("rfc2217://attic:80", "socket") == "expected socket://host:port"
    assert mistake("attic:80", "socket") == "expected socket://host:port"


@given(host=st.text(min_size=1, max_size=70), port=st.integers(-1, 70_000))
def test_what_is_right_is_encoded_by_whoever_opens_it(host: str, port: int) -> None:
    if not mistake(f"socket://{host}:{port}", "socket"):
        assert host.encode("idna")
        assert 1 <= port <= 65_535
