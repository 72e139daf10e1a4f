"""The authority and the server's certificate as files: found, made, renewed, and where the authority's key is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from gateway.cli.brokering.grounds import READER
from gateway.cli.brokering.placing import GROUP, OWN, Draft, present
from gateway.mosquitto import authority
from gateway.mosquitto.authority import RENEWED, Kind, Pair
from gateway.mosquitto.errors import BrokerError
from gateway.mosquitto.settings import Files, noted

KEY, CERTIFICATE = "ca.key", "ca.crt"
"""The authority's files, in a folder of their own that may be on a stick in a drawer."""

COPY: Final = "broker-ca.crt"
"""The authority's certificate beside site.yaml: what the gateway checks the broker by."""


@dataclass(frozen=True, slots=True)
class Issued:
    """The files of a server's certificate, none where the present one does, and until when it is good."""

    drafts: tuple[Draft, ...]
    until: datetime


def home_of(folder: Path, files: Files, wished: Path | None) -> Path:
    """Where the authority is: as wished, as noted in mosquitto's settings, else beside site.yaml."""
    text = present(files.settings)
    known = None if text is None else noted(text.decode(errors="replace"))
    return (wished or known or folder / "authority").absolute()


def authority_in(home: Path) -> Pair | None:
    """The authority that is in a folder."""
    certificate, key = present(home / CERTIFICATE), present(home / KEY)
    return None if certificate is None or key is None else Pair(certificate, key)


def elsewhere(folder: Path, home: Path) -> BrokerError:
    """What to say where the authority's key is needed and is not there."""
    return BrokerError(
        f"expected the authority's key in {home}, found no {KEY}: plug in what it is on and say --ca-dir DIR. "
        f"(To begin anew, so that every device must be flashed again, remove {folder / COPY})"
    )


def founded(site: str, home: Path, now: datetime) -> tuple[Pair, tuple[Draft, ...]]:
    """A new authority for a site. Raises `BrokerError` if the clock cannot be right."""
    made = authority.found(site, now)
    return made, (
        Draft(home / KEY, made.key, OWN, told="the authority's secret key; keep a copy off this machine"),
        Draft(home / CERTIFICATE, made.certificate, told=f"the authority of the site {site}"),
    )


def server_names(files: Files) -> tuple[str, ...]:
    """The names of the present certificate; none if there is none."""
    text = present(files.certificate)
    return () if text is None else authority.looked_at(text).names


def issue(files: Files, pair: Pair, names: Sequence[str], now: datetime, kind: Kind | None = None) -> Issued:
    """The server's certificate: the present one if it has the names, the authority and time enough, else a new one.

    The server keeps its key unless one of another `kind` is wished for.

    Raises `BrokerError` if the clock cannot be right.
    """
    text, key = present(files.certificate), present(files.key)
    if kind is not None and key is not None and authority.kind_of(key) != kind:
        key = None
    if text is not None and key is not None and authority.signed_by(text, pair.certificate):
        seen = authority.looked_at(text)
        if set(seen.names) == set(names) and seen.until - now > RENEWED:
            return Issued((), seen.until)
    made = authority.sign(pair, names, now, key, kind or "ec")
    until = authority.looked_at(made.certificate).until
    drafts = [Draft(files.certificate, made.certificate, told=f"good until {until:%Y-%m-%d} for {', '.join(names)}")]
    if made.key != key:
        drafts.append(Draft(files.key, made.key, GROUP, READER, "the server's secret key"))
    return Issued(tuple(drafts), until)
