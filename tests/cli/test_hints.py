"""Commands that are proposed as the next: they can be typed as they stand."""

from pathlib import Path

import pytest

from gateway.cli.hints import of_broker, of_site, typed
from gateway.cli.options import ETC, HERE

THERE = Path("my site")


def test_the_usual_folders_are_not_said() -> None:
    assert of_site("reverbere devices discover", HERE) == "reverbere devices discover"
    assert of_broker("reverbere broker setup", HERE, ETC) == "reverbere broker setup"


def test_other_folders_are_said_as_a_shell_needs_them() -> None:
    assert of_site("reverbere devices", THERE) == "reverbere devices --config 'my site'"
    assert of_broker("reverbere broker setup", THERE, Path("/m")) == (
        "reverbere broker setup --config 'my site' --mosquitto /m"
    )


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("reverbere check", "reverbere check 'my site'"),
        ("sudo reverbere broker renew", "sudo reverbere broker renew --config 'my site'"),
        ("journalctl -u reverbere -n 50", "journalctl -u reverbere -n 50"),
    ],
)
def test_what_helps_is_about_the_folder_that_was_asked_about(command: str, said: str) -> None:
    assert typed(command, THERE) == said
