"""Sensors and lamps on pins as they are written: what is left out, what is a mistake, and what is good to know."""

from pathlib import Path

import pytest

from gateway.configuration.build import load
from gateway.configuration.changes import compare
from gateway.configuration.pins import notes
from gateway.configuration.problems import ConfigurationError
from gateway.configuration.site import LampPinSettings, SensorPinSettings
from tests.configuration.files import EXAMPLE

MS = 1_000_000
PIR = "pir: {zone: quai, at: 10 m, sees: 7 m, convention: gpio, pin: GPIO17, debounce: 50ms, silence: trusted}"
STRIP = "strip: {zone: quai, at: 10 m, convention: gpio, pin: GPIO18, type: led-28w}"


def pir(keys: str) -> str:
    return f"pir: {{zone: quai, at: 10 m, sees: 7 m, convention: gpio, silence: trusted, {keys}}}"


def beam(keys: str) -> str:
    return f"beam: {{zone: quai, at: 10 m, convention: gpio, silence: trusted, {keys}}}"


def strip(keys: str, name: str = "strip") -> str:
    return f"{name}: {{zone: quai, at: 10 m, convention: gpio, type: led-28w, {keys}}}"


def site(folder: Path, *, sensors: tuple[str, ...] = (), lamps: tuple[str, ...] = (), more: str = "") -> Path:
    """The example with more sensors and lamps."""
    for name in ("site.yaml", "lighting.yaml", "devices.yaml"):
        text = (EXAMPLE / name).read_text(encoding="utf-8")
        if name == "devices.yaml":
            for section, lines in (("sensors:\n", sensors), ("luminaires:\n", lamps)):
                text = text.replace(section, section + "".join(f"  {line}\n" for line in lines), 1)
            text += more
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_a_motion_sensor_and_a_strip_need_no_more_than_their_pins(tmp_path: Path) -> None:
    made = load(site(tmp_path, sensors=(PIR,), lamps=(STRIP,)))
    assert made.pins == (
        SensorPinSettings("gpio:GPIO17", "pir", "GPIO17", True, True, 50 * MS),  # type: ignore[arg-type]  # noqa: FBT003
        LampPinSettings("gpio:GPIO18", "strip", "GPIO18", "pwm", True, 200.0, 0, 100.0),  # type: ignore[arg-type]  # noqa: FBT003
    )
    devices = {device.id: device for device in made.devices}
    assert {name: (devices[name].link, devices[name].address) for name in ("pir", "strip")} == {  # type: ignore[index]
        "pir": ("gpio:GPIO17", "GPIO17"),
        "strip": ("gpio:GPIO18", "GPIO18"),
    }


@pytest.mark.parametrize(
    ("keys", "active_high", "pulled_up"),
    [
        ("active: high", True, True),
        ("active: low", False, False),
        ("active: low, pull: up", False, True),
        ("active: high, pull: down", True, False),
    ],
)
def test_a_pin_is_pulled_to_somebody_unless_it_is_written(
    tmp_path: Path, keys: str, *, active_high: bool, pulled_up: bool
) -> None:
    made = load(site(tmp_path, sensors=(pir(f"pin: GPIO17, {keys}"),)))
    (held,) = made.pins
    assert isinstance(held, SensorPinSettings)
    assert (held.active_high, held.pulled_up) == (active_high, pulled_up)
    (note,) = notes(made)
    assert ("a cut signal wire reads somebody" in note.text) is (active_high is pulled_up)
    assert ("a cut wire reads nobody, and nobody learns it" in note.text) is (active_high is not pulled_up)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("pin: GPIO12, output: hardware-pwm", ("hardware-pwm", 1500.0, 0, 100.0)),
        ("pin: GPIO12, output: hardware-pwm, frequency: 4 kHz", ("hardware-pwm", 4000.0, 0, 100.0)),
        ("pin: GPIO5, output: relay, failure_level: 0%", ("relay", 0.0, 300_000 * MS, 0.0)),
        ("pin: GPIO5, output: relay, min_on: 0s", ("relay", 0.0, 0, 100.0)),
    ],
)
def test_a_lamp_says_how_it_hangs_on_its_pin(
    tmp_path: Path, keys: str, expected: tuple[str, float, int, float]
) -> None:
    (held,) = load(site(tmp_path, lamps=(strip(keys),))).pins
    assert isinstance(held, LampPinSettings)
    assert (held.output, held.frequency, held.min_on, held.failure_level) == expected


