"""What may be asked of a running gateway, and what it answers: one JSON object a line, each way."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

LONGEST = 65_536
"""Bytes of one line, its end included."""

MOST_POINTS = 5_000
"""Points that one request may name."""

MOST_LUX = 1000.0
"""More is daylight, or a mistake of the decimal point."""

Value: TypeAlias = Mapping[str, object]
"""What was made of a request, as JSON knows it."""


class Refused(Exception):  # noqa: N818 - it says what happened, in the word that the other end uses
    """A request that is not done: what was found, what was expected, and what to do."""

    def __init__(self, found: str, expected: str = "", hint: str = "") -> None:
        said = (found, f"expected {expected}" if expected else "", hint)
        super().__init__("\n  ".join(line for line in said if line))
        self.found = found
        self.expected = expected
        self.hint = hint


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("a text on one line, without control characters")
    return text.strip()


Name = Annotated[str, Field(max_length=100), AfterValidator(_printable)]
Words = Annotated[str, Field(max_length=500), AfterValidator(_printable)]
Points = Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(max_length=MOST_POINTS)]


class _Ask(BaseModel):
    """What all requests share: no unknown keys, no value taken for another kind."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class OverrideRequest(_Ask):
    """Hold a lamp or a zone at a level (per cent), for a length of time or until a moment, from now or from another.

    Times are written as people write them: `2h`, `23:30`, `2026-11-22 06:00` in the street's own time.
    """

    do: Literal["override"] = "override"
    target: Name
    level: Annotated[int, Field(ge=0, le=100)]
    lasts: Annotated[Name, Field(alias="for")] = ""
    until: Name = ""
    begins: Annotated[Name, Field(alias="from")] = ""
    reason: Words = ""
    owner: Name = ""
    force: bool = False
    proving: bool = False
    """To measure what light a level gives: lamps for which that is not proven are dimmed too."""


class MaintenanceRequest(_Ask):
    """Leave a lamp alone for a length of time, written as people write it: `2h`. No orders, no alarms."""

    do: Literal["maintenance"] = "maintenance"
    lamp: Name
    lasts: Annotated[Name, Field(alias="for")] = ""
    reason: Words = ""
    owner: Name = ""


class ResumeRequest(_Ask):
    """End the maintenance of a lamp before its time."""

    do: Literal["resume"] = "resume"
    lamp: Name
    owner: Name = ""


class CancelRequest(_Ask):
    """Take an override back, by its id, or all that there are for a lamp or a zone."""

    do: Literal["cancel"] = "cancel"
    order: Name
    owner: Name = ""


class ReloadRequest(_Ask):
    """Read the files anew; `note` says why, in a few words."""

    do: Literal["reload"] = "reload"
    note: Words = ""


class IdentifyRequest(_Ask):
    """Let a lamp flash, so that somebody below it sees which one it is."""

    do: Literal["identify"] = "identify"
    lamp: Name


class MeasureRequest(_Ask):
    """Say how far the lamps of a zone, or a lamp, have settled, and what was found out `since` (seconds of Unix)."""

    do: Literal["measure"] = "measure"
    target: Name
    since: Annotated[int, Field(ge=0)] = 0


Reading = tuple[Annotated[int, Field(ge=0, le=100)], Annotated[float, Field(ge=0, le=MOST_LUX, allow_inf_nan=False)]]
"""A level in per cent, and lux measured there."""


class ProveRequest(_Ask):
    """Keep lux that a person measured at two levels at least (per cent, lux), and hold them against each other."""

    do: Literal["prove"] = "prove"
    target: Name
    lux: Annotated[tuple[Reading, ...], Field(min_length=2, max_length=20)]
    owner: Name = ""


class _AboutPoints(_Ask):
    """Points that a database refused: some by their numbers, or, with `every`, all; of one target if it is named."""

    points: Points = ()
    every: bool = False
    target: Name = ""


class RequeueRequest(_AboutPoints):
    """Send refused points again."""

    do: Literal["requeue"] = "requeue"


