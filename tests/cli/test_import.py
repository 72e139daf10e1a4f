"""`reverbere import` as its users run it: a town's list comes into a site, and nothing else changes."""

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.cli.importing import Options, UnknownProgramError, import_lamps
from gateway.configuration.build import load
from gateway.configuration.edit import EditError
from gateway.configuration.inventory.arrange import BadRowsError, Wishes
from gateway.configuration.problems import ConfigurationError
from gateway.configuration.starting import files
from tests.cli.command import reverbere
from tests.cli.terminal import Terminal
from tests.configuration.files import NAMES, example
from tests.configuration.start import START

TOWN = (
    "N° PL;Rue;Latitude;Longitude;Type de luminaire;Puissance (W);Armoire;Départ;Observations\r\n"
    "0417;Rue Neuve;46,7806;4,8528;LED 28W;28;C1;L2;\r\n"
    "0418;Rue Neuve;46,7808;4,8531;LED 28W;28;C1;L2;ok\r\n"
    "0500;Quai;46,7800;4,8600;Lanterne Style;70,5;C1;L3;\r\n"
)
SILENT = Options(Wishes(), yes=True)


def town(folder: Path, text: str = TOWN, encoding: str = "latin-1") -> Path:
    file = folder / "lamps.csv"
    file.write_bytes(text.encode(encoding))
    return file


def new_site(folder: Path) -> Path:
    """What `init` leaves."""
    folder.mkdir()
    for name, text in files(START).items():
        (folder / name).write_text(text)
    return folder


