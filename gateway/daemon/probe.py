"""`/metrics` and `/healthz`: what programs on this machine may ask the gateway."""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus

from devices.device import DeviceId
from gateway.daemon.health import Health
from gateway.daemon.http import Answer, serve
from gateway.daemon.status import Status


async def probe(port: int, status: Status) -> None:
    """Answer on a port of this machine until cancelled."""

    async def figures() -> Answer:
        return await asyncio.to_thread(_exposition, status.health(), status.levels())

    async def progress() -> Answer:
        if stalled := status.stalled():
            return Answer(f"{stalled} does not get on\n".encode(), status=HTTPStatus.SERVICE_UNAVAILABLE)
        return Answer(b"ok\n")

    await serve(port, {"/metrics": figures, "/healthz": progress})


def _exposition(health: Health, levels: Mapping[DeviceId, int]) -> Answer:
    """The metrics. Their library is imported when somebody asks for them: who never does never pays for it."""
    from gateway.daemon.metrics import KIND, exposition

    return Answer(exposition(health, levels), KIND)
