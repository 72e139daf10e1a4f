"""What the tests of the whole gateway share."""

from pathlib import Path

import pytest

from tests.integration.small_site import write_site
from tests.servers import Server


@pytest.fixture
def site(mosquitto: Server, tmp_path: Path) -> Path:
    """The files of the small street, whose broker is mosquitto."""
    return write_site(tmp_path / "site", mosquitto.port)
