"""How verbs ask the gateway that runs: through the socket beside its record."""

import asyncio
from pathlib import Path

from gateway.configuration.build import load
from gateway.configuration.site import Site
from gateway.control.ask import ask
from gateway.control.words import Value, make_request


def asked(folder: Path, do: str, **said: object) -> tuple[Site, Value]:
    """Ask the gateway of a folder to do something; the site as its files say it, and the answer.

    Raises `ConfigurationError`, `NoGatewayError` if none runs there, `Refused` with its words if it does not do it.
    """
    site = load(folder)
    return site, asyncio.run(ask(site.state, make_request({"do": do, **said})))