def everything(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_towns_list_makes_a_new_site_that_check_finds_good(tmp_path: Path) -> None:
    folder = new_site(tmp_path / "site")
    before = everything(folder)
    ended = reverbere("import", town(tmp_path), "--config", folder, "--yes")
    assert ended.returncode == 0, ended.stderr
    assert 'pole number from "N° PL"' in ended.stdout
    assert "Left out: Observations." in ended.stdout
    assert "rue-neuve: 2 new lamps" in ended.stdout
    checked = reverbere("check", folder)
    assert checked.returncode == 0, checked.stdout
    assert "3 luminaires" in checked.stdout
    site = load(folder)
    assert [(device.id, device.label) for device in site.devices] == [
        ("lamp-0417", "PL 0417"),
        ("lamp-0418", "PL 0418"),
        ("lamp-0500", "PL 0500"),
    ]
    street = next(zone for zone in site.plan.zones if zone.id == "rue-neuve")
    assert (street.label, street.length) == ("Rue Neuve", 32.0)
    assert [lamp.at for lamp in street.luminaires] == [0.0, 31.9]
    assert {lamp.feed for lamp in street.luminaires} == {"C1-L2"}
    assert street.luminaires[0].type.nominal == 28.0
    for name in ("devices.yaml", "lighting.yaml"):
        (kept,) = folder.glob(f"{name}.bak-*")
        assert kept.read_bytes() == before[name]


def test_the_same_list_again_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, file = new_site(tmp_path / "site"), town(tmp_path)
    assert import_lamps(file, folder, SILENT) == 0
    after = everything(folder)
    assert import_lamps(file, folder, SILENT) == 0
    assert everything(folder) == after
    assert "has all of it already" in capsys.readouterr().out


def test_streets_without_latin_letters_are_zones_of_their_own_and_found_again(tmp_path: Path) -> None:
    folder = new_site(tmp_path / "site")
    rows = "pole;street;m;W\n1;Οδός Ερμού;0;28\n2;улица Ленина;0;28\n3;Οδός Ερμού;30;28\n4;yes;0;28\n"
    file = town(tmp_path, rows, "utf-8")
    assert import_lamps(file, folder, SILENT) == 0
    zones = {zone.label: [lamp.id for lamp in zone.luminaires] for zone in load(folder).plan.zones if zone.luminaires}
    assert zones == {"Οδός Ερμού": ["lamp-1", "lamp-3"], "улица Ленина": ["lamp-2"], "yes": ["lamp-4"]}
    after = everything(folder)
    assert import_lamps(file, folder, SILENT) == 0
    assert everything(folder) == after


def test_a_site_with_comments_keeps_them_and_a_lamp_that_is_there_is_not_made_again(tmp_path: Path) -> None:
    folder = example(tmp_path)
    before = {name: (folder / name).read_text().splitlines() for name in NAMES}
    list_of_two = (
        "PL;Rue;m;W;type;armoire\n0417;Rue des Tanneurs;183;28;led-28w;C1\n0999;Rue des Tanneurs;610;28;led-28w;\n"
    )
    assert import_lamps(town(tmp_path, list_of_two), folder, SILENT) == 0
    after = {name: (folder / name).read_text().splitlines() for name in NAMES}
    assert {name: [line for line in lines if line not in after[name]] for name, lines in before.items()} == {
        "site.yaml": [],
        "devices.yaml": [
            "  lamp-07: {label: PL 0417}       # the number on the pole; every command finds the lamp by it too"
        ],
        "lighting.yaml": ["    length: 600 m"],
    }
    street = next(zone for zone in load(folder).plan.zones if zone.id == "tanneurs")
    assert street.length == 610.0
    assert next(lamp.at for lamp in street.luminaires if lamp.id == "lamp-07") == 183.0
    assert len(street.luminaires) == 21


def test_nothing_is_written_until_somebody_says_yes(tmp_path: Path) -> None:
    folder, file = new_site(tmp_path / "site"), town(tmp_path)
    before = everything(folder)
    assert import_lamps(file, folder, replace(SILENT, yes=False)) == 1
    assert everything(folder) == before
    with Terminal("import", file, "--config", folder) as terminal:
        terminal.answer("Write this", "y")
        assert terminal.end() == 0, terminal.shown
    assert "+  lamp-0417: {zone: rue-neuve" in terminal.shown
    assert len(load(folder).devices) == 3


def test_every_bad_line_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    folder = new_site(tmp_path / "site")
    before = everything(folder)
    bad = "pole,street,metres,W\n1,A street,0,\n,A street,10,28\n3,A street,x,28\n4,,5,28\n5,A street,5,28\n"
    ended = reverbere("import", town(tmp_path, bad), "--config", folder, "--yes")
    assert ended.returncode == 1
    told = [line for line in ended.stderr.splitlines() if ": line " in line]
    assert [line.split(": ")[1] for line in told] == ["line 2", "line 3", "line 4", "line 5"]
    assert "4 bad lines. Nothing was changed." in ended.stderr
    assert everything(folder) == before


@pytest.mark.parametrize(
    ("text", "said"), [("street;metres\na;5\n", "no column is the pole number"), ("", "the file is empty")]
)
def test_a_file_that_is_no_list_is_a_misuse(tmp_path: Path, text: str, said: str) -> None:
    ended = reverbere("import", town(tmp_path, text), "--config", new_site(tmp_path / "site"))
    assert ended.returncode == 2
    assert said in ended.stderr


def test_options_say_what_a_list_does_not(tmp_path: Path) -> None:
    folder = new_site(tmp_path / "site")
    file = town(tmp_path, "mast;m\n1;0\n2;30\n")
    with pytest.raises(BadRowsError, match="--zone"):
        import_lamps(file, folder, SILENT)
    options = Options(Wishes("Unterer Weg", "shelly", 42), "P4", "quiet", yes=True)
    with pytest.raises(ConfigurationError, match="no presence sensor"):
        import_lamps(file, folder, options)
    with pytest.raises(UnknownProgramError, match="known there: lit, quiet"):
        import_lamps(file, folder, replace(options, program="loud"))
    assert import_lamps(file, folder, replace(options, program="")) == 0
    site = load(folder)
    assert {device.convention for device in site.devices} == {"shelly"}
    assert site.plan.zones[1].design_class == "P4"


def test_zones_of_a_site_whose_programs_all_need_sensors_get_one_that_needs_none(tmp_path: Path) -> None:
    folder = example(tmp_path)
    assert import_lamps(town(tmp_path), folder, SILENT) == 0
    zone = next(zone for zone in load(folder).plan.zones if zone.id == "rue-neuve")
    assert (zone.program.name, zone.program.presence, zone.program.steps[0].default) == ("lit", None, 100.0)


def test_files_with_mistakes_or_in_parts_are_left_alone(tmp_path: Path) -> None:
    folder = example(tmp_path, ("  quai:\n    label", "  quai:\n    lable"))
    with pytest.raises(ConfigurationError):
        import_lamps(town(tmp_path), folder, SILENT)
    other = new_site(tmp_path / "other")
    (other / "lamps.yaml").write_text("lamp-1: {zone: rue-des-tanneurs, at: 0 m, convention: native, type: a}\n")
    (other / "devices.yaml").write_text(
        "version: 1\nluminaires: !include lamps.yaml\ntypes:\n  a: {full: 9 W, dimmed: 2 W at 10%, standby: 0 W}\n"
    )
    before = everything(other)
    with pytest.raises(EditError, match="luminaires"):
        import_lamps(town(tmp_path), other, SILENT)
    assert everything(other) == before
