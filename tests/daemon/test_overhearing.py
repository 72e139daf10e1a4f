"""Who looks on sees every message once, nothing is held for nobody, and what is held is bounded."""

from base64 import b64decode

from hypothesis import given
from hypothesis import strategies as st

from devices.message import Message
from gateway.control.words import LONGEST, OverhearRequest, Value, done, write_reply
from gateway.daemon.overhearing import ASKING, MOST_BYTES, MOST_MESSAGES, Overhearing
from gateway.links.delivery import Delivery, Origin


class Watch:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def heard(overhearing: Overhearing, payload: bytes, topic: str = "a/b", link: str = "mqtt") -> None:
    overhearing.hear(Delivery(Message(topic, payload, 1), Origin(link, 0)))


def payloads(value: Value) -> list[bytes]:
    messages = value["messages"]
    assert isinstance(messages, list)
    return [b64decode(message["payload"]) for message in messages]


def ask(overhearing: Overhearing, after: object, **said: object) -> Value:
    return overhearing.tell(OverhearRequest.model_validate({"after": after, **said}))


def test_from_the_first_question_on_every_message_is_told_once() -> None:
    overhearing = Overhearing(Watch())
    heard(overhearing, b"before anybody asked")
    last = ask(overhearing, None)["last"]
    heard(overhearing, b"one")
    heard(overhearing, b"two")
    first = ask(overhearing, last)
    assert (payloads(first), first["missed"]) == ([b"one", b"two"], 0)
    heard(overhearing, b"three")
    assert payloads(ask(overhearing, first["last"])) == [b"three"]


def test_nothing_is_held_once_nobody_asks_and_what_came_meanwhile_is_counted() -> None:
    watch = Watch()
    overhearing = Overhearing(watch)
    last = ask(overhearing, None)["last"]
    heard(overhearing, b"where somebody stands")
    watch.seconds += ASKING + 1
    told = ask(overhearing, last)
    assert (payloads(told), told["missed"]) == ([], 1)


def test_only_what_was_asked_for_is_told() -> None:
    overhearing = Overhearing(Watch())
    last = ask(overhearing, None)["last"]
    heard(overhearing, b"1", "zigbee2mqtt/pir")
    heard(overhearing, b"2", "tele/x/SENSOR")
    heard(overhearing, b"3", "/dev/radar", "serial:/dev/radar")
    assert payloads(ask(overhearing, last, topics=("zigbee2mqtt/#",))) == [b"1"]
    assert payloads(ask(overhearing, last, link="serial:/dev/radar")) == [b"3"]


def test_who_asked_a_gateway_before_this_one_is_told_all_that_this_one_holds() -> None:
    overhearing = Overhearing(Watch())
    ask(overhearing, None)
    heard(overhearing, b"after the restart")
    assert payloads(ask(overhearing, 4_000)) == [b"after the restart"]


def test_what_is_held_is_bounded_and_what_gave_way_is_counted() -> None:
    overhearing = Overhearing(Watch())
    last = ask(overhearing, None)["last"]
    for _ in range(MOST_MESSAGES + 5):
        heard(overhearing, b"x")
    assert ask(overhearing, last)["missed"] == 5
    for topic, payload in (("a/b", bytes(MOST_BYTES // 20)), ("t" * 60_000, b"")):
        for _ in range(400):
            heard(overhearing, payload, topic)
        assert sum(len(one.message.payload) + len(one.message.topic) for one in overhearing._held) <= MOST_BYTES


@given(st.lists(st.integers(0, 70_000), max_size=60))
def test_an_answer_fits_a_line_and_asking_on_brings_all_but_those_too_large(sizes: list[int]) -> None:
    overhearing = Overhearing(Watch())
    last: object = ask(overhearing, None)["last"]
    kept: list[bytes] = []
    for size in sizes:
        heard(overhearing, bytes(size))
    told, missed = [], 0
    while True:
        value = ask(overhearing, last)
        assert len(write_reply(done(value))) < LONGEST
        assert write_reply(done(value)).startswith(b'{"ok":true')
        told += payloads(value)
        missed += int(str(value["missed"]))
        if value["last"] == last:
            break
        last = value["last"]
    kept = [bytes(size) for size in sizes]
    assert len(told) + missed == len(kept)
    assert all(payload in kept for payload in told)
