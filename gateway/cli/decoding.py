"""What `reverbere decode` is asked: its options and its input, understood."""

import json
import sys
from base64 import b64decode
from dataclasses import dataclass
from pathlib import Path

from devices.convention import NAMES
from devices.framing import FRAMINGS
from devices.message import Message
from gateway.cli.decode import FRAMED, Asked, decode, decode_stream

MOST_CONTEXT = 64 * 1024 * 1024
"""Bytes of a file of earlier messages."""

STANDARD_INPUT = "/dev/stdin"
"""The port of a stream that comes from nowhere else."""


class WishError(ValueError):
    """What was asked cannot be done: the options contradict each other, or the input is not what they say."""


@dataclass(frozen=True, slots=True)
class Wish:
    """The options as they were written."""

    convention: str
    framing: str
    topic: str
    as_hex: bool
    context: Path | None
    config: Path | None


def run_decode(wish: Wish) -> int:
    """Do what was asked with standard input; the exit status. Raises `WishError`."""
    if wish.framing and wish.framing not in FRAMINGS:
        raise WishError(f'expected --framing {", ".join(FRAMINGS)}, found "{wish.framing}"')
    convention = wish.convention or FRAMED.get(wish.framing, "")
    if convention not in NAMES:
        raise WishError(f'expected --convention {", ".join(NAMES)}, found "{convention}"')
    if not wish.topic and not wish.framing:
        raise WishError("expected --topic, the topic that the message came by")
    asked = _asked(wish, convention)
    earlier = [] if wish.context is None else earlier_messages(wish.context)
    data = sys.stdin.buffer.read()
    payload = _bytes(data) if wish.as_hex else data
    if wish.framing:
        return decode_stream(asked, wish.framing, payload)
    return decode(asked, payload if wish.as_hex else payload.removesuffix(b"\n"), earlier)


def _asked(wish: Wish, convention: str) -> Asked:
    topic = wish.topic or STANDARD_INPUT
    if wish.config is None:
        return Asked(convention, topic, _site_in(topic))
    from gateway.configuration.build import load

    site = load(wish.config)
    return Asked(
        convention, topic, site.id, tuple(device for device in site.devices if device.convention == convention)
    )


def _site_in(topic: str) -> str:
    """The site that a topic of our own names."""
    root, _, rest = topic.partition("/")
    return rest.partition("/")[0] if root == "reverbere" else ""


def _bytes(data: bytes) -> bytes:
    try:
        return bytes.fromhex(data.decode("ascii"))
    except ValueError as error:
        raise WishError(f"expected bytes in hexadecimal, such as 01 67 00 F0: {error}") from None


def earlier_messages(file: Path) -> list[Message]:
    """Read what was said before: discovery, births, descriptions.

    Each line is an object with `topic` and `payload` (text), `payload_hex` or `payload_base64`, or, as `mosquitto_sub
    -v` prints it, a topic, a space and the payload; a capture is such a file. Raises `WishError`.
    """
    try:
        if file.stat().st_size > MOST_CONTEXT:
            raise WishError(f"{file}: expected at most {MOST_CONTEXT} bytes")
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise WishError(f"{file}: {error}") from None
    said = enumerate(lines, 1)
    return [_earlier(line, f"{file}:{number}") for number, line in said if line.strip() and not _begins(line)]


def _begins(line: str) -> bool:
    """Whether this is the first line of a capture, which is no message."""
    return line.startswith('{"capture":')


def _earlier(line: str, place: str) -> Message:
    if not line.startswith("{"):
        topic, _, payload = line.partition(" ")
        return Message(topic, payload.encode(), retained=True)
    try:
        said = json.loads(line)
        return Message(str(said["topic"]), _payload(said), retained=bool(said.get("retained", "time" not in said)))
    except (ValueError, KeyError, TypeError) as error:
        expected = 'an object such as {"topic": "a/b", "payload": "..."}'
        raise WishError(f"{place}: expected {expected}, found {type(error).__name__}: {error}") from None


def _payload(said: dict[str, object]) -> bytes:
    if "payload_hex" in said:
        return bytes.fromhex(str(said["payload_hex"]))
    if "payload_base64" in said:
        return b64decode(str(said["payload_base64"]), validate=True)
    payload = said["payload_text"] if "payload_text" in said else said["payload"]
    return payload.encode() if isinstance(payload, str) else json.dumps(payload).encode()
