"""Who is due next, of many."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.lighting.agenda import SLACK, Agenda
from gateway.lighting.health import NEVER

dues = st.integers(0, 30) | st.just(NEVER)


@given(first=st.lists(dues, min_size=1, max_size=8), data=st.data())
def test_it_says_what_a_list_that_is_searched_says(first: list[int], data: st.DataObject) -> None:
    agenda, known = Agenda(first), list(first)
    for _ in range(data.draw(st.integers(0, 60))):
        if data.draw(st.integers(0, 4)):
            number, due = data.draw(st.integers(0, len(known) - 1)), data.draw(dues)
            agenda.put(number, due)
            known[number] = due
        else:
            until = data.draw(st.integers(0, 30))
            taken = [number for number, due in enumerate(known) if due <= until]
            assert agenda.take(until) == taken
            for number in taken:
                known[number] = NEVER
        assert agenda.soonest() == min(known)


def test_entries_that_are_out_of_date_do_not_pile_up() -> None:
    agenda = Agenda([5, 6])
    for due in range(10_000, 0, -1):
        agenda.put(0, due)
    assert agenda.soonest() == 1
    assert len(agenda._heap) <= 2 * 2 + SLACK


def test_nobody_is_due_where_nobody_is_put() -> None:
    assert Agenda([]).soonest() == NEVER
    assert Agenda([NEVER]).take(NEVER) == []
