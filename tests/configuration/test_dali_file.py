"""Lamps on DALI lines in devices.yaml."""

from pathlib import Path

import pytest

from gateway.configuration import dali
from gateway.configuration.build import load
from gateway.configuration.problems import ConfigurationError
from tests.configuration.test_makes import site

LINE = 'convention: dali, line: "daliserver://127.0.0.1:55825"'


def two(folder: Path, first: str, second: str) -> Path:
    """The example site with two lamps more."""
    written = site(folder, lamp=first)
    file = written / "devices.yaml"
    more = f"luminaires:\n  lamp-other: {{zone: quai, at: 12 m, type: led-28w, {second}}}\n"
    file.write_text(file.read_text("utf-8").replace("luminaires:\n", more), "utf-8")
    return written


def problems(folder: Path) -> list[tuple[str, str]]:
    with pytest.raises(ConfigurationError) as raised:
        load(folder)
    return [(problem.found, problem.expected) for problem in raised.value.problems]


@pytest.mark.parametrize(
    ("line", "link"),
    [
        ("tridonic:/dev/dali/daliusb-1", "dali:tridonic:/dev/dali/daliusb-1"),
        ("daliserver://attic:55825", "dali:daliserver://attic:55825"),
        ("daliserver://[::1]:55825", "dali:daliserver://[::1]:55825"),
    ],
)
def test_a_lamp_is_behind_its_line(tmp_path: Path, line: str, link: str) -> None:
    written = f'convention: dali, line: "{line}", address: 5, dimming_curve: linear, failure_level: 40%'
    (device,) = (each for each in load(site(tmp_path, lamp=written)).devices if each.id == "lamp-extra")
    assert (device.link, device.address) == (link, "5")
    assert device.options == {"dimming_curve": "linear", "failure_level": 40.0}


def test_two_lines_may_have_the_same_addresses(tmp_path: Path) -> None:
    other = 'convention: dali, line: "daliserver://127.0.0.1:55826", address: 5'
    assert len(load(two(tmp_path, f"{LINE}, address: 5", other)).devices)


def test_an_address_is_given_once_on_a_line(tmp_path: Path) -> None:
    found = problems(two(tmp_path, f"{LINE}, address: 5", f"{LINE}, address: 5"))
    assert [words for words, _ in found] == ['lamp-other has the address "5" too']


@pytest.mark.parametrize(
    ("lamp", "found"),
    [
        (f"{LINE}, address: 64", '"64" is no short address'),
        (f"{LINE}, address: 05", '"05" is no short address'),
        (f"{LINE}, address: group-1", '"group-1" is no short address'),
        (LINE, '"address" is missing'),
        ("convention: dali, address: 5", '"line" is missing'),
        (
            "convention: dali, address: 5, line: /dev/ttyUSB0",
            '"/dev/ttyUSB0" is no DALI line: expected tridonic: or daliserver://',
        ),
        (
            "convention: dali, address: 5, line: 'daliserver://h'",
            '"daliserver://h" is no DALI line: expected daliserver://host:port',
        ),
        (
            "convention: dali, address: 5, line: 'daliserver://h:99999'",
            '"daliserver://h:99999" is no DALI line: there is no port 99999',
        ),
        (f"{LINE}, address: 5, dimming_curve: cubic", '"cubic" is not known here'),
        ("convention: native, dimming_curve: linear", '"dimming_curve" belongs to a lamp on a DALI line'),
        ("convention: native, line: 'tridonic:/dev/x'", '"line" belongs to a lamp on a DALI line'),
    ],
)
def test_what_is_no_lamp_on_a_line_is_a_mistake(tmp_path: Path, lamp: str, found: str) -> None:
    assert found in [words for words, _ in problems(site(tmp_path, lamp=lamp))]


def test_no_sensor_speaks_dali(tmp_path: Path) -> None:
    assert "no sensor speaks dali" in [words for words, _ in problems(site(tmp_path, "convention: dali"))]


def test_without_the_extra_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dali, "find_spec", lambda _name: None)
    assert problems(site(tmp_path, lamp=f"{LINE}, address: 5")) == [
        ("what speaks DALI is not installed", 'Run  pip install "reverbere[dali]"')
    ]
