"""`homeassistant:` in site.yaml: off unless it is written, and no orders that nobody could be held to."""

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.clock import SECOND
from gateway.configuration.build import load
from gateway.configuration.changes import compare
from gateway.configuration.problems import ConfigurationError
from gateway.configuration.site import HomeAssistantSettings
from tests.configuration.files import example
from tests.integration.small_site import write_site

ACCOUNT = ("broker: mosquitto}", "username: reverbere, password_file: password}")


def written(folder: Path, block: str, *edits: tuple[str, str]) -> Path:
    """The small street with a block in its site.yaml."""
    file = write_site(folder, 1883) / "site.yaml"
    text = file.read_text()
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    file.write_text(f"{text}homeassistant: {block}\n")
    return folder


def only(folder: Path) -> str:
    with pytest.raises(ConfigurationError) as refused:
        load(folder)
    (problem,) = refused.value.problems
    return f"{problem.found}; {problem.expected}"


def test_nobody_is_told_unless_it_is_written(tmp_path: Path) -> None:
    assert load(example(tmp_path)).homeassistant is None


def test_an_empty_block_shows_and_takes_no_orders(tmp_path: Path) -> None:
    assert load(written(tmp_path, "{}")).homeassistant == HomeAssistantSettings("homeassistant", (), None)


def test_accounts_and_how_long_their_orders_hold(tmp_path: Path) -> None:
    block = "{accounts: [ana-ha, bob, bob], lasts: 2h, prefix: ha/lab, reason: by the app}"
    settings = load(written(tmp_path, block, ACCOUNT)).homeassistant
    assert settings == HomeAssistantSettings("ha/lab", ("ana-ha", "bob"), 7200 * SECOND, "by the app")


@pytest.mark.parametrize(
    ("block", "edits", "said"),
    [
        ("{accounts: ana}", (), "orders need a broker that knows its accounts"),
        ("{accounts: ana/bob}", (ACCOUNT,), '"ana/bob" can be no account here'),
        ("{accounts: +}", (ACCOUNT,), '"+" can be no account here'),
        ("{prefix: ha/#}", (), '"ha/#" cannot begin a topic'),
        ("{accounts: ana, lasts: 25h}", (ACCOUNT,), "orders would last 25h, and overrides last 24h at most"),
    ],
)
def test_what_cannot_be_is_told_in_words(
    tmp_path: Path, block: str, edits: tuple[tuple[str, str], ...], said: str
) -> None:
    assert said in only(written(tmp_path, block, *edits))


def test_without_a_broker_nobody_can_be_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load(written(tmp_path, "{}", ('mqtt: {url: "mqtt://127.0.0.1:1883", broker: mosquitto}\n', "")))
    assert "Home Assistant is told by a broker, and there is none" in f"{refused.value}"


def test_what_a_reload_changes_of_it_is_said(tmp_path: Path) -> None:
    off = load(write_site(tmp_path, 1883))
    on, other = (replace(off, homeassistant=HomeAssistantSettings(prefix=prefix)) for prefix in ("a", "b"))
    assert compare(off, on).lines() == ("Home Assistant: told now",)
    assert compare(on, other).lines() == ("Home Assistant: told otherwise",)
    assert compare(on, off).lines() == ("Home Assistant: told no more",)
    assert compare(on, on).lines() == ()
