from hypothesis import given
from hypothesis import strategies as st

from devices.framing.lines import LONGEST, Lines

LINE = st.binary(min_size=1, max_size=40).map(lambda data: data.replace(b"\n", b"x").replace(b"\r", b"y"))


def test_a_line_is_delivered_when_it_ends_and_its_carriage_return_is_dropped() -> None:
    lines = Lines()
    assert lines.feed(b'{"v":') == []
    assert lines.feed(b"1}\r") == []
    assert lines.feed(b"\n") == [b'{"v":1}']


def test_empty_lines_are_nothing() -> None:
    lines = Lines()
    assert lines.feed(b"\n\r\n\na\n") == [b"a"]
    assert (lines.good, lines.bad, lines.skipped) == (1, 0, 0)


def test_a_line_of_the_longest_allowed_length_is_good() -> None:
    lines = Lines()
    assert lines.feed(b"x" * LONGEST + b"\r\n") == [b"x" * LONGEST]
    assert (lines.good, lines.bad) == (1, 0)


def test_a_line_without_end_is_delivered_once_cut_and_the_next_line_is_whole_again() -> None:
    lines = Lines()
    assert lines.feed(b"x" * (LONGEST + 10)) == [b"x" * LONGEST]
    assert lines.feed(b"y" * 5000) == []
    assert lines.feed(b"z\nnext\n") == [b"next"]
    assert (lines.good, lines.bad, lines.skipped) == (1, 1, 10 + 5000 + 1)


@given(st.binary(max_size=3 * LONGEST), st.data())
def test_any_split_of_the_bytes_gives_the_same_lines(data: bytes, draw: st.DataObject) -> None:
    cuts = sorted(draw.draw(st.lists(st.integers(0, len(data)), max_size=8)))
    whole, split = Lines(), Lines()
    expected = whole.feed(data)
    found = [
        frame
        for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)
        for frame in split.feed(data[start:end])
    ]
    assert found == expected
    assert (split.good, split.bad, split.skipped) == (whole.good, whole.bad, whole.skipped)


@given(st.lists(LINE))
def test_every_line_that_was_sent_is_found(sent: list[bytes]) -> None:
    assert Lines().feed(b"".join(line + b"\n" for line in sent)) == sent
