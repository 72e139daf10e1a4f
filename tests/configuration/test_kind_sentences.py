"""What an operator is told of what people bring from spreadsheets, word processors and habit."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.configuration.build import load
from gateway.configuration.problems import ConfigurationError, render
from gateway.lighting.plan import Problem
from tests.configuration.files import example


def told(folder: Path) -> tuple[Problem, ...]:
    with pytest.raises(ConfigurationError) as caught:
        load(folder)
    return caught.value.problems


def sentence(problem: Problem) -> str:
    return f"{problem.place.line}:{problem.place.column} {problem.found}. {problem.expected} {problem.hint}"


@pytest.mark.parametrize(
    ("old", "new", "line", "found", "mend"),
    [
        ("from: 22:30", "from: 22h30", 34, '"22h30" is not written as a time', "Write  22:30"),
        ("from: 22:30", "from: 22.30", 34, '"22.30" is not written as a time', "Write  22:30"),
        ("from: 22:30", "from: 2230", 34, '"2230" is no moment of a day', "Write  22:30"),
        ("from: 22:30", "from: 10:30 p.m.", 34, "is no moment of a day", "Write  22:30"),
        ("from: 22:30", "from: 12am", 34, "is no moment of a day", "Write  00:00"),
        ("from: 22:30", "from: 24:00", 34, '"24:00" is no time of day', "Write  00:00"),
        ("to: sunrise}", "to: dawn}", 20, '"dawn" is no moment of a day', "Write  sunrise"),
        ("to: sunrise}", "to: Sunrise}", 20, '"Sunrise" is no moment of a day', "Write  sunrise"),
        ("to: sunrise}", "to: sunrise \u2013 5min}", 20, "is no moment of a day", "Write  sunrise - 5min"),
        ("design: 5.0 lx", "design: 0,6 lx", 9, '"0,6 lx" has a decimal comma', "Write  0.6 lx"),
        ("max: 80%", "max: 80,5%", 34, "the comma ends the value before it", "Write a decimal point: 80.5%"),
        ("design: 5.0 lx", "design: 5", 9, '"5" has no unit', "Did you mean  5 lx ?"),
        ("design: 5.0 lx", "design: 5.0 lux", 9, '"5.0 lux" is not understood', "Did you mean  5.0 lx ?"),
        ("design: 5.0 lx", "design: 5.0\u200b lx", 9, "is not understood", "Did you mean  5.0 lx ?"),
        ("max: 80%", "max: 0.8", 34, '"0.8" has no unit', "Did you mean  80% ?"),
        ("max: 80%", "max: 80 percent", 34, '"80 percent" is not understood', "Did you mean  80% ?"),
        ("window: 10min", "window: 10", 23, '"10" has no unit', "Did you mean"),
        ("window: 10min", "window: 10m", 23, '"m" is not a unit of time', "Did you mean  10min ?"),
        ("window: 10min", "window: 10 minutes", 23, '"minutes" is not a unit of time', "Did you mean  10min ?"),
        ("length: 600 m", "length: 600 metres", 7, '"600 metres" is not understood', "Did you mean  600 m ?"),
        ("20/h: 60%", "20 people/h: 60%", 24, '"20 people/h" is not understood', "Did you mean  20/h ?"),
        ("latitude: 46.7806", "latitude: \u221246.7806", 8, "is not a decimal number", "Write  -46.7806"),
        ("failsafe: 100%", "failsafe: \u201c100%\u201d", 21, "the quotes are curly", "Write straight ones"),
        ("    design: 5.0", "\tdesign: 5.0", 9, "the line is indented with a tab", "YAML wants spaces"),
        ("design: 5.0", "design:\t5.0", 9, "there is a tab in this line", "YAML wants spaces"),
        ("    design: 5.0", "\u00a0   design: 5.0", 9, "indented with no-break spaces", "YAML wants spaces"),
        ("design: 5.0", "design:\u00a05.0", 9, 'no space after the colon of "design"', "Write  design: 5.0 lx"),
        ("design: 5.0", "design:5.0", 9, 'no space after the colon of "design"', "Write  design: 5.0 lx"),
        ("design: 5.0", "design = 5.0", 9, "there is a = where a colon should be", "Write  design: 5.0 lx"),
        ("    design: 5.0", "     design: 5.0", 9, "indented by 5 spaces, and its block (from line 6) by 4", "below"),
        ("    design: 5.0", "   design: 5.0", 9, "indented by 3 spaces, and its block (from line 5) by 2", "below"),
        ("down: 45s}", "down: 45s", 31, "the { that opens here is not closed", "Close it with }"),
        ("2s, down", "2s; down", 31, "a semicolon stands between two values", "Write a comma"),
        ("2s, down", "2s down", 31, "a comma or the } is missing before this", "commas between"),
        ("label: Rue des", 'label: "Rue des', 6, "the quote that opens here is not closed", "Close it"),
        ("label: Rue des", 'label: "Rue" des', 6, "the text in quotes ends before this", "quotes of the other kind"),
        ("label: Rue des", "label: @Rue des", 6, "no value begins with @", "Put the text in quotes"),
        ("label: Rue des", "label: Rue: des", 6, "there is a second colon", "in quotes"),
        ("label: Rue des", "label: - Rue des", 6, "a list begins behind its key", "a line of its own"),
        ("label: Rue des", "label: *Rue des", 6, "the * makes an alias of this", "in quotes"),
        ("label: Rue des", 'label: "C:\\Rue des"', 6, "a backslash stands in double quotes", "single quotes"),
        ("      - {from: 22:30", "      \u2013 {from: 22:30", 34, "begins with a hyphen and a space", "Write  - ..."),
        ("    failsafe: 100%", "    failsafe: 100%\n      count:", 22, "deeper than the one before it", "below"),
        ("\nprograms:", "\n---\nprograms:", 18, "a second document begins here", "Delete the line"),
        ("program: quiet-street", "program: quietstreet", 10, "is not known in programs", "quiet-street ?"),
        ("    design: 5.0 lx", "    Design: 5.0 lx", 9, '"Design" is not known in tanneurs', "design ?"),
        (
            "    program: quiet-street",
            "    program: quiet-street\n    program: riverside",
            11,
            '"program" is already there, in line 10',
            "Write each key once",
        ),
        ("from: 05:30", "from: 22:30", 34, "the step from 22:30 never runs", "the next step, 22:30"),
    ],
)
def test_what_habit_writes_is_met_with_the_place_and_what_to_write(
    tmp_path: Path, old: str, new: str, line: int, found: str, mend: str
) -> None:
    problem, *rest = told(example(tmp_path, (old, new)))
    assert found in problem.found, sentence(problem)
    assert mend in f"{problem.expected} {problem.hint}", sentence(problem)
    assert problem.place.line == line
    assert rest == [], [sentence(other) for other in rest]
    assert "<" not in problem.found, "no word of a parser"


def test_an_alias_is_shown_where_it_is_used(tmp_path: Path) -> None:
    folder = example(
        tmp_path, ("program: quiet-street", "program: &p quiet-street"), ("program: riverside", "program: *p")
    )
    problem = next(problem for problem in told(folder) if "alias" in problem.found)
    assert (problem.place.line, problem.place.column) == (16, 14)
    assert "like:" in problem.expected


def _utf_16(text: str) -> bytes:
    return text.encode("utf-16")


def _latin(text: str) -> bytes:
    return text.replace("How it shines", "Brillance de l'\u00e9clairage").encode("cp1252")


@pytest.mark.parametrize(("save", "found"), [(_utf_16, "saved as UTF-16"), (_latin, "the byte 0xe9 is not UTF-8")])
def test_a_file_of_another_encoding_says_how_to_save_it(
    tmp_path: Path, save: Callable[[str], bytes], found: str
) -> None:
    file = example(tmp_path) / "lighting.yaml"
    file.write_bytes(save(file.read_text(encoding="utf-8")))
    (problem,) = told(tmp_path)
    assert found in problem.found
    assert "Encoding: UTF-8" in problem.expected


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_a_place_is_that_of_the_editor_whatever_ends_its_lines(tmp_path: Path, end: str) -> None:
    file = example(tmp_path, ("design: 5.0 lx", "design: 0,6 lx")) / "lighting.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_text(encoding="utf-8").replace("\n", end).encode())
    (problem,) = told(tmp_path)
    assert (problem.place.line, problem.place.column) == (9, 13)
    assert problem.place.text.strip().startswith("design: 0,6 lx")
    assert render(problem).count("^") == len("0,6 lx")
