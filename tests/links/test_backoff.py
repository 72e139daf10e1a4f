from hypothesis import given
from hypothesis import strategies as st

from gateway.links.backoff import Backoff


def test_the_ceiling_doubles_with_each_failure_until_it_is_reached() -> None:
    backoff = Backoff(lambda: 1.0, first=1.0, ceiling=10.0)
    assert [backoff.wait(0.0) for _ in range(6)] == [1.0, 2.0, 4.0, 8.0, 10.0, 10.0]


def test_a_connection_that_was_thrown_out_at_once_does_not_start_the_waits_anew() -> None:
    backoff = Backoff(lambda: 1.0, first=1.0, stable=10.0)
    assert [backoff.wait(lasted) for lasted in (0.0, 9.9, 0.1)] == [1.0, 2.0, 4.0]


def test_a_stable_connection_starts_the_waits_anew() -> None:
    backoff = Backoff(lambda: 1.0, first=1.0, stable=10.0)
    assert [backoff.wait(lasted) for lasted in (0.0, 0.0, 10.0)] == [1.0, 2.0, 1.0]


@given(st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.floats(0, 100))))
def test_a_wait_is_never_longer_than_the_ceiling(history: list[tuple[float, float]]) -> None:
    chances = iter([chance for chance, _ in history])
    backoff = Backoff(lambda: next(chances), ceiling=30.0)
    assert all(0.0 <= backoff.wait(lasted) < 30.0 for _, lasted in history)
