"""What the record of a running gateway holds: asked from outside, as any process may."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from devices.device import DeviceId
from gateway.record.reader import Reader
from tests.links.inbox import PATIENCE

T = TypeVar("T")


def read(folder: Path, look: Callable[[Reader], T]) -> T:
    """Open the record of a site's folder, look, and close it. Blocks."""
    reader = Reader(folder / "state")
    try:
        return look(reader)
    finally:
        reader.close()


async def until_recorded(folder: Path, look: Callable[[Reader], object], what: str) -> None:
    """Wait until the record holds something; nobody tells when."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not await asyncio.to_thread(read, folder, look):  # noqa: ASYNC110 - a file tells nobody
                await asyncio.sleep(0.01)
    except TimeoutError:
        pytest.fail(f"waited in vain: {what}")


async def until_spoke(folder: Path, device: str) -> None:
    """Wait until the record holds something that a device said and that meant something."""
    await until_recorded(folder, lambda record: DeviceId(device) in record.last_seen(), f"a word of {device}")