class DropRequest(_AboutPoints):
    """Give refused points up for good."""

    do: Literal["drop"] = "drop"


class StatusRequest(_Ask):
    """Say how the gateway fares."""

    do: Literal["status"] = "status"


class OverhearRequest(_Ask):
    """Say what links brought lately, after the message of this number; without one, from now on.

    Only what comes by a link or on topics (which may hold + and #), where they are named. Messages are held in memory
    for who goes on asking, every few seconds, and written nowhere. `now` in the answer is street time (ns).
    """

    do: Literal["overhear"] = "overhear"
    after: Annotated[int, Field(ge=0)] | None = None
    link: Words = ""
    topics: Annotated[tuple[Words, ...], Field(max_length=100)] = ()


Request: TypeAlias = (
    OverrideRequest
    | CancelRequest
    | MaintenanceRequest
    | ResumeRequest
    | ReloadRequest
    | IdentifyRequest
    | MeasureRequest
    | ProveRequest
    | RequeueRequest
    | DropRequest
    | StatusRequest
    | OverhearRequest
)

_REQUESTS: TypeAdapter[Request] = TypeAdapter(Annotated[Request, Field(discriminator="do")])
_VERBS = (
    *("override", "cancel", "maintenance", "resume", "reload", "identify", "measure", "prove"),
    *("requeue", "drop", "status", "overhear"),
)


class Reply(BaseModel):
    """The answer to one request: its value, or what was wrong with it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    ok: bool
    value: dict[str, Any] = {}
    error: str = ""
    expected: str = ""
    hint: str = ""


def read_request(line: bytes) -> Request:
    """Understand one line. Raises `Refused` in words."""
    try:
        return _REQUESTS.validate_json(line, strict=True)
    except ValidationError as error:
        raise _not_understood(error) from None


def make_request(said: Mapping[str, object]) -> Request:
    """A request of its keys and values. Raises `Refused` in words."""
    try:
        return _REQUESTS.validate_python(said)
    except ValidationError as error:
        raise _not_understood(error) from None


def _not_understood(error: ValidationError) -> Refused:
    (first, *_) = error.errors(include_url=False, include_input=False)
    where = ".".join(str(part) for part in first["loc"] if part not in _VERBS)
    found = f"{where}: {first['msg']}" if where else first["msg"]
    expected = f"a JSON object on one line, whose do is one of: {', '.join(_VERBS)}"
    return Refused(f"the request is not understood: {found}", expected)


def write_request(request: Request) -> bytes:
    """One line; what is left at its default is left out. Raises `Refused` if it is too long."""
    said = request.model_dump_json(by_alias=True, exclude_defaults=True)
    line = f'{{"do":"{request.do}"{"," if len(said) > len("{}") else ""}{said[1:]}\n'.encode()
    if len(line) > LONGEST:
        raise Refused("the request is too long", f"at most {LONGEST} bytes", "name fewer things at once")
    return line


def done(value: Value) -> Reply:
    """The reply of what was done."""
    return Reply(ok=True, value=dict(value))


def failed(refused: Refused) -> Reply:
    """The reply of what was not."""
    return Reply(ok=False, error=refused.found, expected=refused.expected, hint=refused.hint)


def write_reply(reply: Reply) -> bytes:
    """One line, whatever the reply is."""
    kept = {"ok", "value"} if reply.ok else {"ok", "error", "expected", "hint"}
    line = reply.model_dump_json(include=kept).encode() + b"\n"
    if len(line) > LONGEST:
        return write_reply(failed(Refused("the answer is too long for one line", f"at most {LONGEST} bytes")))
    return line


def read_reply(line: bytes) -> Value:
    """What was done. Raises `Refused` with the gateway's words if it was not, or if this is no reply."""
    try:
        reply = Reply.model_validate_json(line)
    except ValidationError as error:
        raise Refused("the gateway's answer is not understood", "one JSON object with ok") from error
    if not reply.ok:
        raise Refused(reply.error, reply.expected, reply.hint)
    return reply.value
