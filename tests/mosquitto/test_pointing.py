"""What people write below `mqtt:` in site.yaml, pointed at a broker: each key is there once, all else as it was."""

import pytest

from gateway.cli.brokering.pointing import pointed
from gateway.configuration.source import parse

WISHES = {"url": "mqtts://127.0.0.1:8883", "username": "gateway", "ca_file": "broker-ca.crt"}
BEFORE = "version: 1\n\nmqtt:\n"
BEHIND = "\n# The record.\nrecord:\n  username: not ours   # stays\n"


@pytest.mark.parametrize(
    "lines",
    [
        "  url: mqtt://127.0.0.1\n  username: my gateway\n",
        "  url: mqtt://127.0.0.1\n  username: my gateway   # as the broker has it # for now\n",
        '  url: mqtt://127.0.0.1\n  username: "the \\"old\\" gateway"  # quoted\n',
        "  url: mqtt://127.0.0.1\n  username: 'it''s a gateway'\n",
        "  url: mqtt://127.0.0.1\n  ca_file: '/etc/our certificates/ca # 1.crt'\n",
        "  url: mqtt://127.0.0.1\n  username:   # nobody yet\n",
        "  url: mqtt://127.0.0.1\n\n  # Who we are.\n  username: my gateway\n",
        "  url: mqtt://127.0.0.1\n# Who we are.\n  username: my gateway\n",
        "    url: mqtt://127.0.0.1\n    username: gateway\n    ca_file: broker-ca.crt\n",
        "  url: mqtt://127.0.0.1\n  receive_maximum: 200   # a slow line\n",
        "",
    ],
)
def test_each_key_is_there_once_with_its_value_and_all_else_as_it_was(lines: str) -> None:
    made = pointed(BEFORE + lines + BEHIND, WISHES)
    assert made is not None
    assert made.startswith(BEFORE)
    assert made.endswith(BEHIND)
    source, problems = parse(made.encode(), "site.yaml")
    assert problems == []
    kept = {"receive_maximum": "200"} if "receive_maximum" in lines else {}
    assert source.tree(("mqtt",)) == WISHES | kept
    for line in lines.splitlines():
        if line.lstrip().startswith(("#", "receive_maximum")):
            assert line in made.splitlines()


@pytest.mark.parametrize(
    "lines",
    [
        "  url: mqtt://127.0.0.1\n  username: >-\n    my\n    gateway\n",
        "  url: mqtt://127.0.0.1\n  username: my\n    gateway\n",
        '  url: mqtt://127.0.0.1\n  "username": gateway\n',
        "  url: mqtt://127.0.0.1\n  ? username\n  : gateway\n",
        "  {url: mqtt://127.0.0.1, username: my gateway}\n",
    ],
)
def test_a_value_of_several_lines_or_a_key_written_otherwise_is_left_to_a_person(lines: str) -> None:
    assert pointed(BEFORE + lines + BEHIND, WISHES) is None


def test_a_wish_that_would_be_read_as_something_else_is_left_to_a_person() -> None:
    assert pointed(BEFORE + "  url: mqtt://127.0.0.1\n" + BEHIND, WISHES | {"ca_file": "ours #1/ca.crt"}) is None


def test_files_that_are_put_together_of_several_are_pointed_too() -> None:
    made = pointed(BEFORE + "  url: mqtt://127.0.0.1\n\nrecord: !include record.yaml\n", WISHES)
    assert made is not None
    assert "username: gateway\n" in made
