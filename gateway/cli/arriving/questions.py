"""Questions with defaults: asked on a terminal, answered by options, or by their defaults where `--yes` is said."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import typer

T = TypeVar("T")


class UnansweredError(Exception):
    """Nobody can be asked, and what an option should have answered is not there or means nothing."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. `option` answers it too; without a `default` it must be answered."""

    option: str
    words: str
    default: str | None = None


class Asker:
    """Who answers: options first, then a person on the terminal, or the defaults."""

    def __init__(self, *, yes: bool) -> None:
        self.yes = yes
        self.asks = sys.stdin.isatty() and not yes

    def ask(self, question: Question, given: str | None, understand: Callable[[str], T]) -> T:
        """The answer as `understand` has it, which raises `ValueError` with what it expected.

        Raises `UnansweredError` where nobody can be asked again.
        """
        if given is not None:
            return self._understood(question, given, understand)
        if not self.asks:
            if question.default is None or not self.yes:
                raise UnansweredError(f"{question.option} is missing: {question.words}")
            return self._understood(question, question.default, understand)
        while True:
            answer = str(typer.prompt(question.words, default=question.default))
            try:
                return understand(answer.strip())
            except ValueError as error:
                typer.echo(f"  {error}")

    def secret(self, words: str) -> str:
        """A password that a person types unseen."""
        return str(typer.prompt(words, hide_input=True))

    def agrees(self, words: str) -> bool:
        """Whether something may be changed that is there already; `--yes` says so, and silence does not."""
        if self.yes:
            return True
        return self.asks and typer.confirm(words)

    @staticmethod
    def _understood(question: Question, answer: str, understand: Callable[[str], T]) -> T:
        try:
            return understand(answer.strip())
        except ValueError as error:
            raise UnansweredError(f"{question.option}: {error}") from None


def missing(asker: Asker, given: list[tuple[Question, str | None]]) -> str:
    """All options that are missing at once, in words; nothing where nobody is missed."""
    if asker.asks:
        return ""
    lacking = [question for question, answer in given if answer is None and not (asker.yes and question.default)]
    if not lacking:
        return ""
    lines = ["nobody can be asked here (no terminal). Write:"]
    lines += [f"  {question.option:10} {question.words}" for question in lacking]
    defaults = [f"{question.option} {question.default!r}" for question in lacking if question.default]
    if defaults:
        lines.append(f"or --yes for what is usual: {', '.join(defaults)}")
    return "\n".join(lines)
