"""Whatever comes instead of a message, every convention and framer survives it, in bounded room.

FUZZ is how many messages each of them gets; `make soak` gives a million.
"""

import json
import math
import os
import random
from collections.abc import Iterator

import pytest

from devices.convention import LONGEST_REJECTED, NAMES, Announcement, Rejected, hear
from devices.framing import FRAMINGS
from devices.hearing import MOST
from devices.light import LightState
from devices.message import Message
from devices.reading import Reading
from tests.devices.examples import EXAMPLES, taught
from tests.devices.framed import FRAMED
from tests.devices.speech import NOON, convention

ROUNDS = int(os.environ.get("FUZZ", "2000"))
ODD = (
    *(b"null", b"true", b"-1", b"1e400", b"NaN", b'""', b"[]", b"{}", b"[[[[[[[[", b'"\\ud800"', b"9" * 400),
    *(b'{"a":' * 40, b'"unknown"', b'"OFF"', b"0.1", b"18446744073709551616", b"-0", b'"2026-13-45T99:00:00"', b"\0"),
    b"\xff\xfe",
)


def mutations(dice: random.Random, seeds: tuple[tuple[str, bytes], ...]) -> Iterator[tuple[str, bytes]]:
    """Messages that begin as the examples and go wrong."""
    for _ in range(ROUNDS):
        topic, payload = dice.choice(seeds)
        data = bytearray(payload)
        for _ in range(dice.randint(0, 4)):
            at = dice.randint(0, len(data))
            match dice.randint(0, 5):
                case 0:
                    data[at : at + 1] = dice.randbytes(1)
                case 1:
                    del data[at : at + dice.randint(1, 12)]
                case 2:
                    data[at:at] = dice.randbytes(dice.randint(1, 8))
                case 3:
                    data[at:at] = data[dice.randint(0, len(data)) :][: dice.randint(1, 60)]
                case 4:
                    _replace_value(dice, data)
                case _:
                    del data[at:]
        yield topic, bytes(data) if dice.random() < 0.95 else dice.randbytes(dice.randint(0, 80))


def _replace_value(dice: random.Random, data: bytearray) -> None:
    colons = [at for at, byte in enumerate(data) if byte == ord(":")]
    if colons:
        start = dice.choice(colons) + 1
        ends = [at for at in range(start, len(data)) if data[at] in b",}]"]
        data[start : ends[0] if ends else len(data)] = dice.choice(ODD)


@pytest.mark.parametrize("name", NAMES)
def test_a_convention_hears_anything(name: str) -> None:
    example = EXAMPLES[name]
    spoken = taught(example)
    for number, (topic, payload) in enumerate(mutations(random.Random(name), example.messages)):
        for item in hear(spoken, Message(topic, payload, NOON + number * 10**8)):
            _is_storable(item)


def _is_storable(item: object) -> None:
    """Whether an item can be kept and shown: finite numbers, whole characters, little of what meant nothing."""
    if isinstance(item, Reading | LightState):
        assert math.isfinite(item.value if isinstance(item, Reading) else item.level)
        assert 0 < item.time < 2**63
    if isinstance(item, LightState):
        assert 0 <= item.level <= 100
    if isinstance(item, Rejected):
        assert len(item.message.payload) <= LONGEST_REJECTED
        assert len(f"{item.expected}{item.found}{item.where}".encode()) < 2_000
    if isinstance(item, Announcement):
        assert 0 < len(item.address.encode()) <= 4 * 256


@pytest.mark.parametrize("name", sorted(FRAMINGS))
def test_a_framer_is_fed_anything_and_keeps_little(name: str) -> None:
    dice = random.Random(name)
    framer = FRAMINGS[name]()
    seeds: tuple[tuple[str, bytes], ...] = (
        ("", b"\xaa\xff\x03\x00" + bytes(24) + b"\x55\xcc"),
        ("", b'{"v":1}\r\n'),
        ("", b"x" * 5000),
    )
    seeds += tuple(EXAMPLES["ld2410"].messages) + tuple(("", frame) for frame in FRAMED.values())
    for _, data in mutations(dice, seeds):
        for frame in framer.feed(data):
            assert len(frame) <= LONGEST_REJECTED
    kept = [value for value in vars(framer).values() if isinstance(value, bytes)]
    assert sum(map(len, kept)) <= 2 * LONGEST_REJECTED + 2


def test_a_message_cannot_bring_readings_without_end() -> None:
    spoken = convention(*EXAMPLES["senml"].devices)
    pack = [{"n": f"lux{number}", "u": "lx", "v": 1} for number in range(MOST + 100)]
    items = hear(spoken, Message("pack", json.dumps(pack).encode(), NOON))
    assert len(items) == MOST + 1
    assert isinstance(items[-1], Rejected)


@pytest.mark.parametrize("depth", [30, 3_000, 200_000])
def test_depth_is_bounded(depth: int) -> None:
    spoken = convention(*EXAMPLES["zigbee2mqtt"].devices)
    (item,) = hear(spoken, Message("zigbee2mqtt/pir", b'{"a":' * depth, NOON))
    assert isinstance(item, Rejected)
    closed = b'{"a":' + b"[" * depth + b"]" * depth + b"}"
    (item,) = hear(spoken, Message("zigbee2mqtt/pir", closed, NOON))
    assert isinstance(item, Rejected)
