"""The page of breakdowns has each line of the failure ladder, with tests that there are."""

import re

from tests.ground.pages import ROOT, page, tables

PAGE = "docs/when-things-break.md"
LADDER = (
    "a sensor is silent",
    "the broker is away",
    "the gateway dies",
    "the database is away",
    "the disk is full or read-only",
    "the clock is wrong",
    "a bad edit of the files",
    "lamps on a switched feed lose power by day",
)
"""What may break, as the design has it."""


def rows() -> dict[str, str]:
    """Of each breakdown its row."""
    ladder = page(PAGE).split("## The ladder")[1]
    lines = [line for line in ladder.splitlines() if line.startswith("| ")][1:]
    return {line.split("|")[1].strip(): line for line in lines}


def test_every_line_of_the_ladder_has_its_row_and_every_row_its_tests() -> None:
    assert set(LADDER) <= set(rows())
    assert [what for what, row in rows().items() if "`test_" not in row] == []


def test_every_line_of_the_ladder_is_held_by_a_test_with_real_processes() -> None:
    real = {
        name
        for file in (ROOT / "tests" / "integration").glob("test_*.py")
        for name in re.findall(r"def (test_\w+)\(", file.read_text(encoding="utf-8"))
    }
    found = rows()
    assert [what for what in LADDER if not real.intersection(re.findall(r"`(test_\w+)`", found[what]))] == []


def test_every_test_that_the_page_names_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", page(PAGE)))
    there = {
        name
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)\(", file.read_text(encoding="utf-8"))
    }
    assert named - there == set()


def test_each_of_the_five_safe_levels_says_who_applies_it() -> None:
    levels = tables(page(PAGE))["The five safe levels"]
    appliers = {level: cells[0] for level, cells in levels.items()}
    assert appliers == {
        "floor": "gateway",
        "default": "gateway",
        "failsafe": "gateway",
        "system failure level": "lamp",
        "power-on level": "lamp",
    }
