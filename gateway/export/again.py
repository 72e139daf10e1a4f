"""A second chance for lines that a server refused: somebody has mended what was wrong there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.export.rows import Line
from gateway.export.threads import to_its_end
from gateway.export.verdict import Verdict
from gateway.record.errors import RecordError
from gateway.record.reader import Reader, Refused

SIZE = 1_000
"""Lines of one step."""


class Server(Protocol):
    """A server that takes lines as they were made. `write_again` blocks and never raises for what the server does."""

    name: str

    def write_again(self, lines: Sequence[Line]) -> Verdict:
        """Write lines that were made before."""
        ...


class Notebook(Protocol):
    """Who remembers what a server refused, durably."""

    def refuse(self, target: str, seq: int, line: str, reason: str) -> None:
        """The target will never take this line of this entry."""
        ...

    def drop(self, points: tuple[int, ...]) -> None:
        """These refused lines, by their numbers, need not be remembered."""
        ...

    async def committed(self) -> bool:
        """Wait for what was said so far; whether it is durable."""
        ...


@dataclass(frozen=True, slots=True)
class AgainStep:
    """What one step came to; `more` if others wait."""

    verdict: Verdict
    more: bool = False


class Again:
    """Writes what waits for its second chance. What was accepted leaves the list; the rest gets the new words.

    A line is written until that is durable: whoever is killed in between writes it once more, and it overwrites itself.
    """

    def __init__(self, server: Server, reader: Reader, notebook: Notebook) -> None:
        self._server = server
        self._reader = reader
        self._notebook = notebook

    async def step(self) -> AgainStep:
        """Write some of what waits."""
        waiting, verdict = await to_its_end(self._write)
        if verdict.trouble or not waiting:
            return AgainStep(verdict)
        still = {refused.line: refused.reason for refused in verdict.rejected}
        for line, reason in still.items():
            self._notebook.refuse(self._server.name, line.seq, line.text, reason)
        self._notebook.drop(tuple(point.id for point in waiting if _line(point) not in still))
        if not await self._notebook.committed():
            return AgainStep(Verdict(trouble="the record takes nothing: what was sent again is not noted"))
        return AgainStep(verdict, more=len(waiting) == SIZE)

    def _write(self) -> tuple[list[Refused], Verdict]:
        """Read and write; called in a thread."""
        try:
            if self._reader.set_aside():
                self._reader.reopen()
            waiting = self._reader.again(self._server.name, SIZE)
        except RecordError as error:
            return [], Verdict(trouble=str(error))
        return waiting, self._server.write_again([_line(point) for point in waiting]) if waiting else Verdict()


def _line(point: Refused) -> Line:
    return Line(point.seq, point.line)
