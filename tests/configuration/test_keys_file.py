"""Key switches as they are written, and what is said of mistakes in them."""

from pathlib import Path

import pytest

from gateway.configuration.build import load
from gateway.configuration.changes import compare
from gateway.configuration.keys import notes
from gateway.configuration.problems import ConfigurationError
from gateway.configuration.site import KeySettings
from tests.configuration.files import example

HOUR = 3600 * 10**9


def written(folder: Path, *keys: str) -> Path:
    """The example with key switches."""
    lines = "".join(f"  {key}\n" for key in keys)
    return example(folder, more=f"\nkeys:\n{lines}", file="devices.yaml")


def test_a_key_that_says_only_its_pin_lights_every_zone_and_trusts_no_wire(tmp_path: Path) -> None:
    (key,) = load(written(tmp_path, "armoire: {pin: GPIO22}")).keys
    assert key == KeySettings("armoire", "GPIO22", ("tanneurs", "quai"), 100, 12 * HOUR)  # type: ignore[arg-type]
    assert key.normally_closed
    assert notes_of(tmp_path) == []
    assert load(written(tmp_path, "armoire: {pin: GPIO22, zones: all}")).keys == (key,)


def test_a_key_may_say_where_how_bright_and_how_long(tmp_path: Path) -> None:
    text = "hall: {pin: GPIO5, zones: quai, level: 79.5%, at_most: 2h, contact: normally-open, debounce: 20ms}"
    (key,) = load(written(tmp_path, text)).keys
    assert (key.zones, key.level, key.at_most, key.debounce) == (("quai",), 80, 2 * HOUR, 20_000_000)
    assert not key.normally_closed


def notes_of(folder: Path) -> list[str]:
    return [note.text for note in notes(load(folder))]


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("armoire: {pin: GPIO22, contact: normally-open}", "a cut wire of armoire reads as a key that nobody turned"),
        ("armoire: {pin: GPIO22, level: 60%}", "armoire asks for 60%: where people are walking"),
        ("armoire: {pin: GPIO22, at_most: 2d}", "armoire may hold for 48h; what people order ends after 24h"),
    ],
)
def test_what_is_allowed_and_good_to_know_is_said_at_the_key(tmp_path: Path, key: str, said: str) -> None:
    (note,) = notes(load(written(tmp_path, key)))
    assert said in note.text
    assert note.place.text.strip() == key


def test_a_pin_of_a_serial_line_on_the_header_is_told(tmp_path: Path) -> None:
    port = "/dev/serial/by-id/usb-Silicon_Labs_CP2102N_4f1a-if00-port0"
    example(tmp_path, (port, "/dev/serial0"), more="\nkeys:\n  armoire: {pin: GPIO15}\n", file="devices.yaml")
    assert notes_of(tmp_path) == ["GPIO15 is a pin of the serial line /dev/serial0: one of the two does not work"]


@pytest.mark.parametrize(
    ("keys", "found", "mend"),
    [
        (["armoire: {pin: 22}"], '"22" is no pin that is free', "Did you mean  GPIO22 ?"),
        (["armoire: {pin: BCM 22}"], '"BCM 22" is no pin that is free', "Did you mean  GPIO22 ?"),
        (["armoire: {pin: GPIO28}"], '"GPIO28" is no pin that is free', "GPIO2 to GPIO27"),
        (["armoire: {pin: GPIO22, zones: [qai]}"], '"qai" is not known in zones', "Did you mean  quai ?"),
        (["a: {pin: GPIO22}", "b: {pin: GPIO22}"], "a is on GPIO22 already", "A pin of its own"),
        (["armoire: {zones: all}"], '"pin" is missing in armoire', "Write  pin:"),
        (["armoire: {pin: GPIO22, contact: closed}"], '"closed" is not known here', "normally-closed"),
        (["Armoire: {pin: GPIO22}"], '"Armoire" cannot be an id', "Did you mean  armoire ?"),
    ],
)
def test_a_mistake_is_said_with_what_mends_it(tmp_path: Path, keys: list[str], found: str, mend: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(written(tmp_path, *keys))
    (problem,) = caught.value.problems
    assert found in problem.found
    assert mend in f"{problem.expected} {problem.hint}"


def test_changes_name_the_keys(tmp_path: Path) -> None:
    before = load(written(tmp_path, "a: {pin: GPIO22}", "b: {pin: GPIO23}"))
    after = load(written(tmp_path, "b: {pin: GPIO23, level: 90%}", "c: {pin: GPIO22}"))
    assert compare(before, after).lines() == (
        "key switch c added",
        "key switch a removed",
        "key switch b: it is read anew",
    )
