from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.convention import Numbered
from devices.device import DeviceId
from gateway.links.delivery import Origin
from gateway.record.window import BOOTS, KEPT, RANGES, Numbers, Ranges, Seen, Window
from tests.record.builders import WEST, origin


def test_a_redelivery_of_a_noted_message_is_a_duplicate() -> None:
    window = Window()
    window.note(origin(7, "a"))
    assert window.duplicate(origin(7, "a", redelivered=True))


@pytest.mark.parametrize(
    "came",
    [
        origin(7, "a"),
        origin(7, "b", redelivered=True),
        origin(8, "a", redelivered=True),
        origin(None, "a", redelivered=True),
    ],
    ids=["not redelivered", "other content", "other packet", "no packet"],
)
def test_nothing_else_is_a_duplicate(came: object) -> None:
    seen = Seen()
    seen.take(origin(7, "a"), ())
    assert not seen.duplicate(came, ())  # type: ignore[arg-type] # pytest gives parameters no types


def test_a_message_is_remembered_while_it_is_among_the_last_of_its_session() -> None:
    window = Window()
    window.note(origin(1, "a"))
    for packet in range(2, KEPT + 1):
        window.note(origin(packet, "x"))
    assert window.duplicate(origin(1, "a", redelivered=True))
    window.note(origin(KEPT + 1, "x"))
    assert not window.duplicate(origin(1, "a", redelivered=True))


def test_packet_ids_may_come_round_for_ever() -> None:
    window = Window()
    for number in range(200_000):
        assert not window.note(origin(number % 65535 + 1, "same"))


def test_a_fresh_packet_id_out_of_the_window_ends_the_session() -> None:
    window = Window()
    for packet in range(1, 100):
        window.note(origin(packet, "same"))
    assert window.note(origin(50, "same"))
    assert window.duplicate(origin(50, "same", redelivered=True))
    assert not window.duplicate(origin(51, "same", redelivered=True))


def test_a_session_that_ended_says_nothing_about_the_next() -> None:
    seen = Seen()
    seen.take(origin(7, "a"), ())
    seen.take(origin(7, "a", link="other"), ())
    seen.end("mqtt")
    assert not seen.duplicate(origin(7, "a", redelivered=True), ())
    assert seen.duplicate(origin(7, "a", redelivered=True, link="other"), ())


def test_messages_of_brokers_that_renumber_are_never_in_the_window() -> None:
    seen = Seen()
    nats = origin(7, "a", redelivered=True)
    without = type(nats)(nats.link, nats.generation, nats.packet, nats.redelivered, b"")
    seen.take(without, ())
    assert not seen.duplicate(without, ())


@given(st.lists(st.integers(0, 40)))
def test_ranges_hold_what_was_added_and_say_how_they_changed(added: list[int]) -> None:
    ranges, table = Ranges(), dict[int, int]()
    for number in added:
        change = ranges.add(number)
        table[change.first] = change.last
        for first in change.gone:
            del table[first]
    assert [number for number in range(42) if number in ranges] == sorted(set(added))
    assert {number for first, last in table.items() for number in range(first, last + 1)} == set(added)
    assert len(table) == sum(number + 1 not in added for number in set(added))


def test_numbers_and_boots_may_come_in_any_order() -> None:
    numbers = Numbers()
    sent = [Numbered(WEST, boot, seq) for boot in ("a", "b", "c") for seq in range(50)]
    for numbered in Random(3).sample(sent, len(sent)):
        assert not numbers.holds(numbered)
        numbers.note(numbered)
        assert numbers.holds(numbered)
    assert not numbers.holds(Numbered(DeviceId("other"), "a", 1))


def test_a_message_with_two_numbers_is_a_duplicate_only_if_both_are_known() -> None:
    seen = Seen()
    first, second = Numbered(WEST, "a", 1), Numbered(WEST, "a", 2)
    seen.take(None, (first,))
    assert seen.duplicate(None, (first,))
    assert not seen.duplicate(None, (first, second))
    assert not seen.duplicate(None, ())


MESSAGES = st.tuples(
    st.builds(origin, st.sampled_from([None, 1, 2, 3]), st.sampled_from("ab"), redelivered=st.booleans()),
    st.lists(st.builds(Numbered, st.just(WEST), st.sampled_from("ab"), st.integers(-1, 4)), max_size=2),
)


@given(st.lists(MESSAGES, max_size=60))
def test_to_take_a_message_in_is_to_ask_for_it_and_then_to_note_it(
    messages: list[tuple[Origin, list[Numbered]]],
) -> None:
    asked, taken = Seen(), Seen()
    for came, numbers in messages:
        duplicate = asked.duplicate(came, numbers)
        asked.windows.note(came)
        for numbered in numbers:
            asked.numbers.note(numbered)
        assert taken.take(came, numbers) is duplicate


def test_memory_for_numbers_is_bounded_and_forgets_the_oldest() -> None:
    numbers = Numbers()
    for seq in range(0, 2 * RANGES + 2, 2):
        numbers.note(Numbered(WEST, "gaps", seq))
    assert not numbers.holds(Numbered(WEST, "gaps", 0))
    assert numbers.holds(Numbered(WEST, "gaps", 2))
    for boot in range(BOOTS):
        change = numbers.note(Numbered(WEST, f"boot {boot}", 1))
    assert change is not None
    assert change.forgotten == "gaps"
    assert not numbers.holds(Numbered(WEST, "gaps", 2))
    assert numbers.holds(Numbered(WEST, "boot 0", 1))


@pytest.mark.parametrize("numbered", [Numbered(WEST, "a", 2**63), Numbered(WEST, "a", -1), Numbered(WEST, "\ud800", 1)])
def test_numbers_that_no_table_can_hold_protect_nothing(numbered: Numbered) -> None:
    numbers = Numbers()
    assert numbers.note(numbered) is None
    assert not numbers.holds(numbered)
