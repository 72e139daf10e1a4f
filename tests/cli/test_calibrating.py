"""What `reverbere calibrate` says of what was measured, at a real door behind which every lamp is ready at once."""

import asyncio
from pathlib import Path

import pytest

from gateway.configuration.build import load
from gateway.configuration.site import Site
from gateway.control.door import answer
from gateway.control.peer import Caller
from gateway.control.words import OverrideRequest, ProveRequest, Refused, Request, Value
from tests.cli.terminal import at_a_terminal
from tests.integration.small_site import write_site

MISREAD = ("ten", "nan", "inf", "-1", "2000")
FIT: Value = {
    **dict.fromkeys(("lamps", "settled", "metered", "fit"), 2),
    **dict.fromkeys(("waiting", "undecided", "misfit"), 0),
    **dict.fromkeys(("first_waiting", "misfits", "unproven"), ()),
}


class Behind:
    """A gateway whose lamps follow, and which takes no lux."""

    def __init__(self) -> None:
        self.asked: list[Request] = []

    async def perform(self, request: Request, _caller: Caller) -> Value:
        self.asked.append(request)
        match request:
            case OverrideRequest():
                term = {"start": "2026-11-22T12:00:00+00:00", "expires": "2026-11-22T12:20:00+00:00"}
                return {"id": "o-1", "target": request.target, "lowest": request.level, **term}
            case ProveRequest():
                raise Refused("this proves nothing", "more light")
        return FIT


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site whose gateway may open its door."""
    made = load(write_site(tmp_path / "site", 1883))
    made.state.mkdir(parents=True, exist_ok=True)
    return made


async def calibrated(folder: Path, state: Path, gateway: Behind, typed: tuple[str, ...]) -> tuple[int, str]:
    """Exit status, and all that a person sees who types these answers while this gateway answers."""
    listening = asyncio.Event()
    door = asyncio.create_task(answer(state, gateway.perform, listening.set), name="door")
    try:
        await listening.wait()
        async with at_a_terminal("calibrate", "street", "--config", folder) as terminal:
            for line in typed:
                await asyncio.to_thread(terminal.answer, "(Enter: not measured)", line)
            status = await asyncio.to_thread(terminal.end)
        return status, terminal.shown.replace("\r\n", "\n")
    finally:
        door.cancel()
        await asyncio.wait([door])


async def test_what_is_no_reading_is_asked_again_and_nothing_measured_is_lost(site: Site, tmp_path: Path) -> None:
    gateway = Behind()
    _, shown = await calibrated(tmp_path / "site", site.state, gateway, (*MISREAD, "10,2", "4.1 lx"))
    for each in MISREAD:
        assert f'Expected a number from 0 to 1000 such as 10.2, found "{each}".' in shown
    (proof,) = [request for request in gateway.asked if isinstance(request, ProveRequest)]
    assert proof.lux == ((100, 10.2), (40, 4.1))


async def test_what_the_meters_said_is_told_also_where_lux_are_refused(site: Site, tmp_path: Path) -> None:
    status, shown = await calibrated(tmp_path / "site", site.state, Behind(), ("0.5", "0.2"))
    assert status != 0
    assert "this proves nothing" in shown
    assert "of 2 lamps that say them 2 follow their level" in shown
