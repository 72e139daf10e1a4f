"""`reverbere tail` beside a running gateway: what comes is shown as it comes, also through a pipe."""

import asyncio
import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import PLAIN, REVERBERE
from tests.integration.gateway_process import GatewayProcess, living
from tests.integration.radio import radio
from tests.integration.small_site import evening
from tests.links.inbox import PATIENCE
from tests.servers import Server


def follow(site: Path, *options: str) -> "subprocess.Popen[str]":
    command = [REVERBERE, "tail", "--json", *options, "--config", str(site)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=PLAIN)


def line_with(tail: "subprocess.Popen[str]", key: str, value: object) -> dict[str, Any]:
    """Read on to the line that says this."""
    assert tail.stdout is not None
    for line in tail.stdout:
        told: dict[str, Any] = json.loads(line)
        if told.get(key) == value:
            return told
    pytest.fail(f"tail ended before it said {key} = {value}")


@pytest.mark.parametrize(
    ("options", "payloads", "key", "values"),
    [
        ((), (b'{"v": 1, "temperature": 1.5}', b'{"v": 1, "temperature": 2.5}'), "value", (1.5, 2.5)),
        (("--rejected",), (b"abc", b"xyz"), "payload", ("YWJj", "eHl6")),
    ],
)
async def test_what_was_is_shown_and_then_what_comes_as_it_comes_until_ctrl_c(
    mosquitto: Server,
    site: Path,
    options: tuple[str, ...],
    payloads: tuple[bytes, bytes],
    key: str,
    values: tuple[object, object],
) -> None:
    async with radio(mosquitto.port) as street, living(GatewayProcess(site, evening())):
        await street.until_health("online")
        tail = await asyncio.to_thread(follow, site, *options)
        try:
            async with asyncio.timeout(PATIENCE):
                for payload, value in zip(payloads, values, strict=True):
                    await street.say("sensor/motion-1", payload)
                    told = await asyncio.to_thread(line_with, tail, key, value)
            tail.send_signal(signal.SIGINT)
            assert await asyncio.to_thread(tail.wait, PATIENCE) == 130
        finally:
            tail.kill()
            _, errors = await asyncio.to_thread(tail.communicate)
    assert told["at"].startswith("2026-11-21T18:0")
    assert errors == ""
