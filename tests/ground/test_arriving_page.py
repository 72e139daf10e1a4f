"""docs/arriving.md held against the program: its options, its list of lamps, and what it says of headings."""

import re
from pathlib import Path

from gateway.cli.importing import Options, import_lamps
from gateway.configuration.build import load
from gateway.configuration.inventory.arrange import Wishes
from gateway.configuration.inventory.columns import Column, columns
from gateway.configuration.starting import files
from tests.cli.command import reverbere
from tests.configuration.start import START
from tests.ground.pages import fenced, page

PAGE = page("docs/arriving.md")


def test_every_option_of_the_page_is_one_of_the_verbs() -> None:
    helped = reverbere("init", "--help").stdout + reverbere("import", "--help").stdout
    known = set(re.findall(r"--[a-z][a-z-]+", helped))
    assert set(re.findall(r"--[a-z][a-z-]+", PAGE)) <= known
    assert set(re.findall(r"--influx-[a-z-]+|--broker-[a-z-]+", helped)) <= set(re.findall(r"--[a-z][a-z-]+", PAGE))


def test_the_list_of_the_page_comes_in_as_it_says(tmp_path: Path) -> None:
    for name, text in files(START).items():
        (tmp_path / name).write_text(text)
    (tmp_path / "lamps.csv").write_text(fenced(PAGE, "csv")[0])
    assert import_lamps(tmp_path / "lamps.csv", tmp_path, Options(Wishes(), yes=True)) == 0
    site = load(tmp_path)
    assert next((device.id, device.label) for device in site.devices) == ("lamp-0417", "PL 0417")
    (zone,) = site.plan.zones
    assert (zone.id, len(zone.luminaires), zone.program.name) == ("rue-des-tanneurs", 3, "lit")


def test_every_heading_of_the_page_is_understood() -> None:
    rows = re.findall(r"^\| ([a-z ,]+) \| ([^|`]+) \|$", PAGE[PAGE.index("headings, in English") :], re.MULTILINE)
    meant = {"number": Column.POLE, "street": Column.STREET, "metres": Column.METRES, "type": Column.TYPE}
    meant |= {"watts": Column.POWER}
    for what, words in rows:
        column = meant.get(re.split(r"[ ,]", what)[0])
        for word in re.split(r"[,;] ", words) if column else []:
            headings = (word, "lat", "lon") if column is Column.POLE else ("pole", word, "lat", "lon")
            assert columns(headings).get(column) == headings.index(word), word  # type: ignore[arg-type]
    assert len(rows) >= 7
