"""What `reverbere check` prints."""

import json
from pathlib import Path

import pytest

from gateway.cli.check import run, run_json
from tests.configuration.files import example
from tests.integration.small_site import write_site

THREE_MISTAKES = (
    ("to: sunrise}  ", "to: 05:00}    "),
    ("      hold: 45s ", "      hodl: 45s "),
    ("max: 80%", "max: 30%"),
)

THREE_ANSWERS = """\
lighting.yaml:20:32: the night is not covered: "to: 05:00" ends before dawn
   20 |     active: {from: sunset, to: 05:00}            # clock times and offsets too: sunset + 15min
      |                                ^^^^^
      Rue des Tanneurs, Quai des Messageries would be dark from 05:00 to dawn on all nights of the
      year, 6 min on 15 June, 2 h 50 min on 2 January; the step in line 35, from 05:30, would never
      run.
      Write  to: sunrise  - or, if the town has decided it:  dark: {from: 05:00, to: sunrise,
      because: ...}

lighting.yaml:29:7: "hodl" is not known in presence
   29 |       hodl: 45s                   # after the last sign of somebody
      |       ^^^^
      Known here: level, hold, max_on, ahead, behind
      Did you mean  hold ?

lighting.yaml:34:50: 30% is less light than EN 13201 class P5 asks
   34 |       - {from: 22:30, class: P5, empty: P6, max: 30%}
      |                                                  ^^^
      P5 is owed to people: 3.0 lx. Rue des Tanneurs gives 5.0 lx at 100%, so 30% is 1.5 lx. max
      must be 60% or more.
      (For 30% the street would have to be designed for 10.0 lx.)

3 mistakes. Nothing was changed.
"""


def test_three_mistakes_are_shown_at_once_with_the_words_that_mend_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = example(tmp_path, *THREE_MISTAKES)
    assert run(folder) == 78
    assert capsys.readouterr().out.replace(f"{folder}/", "") == THREE_ANSWERS


def test_a_good_site_is_told_in_the_operators_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(example(tmp_path)) == 0
    told = capsys.readouterr().out
    assert "is good.  2 zones, 17 sensors, 25 luminaires, 2 programs." in told
    assert "never under 2.0 lx (P6); people get 3.0 lx (P5) or 5.0 lx (P4)" in told
    assert "every lamp is watched; 11 by one sensor alone; counted by counter-west and counter-east" in told
    assert "never dimmed while lit: lamp-11 (crossing)" in told


def test_things_to_know_are_told_with_their_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = example(
        tmp_path,
        ("# password_file: secrets/mqtt   #", "password_file: secrets/mqtt   #"),
        ("commit_interval: 0s", "commit_interval: 100ms"),
        ("sees: 25 m, convention: native, measures: presence", "sees: 10 m, convention: native, measures: presence"),
        ("measures: presence, heartbeat: 5min", "measures: presence, silence: trusted"),
    )
    assert run(folder) == 0
    told = capsys.readouterr().out
    assert "things to know" in told
    assert "secrets/mqtt cannot be read by you" in told
    assert "at most 5000 messages/s" in told
    assert "the silence of motion-quai-01 is trusted" in told
    assert "no presence sensor watches quai-02, quai-04" in told


def test_lamps_without_a_meter_are_told_and_those_of_a_type_that_needs_a_proof_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(example(tmp_path)) == 0
    assert "no meter" not in capsys.readouterr().out, "native lamps may say their watts"
    folder = write_site(tmp_path / "site", 1883)
    devices = (folder / "devices.yaml").read_text(encoding="utf-8")
    devices = devices.replace("m, convention: native, type: led}", "m, convention: homeassistant, type: led}")
    devices = devices.replace("lamp-3: {zone: quay, at: 5 m, convention: homeassistant, type: led}", "lamp-3: &lamp XX")
    devices = devices.replace("&lamp XX", "{zone: quay, at: 5 m, convention: homeassistant, type: strict}")
    devices += "  strict: {full: 28 W, dimmed: 4 W at 10%, standby: 0.5 W, proof: required}\n"
    (folder / "devices.yaml").write_text(devices, encoding="utf-8")
    assert run(folder) == 0
    told = capsys.readouterr().out
    assert "devices.yaml:10:" in told
    assert "lamp-2 has no meter: nothing proves that 40 % is 40 % of the light until somebody measures it:" in told
    assert "reverbere calibrate street" in told
    assert "lamp-3 has no meter and stays at 100 % (proof: required) until somebody measures its light:" in told


def test_mistakes_do_not_hide_what_is_good_to_know(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = example(
        tmp_path,
        ("max: 80%", "max: 30%"),
        ("measures: presence, heartbeat: 5min", "measures: presence, heartbeat: 2h"),
    )
    assert run(folder) == 78
    told = capsys.readouterr().out
    assert "\n1 mistake, and 3 things to know:\n" in told
    assert "if motion-quai-01 dies, Quai des Messageries learns it after 2 h (heartbeat)\n" in told
    assert told.endswith("\n\nNothing was changed.\n")
    assert run_json(folder) == 78
    assert len(json.loads(capsys.readouterr().out)["notes"]) == 3


def test_json_has_the_same_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_json(example(tmp_path)) == 0
    good = json.loads(capsys.readouterr().out)
    assert (good["good"], good["sensors"], good["luminaires"], good["zones"]) == (True, 17, 25, ["tanneurs", "quai"])
    assert good["changes"] is None, "no plan was adopted there yet"
    assert run_json(example(tmp_path, *THREE_MISTAKES)) == 78
    bad = json.loads(capsys.readouterr().out)
    assert [problem["line"] for problem in bad["problems"]] == [20, 29, 34]
    assert bad["problems"][1]["hint"] == "Did you mean  hold ?"


def test_who_counts_telephones_is_told_that_they_are_personal_data(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = "zone: quai, at: 9 m, sees: 9 m, convention: paxcounter, measures: presence, heartbeat: 5min"
    pax = f"sensors:\n  pax: {{{keys}}}\n"
    assert run(example(tmp_path, ("sensors:\n", pax))) == 0
    assert "pax hears telephones: in France that is processing of personal data" in capsys.readouterr().out