@pytest.mark.parametrize(
    ("sensor", "lamp", "found"),
    [
        (pir("debounce: 50ms"), "", '"pin" is missing'),
        (pir("pin: GPIO17, address: x"), "", "on the header the pin is the address"),
        (pir("pin: GPIO17, measures: pedestrians"), "", 'a counter that only counts has no "sees"'),
        (beam("pin: GPIO17"), "", '"sees" is missing'),
        (beam("pin: GPIO17, measures: presence"), "", '"sees" is missing'),
        (beam("pin: GPIO17, measures: pedestrians, wraps_at: 9999"), "", 'a pin has no "wraps_at"'),
        (PIR.replace("silence: trusted", "heartbeat: 20s"), "", "a pin is said again every ten seconds"),
        (PIR.replace(", silence: trusted", ""), "", '"heartbeat" is missing'),
        (pir("pin: GPIO3, active: low"), "", "GPIO3 has a resistor to 3.3 V on the board"),
        (pir("pin: GPIO17, base: x"), "", "gpio has no base topic"),
        (pir("measures: presence, pin: GPIO17").replace("gpio", "tasmota"), "", '"pin" belongs to a pin of the header'),
        ("", strip("output: relay"), '"pin" is missing'),
        ("", strip("pin: GPIO5, output: hardware-pwm"), "the hardware makes no PWM on GPIO5"),
        ("", strip("pin: GPIO5, min_on: 5min"), '"min_on" belongs to a relay'),
        ("", strip("pin: GPIO5, output: relay, frequency: 200 Hz"), "a relay is no PWM"),
        ("", strip("pin: GPIO5, frequency: 2 kHz"), "2000 Hz is no frequency for  output: pwm"),
        ("", strip("pin: GPIO5, frequency: 0 Hz"), "nothing happens 0 times a second"),
        ("", strip("pin: GPIO5, frequency: 200"), '"200"'),
        (PIR, strip("pin: GPIO17"), "pir is on GPIO17 already"),
        (pir("pin: GPIO15"), strip("pin: GPIO5"), "GPIO15 is a pin of the serial line /dev/serial0"),
    ],
)
def test_mistakes_are_told(tmp_path: Path, sensor: str, lamp: str, found: str) -> None:
    line = "line: {zone: quai, at: 1 m, sees: 2 m, convention: ld2450, serial: /dev/serial0, heartbeat: 5s}"
    sensors = (line, sensor) if sensor else (line,)
    with pytest.raises(ConfigurationError) as error:
        load(site(tmp_path, sensors=sensors, lamps=(lamp,) if lamp else ()))
    assert [found in problem.found for problem in error.value.problems] == [True], str(error.value)


def test_a_pin_of_a_key_switch_is_no_lamps(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="armoire is on GPIO18 already"):
        load(site(tmp_path, lamps=(STRIP,), more="\nkeys:\n  armoire: {pin: GPIO18}\n"))


def test_one_channel_has_one_frequency_and_before_the_pi_5_one_lamp(tmp_path: Path) -> None:
    one, two = strip("pin: GPIO12, output: hardware-pwm"), strip("pin: GPIO18, output: hardware-pwm", "other")
    (note,) = notes(load(site(tmp_path, lamps=(one, two))))
    assert note.text.startswith("before the Pi 5 GPIO18 has the channel of GPIO12")
    with pytest.raises(ConfigurationError, match="GPIO12 of strip has the same channel before the Pi 5, at 1500 Hz"):
        load(site(tmp_path, lamps=(one, two.replace("hardware-pwm", "hardware-pwm, frequency: 4 kHz"))))


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("pin: GPIO18", "are made by a program, and its light may flicker"),
        ("pin: GPIO18, output: hardware-pwm, frequency: 500 Hz", "low-risk from 1250 Hz on"),
        ("pin: GPIO5, output: relay", "any level is all its light, and its type says that it dims"),
    ],
)
def test_what_is_allowed_of_lamps_and_good_to_know_is_said(tmp_path: Path, keys: str, said: str) -> None:
    (note,) = notes(load(site(tmp_path, lamps=(strip(keys),))))
    assert said in note.text
    assert note.place.text.strip() == strip(keys)


def test_changes_name_the_pins(tmp_path: Path) -> None:
    before = load(site(tmp_path, sensors=(PIR,), lamps=(STRIP,)))
    after = load(site(tmp_path, sensors=(PIR.replace("50ms", "80ms"),), lamps=(STRIP,)))
    assert compare(before, after).lines() == ("pin GPIO17: it is held anew",)
