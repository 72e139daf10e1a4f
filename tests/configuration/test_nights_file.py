"""Nights in lighting.yaml: the calendar, legal darkness, classes by flow, and the programs that come with reverbere."""

from datetime import date
from pathlib import Path

import pytest

from gateway.cli.check import run
from gateway.configuration.build import load
from gateway.lighting.check import notes
from gateway.lighting.plan import Zone
from tests.configuration.files import example
from tests.configuration.test_load import only, problems

CALENDAR = """
  festive:
    like: quiet-street
    steps:
      - {from: sunset, class: P4}
calendar:
  - {nights: 12-24..01-01, zones: [tanneurs], program: festive}
  - {nights: [07-14, easter], weekdays: [sat, sun], program: riverside}
"""
DARK = "    dark: {from: 01:00, to: 05:30, because: town decree 2026-014}\n"


def zone(folder: Path, name: str = "tanneurs") -> Zone:
    return next(zone for zone in load(folder).plan.zones if zone.id == name)


def names(street: Zone, *nights: tuple[int, int, int]) -> list[str]:
    return [street.on(date(*night)).name for night in nights]


def test_the_first_line_that_means_a_night_gives_its_program(tmp_path: Path) -> None:
    folder = example(tmp_path, more=CALENDAR)
    nights = [(2026, 12, 23), (2026, 12, 24), (2027, 1, 1), (2027, 1, 2), (2026, 7, 14), (2029, 7, 14), (2026, 4, 5)]
    assert names(zone(folder), *nights) == [
        "quiet-street",
        "festive",
        "festive",
        "quiet-street",
        "quiet-street",  # a Tuesday
        "riverside",  # a Saturday
        "riverside",
    ]
    assert names(zone(folder, "quai"), (2026, 12, 24), (2026, 4, 5)) == ["riverside", "riverside"]


def test_what_was_understood_of_the_calendar_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = example(tmp_path, ("    program: riverside\n", "    program: riverside\n" + DARK), more=CALENDAR)
    assert run(folder) == 0
    told = capsys.readouterr().out
    assert "3 programs, 2 calendar lines" in told
    assert "lit every night, except 01:00-05:30 by town decree 2026-014 when nobody is there\n" in told
    assert "  otherwise never under" in told


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("program: festive", "program: festif", "Did you mean  festive ?"),
        ("zones: [tanneurs]", "zones: [taneurs]", "Did you mean  tanneurs ?"),
        ("nights: 12-24..01-01", "nights: 24.12", "Write the month first:  12-24"),
        ("nights: 12-24..01-01, ", "", "does not say which nights it means"),
        ("weekdays: [sat, sun]", "weekdays: [sat, sunn]", "is no weekday"),
        ("nights: 12-24", "night: 12-24", "Did you mean  nights ?"),
    ],
)
def test_a_mistake_in_the_calendar_is_told_in_words(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert said in only(example(tmp_path, more=CALENDAR.replace(old, new)))


def test_darkness_of_a_zone_is_that_of_each_program_that_names_none(tmp_path: Path) -> None:
    more = CALENDAR.replace(
        "like: quiet-street\n", "like: quiet-street\n    dark: {from: 03:00, to: 04:00, because: x}\n"
    )
    folder = example(tmp_path, ("    program: quiet-street\n", "    program: quiet-street\n" + DARK), more=more)
    own, festive = (zone(folder).on(date(2026, 12, day)).dark for day in (23, 24))
    assert own is not None
    assert festive is not None
    assert (own.because, festive.because) == ("town decree 2026-014", "x")
    assert zone(folder, "quai").program.dark is None


def test_darkness_needs_somebody_who_decided_it(tmp_path: Path) -> None:
    nobody = DARK.replace(", because: town decree 2026-014", "")
    said = only(example(tmp_path, ("    program: riverside\n", "    program: riverside\n" + nobody)))
    assert '"because" is missing in dark' in said


def test_a_zone_without_a_design_is_never_dimmed_and_a_lower_maximum_is_refused(tmp_path: Path) -> None:
    folder = example(tmp_path, ("    design: 3.0 lx\n", ""))
    assert zone(folder, "quai").floor("P6") == 100
    assert any("no design illuminance" in note.text for note in notes(load(folder).plan))
    said = "\n".join(problems(example(tmp_path, ("    design: 5.0 lx                ", "    #                   "))))
    assert "80% of a design that is not known" in said
    assert "Write the maintained average at 100% below the zone (design: 5.0 lx), or  max: 100%" in said


@pytest.mark.parametrize("name", ["ekz-urdorf", "en13201-by-flow"])
def test_a_zone_can_name_a_program_that_comes_with_reverbere(tmp_path: Path, name: str) -> None:
    folder = example(tmp_path, ("    program: quiet-street\n", f"    program: {name}\n"))
    assert zone(folder).program.name == name


def test_a_shipped_program_can_be_inherited_and_replaced(tmp_path: Path) -> None:
    more = "\n  ours:\n    like: ekz-urdorf\n    ramp: {up: 1s, down: 1s}\n"
    (tmp_path / "like").mkdir()
    ours = zone(example(tmp_path / "like", ("    program: quiet-street\n", "    program: ours\n"), more=more)).program
    assert ours.count is not None
    assert (ours.count.curve.points, ours.ramp.up) == (((0.0, 40.0), (120.0, 100.0)), 1_000_000_000)
    same = "\n  ekz-urdorf:\n    like: riverside\n"
    folder = example(tmp_path, ("    program: quiet-street\n", "    program: ekz-urdorf\n"), more=same)
    assert zone(folder).program.presence is not None


def test_by_the_annex_a_path_of_walkers_and_cyclists_is_p6_p5_or_p4(tmp_path: Path) -> None:
    rule = zone(example(tmp_path, ("    program: quiet-street\n", "    program: en13201-by-flow\n"))).program.count
    assert rule is not None
    assert rule.classes == ((0.0, "P6"), (20.0, "P5"), (100.0, "P4"))
    assert [rule.curve.at(flow) for flow in (0, 19, 20, 99, 100, 500)] == [40, 40, 60, 60, 100, 100]


CURVE = "      curve: {0/h: 40%, 20/h: 60%, 60/h: 100%}   # people per hour: light; straight lines between\n"
WEIGHTS = "      weights: {speed: low, traffic: [pedestrians, motor], parked: absent, ambient: moderate}\n"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("", "what the flow is to give is not said once"),
        (CURVE + "      classes: {0/h: P6}\n", "what the flow is to give is not said once"),
        ("      classes: {0/h: quiet}\n", '"quiet" is no class without weights'),
        ("      classes: {0/h: P6, 0/min: P5}\n", "two points of classes have the same flow"),
        ("      classes: {0/h: crowded}\n" + WEIGHTS, '"crowded" is not known here'),
        ("      classes: {0/h: quiet}\n" + WEIGHTS.replace("pedestrians, ", ""), "no weight is known for motor"),
    ],
)
def test_a_mistake_in_classes_by_flow_is_told_in_words(tmp_path: Path, written: str, said: str) -> None:
    assert any(said in line for line in problems(example(tmp_path, (CURVE, written))))
