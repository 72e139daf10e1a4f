"""Those who wait, kept from one look to the next."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.device import Kind
from gateway.onboarding.errors import WaitingError
from gateway.onboarding.proposal import Example, Proposal, Sure, Value
from gateway.onboarding.waiting import FILE, MOST, Waiting, read, update

PIR = Proposal("pir", Kind.SENSOR, "tasmota", "pir", Sure.LIKELY, "topic", 10, 20, offers=("presence",), read=1)

PROPOSALS = st.builds(
    Proposal,
    reads=st.just({"presence": "a.b", "pedestrians": [{"path": "c", "channel": "in"}]}),
    values=st.lists(st.builds(Value, value=st.floats(allow_nan=False, allow_infinity=False)), max_size=2).map(tuple),
    examples=st.lists(st.builds(Example), max_size=2).map(tuple),
)


@settings(max_examples=30)
@given(st.lists(PROPOSALS, max_size=3))
def test_what_is_written_is_read_again(tmp_path_factory: pytest.TempPathFactory, proposals: list[Proposal]) -> None:
    state = tmp_path_factory.mktemp("state") / "below"
    waiting = Waiting(proposals=tuple(proposals), ignored=("a",))
    update(state, lambda _: waiting)
    said_nothing = tuple(replace(each, values=(), examples=(), trouble="") for each in proposals)
    assert read(state) == replace(waiting, proposals=said_nothing)
    assert (state / FILE).stat().st_mode & 0o777 == 0o660
    assert state.stat().st_mode & 0o777 == 0o770


def test_what_a_stranger_said_is_not_in_the_file(tmp_path: Path) -> None:
    said = Example("yard/door", '{"people":1,"name":"Anna Muster"}', 5)
    stranger = replace(PIR, examples=(said,), trouble='expected a number, found "Anna Muster"')
    update(tmp_path, lambda _: Waiting(proposals=(stranger,)))
    assert b"Anna" not in (tmp_path / FILE).read_bytes()


def test_many_may_change_it_at_once_and_nobody_is_lost(tmp_path: Path) -> None:
    def add(number: int) -> None:
        update(tmp_path, lambda known: known.joined([replace(PIR, id=f"pir-{number}", address=f"pir-{number}")]))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(40)))
    assert len(read(tmp_path).proposals) == 40


def test_nobody_waits_where_nothing_was_written(tmp_path: Path) -> None:
    assert read(tmp_path) == Waiting()


@pytest.mark.parametrize("data", [b"", b"[]", b'{"v":2}', b'{"proposals":[{"id":1}]}', b"\xff"])
def test_a_file_of_somebody_else_is_told_and_not_believed(tmp_path: Path, data: bytes) -> None:
    (tmp_path / FILE).write_bytes(data)
    with pytest.raises(WaitingError, match="delete it"):
        read(tmp_path)


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(WaitingError, match="cannot be written"):
        update(tmp_path / "file", lambda waiting: waiting)


def test_who_is_heard_again_keeps_what_was_known() -> None:
    now = replace(PIR, first=30, last=40, moved=40, gap=5, offers=("illuminance",), read=2)
    (joined,) = Waiting(proposals=(replace(PIR, gap=9),)).joined([now]).proposals
    assert (joined.first, joined.last, joined.moved, joined.gap, joined.read) == (10, 40, 40, 9, 3)
    assert joined.offers == ("illuminance", "presence")
    described = replace(PIR, first=50, last=0, read=0)
    (joined,) = Waiting(proposals=(PIR,)).joined([described]).proposals
    assert (joined.first, joined.last, joined.moved) == (10, 20, None)


def test_those_who_spoke_last_are_kept_where_too_many_wait() -> None:
    many = [replace(PIR, id=f"pir-{at}", address=f"pir-{at}", last=at) for at in range(MOST + 10)]
    kept = Waiting().joined(many).proposals
    assert [each.last for each in kept] == list(range(MOST + 9, 9, -1))


def test_somebody_is_found_by_id_before_address() -> None:
    other = replace(PIR, id="other", address="PIR 2")
    waiting = Waiting(proposals=(replace(other, id="x", address="pir"), PIR, other))
    assert waiting.named("pir") == PIR
    assert waiting.named("PIR 2") == other
    assert waiting.named("nobody") is None
    assert PIR not in waiting.without("pir").proposals
