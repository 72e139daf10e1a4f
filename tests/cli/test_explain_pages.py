"""The page that `explain` prints, for each way in which a lamp can be lit or dark: as the files in `pages` have it.

A page that changes is read anew by whoever changes it: would somebody at half past two understand it?
"""

import json
import re
from pathlib import Path

import pytest

from gateway.cli import explain as explain_verb
from gateway.cli.explained.columns import WIDTH
from gateway.cli.explained.unknown import UnknownMomentError, UnknownNameError
from gateway.lighting.facts import Measured
from tests.cli.night import DEVICES, LIGHTING, Night

PAGES = Path(__file__).parent / "pages"
WITHOUT_LAMP_10 = DEVICES.replace("lamp-01..10", "lamp-01..09").replace("  lamp-10: {never_dim: crossing}\n", "")
ASKED = {
    "a-walker-comes": ("PL 0417", "2026-11-21 21:01:28"),
    "a-walker-has-gone": ("lamp-07", "2026-11-21 21:02:30"),
    "a-count-is-held": ("lamp-01", "2026-11-21 22:53"),
    "an-order-holds": ("lamp-07", "2026-11-21 22:12"),
    "an-order-has-ended": ("lamp-07", "2026-11-21 22:16"),
    "under-maintenance": ("lamp-03", "2026-11-21 23:20"),
    "a-sensor-is-silent": ("lamp-08", "2026-11-21 23:40"),
    "nothing-for-hours": ("lamp-05", "2026-11-22 02:30"),
    "never-dimmed": ("lamp-10", "2026-11-21 18:10"),
    "dark-by-decree": ("yard-1", "2026-11-22 02:00"),
    "darker-than-its-level": ("lamp-02", "2026-11-22 03:05"),
    "proven-by-lux": ("lamp-04", "2026-11-22 03:08"),
    "no-gateway-ran": ("lamp-07", "2026-11-22 04:00"),
    "by-day": ("lamp-07", "2026-11-22 08:10"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    night = Night(tmp_path_factory.mktemp("night") / "config", "17:30")
    night.reload("19:00", WITHOUT_LAMP_10, LIGHTING, "lamp-10 was taken down")
    night.counts("20:56", "counter-west", 3)
    night.counts("20:58", "counter-east", 1)
    night.sees("21:00", "motion-01", somebody=True)
    night.sees("21:00:43", "motion-02", somebody=True)
    night.sees("21:00:50", "motion-01", somebody=False)
    night.sees("21:01:26", "motion-03", somebody=True)
    night.sees("21:01:30", "motion-02", somebody=False)
    night.sees("21:02:05", "motion-03", somebody=False)
    night.order("21:30", "tanneurs", 90, "22:00")
    night.order("22:10", "lamp-07", 10, "22:20", force=True)
    night.cancel("22:15", "o-2210")
    night.counts("22:40", "counter-east", 5)
    night.maintain("23:00", "lamp-03", "23:30")
    night.until("23:10")
    night.silent.add("motion-04")
    night.misfits("03:04", "lamp-02", Measured(40.0, 12.0, 4.0))
    night.measures("03:06", "lamp-04", Measured(100.0, 10.2, 10.2), Measured(40.0, 4.08, 4.1))
    night.until("03:10")
    night.silent.clear()
    night.away("04:20")
    night.until("08:20")
    night.end()
    return night.folder


def told(capsys: pytest.CaptureFixture[str], folder: Path, name: str, at: str | None) -> list[str]:
    assert explain_verb.show(folder, name, at, verify=True)
    return re.sub(r"\b[0-9a-f]{12}\b", "0123456789ab", capsys.readouterr().out).splitlines()


@pytest.mark.parametrize("name", ASKED)
def test_the_page_is_as_it_was_read_and_found_good(folder: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    lines = told(capsys, folder, *ASKED[name])
    assert lines == (PAGES / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    assert max(map(len, lines)) <= WIDTH


def test_every_page_that_is_kept_is_asked_for() -> None:
    assert {path.stem for path in PAGES.glob("*.txt")} == set(ASKED)


def test_without_a_moment_the_end_of_the_record_is_told_and_how_to_ask_for_another(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = told(capsys, folder, "lamp-07", None)
    assert lines[0].endswith("Sun 22 Nov 2026, 08:20:00")
    again = f'reverbere explain lamp-07 --at "YYYY-MM-DD HH:MM" --config {folder}'
    assert lines[-1] == f"  For another moment:  {again}"


def test_before_the_record_it_is_told_where_it_begins(folder: Path) -> None:
    words = "The record begins on Sat 21 Nov 2026, 17:30:00: nothing is known of Fri 20 Nov 2026, 22:50:00."
    with pytest.raises(UnknownMomentError, match=re.escape(words)):
        explain_verb.show(folder, "lamp-07", "2026-11-20 22:50")


def test_what_is_yet_to_come_is_not_explained(folder: Path) -> None:
    with pytest.raises(ValueError, match=r'a moment that is over, found "2199-01-01 00:00".* under Next, without --at'):
        explain_verb.show(folder, "lamp-07", "2199-01-01 00:00")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("lamp-7", "Did you mean  lamp-07 ?"),
        ("PL417", "Did you mean  PL 0417 ?"),
        ("mairie", "All that are:  reverbere devices"),
        (
            "motion-04",
            "is a sensor of chalon, and only lamps are explained. Of a lamp in its zone:  reverbere explain lamp",
        ),
    ],
)
def test_a_name_that_is_no_lamp_gets_the_next_question(folder: Path, name: str, words: str) -> None:
    with pytest.raises(UnknownNameError, match=re.escape(words)):
        explain_verb.show(folder, name, None)


@pytest.mark.parametrize("at", [None, "2026-11-21 20:00"])
def test_a_lamp_of_an_earlier_plan_is_told_by_when_it_hung_there(folder: Path, at: str | None) -> None:
    with pytest.raises(UnknownNameError) as raised:
        explain_verb.show(folder, "lamp-10", at)
    assert "had it, from Sat 21 Nov 2026, 17:30:00 to Sat 21 Nov 2026, 19:00:00" in str(raised.value)
    assert str(raised.value).endswith('reverbere explain lamp-10 --at "2026-11-21 18:59"')


def test_programs_are_told_of_a_time_without_gateway_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert explain_verb.show_json(folder, "lamp-07", "2026-11-22 04:00")
    found = json.loads(capsys.readouterr().out)
    assert found["away"] == {"from": "2026-11-22T02:10:00.000Z", "to": "2026-11-22T03:20:00.000Z"}
    assert explain_verb.show_json(folder, "lamp-07", "2026-11-22 05:00")
    assert json.loads(capsys.readouterr().out)["away"] is None
