"""What links brought, as lines of a file: to be looked at, played again, or kept as a test's fixture.

The first line is an object with `capture`, the version of the format. Each line after it is a message: `time` in
nanoseconds UTC when a link took it, `link`, `topic`, `payload` as text or `payload_base64`, and `retained`.
"""

import json
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

VERSION = 1

PRIVATE = "This file holds raw payloads, as devices sent them."
REDACTED = (
    "Addresses, networks, secrets and coordinates were taken out where they were known; look before you share it."
)


class CaptureError(ValueError):
    """A file that is no capture, or a line of it that is no message."""


@dataclass(frozen=True, slots=True)
class Captured:
    """A message, the link that brought it and when that took it (ns UTC)."""

    time: int
    link: str
    topic: str
    payload: bytes
    retained: bool = False


def first_line(site: str, *, redacted: bool) -> str:
    """What a capture of a site begins with."""
    return json.dumps({"capture": VERSION, "site": site, "note": REDACTED if redacted else PRIVATE})


def line(captured: Captured) -> str:
    """A message as one line, without its end: text where the payload is text."""
    said: dict[str, object] = {"time": captured.time, "link": captured.link, "topic": captured.topic}
    try:
        said["payload"] = captured.payload.decode("utf-8")
    except UnicodeDecodeError:
        said["payload_base64"] = b64encode(captured.payload).decode("ascii")
    return json.dumps(said | ({"retained": True} if captured.retained else {}), ensure_ascii=False)


def messages(lines: Iterable[str], name: str) -> Iterator[Captured]:
    """The messages of a capture; `name` says which, in words of errors. Raises `CaptureError`."""
    for number, written in enumerate(lines, 1):
        said = _object(written, f"{name}:{number}")
        if number == 1:
            _check_version(said, name)
        else:
            yield _message(said, f"{name}:{number}")


def _object(written: str, place: str) -> dict[str, object]:
    try:
        said = json.loads(written)
    except ValueError as error:
        raise CaptureError(f"{place}: expected a JSON object, found {written[:40]!r}: {error}") from None
    if not isinstance(said, dict):
        raise CaptureError(f"{place}: expected a JSON object, found {written[:40]!r}")
    return said


def _check_version(said: dict[str, object], name: str) -> None:
    version = said.get("capture")
    if version != VERSION:
        found = "no capture" if version is None else f"a capture of version {version!r}"
        raise CaptureError(f"{name}: expected a capture of version {VERSION}, found {found}")


def _message(said: dict[str, object], place: str) -> Captured:
    time, link, topic = said.get("time"), said.get("link"), said.get("topic")
    if not (isinstance(time, int) and isinstance(link, str) and isinstance(topic, str)):
        raise CaptureError(f"{place}: expected time, link and topic, found {', '.join(said) or 'nothing'}")
    return Captured(time, link, topic, _payload(said, place), said.get("retained") is True)


def _payload(said: dict[str, object], place: str) -> bytes:
    text, coded = said.get("payload"), said.get("payload_base64")
    if isinstance(text, str):
        return text.encode()
    if isinstance(coded, str):
        try:
            return b64decode(coded, validate=True)
        except Base64Error as error:
            raise CaptureError(f"{place}: expected base64, found {coded[:40]!r}: {error}") from None
    raise CaptureError(f"{place}: expected payload or payload_base64, found {', '.join(said) or 'nothing'}")
