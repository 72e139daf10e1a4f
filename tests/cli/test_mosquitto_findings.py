"""What the doctor reads off mosquitto's own files: how much of our absence it bridges."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cli.findings.mosquitto import Limits, absence, configured, free_memory, limits
from tests.ground.pages import ROOT

SHIPPED = (ROOT / "systemd" / "mosquitto-reverbere.conf").read_text(encoding="utf-8")


def test_the_shipped_configuration_keeps_without_limit_and_lets_2000_fly() -> None:
    assert limits(SHIPPED) == Limits(queued=0, inflight=2000, persistence=True)


def test_what_a_configuration_does_not_say_is_mosquittos_default() -> None:
    assert limits("listener 1883\n") == Limits(queued=1000, inflight=20, persistence=False)
    assert limits("max_queued_messages 7\n# max_queued_messages 8\n  max_queued_messages 9\n").queued == 9


def test_the_files_of_conf_d_are_read_behind_the_first(tmp_path: Path) -> None:
    assert configured(tmp_path) is None
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "mosquitto.conf").write_text("persistence true\nmax_queued_messages 100\n")
    (tmp_path / "conf.d" / "b.conf").write_text("max_queued_messages 0\n")
    (tmp_path / "conf.d" / "a.conf").write_text("max_queued_messages 5\n")
    assert configured(tmp_path) == Limits(queued=0, inflight=20, persistence=True)


def test_free_memory_is_what_the_kernel_calls_available(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text("MemTotal: 4000 kB\nMemFree: 100 kB\nMemAvailable: 1500 kB\n")
    assert free_memory(tmp_path / "meminfo") == 1500 * 1024
    assert free_memory(tmp_path / "nothing") is None


@pytest.mark.parametrize(
    ("queued", "rate", "memory", "seconds", "end"),
    [
        (1000, 10.0, None, 100.0, "max_queued_messages 1000 is full"),
        (0, 10.0, 500 * 36_000, 3600.0, "this machine's memory is full"),
        (0, 10.0, None, 604_800.0, "our session expires"),
        (1000, 0.0, 500, 604_800.0, "our session expires"),
    ],
)
def test_an_absence_ends_at_the_first_limit(
    queued: int, rate: float, memory: int | None, seconds: float, end: str
) -> None:
    found = absence(Limits(queued=queued), rate, 604_800, memory)
    assert found.seconds == seconds
    assert end in found.end


@given(st.integers(0, 10_000), st.floats(0.01, 1000), st.floats(0.01, 1000), st.integers(1, 10**10))
def test_more_messages_never_allow_a_longer_absence(queued: int, rate: float, more: float, memory: int) -> None:
    found = Limits(queued=queued)
    assert absence(found, rate + more, 604_800, memory).seconds <= absence(found, rate, 604_800, memory).seconds
