"""The broker's certificate as it shows it now, its authority, and where the authority's key is."""

import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gateway.cli.findings.finding import Finding, Grade
from gateway.clock import SECOND
from gateway.configuration.site import MqttSettings
from gateway.mosquitto.settings import Files, noted
from gateway.wording import plural

if TYPE_CHECKING:
    from gateway.cli.findings.facts import Facts

WARNED: Final = 60
"""Days ahead: longer than holidays, and than it takes to find a stick in a drawer."""

FLASHED: Final = 365
"""Days ahead of the end of the authority itself: every device must be flashed by then."""

PATIENCE: Final = 3.0
"""Seconds for the broker to show its certificate."""

MOSQUITTO: Final = Path("/etc/mosquitto")
_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Shown:
    """When the broker's certificate and its authority end (Unix time), or why it is not believed.

    `home` is the folder where the authority is said to be, None where nobody says; `key` whether its key is there.
    """

    until: float | None
    authority_until: float | None
    trouble: str = ""
    home: Path | None = None
    key: bool = False


def shown(mqtt: MqttSettings | None, folder: Path, mosquitto: Path = MOSQUITTO) -> Shown | None:
    """Ask the broker for its certificate; None where there is nothing to ask, or nobody answers."""
    if mqtt is None or not mqtt.tls or mqtt.ca_file is None:
        return None
    home = _home(folder, mosquitto)
    key = home is not None and _there(home / "ca.key")
    try:
        context = ssl.create_default_context(cafile=str(mqtt.ca_file))
        ends = [ssl.cert_time_to_seconds(str(each["notAfter"])) for each in context.get_ca_certs()]
    except OSError as error:
        return Shown(None, None, f"{mqtt.ca_file}: {error.strerror or error}", home, key)
    authority = min(ends, default=None)
    try:
        with (
            socket.create_connection((mqtt.host, mqtt.port), PATIENCE) as plain,
            context.wrap_socket(plain, server_hostname=mqtt.host) as secure,
        ):
            said = secure.getpeercert() or {}
    except ssl.SSLCertVerificationError as error:
        return Shown(None, authority, error.verify_message, home, key)
    except OSError:
        return None  # the line about the broker says that it is not reached
    return Shown(ssl.cert_time_to_seconds(str(said["notAfter"])), authority, "", home, key)


def certificates(facts: "Facts") -> Iterator[Finding]:
    """How long the broker's certificate is good, and what must be at hand to renew it."""
    found = facts.certificate
    if found is None:
        return
    where = _where(found)
    if found.until is None:
        words = f"the broker's certificate is refused: {found.trouble}"
        lost = "no encrypted connection comes about: lamps go to their own failure level after three minutes"
        yield Finding(Grade.FAIL, "certificate", words, (lost, where), _NEXT)
        return
    days = int((found.until - facts.at / SECOND) // _DAY)
    details = []
    if days < WARNED:
        details.append("when it ends nobody connects any more; devices need nothing new for a renewal")
    own = None if found.authority_until is None else int((found.authority_until - facts.at / SECOND) // _DAY)
    if own is not None and own < FLASHED:
        details.append(f"its authority ends in {plural(own, 'day')}: devices must be flashed with a new one before")
    words = f"the broker's is good for {plural(days, 'day')}; {where}"
    yield Finding(
        Grade.WARN if details else Grade.OK, "certificate", words, tuple(details), _NEXT if days < WARNED else ()
    )


_NEXT = ("sudo reverbere broker renew", "docs/broker.md, Certificates")


def _where(found: Shown) -> str:
    if found.home is None:
        return "nobody says here where its authority's key is"
    if found.key:
        return f"its authority's key is on this machine, in {found.home}"
    return f"its authority's key is not on this machine ({found.home})"


def _home(folder: Path, mosquitto: Path) -> Path | None:
    try:
        said = noted(Files(mosquitto).settings.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        said = None
    return said or (folder / "authority" if _there(folder / "authority") else None)


def _there(path: Path) -> bool:
    try:
        return path.exists()
    except PermissionError:
        return True  # in a folder that is not for us to look into
