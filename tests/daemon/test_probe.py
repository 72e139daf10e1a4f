"""What a supervisor and a scraper are told."""

import asyncio
from collections.abc import Mapping

import pytest

from devices.device import DeviceId
from gateway.daemon import probe as module
from gateway.daemon.health import Health
from gateway.daemon.http import Page
from gateway.daemon.probe import probe
from gateway.daemon.status import Status
from tests.daemon.figures import HEALTH, LEVELS


class Said(Status):
    """A status that says what a test wants."""

    def __init__(self, stalled: str) -> None:
        self._said = stalled

    def stalled(self) -> str:
        return self._said

    def health(self) -> Health:
        return HEALTH

    def levels(self) -> Mapping[DeviceId, int]:
        return LEVELS


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> dict[str, Page]:
    """The pages that are served, instead of serving them."""
    served: dict[str, Page] = {}

    async def serve(_port: int, pages: dict[str, Page]) -> None:
        await asyncio.sleep(0)
        served.update(pages)

    monkeypatch.setattr(module, "serve", serve)
    return served


async def test_a_supervisor_is_told_what_does_not_get_on(pages: dict[str, Page]) -> None:
    await probe(9464, Said("the lamplighter"))
    answer = await pages["/healthz"]()
    assert (answer.status, answer.body) == (503, b"the lamplighter does not get on\n")


async def test_a_supervisor_is_told_that_all_gets_on(pages: dict[str, Page]) -> None:
    await probe(9464, Said(""))
    answer = await pages["/healthz"]()
    assert (answer.status, answer.body) == (200, b"ok\n")


async def test_a_scraper_is_told_the_figures_in_the_form_that_it_reads(pages: dict[str, Page]) -> None:
    await probe(9464, Said(""))
    answer = await pages["/metrics"]()
    assert answer.kind.startswith("text/plain; version=")
    assert b"reverbere_messages_total 600.0\n" in answer.body
    assert b'reverbere_lamp_level_ratio{lamp="lamp-1"} 0.6\n' in answer.body
