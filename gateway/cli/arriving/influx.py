"""The copy of the record in InfluxDB: looked for, tried, and a database made only where somebody says so."""

from dataclasses import dataclass
from pathlib import Path

import typer

from gateway.cli.arriving.broker import password_of
from gateway.cli.arriving.questions import Asker, Question, UnansweredError
from gateway.configuration.fields import http_url
from gateway.configuration.starting import CopyTo
from gateway.configuration.units import Unreadable
from gateway.export.found import (
    Account,
    NotFoundThereError,
    Server,
    create_database,
    creation,
    has_bucket,
    has_database,
    look,
)

USUAL = "http://127.0.0.1:8086"
INFLUX = Question("--influx", "A copy in InfluxDB: no, or where it is", "no")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What options say of InfluxDB: the answer itself, where in the server, and whose account."""

    answer: str | None = None
    database: str = ""
    org: str = ""
    bucket: str = ""
    username: str = ""
    secret_file: Path | None = None


def choose(asker: Asker, wishes: Wishes, site: str) -> tuple[CopyTo | None, str]:
    """Ask whether a copy is wanted, look at the server and say what was found; also the secret for its file.

    Raises `UnansweredError`.
    """
    url = asker.ask(_question(asker, wishes), wishes.answer, _url)
    if not url:
        return None, ""
    try:
        server = look(url)
    except NotFoundThereError as error:
        typer.echo(f"  {error}. It is written into site.yaml as version 1; nothing is lost while it is away.")
        return CopyTo(url, 1, database=wishes.database or site, username=wishes.username), _secret(wishes)
    typer.echo(f"  {url}: InfluxDB {server.version.lstrip('v')}.")
    return _database(asker, wishes, server, site) if server.interface == 1 else _bucket(asker, wishes, server)


def _question(asker: Asker, wishes: Wishes) -> Question:
    """Who has a server on this machine most likely wants it."""
    if not asker.asks or wishes.answer is not None:
        return INFLUX
    try:
        server = look(USUAL)
    except NotFoundThereError:
        return INFLUX
    typer.echo(f"  InfluxDB {server.version.lstrip('v')} answers at {USUAL}.")
    return Question(INFLUX.option, INFLUX.words, USUAL)


def _url(answer: str) -> str:
    if answer.lower() in {"no", "n", "none"}:
        return ""
    if answer.lower() in {"yes", "y"}:
        return USUAL
    try:
        return http_url(answer).url.rstrip("/")
    except Unreadable as error:
        raise ValueError(f"{error.found}; no, yes ({USUAL}), or {error.expected}") from None


def _database(asker: Asker, wishes: Wishes, server: Server, site: str) -> tuple[CopyTo, str]:
    database = wishes.database or site
    account = Account(wishes.username, _secret(wishes))
    copy = CopyTo(server.url, 1, database=database, username=account.username, secret=bool(account.secret))
    try:
        if has_database(server, database, account):
            typer.echo(f'  It has the database "{database}".')
            return copy, account.secret
        typer.echo(f'  It has no database "{database}". This would make one:  {creation(database)}')
        if asker.agrees("  Make it?"):
            create_database(server, database, account)
            typer.echo("  It is made.")
        else:
            typer.echo("  Nothing was made: nothing is copied until there is one, and nothing is lost.")
    except NotFoundThereError as error:
        typer.echo(f"  {error}. The site is written all the same; --influx-user and --influx-secret-file say who asks.")
    return copy, account.secret


def _bucket(asker: Asker, wishes: Wishes, server: Server) -> tuple[CopyTo, str]:
    org = wishes.org
    if server.interface == 2 and not org:  # noqa: PLR2004 - a version, not a quantity
        org = asker.ask(Question("--influx-org", "  Organisation"), None, _something)
    bucket = wishes.bucket or asker.ask(Question("--influx-bucket", "  Bucket"), None, _something)
    secret = _secret(wishes)
    if not secret and asker.asks:
        secret = asker.secret("  Token (it goes into a file that only you may read)")
    copy = CopyTo(server.url, server.interface, org=org, bucket=bucket, secret=bool(secret))
    try:
        if server.interface != 2:  # noqa: PLR2004 - a version, not a quantity
            typer.echo("  Whether it takes our points only the first write can say:  reverbere doctor")
        elif has_bucket(server, org, bucket, Account(secret=secret)):
            typer.echo(f'  It has the bucket "{bucket}".')
        else:
            typer.echo(f'  It shows no bucket "{bucket}" to this token: nothing is copied until there is one.')
    except NotFoundThereError as error:
        typer.echo(f"  {error}. The site is written all the same.")
    return copy, secret


def _something(answer: str) -> str:
    if not answer:
        raise ValueError("expected a name, found nothing")
    return answer


def _secret(wishes: Wishes) -> str:
    if wishes.secret_file is None:
        return ""
    try:
        return password_of(wishes.secret_file)
    except ValueError as error:
        raise UnansweredError(f"--influx-secret-file: {error}") from None
