"""What a server says of what it was given, and how a refused batch is narrowed down to the lines it was about. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from gateway.export.rows import Line

_TOO_LARGE = 413  # Python names it differently from version to version

LONGEST = 5_000
"""Lines in one request: what InfluxDB recommends."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of a server: its HTTP status, its words, and the seconds it asks to wait."""

    status: int
    words: str = ""
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line that the server will never take, the entry it came from, and the server's words."""

    line: Line
    reason: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a batch: how many lines were accepted and which were rejected.

    With `trouble` (in words) nothing of it is done with: all is kept and shall be written again, after `retry_after`
    seconds if the server said so. Writing again what was accepted overwrites it with itself.
    """

    accepted: int = 0
    rejected: tuple[RefusedLine, ...] = ()
    trouble: str = ""
    retry_after: float | None = None


def deliver(lines: Sequence[Line], post: Callable[[bytes], Answer], trouble: Callable[[Answer], str]) -> Verdict:
    """Post lines, halving a batch that the server will not take whole, until each is accepted or rejected by name.

    400 and 422 are about some line, 413 about the size. InfluxDB 1.x answers 400 "partial write" after it stored the
    good lines; posting them again in halves changes nothing. Anything else ends the delivery: `trouble` puts it in
    words.
    """
    accepted = 0
    rejected: list[RefusedLine] = []
    waiting = [lines[at : at + LONGEST] for at in range(0, len(lines), LONGEST)]
    waiting.reverse()
    while waiting:
        batch = waiting.pop()
        answer = post("\n".join([line.text for line in batch]).encode())
        if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            accepted += len(batch)
        elif answer.status not in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY, _TOO_LARGE}:
            return Verdict(trouble=trouble(answer), retry_after=answer.retry_after)
        elif len(batch) == 1:
            rejected.append(RefusedLine(batch[0], f"HTTP {answer.status}: {answer.words}"))
        else:
            middle = len(batch) // 2
            waiting += [batch[middle:], batch[:middle]]
    return Verdict(accepted, tuple(rejected))
