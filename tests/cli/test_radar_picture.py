"""A radar's street from above: everybody where the radar sees them."""

from devices.conventions.ld2450.frame import Target
from gateway.cli.radar import COLUMNS, ROWS, drawn


def picture(*there: Target, line: float | None = None) -> list[str]:
    return list(drawn(list(there), line))


def test_nobody_and_no_frame_are_two_things() -> None:
    assert picture()[-1].strip() == "nobody"
    assert list(drawn(None, None)) == ["  (no frame yet)"]


def test_who_is_to_the_right_and_far_stands_right_and_low() -> None:
    rows = picture(Target(-3000, 1500, 40), Target(3000, 4500, -80))
    first = next(number for number, row in enumerate(rows[:ROWS]) if "1" in row.split("|")[1])
    second = next(number for number, row in enumerate(rows[:ROWS]) if "2" in row.split("|")[1])
    assert (first, second) == (3, 9)
    assert rows[3].split("|")[1].index("1") < COLUMNS // 2 < rows[9].split("|")[1].index("2")
    assert rows[-2:] == [
        "  1: 1.5 m ahead, -3.0 m across, goes away 0.4 m/s",
        "  2: 4.5 m ahead, +3.0 m across, comes 0.8 m/s",
    ]


def test_the_line_that_is_counted_at_is_drawn_where_it_is() -> None:
    assert picture(line=2.0)[4].split("|")[1] == "-" * COLUMNS


def test_a_target_beyond_the_picture_is_told_and_not_drawn() -> None:
    rows = picture(Target(0, 7_000, 0))
    assert not any("1" in row.split("|")[1] for row in rows[:ROWS])
    assert rows[-1] == "  1: 7.0 m ahead, +0.0 m across, stands 0.0 m/s"
