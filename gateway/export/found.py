"""A server for time series looked at before anything is written to it: what it is, and whether the place is there."""

import base64
import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit

from gateway.export.verdict import Answer

TIMEOUT = 5.0
"""Seconds that a server may be silent."""

_KINDS: dict[str, Literal[1, 2, 3]] = {"1": 1, "2": 2, "3": 3}


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answered. `version` is its own word for itself, `interface` the one of ours that it takes."""

    url: str
    version: str
    interface: Literal[1, 2, 3]


@dataclass(frozen=True, slots=True)
class Account:
    """Who asks: user and password for version 1, a token for 2 and 3; all of it may be empty."""

    username: str = ""
    secret: str = field(default="", repr=False)

    def headers(self, interface: Literal[1, 2, 3]) -> dict[str, str]:
        """How that is said."""
        if not self.secret:
            return {}
        if interface == 1:
            return {"Authorization": f"Basic {base64.b64encode(f'{self.username}:{self.secret}'.encode()).decode()}"}
        return {"Authorization": f"Token {self.secret}"}


class NotFoundThereError(Exception):
    """What was looked for is not there, or does not let us in; says what was asked and what the server said."""


def look(url: str) -> Server:
    """Which server answers: InfluxDB 1 and 2 say it in a header of /ping, others in the JSON of /ping or /health.

    Raises `NotFoundThereError`.
    """
    answer, headers = _ask("GET", url, "/ping", {})
    version = headers.get("X-Influxdb-Version", "") or _told(answer.words)
    if not version:
        answer, _ = _ask("GET", url, "/health", {})
        version = _told(answer.words)
    number = version.lstrip("v")[:1]
    if number not in _KINDS:
        raise NotFoundThereError(f"{url} answers, and does not say that it is InfluxDB 1, 2 or 3")
    return Server(url, version, _KINDS[number])


def has_database(server: Server, database: str, account: Account) -> bool:
    """Whether a server of version 1 has a database. Raises `NotFoundThereError`."""
    query = f"/query?{urlencode({'q': 'SHOW DATABASES'})}"
    answer, _ = _ask("GET", server.url, query, account.headers(server.interface))
    _refuse(server, answer)
    try:
        (result,) = json.loads(answer.words)["results"]
        names = {row[0] for series in result.get("series", ()) for row in series.get("values", ())}
    except (ValueError, KeyError, TypeError) as error:
        raise NotFoundThereError(
            f"{server.url} was asked for its databases and answered {answer.words[:80]}"
        ) from error
    return database in names


def create_database(server: Server, database: str, account: Account) -> None:
    """Make a database on a server of version 1. Raises `NotFoundThereError`."""
    query = f"/query?{urlencode({'q': creation(database)})}"
    answer, _ = _ask("POST", server.url, query, account.headers(server.interface))
    _refuse(server, answer)
    if "error" in answer.words:
        raise NotFoundThereError(f"{server.url} does not create it: {answer.words[:200]}")


def creation(database: str) -> str:
    """The order that makes a database, in InfluxQL."""
    quoted = database.replace("\\", "\\\\").replace('"', '\\"')
    return f'CREATE DATABASE "{quoted}"'


def has_bucket(server: Server, org: str, bucket: str, account: Account) -> bool:
    """Whether a server of version 2 has a bucket that this token may see. Raises `NotFoundThereError`."""
    path = f"/api/v2/buckets?{urlencode({'org': org, 'name': bucket})}"
    answer, _ = _ask("GET", server.url, path, account.headers(server.interface))
    if answer.status == HTTPStatus.NOT_FOUND:
        return False
    _refuse(server, answer)
    try:
        return bool(json.loads(answer.words).get("buckets"))
    except (ValueError, AttributeError) as error:
        raise NotFoundThereError(f"{server.url} was asked for its buckets and answered {answer.words[:80]}") from error


def _refuse(server: Server, answer: Answer) -> None:
    if answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        secret = "the user or the password" if server.interface == 1 else "the token"
        raise NotFoundThereError(f"{server.url} refused {secret} ({answer.status}): {answer.words[:200]}")
    if answer.status != HTTPStatus.OK:
        raise NotFoundThereError(f"{server.url} answers {answer.status}: {answer.words[:200]}")


def _told(words: str) -> str:
    try:
        told: Any = json.loads(words)
    except ValueError:
        return ""
    return str(told.get("version", "")) if isinstance(told, dict) else ""


def _ask(method: str, url: str, path: str, headers: Mapping[str, str]) -> tuple[Answer, Mapping[str, str]]:
    """One request. Raises `NotFoundThereError` if nobody answers."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "localhost", parts.port, timeout=TIMEOUT)
    try:
        connection.request(method, f"{parts.path.rstrip('/')}{path}", headers=dict(headers))
        response = connection.getresponse()
        words = response.read(1_000_000).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        raise NotFoundThereError(f"nobody answers at {url}: {str(error) or type(error).__name__}") from error
    finally:
        connection.close()
    return Answer(response.status, words), dict(response.getheaders())
