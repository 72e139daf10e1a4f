"""The broker of a new site: looked for, tried, and told."""

import secrets
from dataclasses import dataclass
from pathlib import Path

import typer

from gateway.cli.arriving.questions import Asker, Question
from gateway.configuration.fields import Address, mqtt_url
from gateway.configuration.starting import BrokerAt
from gateway.configuration.units import Unreadable
from gateway.links.connection import Broker
from gateway.links.trial import Outcome, Trial, try_broker

BROKER = Question("--broker", "The broker of the sensors and lamps", "mqtt://127.0.0.1:1883")
TRIES = 3
"""How often a person may type user and password."""

_PLAIN_PORT, _TLS_PORT = 1883, 8883


@dataclass(frozen=True, slots=True)
class Account:
    """Who we are at the broker; no user is anonymous."""

    username: str = ""
    password: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The broker that was chosen, with the password for its file; `usable` if the trial went well."""

    at: BrokerAt
    password: str
    usable: bool


def choose(asker: Asker, given: str | None, account: Account, ca_file: str, site: str) -> Chosen:
    """Ask which broker, try it as the gateway of a site would use it, and say what was found.

    Raises `UnansweredError`.
    """
    address = asker.ask(BROKER, given, _address)
    trial = _try(address, account, ca_file, site)
    tries = 0
    while trial.outcome is Outcome.REFUSED and asker.asks and tries < TRIES:
        typer.echo(f"  {address.url} answers, and wants {'another' if account.username else 'a'} user and password.")
        account = Account(
            asker.ask(Question("--broker-user", "  User", account.username or "gateway"), None, str),
            asker.secret("  Password (it goes into a file that only you may read)"),
        )
        trial, tries = _try(address, account, ca_file, site), tries + 1
    for line in told(address, account, trial):
        typer.echo(f"  {line}")
    return Chosen(BrokerAt(address.url, account.username, ca_file), account.password, trial.outcome is Outcome.GOOD)


def told(address: Address, account: Account, trial: Trial) -> list[str]:
    """What was found, and what to do where that is not enough."""
    match trial.outcome:
        case Outcome.GOOD:
            who = (
                f"as {account.username}" if account.username else "without a user: whoever reaches it may say anything"
            )
            return [f"{address.url}: {trial.version or 'a broker'}; a test message came back, {who}."]
        case Outcome.REFUSED:
            wants = "--broker-user and --broker-password-file"
            return [
                f"{address.url} lets us not in: {trial.said}. The site is written all the same; mend it with {wants}."
            ]
        case Outcome.DEAF:
            why = f" ({trial.said})" if trial.said else ""
            allow = "Its ACL must let this account read and write reverbere/#."
            return [f"{address.url} let us in, and a test message did not come back{why}.", allow]
        case Outcome.ABSENT:
            return [
                f"No broker answers at {address.url}: {trial.said}. The site is written all the same.",
                "sudo apt-get install mosquitto  gives you one, and  reverbere broker setup  sets it up.",
                "To look around without one:  reverbere demo  brings its own.",
            ]


def password_of(file: Path) -> str:
    """The password that a file holds. Raises `ValueError`."""
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"expected a file with a password, found {file}: {error}") from error


def _address(answer: str) -> Address:
    written = answer if "://" in answer else f"mqtt://{answer}"
    try:
        return mqtt_url(written)
    except Unreadable as error:
        raise ValueError(f"{error.found}; {error.expected}") from None


def _try(address: Address, account: Account, ca_file: str, site: str) -> Trial:
    tls = address.scheme == "mqtts"
    broker = Broker(
        host=address.host,
        port=address.port or (_TLS_PORT if tls else _PLAIN_PORT),
        client_id=f"reverbere-trial-{secrets.token_hex(4)}",
        tls=tls,
        ca_file=Path(ca_file) if ca_file else None,
        username=account.username or None,
        password=account.password or None,
        session_expiry=0,
    )
    return try_broker(broker, f"reverbere/{site}")
