"""A site in more files than three: `!include`."""

from pathlib import Path

import pytest

from gateway.configuration.build import load
from gateway.configuration.problems import ConfigurationError
from gateway.lighting.plan import Problem
from tests.configuration.files import EXAMPLE, example


def divided(folder: Path, *edits: tuple[str, str]) -> Path:
    """The example with its programs in a file of their own, in a folder below."""
    file = example(folder, *edits) / "lighting.yaml"
    head, rest = file.read_text(encoding="utf-8").split("\nprograms:\n")
    programs = rest.split("\n# calendar:")[0]
    (folder / "rules").mkdir()
    (folder / "rules" / "programs.yaml").write_text("# Our programs.\n" + programs, encoding="utf-8")
    file.write_text(f"{head}\nprograms: !include rules/programs.yaml\n", encoding="utf-8")
    return folder


def told(folder: Path) -> tuple[Problem, ...]:
    with pytest.raises(ConfigurationError) as caught:
        load(folder)
    return caught.value.problems


def only(folder: Path) -> Problem:
    (problem,) = told(folder)
    return problem


def test_a_plan_is_the_same_in_however_many_files_it_stands(tmp_path: Path) -> None:
    assert load(divided(tmp_path)).plan.digest == load(EXAMPLE).plan.digest


def test_a_mistake_is_shown_in_the_file_where_it_stands(tmp_path: Path) -> None:
    problem = only(divided(tmp_path, ("max: 80%", "max: 30%")))
    place = problem.place
    assert Path(place.file) == tmp_path / "rules" / "programs.yaml"
    lines = Path(place.file).read_text(encoding="utf-8").splitlines()
    assert place.text == lines[place.line - 1]
    assert place.text[place.column - 1 :].startswith("30%")


def test_what_is_not_yaml_is_shown_there_too(tmp_path: Path) -> None:
    problem = only(divided(tmp_path, ("down: 45s}", "down: 45s")))
    assert Path(problem.place.file).name == "programs.yaml"
    assert problem.found == "the { that opens here is not closed"


def test_an_included_file_may_include_from_its_own_folder(tmp_path: Path) -> None:
    divided(tmp_path)
    programs = tmp_path / "rules" / "programs.yaml"
    text = programs.read_text(encoding="utf-8")
    (tmp_path / "rules" / "ramp.yaml").write_text("{up: 2s, down: 45s}\n", encoding="utf-8")
    programs.write_text(text.replace("ramp: {up: 2s, down: 45s}", "ramp: !include ramp.yaml", 1), encoding="utf-8")
    assert load(tmp_path).plan.digest == load(EXAMPLE).plan.digest


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("programs.yaml", 'the file "programs.yaml" is not there'),
        ("../programs.yaml", '"../programs.yaml" is outside the folder of the site'),
        ("/etc/programs.yaml", '"/etc/programs.yaml" is outside the folder of the site'),
        ("secrets/mqtt", '"secrets/mqtt" is not the name of a .yaml file'),
        ("lighting.yaml", '"lighting.yaml" would include itself: lighting.yaml > lighting.yaml'),
        ("rules/back.yaml", '"../lighting.yaml" would include itself: lighting.yaml > back.yaml > lighting.yaml'),
        ("link.yaml", '"link.yaml" is outside the folder of the site'),
        ("ring.yaml", '"ring.yaml" is a link that leads back to itself'),
    ],
)
def test_a_file_that_may_not_be_included_is_refused_in_words(tmp_path: Path, written: str, found: str) -> None:
    site = tmp_path / "site"
    site.mkdir()
    divided(site)
    (tmp_path / "programs.yaml").write_text("a: 1\n", encoding="utf-8")
    (site / "link.yaml").symlink_to(tmp_path / "programs.yaml")
    (site / "ring.yaml").symlink_to(site / "ring.yaml")
    (site / "rules" / "back.yaml").write_text("x: !include ../lighting.yaml\n", encoding="utf-8")
    file = site / "lighting.yaml"
    text = file.read_text(encoding="utf-8").replace("rules/programs.yaml", written)
    file.write_text(text, encoding="utf-8")
    problem = only(site)
    assert problem.found == found
    assert problem.place.text.strip().startswith(("programs: !include", "x: !include"))


def test_files_that_include_each_other_over_and_over_come_to_an_end(tmp_path: Path) -> None:
    divided(tmp_path)
    for number in range(10):
        each = "".join(f"k{key}: !include {number + 1}.yaml\n" for key in range(4))
        (tmp_path / "rules" / f"{number}.yaml").write_text(each, encoding="utf-8")
    (tmp_path / "rules" / "10.yaml").write_text("a: 1\n", encoding="utf-8")
    file = tmp_path / "lighting.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("programs.yaml", "0.yaml"), encoding="utf-8")
    assert {problem.found for problem in told(tmp_path)} == {"more than 100 files are included"}
