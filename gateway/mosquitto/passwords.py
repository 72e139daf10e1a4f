"""mosquitto's password file: passwords of our making, and how it keeps them. Pure but for randomness.

A line is `name:$7$ITERATIONS$SALT$HASH`: PBKDF2 with HMAC-SHA-512, salt and hash in Base64 (mosquitto_passwd(1) and
password_mosq.c of mosquitto 2.0). The passwords are drawn and not thought of, so that few iterations do.
"""

import secrets
import string
from base64 import b64decode, b64encode
from collections.abc import Mapping
from hashlib import pbkdf2_hmac
from hmac import compare_digest
from typing import Final

ITERATIONS: Final = 1000
"""After a blackout a hundred devices come back at once, and each costs the Pi so much."""

SALT, LENGTH = 12, 24
"""Bytes of a salt, as mosquitto_passwd takes; characters of a password: 142 bits."""

_LETTERS: Final = string.ascii_letters + string.digits
_KIND: Final = "7"


def drawn() -> str:
    """Draw a password. Letters and digits only: it must survive every console and every quotation."""
    return "".join(secrets.choice(_LETTERS) for _ in range(LENGTH))


def hashed(password: str) -> str:
    """How a password stands in the file, with a new salt."""
    salt = secrets.token_bytes(SALT)
    return f"${_KIND}${ITERATIONS}${_text(salt)}${_text(_hash(password, salt, ITERATIONS))}"


def fits(password: str, kept: str) -> bool:
    """Whether a password is the one that is kept; never for a kind of hash that is not ours."""
    match kept.split("$"):
        case ["", kind, iterations, salt, digest] if kind == _KIND and iterations.isdecimal():
            return compare_digest(_text(_hash(password, b64decode(salt), int(iterations))), digest)
        case _:
            return False


def read(text: str) -> dict[str, str]:
    """Read a password file: what is kept, by the account's name."""
    lines = (line.partition(":") for line in text.splitlines() if line and not line.startswith("#"))
    return {name: kept for name, _, kept in lines}


def written(kept: Mapping[str, str]) -> str:
    """Write a password file."""
    return "".join(f"{name}:{kept[name]}\n" for name in sorted(kept))


def _hash(password: str, salt: bytes, iterations: int) -> bytes:
    return pbkdf2_hmac("sha512", password.encode(), salt, iterations)


def _text(data: bytes) -> str:
    return b64encode(data).decode("ascii")
