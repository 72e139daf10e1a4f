"""What `audit` tells a city's auditor: who overrode what, when, until when, who took it back, who changed the rules."""

import json
import re
from pathlib import Path

import pytest

from gateway.cli.audit import Asked, show, show_json
from gateway.lighting.facts import Measured
from tests.cli.night import DEVICES, LIGHTING, Night

PEOPLE = """\
Sat 21 Nov 2026, 17:45:00  plan 0123456789ab adopted by g.morel, version 0.4.0: "P5 from 22:30, council vote"
Sat 21 Nov 2026, 17:45:00  lamp-01  0 -> 100 %  sensor failure
Sat 21 Nov 2026, 17:45:00  lamp-02  0 -> 100 %  sensor failure
Sat 21 Nov 2026, 17:45:00  yard-1  0 -> 60 %  sensor failure
Sat 21 Nov 2026, 21:30:00  tanneurs  override o-2130, 90 %, Sat 21 Nov 2026, 21:30:00 to Sat 21 Nov 2026, 22:00:00, by \
d.lopez (login root): police
Sat 21 Nov 2026, 21:30:00  lamp-01  60 -> 90 %  ordered by d.lopez
Sat 21 Nov 2026, 21:30:00  lamp-02  60 -> 90 %  ordered by d.lopez
Sat 21 Nov 2026, 21:40:00  edit of g.morel ("less light") not taken: lighting.yaml:25:50: 30% is less light; and 1 more
Sat 21 Nov 2026, 21:50:00  yard-1  override o-2150, 0 %, Sat 21 Nov 2026, 21:50:00 to Sat 21 Nov 2026, 23:00:00, by \
d.lopez (login root): police
Sat 21 Nov 2026, 21:50:00  yard-1  40 -> 34 %  ordered by d.lopez, kept at the floor (P6)
Sat 21 Nov 2026, 22:10:00  yard-1  override o-2150, 0 %, of d.lopez taken back by g.morel
Sat 21 Nov 2026, 22:10:00  yard-1  34 -> 40 %  the order of d.lopez is over; the step's default
Sat 21 Nov 2026, 22:15:00  lamp-01  maintenance m-2215 until Sat 21 Nov 2026, 22:40:00, by s.ruiz: new driver
Sat 21 Nov 2026, 22:20:00  lamp-01  maintenance m-2215 of s.ruiz taken back by g.morel
Sat 21 Nov 2026, 22:25:00  plan 0123456789ab adopted by g.morel, version 0.4.0: "the yard is brighter"
Sat 21 Nov 2026, 22:25:00  yard-1  40 -> 60 %  the step's default
Sat 21 Nov 2026, 22:28:00  tanneurs  10.2 lx at 100 %, 4.1 lx at 40 %: fits, measured by s.ruiz (login root)
""".splitlines()
TWO_LAMPS = re.sub(r"  lamp-01\.\.10:.*\n  lamp-07.*\n  lamp-10.*\n", "", DEVICES).replace(
    "luminaires:\n",
    "luminaires:\n  lamp-01..02: {zone: tanneurs, at: 0 m, every: 30 m, convention: native, type: led-28w}\n",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    night = Night(tmp_path_factory.mktemp("audited") / "config", "17:45", TWO_LAMPS)
    night.order("21:30", "tanneurs", 90, "22:00")
    night.decline("21:40", "less light", "lighting.yaml:25:50: 30% is less light", "lighting.yaml:25:16: no such class")
    night.order("21:50", "yard-1", 0, "23:00")
    night.cancel("22:10", "o-2150")
    night.maintain("22:15", "lamp-01", "22:40")
    night.cancel("22:20", "m-2215")
    night.reload("22:25", TWO_LAMPS, LIGHTING.replace("default: 40%", "default: 60%"), "the yard is brighter")
    night.measures("22:28", "tanneurs", Measured(100.0, 10.2, 10.2), Measured(40.0, 4.08, 4.1))
    night.until("22:35")
    night.end()
    return night.folder


def told(capsys: pytest.CaptureFixture[str], folder: Path, asked: Asked) -> list[str]:
    show(folder, asked)
    return re.sub(r"plan [0-9a-f]{12}", "plan 0123456789ab", capsys.readouterr().out).splitlines()


def test_what_persons_did_is_told_with_who_why_and_until_when(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, folder, Asked(people=True)) == PEOPLE


def test_without_it_the_rules_own_changes_are_told_too_and_how_each_order_ended(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = told(capsys, folder, Asked())
    assert [line for line in lines if line in PEOPLE] == PEOPLE
    assert "Sat 21 Nov 2026, 22:00:00  lamp-01  90 -> 60 %  the order of d.lopez is over; floor (P5)" in lines
    assert "Sat 21 Nov 2026, 22:30:00  lamp-02  60 -> 40 %  the floor is lower; count" in lines


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        (Asked("yard", people=True), ("yard-1", "plan", "edit")),
        (Asked("lamp-01", people=True), ("lamp-01", "tanneurs", "plan", "edit")),
        (Asked(None, "2026-11-21 21:45", "2026-11-21 22:10", people=True), ("o-2150", "40 -> 34", "34 -> 40")),
    ],
)
def test_a_zone_a_lamp_and_a_stretch_of_time_can_be_asked_for(
    folder: Path, capsys: pytest.CaptureFixture[str], asked: Asked, kept: tuple[str, ...]
) -> None:
    lines = told(capsys, folder, asked)
    assert lines == [line for line in PEOPLE if any(word in line[26:] for word in kept)]


def test_programs_get_the_same_acts(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    show_json(folder, Asked(people=True))
    acts = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [act["what"] for act in acts] == [
        *("plan", "level", "level", "level", "override", "level", "level", "refused edit", "override", "level"),
        *("cancel", "level", "maintenance", "cancel", "plan", "level", "lux"),
    ]
    refused, cancel = acts[7], acts[10]
    assert (refused["owner"], refused["reason"], refused["total"]) == ("g.morel", "less light", 2)
    assert (cancel["id"], cancel["target"], cancel["of"], cancel["owner"]) == ("o-2150", "yard-1", "d.lopez", "g.morel")
