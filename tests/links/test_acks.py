from hypothesis import given
from hypothesis import strategies as st

from gateway.links.acks import Acks
from gateway.links.delivery import Outcome


def test_a_message_is_not_acknowledged_before_those_that_came_before_it() -> None:
    acks = Acks()
    first, second, third = acks.taken(7), acks.taken(8), acks.taken(9)
    assert acks.settled(second, Outcome.ACCEPTED) == []
    assert acks.settled(first, Outcome.ACCEPTED) == [7, 8]
    assert acks.settled(third, Outcome.ACCEPTED) == [9]


def test_a_released_message_stops_all_acknowledgements_after_it_and_asks_for_a_new_connection() -> None:
    acks = Acks()
    tickets = [acks.taken(packet) for packet in (1, 2, 3)]
    assert acks.settled(tickets[1], Outcome.RELEASED) == []
    assert not acks.stuck
    assert acks.settled(tickets[2], Outcome.ACCEPTED) == []
    assert acks.settled(tickets[0], Outcome.ACCEPTED) == [1]
    assert acks.stuck


def test_nothing_is_acknowledged_after_the_connection_is_gone() -> None:
    acks = Acks()
    ticket = acks.taken(1)
    acks.end()
    assert acks.settled(ticket, Outcome.ACCEPTED) == []
    assert not acks.stuck


def test_the_same_packet_id_twice_on_one_connection_is_acknowledged_twice() -> None:
    acks = Acks()
    first, again = acks.taken(5), acks.taken(5)
    assert acks.settled(again, Outcome.ACCEPTED) == []
    assert acks.settled(first, Outcome.ACCEPTED) == [5, 5]


@given(st.data())
def test_acknowledged_is_always_what_came_up_to_the_first_that_was_not_accepted(data: st.DataObject) -> None:
    outcomes = data.draw(st.lists(st.sampled_from(Outcome), max_size=30))
    settled_first = data.draw(st.permutations(range(len(outcomes))))
    acks = Acks()
    tickets = [acks.taken(packet) for packet in range(len(outcomes))]
    acknowledged: list[int] = []
    done: set[int] = set()
    for index in settled_first:
        acknowledged += acks.settled(tickets[index], outcomes[index])
        done.add(index)
        expected = 0
        while expected in done and outcomes[expected] is Outcome.ACCEPTED:
            expected += 1
        assert acknowledged == list(range(expected))
        assert acks.stuck == (expected in done)
