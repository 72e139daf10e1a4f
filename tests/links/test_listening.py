"""What speaks on a port is heard on a real pseudo-terminal; a port that somebody holds is said to be held."""

from pathlib import Path

import pytest
import serial

from gateway.links.delivery import LinkDown
from gateway.links.listening import listen
from tests.devices.framed import FRAMED
from tests.links.cable import speaking


@pytest.mark.parametrize("framing", ["lines", "ld2450", "slip"])
def test_what_speaks_is_named(tmp_path: Path, framing: str) -> None:
    with speaking(tmp_path, FRAMED[framing]) as port:
        spoken = listen(port, 2.0)
    assert spoken.guess.framing == framing
    assert spoken.guess.good > 1


def test_silence_at_every_speed_is_silence(tmp_path: Path) -> None:
    with speaking(tmp_path, b"") as port:
        assert listen(port, 0.1, (9600, 115_200)).bytes == 0


def test_a_port_that_is_held_is_not_taken(tmp_path: Path) -> None:
    with (
        speaking(tmp_path, b"{}\n") as port,
        serial.serial_for_url(port, exclusive=True),
        pytest.raises(LinkDown, match="port"),
    ):
        listen(port, 0.1)
