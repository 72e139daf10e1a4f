"""Descriptions are kept as they came, the last of each topic, and never more than so many bytes."""

from hypothesis import given
from hypothesis import strategies as st

from devices.originals import Originals

MOST = 20
SAID = st.lists(st.tuples(st.sampled_from("abcd"), st.binary(max_size=25)), max_size=30)


def test_the_last_word_on_a_topic_is_kept_until_it_is_taken_back() -> None:
    originals = Originals()
    for payload in (b"first", b"second"):
        originals.keep("a", payload)
    assert (originals.of("a"), originals.topics()) == (b"second", ("a",))
    originals.keep("a", b"")
    assert (originals.of("a"), originals.topics()) == (b"", ())


@given(SAID)
def test_what_came_last_is_kept_as_far_as_there_is_room(said: list[tuple[str, bytes]]) -> None:
    originals = Originals(MOST)
    for topic, payload in said:
        originals.keep(topic, payload)
    kept = {topic: originals.of(topic) for topic in originals.topics()}
    assert sum(len(topic) + len(payload) for topic, payload in kept.items()) <= MOST
    last = dict(said)
    assert kept == {topic: last[topic] for topic in kept}
    if said and 0 < len(said[-1][1]) < MOST:
        assert said[-1][0] in kept
