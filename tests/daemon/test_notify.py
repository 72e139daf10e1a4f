"""What the service manager is told, and what becomes of it when it does not listen."""

import socket
import uuid

import pytest

from gateway.daemon.notify import notify

MANY = 10_000
"""More words than any socket holds unread."""


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> str:
    name = f"reverbere-test-{uuid.uuid4().hex}"
    monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}")
    return f"\0{name}"


def test_a_service_manager_hears_what_it_is_told(address: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address)
        notify("READY=1")
        assert manager.recv(100) == b"READY=1"


def test_a_service_manager_that_is_too_busy_to_listen_ends_nothing(address: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address)
        for _ in range(MANY):
            notify("WATCHDOG=1")
        assert manager.recv(100) == b"WATCHDOG=1"


def test_a_service_manager_that_is_gone_ends_nothing_and_is_heard_again_when_it_is_back(address: str) -> None:
    notify("WATCHDOG=1")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address)
        notify("READY=1")
        assert manager.recv(100) == b"READY=1"
