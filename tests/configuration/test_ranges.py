"""Ranges of device names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.configuration.ranges import Names, names, slug
from gateway.configuration.units import Unreadable


@given(st.from_regex(r"[a-z]{1,5}-", fullmatch=True), st.integers(0, 500), st.integers(0, 200), st.integers(1, 5))
def test_a_range_names_each_device_once_with_as_many_digits_as_its_first(
    prefix: str, first: int, more: int, digits: int
) -> None:
    last = first + more
    ids = names(f"{prefix}{first:0{digits}}..{last:0{digits}}").ids
    assert len(set(ids)) == more + 1
    assert [int(name.removeprefix(prefix)) for name in ids] == list(range(first, last + 1))
    assert all(len(name) >= len(prefix) + digits for name in ids)


def test_a_name_without_dots_is_one_device() -> None:
    assert names("counter-west") == Names(("counter-west",), many=False)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("lamp-20..01", "goes down"),
        ("lamp..20", "is not a range"),
        ("lamp-01..x", "is not a range"),
        ("lamp-0001..9", "fewer digits"),
        ("lamp-1..100000", "stands for 100000 devices"),
        ("Lamp-1..3", "cannot be an id"),
    ],
)
def test_a_range_that_means_nothing_is_refused(written: str, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        names(written)


def test_an_id_with_capitals_and_accents_is_refused_with_one_that_would_do() -> None:
    with pytest.raises(Unreadable) as caught:
        slug("Atelier/Porte 2")
    assert caught.value.hint == "Did you mean  atelier-porte-2 ?"


@given(st.text())
def test_any_text_is_a_name_or_refused_in_words(written: str) -> None:
    said = refusal(written)
    assert said is None or len(said) > 0


def refusal(written: str) -> str | None:
    """What is expected instead of a name; None where the name is good."""
    try:
        names(written)
    except Unreadable as unreadable:
        return unreadable.expected
    return None
