"""What is wrong with the files, said so that the writer can mend it: the place, the line, and what was expected."""

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from textwrap import wrap

from gateway.lighting.check import Note
from gateway.lighting.plan import Place, Problem

WIDTH = 100
"""Columns of a terminal that explanations are wrapped to."""

_INDENT = " " * 6
_SECRET = re.compile(r"((?:password|token|secret):\s+|://)([^\s,{}@/]+(?=@)|(?<=\s)[^\s,{}]+)")
_TOKEN = re.compile(
    r"""
    "[^"]*" | '[^']*'            # a quoted text
  | [^\s,{}\[\]#:]               # or a plain one, up to the next mark of YAML: spaces only inside,
    (?: (?:[^,{}\[\]#:\s] | :(?=\S) | (?<=\d),(?=\d))          # colons only inside, as in 22:30; 0,6 is one word
      | [ ](?=[^\s#{}\[\],]) )*
""",
    re.VERBOSE,
)


class ConfigurationError(Exception):
    """The files cannot be a plan; `problems` are all that was found in them, in the order of the files.

    `known` is what is allowed and good to know, as far as the files are understood.
    """

    def __init__(self, problems: Iterable[Problem], known: Iterable[Note] = ()) -> None:
        self.problems = tuple(problems)
        self.known = tuple(known)
        super().__init__("\n\n".join(render(problem) for problem in self.problems))


def suggest(word: str, known: Iterable[str]) -> str:
    """The known word that was probably meant, or nothing."""
    names = {name.lower(): name for name in known}
    close = get_close_matches(word.lower(), list(names), n=1, cutoff=0.6)
    return names[close[0]] if close else ""


def unknown(place: Place, word: str, where: str, known: Sequence[str]) -> Problem:
    """A word that is not known here: what is, and what was probably meant."""
    meant = suggest(word, known)
    listed = ", ".join(known) if known else "nothing yet"
    return Problem(place, f'"{word}" is not known in {where}', f"Known here: {listed}", did_you_mean(meant))


def did_you_mean(meant: str) -> str:
    """The question, if there is something to ask."""
    return f"Did you mean  {meant} ?" if meant else ""


def render(problem: Problem) -> str:
    """A problem as its writer reads it: file:line:column, the line with a caret, what was expected, what was meant."""
    place = problem.place
    lines = [f"{locate(place)}: {problem.found}"]
    if place.text:
        lines += [f"{place.line:>5} | {_shown(place.text)}", f"{'':>5} | {_carets(place)}"]
    for explanation in (problem.expected, problem.hint):
        lines += wrap(explanation, WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT, break_on_hyphens=False)
    return "\n".join(lines)


def locate(place: Place) -> str:
    """file:line:column, as editors understand it; the file alone where a whole file is meant."""
    return f"{place.file}:{place.line}:{place.column}" if place.line else place.file


def _shown(line: str) -> str:
    """A line of a file as a terminal may show it: without control characters and without what should be secret."""
    masked = _SECRET.sub(lambda match: match[1] + "*" * len(match[2]), line)
    return "".join(letter if letter.isprintable() or letter == "\t" else "\ufffd" for letter in masked)


def _carets(place: Place) -> str:
    """A caret under each character of the word at a place; tabs before it stay tabs, so that it stands right."""
    before = place.text[: place.column - 1]
    word = _TOKEN.match(place.text, place.column - 1)
    width = len(word.group()) if word else 1
    return "".join("\t" if character == "\t" else " " for character in before) + "^" * width
