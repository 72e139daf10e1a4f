"""Light bubbles, neighbours and ramps as they are written."""

from pathlib import Path

import pytest

from devices.device import DeviceId
from gateway.configuration.build import load
from gateway.configuration.problems import ConfigurationError
from gateway.lighting.check import notes
from gateway.lighting.plan import Neighbour, PresenceRule, ZoneId
from tests.configuration.files import example

STREET = ("    design: 5.0 lx", "    neighbours: {end: quai}\n    design: 5.0 lx")
QUAY = ("    label: Quai des Messageries", "    label: Quai des Messageries\n    neighbours: {start: [tanneurs]}")
BUBBLE = ("      hold: 45s", "      ahead: {50 km/h: 5, 1.4 m/s: 2}\n      behind: 1\n      hold: 45s")
RAMP = ("ramp: {up: 2s, down: 45s}", "ramp: {up: 2s, down: 45s, steady: 2min, in_view: 5%/s}")
RADAR = ("    count_line: 2 m", "    faces: end\n    count_line: 2 m")


def only(folder: Path) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(folder)
    (problem,) = caught.value.problems
    return f"{problem.found}; {problem.expected}"


def test_bubble_neighbours_ramp_and_radar_are_understood(tmp_path: Path) -> None:
    site = load(example(tmp_path, STREET, QUAY, BUBBLE, RAMP, RADAR))
    street, quay = site.plan.zones
    rule = street.program.presence
    assert isinstance(rule, PresenceRule)
    assert [(round(speed, 2), lamps) for speed, lamps in rule.ahead.points] == [(1.4, 2), (13.89, 5)]
    assert rule.behind == 1
    assert (street.program.ramp.steady, street.program.ramp.in_view) == (120 * 10**9, 5.0)
    assert street.neighbours == (Neighbour("end", ZoneId("quai"), "start"),)
    assert quay.neighbours == (Neighbour("start", ZoneId("tanneurs"), "end"),)
    watches = {watch.sensor: (watch.at, watch.faces) for watch in quay.watches}
    assert watches[DeviceId("radar-quai")] == (75.0, "end")
    assert notes(site.plan) == ()


def test_each_of_them_is_part_of_the_digest(tmp_path: Path) -> None:
    digests = set()
    for number, edits in enumerate([(), (STREET, QUAY), (BUBBLE,), (RAMP,), (RADAR,)]):
        (tmp_path / str(number)).mkdir()
        digests.add(load(example(tmp_path / str(number), *edits)).plan.digest)
    assert len(digests) == 5


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        ((STREET,), "quai does not say that it touches tanneurs"),
        (((STREET[0], STREET[1].replace("quai", "kai")),), '"kai" is not known in zones'),
        (((STREET[0], STREET[1].replace("quai", "tanneurs")),), "tanneurs would be its own neighbour"),
        (
            ((STREET[0], STREET[1].replace("end: quai", "end: quai, start: quai")), QUAY),
            "quai would touch both ends of tanneurs",
        ),
        (((BUBBLE[0], BUBBLE[1].replace("50 km/h: 5", "50 km/h: 1")),), "ahead falls from 2 lamps to 1 at 50 km/h"),
        (((BUBBLE[0], BUBBLE[1].replace("50 km/h: 5", "5.04 km/h: 5")),), "two points of ahead have the same speed"),
        (((BUBBLE[0], BUBBLE[1].replace("behind: 1", "behind: 6")),), "more lamps behind somebody (6) than ever ahead"),
        (((BUBBLE[0], BUBBLE[1].replace("behind: 1", "behind: one")),), '"one" is not a number of lamps'),
        (((BUBBLE[0], BUBBLE[1].replace("1.4 m/s", "1.4")),), '"1.4" has no unit'),
        (((RAMP[0], RAMP[1].replace("5%/s", "0%/s")),), "no light could ever change"),
        (
            (("    at: 0 m\n    convention: native", "    at: 0 m\n    faces: end\n    convention: native"),),
            '"faces" belongs to a sensor of presence',
        ),
    ],
)
def test_what_cannot_be_meant_is_told(tmp_path: Path, edits: tuple[tuple[str, str], ...], said: str) -> None:
    assert said in only(example(tmp_path, *edits))


def test_neighbours_of_a_program_without_bubble_are_told_to_light_nothing(tmp_path: Path) -> None:
    told = [note.text for note in notes(load(example(tmp_path, STREET, QUAY)).plan)]
    assert any("nobody in quai lights a lamp of Rue des Tanneurs" in text for text in told)
