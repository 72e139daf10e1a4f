"""A JSON object into what it says and what is wrong with it."""

import json
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from devices.convention import Malformed
from devices.message import Message

LONGEST = 4096
"""Bytes of a payload. The longest sensible one has a few hundred; the rest is somebody else's or an attack."""

LONGEST_SHOWN = 60
"""Characters of a wrong value that an error repeats."""

T = TypeVar("T")


class Form(Generic[T]):
    """One kind of payload: how it is validated, and in a maker's words what each of its keys must be."""

    def __init__(self, shape: TypeAdapter[T], expected: Mapping[str, str]) -> None:
        self._shape = shape
        self._validate = shape.validator.validate_json
        self._expected = expected

    def read(self, message: Message) -> tuple[T, Malformed | None]:
        """Take what a payload says: the good keys, and one complaint about all the bad ones.

        Raises `Malformed` if nothing of it can be used: too long, no JSON object, or another version than 1.
        """
        if len(message.payload) > LONGEST:
            raise Malformed(f"at most {LONGEST} bytes", f"{len(message.payload)} bytes")
        try:
            said: T = self._validate(message.payload)
        except ValidationError as error:
            wrong = [str(problem["loc"][0]) for problem in error.errors(include_url=False) if problem["loc"]]
        else:
            return said, None
        return self._read_in_parts(_object(message.payload), list(dict.fromkeys(wrong)))

    def _read_in_parts(self, said: dict[str, Any], wrong: list[str]) -> tuple[T, Malformed | None]:
        if "v" in wrong:
            found = _shown(said["v"]) if "v" in said else "no v"
            raise Malformed('"v": 1, the version of this convention', found, "v")
        good = self._shape.validate_python({key: value for key, value in said.items() if key not in wrong})
        return good, Malformed(
            "; ".join(self._wish(key) for key in wrong),
            "; ".join(_shown(said[key]) for key in wrong),
            ", ".join(wrong),
        )

    def _wish(self, key: str) -> str:
        if key in self._expected:
            return self._expected[key]
        meant = get_close_matches(key, self._expected, 1)
        return f"{meant[0]}, perhaps" if meant else f"one of {', '.join(self._expected)}"


def _object(payload: bytes) -> dict[str, Any]:
    """Parse what did not validate, or say why it is no JSON object at all."""
    if not payload:
        raise Malformed("a JSON object", "an empty payload")
    try:
        payload.decode()
    except UnicodeDecodeError as error:
        raise Malformed("a JSON object in UTF-8", f"invalid UTF-8 at byte {error.start + 1}") from None
    try:
        said = from_json(payload)
    except ValueError as error:
        raise Malformed("a JSON object", f"text that is no JSON: {error}") from None
    if not isinstance(said, dict):
        raise Malformed("a JSON object", _shown(said))
    return said


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."
