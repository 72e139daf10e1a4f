"""`reverbere demo` as its user runs it."""

import json
import os
import pty
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.command import PLAIN, REVERBERE, reverbere
from tests.cli.conftest import Played
from tests.links.inbox import PATIENCE

DEMO = [REVERBERE, "demo", "--speed", "60", "--start", "21:00"]


def test_everybody_who_was_sensed_is_recorded(played: Played) -> None:
    figures = played.figures
    assert played.status == 0
    assert figures["people_sensed"] == figures["people_recorded"] > 0
    sensed = {counter: sums["sensed"] for counter, sums in figures["by_counter"].items()}
    assert sensed == {counter: sums["recorded"] for counter, sums in figures["by_counter"].items()}
    assert set(sensed) == {"counter-west", "counter-east", "counter-quai"}
    assert (figures["rejected"], figures["duplicates"]) == (0, 0)


def test_its_figures_are_those_of_a_street_at_night(played: Played) -> None:
    figures = played.figures
    assert figures["street_seconds"] == pytest.approx(480, rel=0.2)
    assert figures["messages_sent"] > 1000
    assert figures["readings_stored"] > 100
    assert figures["commands_sent"] >= 25 * 7
    assert 40 <= figures["mean_level_percent"] <= 100
    # Twenty lamps of 28 W and five of 9 W for about that long: how long exactly goes by the machine's load.
    assert 0 < figures["energy_wh"] <= figures["always_on_wh"]
    assert figures["always_on_wh"] == pytest.approx(605 * figures["street_seconds"] / 3600, rel=0.15)


def test_what_is_kept_is_not_overwritten(played: Played) -> None:
    refused = reverbere("demo", "--keep", played.folder)
    assert refused.returncode == 2
    assert "is not empty" in refused.stderr


@pytest.mark.parametrize(
    ("options", "word"), [(("--start", "25:00"), "21:00"), (("--for", "5"), "unit"), (("--speed", "0"), "0.1")]
)
def test_a_misused_option_is_said_in_words_with_status_2(options: tuple[str, str], word: str) -> None:
    refused = reverbere("demo", *options)
    assert refused.returncode == 2
    assert word in refused.stderr
    assert "Traceback" not in refused.stderr


def test_the_files_of_a_demo_can_be_edited_and_read_anew_while_it_runs(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    command = [*DEMO, "--json", "--keep", str(folder)]
    with subprocess.Popen(command, env=PLAIN, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as demo:
        try:
            until = time.monotonic() + PATIENCE
            while not (folder / "state" / "control.sock").exists():
                assert time.monotonic() < until, "waited in vain for a gateway"
                time.sleep(0.05)
            rules = folder / "lighting.yaml"
            rules.write_text(rules.read_text().replace("design: 5.0 lx", "design: 6.0 lx"))
            told = json.loads(reverbere("reload", "--json", "--config", folder).stdout)
            assert told["changes"] == ["zone tanneurs: design in lx 5 -> 6"]
        finally:
            demo.send_signal(signal.SIGINT)
        figures, _ = demo.communicate(timeout=PATIENCE)
    assert demo.returncode == 0
    assert json.loads(figures)["people_sensed"] == json.loads(figures)["people_recorded"]


@contextmanager
def screen() -> Iterator[tuple[int, int]]:
    """A terminal that is looked at from the near end; the program gets the far one."""
    near, far = pty.openpty()
    try:
        yield near, far
    finally:
        os.close(near)
        os.close(far)


def seen_until(near: int, *words: str) -> str:
    """What appears on the screen until all words have."""
    seen, until = "", time.monotonic() + PATIENCE
    while not all(word in seen for word in words):
        assert time.monotonic() < until, f"waited in vain for {words}: {seen[-2000:]}"
        if select.select([near], [], [], 0.2)[0]:
            seen += os.read(near, 65_536).decode(errors="replace")
    return seen


def test_on_a_terminal_the_street_is_drawn_and_ctrl_c_ends_it_with_the_figures(played: Played) -> None:
    assert played.status == 0
    with screen() as (near, far):
        terminal = {**PLAIN, "TERM": "xterm", "LINES": "60"}
        demo = subprocess.Popen(DEMO, stdin=far, stdout=far, stderr=far, env=terminal)
        try:
            drawn = seen_until(near, "Rue des Tanneurs", "Quai des Messageries", "people/h", "orders out", "█")
            demo.send_signal(signal.SIGINT)
            told = seen_until(near, "people sensed", "% saved")
            assert demo.wait(PATIENCE) == 0
        finally:
            demo.kill()
            demo.wait()
    assert "Traceback" not in drawn + told
    assert "every one of them" in told


def test_for_programs_an_interrupted_demo_still_gives_its_figures(played: Played) -> None:
    assert played.status == 0
    demo = subprocess.Popen([*DEMO, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=PLAIN)
    assert demo.stderr is not None
    assert any(b'"mqtt"' in line and b"link up" in line for line in demo.stderr)
    demo.send_signal(signal.SIGINT)
    out, errors = demo.communicate(timeout=PATIENCE)
    figures = json.loads(out)
    assert (demo.returncode, figures["people_sensed"]) == (0, figures["people_recorded"])
    assert b"Traceback" not in errors


def test_nothing_is_left_of_a_demo_that_shall_not_be_kept(played: Played, tmp_path: Path) -> None:
    assert played.status == 0
    elsewhere = {**PLAIN, "TMPDIR": str(tmp_path)}
    ended = subprocess.run([*DEMO, "--for", "1s", "--json"], env=elsewhere, check=True, capture_output=True)
    assert json.loads(ended.stdout)["energy_wh"] > 0
    assert list(tmp_path.iterdir()) == []
