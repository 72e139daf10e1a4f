"""What the running gateway says of itself."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway.control.ask import NoGatewayError, ask
from gateway.control.words import Refused, StatusRequest


@dataclass(frozen=True, slots=True)
class Said:
    """The figures of `gateway.daemon.health.Health` by name; None where no gateway answers, and `refusal` why not."""

    figures: Mapping[str, object] | None = None
    refusal: str = ""


def live(state: Path) -> Said:
    """Ask the gateway whose record is in `state` how it fares."""
    try:
        return Said(asyncio.run(ask(state, StatusRequest())))
    except NoGatewayError:
        return Said()
    except Refused as refused:
        return Said(refusal=refused.found)
