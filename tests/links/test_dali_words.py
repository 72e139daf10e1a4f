"""What is said to gear, whatever gear answers."""

from collections.abc import Callable
from typing import Any

import pytest
from dali.frame import BackwardFrame, BackwardFrameError
from hypothesis import given
from hypothesis import strategies as st

from gateway.links.dali import words
from gateway.links.dali.rota import Look

ANSWERS = st.one_of(
    st.none(),
    st.integers(0, 255).map(BackwardFrame),
    st.sampled_from([0, 254, 255]).map(BackwardFrame),
    st.just(BackwardFrameError(255)),
)
TALKS: tuple[Callable[[], words.Talk], ...] = (
    lambda: words.introduction(3),
    lambda: words.survey(3, 10),
    lambda: words.look(3, Look.ENERGY),
)


def held(talk: words.Talk, answer: Callable[[str], Any]) -> tuple[int, words.Said]:
    """How many frames a sequence takes, and what was written down."""
    given: Any = None
    for frames in range(words.LONGEST):
        try:
            command = talk.send(given)
        except StopIteration as end:
            return frames, end.value
        given = command.response(answer(type(command).__name__)) if command.response else None
    pytest.fail("it does not end")


def introduced(*types: int) -> words.Said:
    """What is written down of gear that answers these when it is asked for its next type, the last one for ever."""
    following = iter(types)
    last = types[-1]

    def answer(name: str) -> BackwardFrame:
        if name == "QueryDeviceType":
            return BackwardFrame(255)
        return BackwardFrame(next(following, last) if name == "QueryNextDeviceType" else 85)

    return held(words.introduction(3), answer)[1]


@given(data=st.data(), talk=st.sampled_from(TALKS))
def test_every_sequence_ends_soon_whatever_is_answered(data: st.DataObject, talk: Callable[[], words.Talk]) -> None:
    frames, _ = held(talk(), lambda _name: data.draw(ANSWERS))
    assert frames <= words.LONGEST // 2


@pytest.mark.parametrize(
    "frame", [None, BackwardFrame(0), BackwardFrame(254), BackwardFrame(255), BackwardFrameError(255)]
)
@pytest.mark.parametrize("talk", TALKS)
def test_every_sequence_ends_soon_if_it_is_answered_the_same_for_ever(
    frame: BackwardFrame | None, talk: Callable[[], words.Talk]
) -> None:
    assert held(talk(), lambda _name: frame)[0] <= words.LONGEST // 2


def test_several_types_are_said_one_after_the_other() -> None:
    said = introduced(0, 6, 51, 254)
    assert said["device_types"] == [0, 6, 51]
    assert "disorderly" not in said
    assert said["dimming_curve"] == 85, "6 is LED gear, which has one"


@pytest.mark.parametrize(
    ("types", "believed"),
    [((6,), [6]), ((6, 5), [6]), ((254,), []), ((6, 255), [6]), (tuple(range(200)), list(range(32)))],
)
def test_types_that_do_not_rise_to_an_end_are_those_of_no_gear(types: tuple[int, ...], believed: list[int]) -> None:
    said = introduced(*types)
    assert (said["device_types"], said["disorderly"]) == (believed, True)


def test_gear_of_which_the_answer_is_garbled_is_disorderly_and_is_asked_the_rest() -> None:
    _, said = held(
        words.introduction(3), lambda name: BackwardFrameError(255) if name == "QueryDeviceType" else BackwardFrame(85)
    )
    assert said == {"device_types": [], "disorderly": True, "minimum": 85, "maximum": 85, "fade_time_and_rate": 85}
