"""One short demo, whose kept site all the other verbs are tried on."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import reverbere
from tests.servers import ServerMissing, program


@dataclass(frozen=True)
class Played:
    """A demo that is over: the site it left, its figures, and how it ended."""

    folder: Path
    figures: dict[str, Any]
    status: int


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Eight seconds of a demo, sixty times as fast: eight minutes of a November evening."""
    try:
        program("nats-server")
    except ServerMissing as missing:
        pytest.skip(str(missing))
    folder = tmp_path_factory.mktemp("demo") / "site"
    options = ("--speed", "60", "--start", "21:00", "--for", "8s", "--json", "--keep", folder)
    ended = reverbere("demo", *options, patience=60)
    assert ended.stdout, ended.stderr
    return Played(folder, json.loads(ended.stdout), ended.returncode)
