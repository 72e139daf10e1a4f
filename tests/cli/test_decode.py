"""What `reverbere decode` says of a message, and how it ends."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.decoding import Wish, WishError, run_decode
from tests.cli.command import REVERBERE, reverbere
from tests.configuration.files import EXAMPLE
from tests.devices.framed import cobs, ld2410, nmea, slip

COUNTER = "reverbere/lab/sensor/west"


class Terminal:
    """A standard input with given bytes, and what was printed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def decode(self, payload: bytes, **options: Any) -> tuple[int, list[dict[str, Any]], str]:
        """The exit status, the lines and the complaint."""
        wish = {"convention": "", "framing": "", "topic": "", "as_hex": False, "context": None, "config": None}
        self._monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(payload)))
        status = run_decode(Wish(**{**wish, **options}))
        printed = self._capsys.readouterr()
        return status, [json.loads(line) for line in printed.out.splitlines()], printed.err


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(monkeypatch, capsys)


def test_a_reading_is_a_line_with_its_unit_time_period_and_quality(terminal: Terminal) -> None:
    payload = b'{"v":1,"time":"2020-01-01T00:00:00Z","period":60,"pedestrians":{"in":2}}\n'
    status, lines, complaint = terminal.decode(payload, convention="native", topic=COUNTER)
    assert status == 0
    assert not complaint
    assert lines[0].pop("time").endswith("Z")
    assert lines == [
        {
            "device": "west",
            "quantity": "pedestrians",
            "channel": "in",
            "value": 2,
            "unit": "1",
            "period": 60.0,
            "quality": "clock_uncertain",
        }
    ]


def test_a_lamp_says_level_power_and_faults(terminal: Terminal) -> None:
    payload = b'{"v":1,"level":40,"power":9.5,"faults":["lampFailure"]}'
    status, lines, _ = terminal.decode(payload, convention="native", topic="reverbere/lab/lamp/l1/state")
    assert status == 0
    said = [(line["quantity"], line["channel"], line["value"]) for line in lines]
    assert said == [("level", "", 40.0), ("power", "", 9.5), ("fault", "lampFailure", True)]


def test_nothing_to_say_is_no_line_and_no_error(terminal: Terminal) -> None:
    assert terminal.decode(b"online", convention="native", topic=f"{COUNTER}/availability") == (0, [], "")


def test_what_means_nothing_is_said_on_standard_error_beside_what_does_mean_something(terminal: Terminal) -> None:
    status, lines, complaint = terminal.decode(
        b'{"v":1,"presence":true,"battery":"full"}', convention="native", topic=COUNTER
    )
    assert status == 1
    assert [line["value"] for line in lines] == [True]
    assert 'expected a number in battery, found "full"' in complaint


def test_a_stream_is_cut_into_frames_and_its_garbage_is_counted(terminal: Terminal) -> None:
    frame = "aaff03000e03b186100040010000000000000000000000000000000055cc"
    status, lines, complaint = terminal.decode(f"0102{frame}".encode(), framing="ld2450", as_hex=True)
    assert status == 0
    assert [(line["quantity"], line["value"]) for line in lines] == [("occupancy", 1)]
    assert "1 good frames, 0 bad, 2 bytes skipped" in complaint


@pytest.mark.parametrize(("framing", "send"), [("nmea", nmea), ("slip", slip), ("cobs", cobs)])
def test_the_last_frame_of_a_stream_may_lack_its_end_and_garbage_harms_no_other(
    terminal: Terminal, framing: str, send: Callable[[bytes], bytes]
) -> None:
    stream = send(b'{"v":1,"presence":true}') + send(b'{"v":1,"presence":false}')
    status, lines, complaint = terminal.decode(stream[:-1], framing=framing)
    assert status == 0
    assert [line["value"] for line in lines] == [True, False]
    assert "2 good frames, 0 bad, 0 bytes skipped" in complaint


def test_a_radar_of_presence_is_read_from_its_stream_and_by_the_frame(terminal: Terminal) -> None:
    frame = ld2410(1, 120, 0, 90)
    asked: list[dict[str, Any]] = [{"framing": "ld2410"}, {"convention": "ld2410", "topic": "radar"}]
    for options in asked:
        status, lines, _ = terminal.decode(frame, **options)
        assert status == 0
        assert [(line["quantity"], line["channel"], line["value"]) for line in lines] == [
            ("presence", "", True),
            ("distance", "", 0.9),
            ("distance", "moving", 1.2),
        ]
    assert terminal.decode(frame[:12], framing="ld2410")[0] == 1


def test_a_damaged_frame_is_a_finding(terminal: Terminal) -> None:
    status, lines, _ = terminal.decode(b'{"v":1,"presence":true}\n}\n', framing="lines")
    assert status == 1
    assert [line["device"] for line in lines] == ["/dev/stdin"]


def test_devices_of_a_folder_are_known_by_their_ids(terminal: Terminal) -> None:
    topic = "reverbere/chalon/sensor/counter-west"
    _, lines, _ = terminal.decode(b'{"v":1,"pedestrians":1}', convention="native", topic=topic, config=EXAMPLE)
    assert [line["device"] for line in lines] == ["counter-west"]


def test_a_device_is_described_by_earlier_messages(terminal: Terminal, tmp_path: Path) -> None:
    exposed = [{"friendly_name": "b", "definition": {"exposes": [{"property": "brightness", "value_max": 1000}]}}]
    file = tmp_path / "context"
    payload = b'{"state":"ON","brightness":250}'
    for written in (
        f"zigbee2mqtt/bridge/devices {json.dumps(exposed)}",
        json.dumps({"topic": "zigbee2mqtt/bridge/devices", "payload": exposed}),
        json.dumps({"topic": "zigbee2mqtt/bridge/devices", "payload_hex": json.dumps(exposed).encode().hex()}),
    ):
        file.write_text(written)
        _, lines, _ = terminal.decode(payload, convention="zigbee2mqtt", topic="zigbee2mqtt/b", context=file)
        assert [(line["device"], line["quantity"], line["value"]) for line in lines] == [("b", "level", 25.0)]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"convention": "mesh", "topic": "a"}, 'found "mesh"'),
        ({"convention": "native"}, "--topic"),
        ({"framing": "smoke"}, 'found "smoke"'),
        ({"convention": "native", "topic": COUNTER, "as_hex": True}, "hexadecimal"),
    ],
)
def test_a_wish_that_cannot_be_done_says_what_would_be(
    terminal: Terminal, options: dict[str, Any], expected: str
) -> None:
    with pytest.raises(WishError, match=expected):
        terminal.decode(b"x", **options)


def test_earlier_messages_must_be_messages(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "context"
    file.write_text('homeassistant/x/config {"a": 1}\n{"topic": "a"}\n')
    with pytest.raises(WishError, match="context:2: expected an object such as"):
        terminal.decode(b"{}", convention="native", topic=COUNTER, context=file)


def test_the_verb_itself_takes_standard_input() -> None:
    assert Path(REVERBERE).exists()
    done = reverbere("decode", "--convention", "native")
    assert done.returncode == 2
    assert "--topic" in done.stderr
